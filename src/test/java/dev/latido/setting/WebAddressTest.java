package dev.latido.setting;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class WebAddressTest {

    @ParameterizedTest
    @CsvSource({
        "http://my_service:8080/run, false, my_service, 8080",
        "http://my_service/run, false, my_service, 80",
        "https://my_service:/run, true, my_service, 443",
        "http://1st:8080, false, 1st, 8080",
        "http://app.2nd, false, app.2nd, 80",
        "http://app-:1, false, app-, 1",
        "http://_dmarc.example.org, false, _dmarc.example.org, 80",
        "HTTPS://Example.org, true, Example.org, 443",
        "http://10.0.0.1:65535/, false, 10.0.0.1, 65535",
        "http://[::1], false, [::1], 80"
    })
    void readsWhereAUrlLeads(String url, boolean isSecure, String host, int port) {
        assertThat(WebAddress.of(URI.create(url))).contains(new WebAddress(isSecure, host, port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://my_service",
                "service:8080/run",
                "//my_service",
                "http:///run",
                "http://u@my_service",
                "http://my_service:65536",
                "http://my_service:99999999999",
                "http://my_service:-1",
                "http://example.org:70000",
                "http:my_service",
                "http://u@h",
                "http://a$b",
                "http://my_service:80:80"
            })
    void refusesWhatLeadsNowhere(String url) {
        assertThat(WebAddress.of(URI.create(url))).isEmpty();
    }
}
