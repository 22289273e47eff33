package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.Services;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class LogRoutesTest {

    private static final String LOGGER = "com.example.of.this.test";

    private final Service service = Services.start();

    @AfterEach
    void stop() {
        send("PATCH", "{\"levels\": {\"" + LOGGER + "\": null}}");
        service.stop();
    }

    private RawResponse send(String method, String body) {
        try (RawClient client = new RawClient(service.port())) {
            client.send(method + " /api/log HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: " + body.length() + "\r\n\r\n" + body);
            return client.read();
        }
    }

    private JsonObject levels(RawResponse response) {
        assertThat(response.status()).as(response.body()).isEqualTo(200);
        return response.json().getJsonObject("levels");
    }

    @Test
    void changesLevelsWhileTheServiceRuns() {
        assertThat(levels(send("GET", "")).containsKey(LOGGER)).isFalse();
        assertThat(levels(send("GET", "")).getString("root")).isNotBlank();
        assertThat(LoggerFactory.getLogger(LOGGER + ".below").isTraceEnabled()).isFalse();
        JsonObject after = levels(send("PATCH", "{\"levels\": {\"" + LOGGER + "\": \"trace\"}}"));

        assertThat(after.getString(LOGGER)).isEqualTo("trace");
        assertThat(levels(send("GET", ""))).isEqualTo(after);
        assertThat(LoggerFactory.getLogger(LOGGER + ".below").isTraceEnabled()).isTrue();
        levels(send("PATCH", "{\"levels\": {\"" + LOGGER + "\": null}}"));
        assertThat(LoggerFactory.getLogger(LOGGER + ".below").isTraceEnabled()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    {}                                                     | 'levels'
                    {"levels": {}, "more": 1}                              | 'levels'
                    {"levels": "debug"}                                    | 'levels'
                    {"levels": {"dev.latido": "loud"}}                     | 'levels.dev.latido' must be one of trace, debug
                    {"levels": {"dev.latido": "DEBUG"}}                    | 'levels.dev.latido'
                    {"levels": {"dev.latido": 5}}                          | 'levels.dev.latido'
                    {"levels": {"no such name": "info"}}                   | names of loggers
                    {"levels": {"": "info"}}                               | names of loggers
                    {"levels": {"root": null}}                             | 'levels.root'
                    """)
    void saysWhatIsWrong(String body, String named) {
        JsonObject before = levels(send("GET", ""));
        RawResponse response = send("PATCH", body);

        assertThat(response.status()).isEqualTo(422);
        assertThat(response.json().getString("detail")).contains(named);
        assertThat(levels(send("GET", ""))).as("nothing was changed").isEqualTo(before);
    }

    @Test
    void takesABoundedNumber() {
        JsonObject many = new JsonObject();
        for (int i = 0; i < 21; i++) {
            many.put("l" + i, "info");
        }
        assertThat(send("PATCH", new JsonObject().put("levels", many).encode()).status())
                .isEqualTo(422);
        assertThat(List.of(send("PATCH", "[").status(), send("PATCH", "nothing").status()))
                .containsOnly(400);
    }
}
