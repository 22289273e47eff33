package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class AddressRangeTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.255.255, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "10.32.0.0/11, 10.63.255.255, true",
        "10.32.0.0/11, 10.64.0.0, false",
        "192.168.1.128/25, 192.168.1.127, false",
        "192.168.1.128/25, 192.168.1.128, true",
        "10.1.2.3/32, 10.1.2.3, true",
        "10.1.2.3/32, 10.1.2.2, false",
        "0.0.0.0/0, 255.255.255.255, true",
        "0.0.0.0/0, [::1], false",
        "::/0, [2001:db8::1], true",
        "::/0, 10.0.0.1, false",
        "fd00::/8, [fdff::1], true",
        "fd00::/8, [fe00::1], false",
        "[fd00::]/8, [FD12:0:0:0:0:0:0:1], true",
        "2001:db8::/33, [2001:db8:7fff::], true",
        "2001:db8::/33, [2001:db8:8000::], false",
        "10.0.0.0/8, [::ffff:10.0.0.1], true",
        "::1/128, [0:0:0:0:0:0:0:1], true"
    })
    void containsWhatSharesItsPrefix(String range, String host, boolean contained) {
        InetAddress address = Objects.requireNonNull(AddressRange.address(host));
        assertThat(AddressRange.parse(range).orElseThrow().contains(address)).isEqualTo(contained);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0/33",
                "::/129",
                "10.0.0.0/",
                "10.0.0/8",
                "10.0.0.0/08",
                "10.0.0.0/-1",
                "/8",
                "a/8",
                "10.0.0.0/8/8",
                "[fd00::/8",
                "fd00::]/8",
                "[10.0.0.0]/8",
                "fe80::1%eth0/64",
                "010.0.0.0/8",
                "10.0.0.0/99999",
                "10.0.0.0 /8"
            })
    void isNoRange(String text) {
        assertThat(AddressRange.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.1",
                "167772161",
                "0x0a.0.0.1",
                "010.0.0.1",
                "10.0.0.1.",
                "::1",
                "[::1",
                "[fe80::1%1]",
                "[10.0.0.1]"
            })
    void isNoAddressInHost(String host) {
        assertThat(AddressRange.address(host)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"10.1.2.3/8, 10.0.0.0/8", "10.1.2.3/0, 0.0.0.0/0", "fd00::1/9, fd00:0:0:0:0:0:0:0/9"})
    void namesTheRangeThatWasMeant(String text, String canonical) {
        assertThat(AddressRange.parse(text).orElseThrow().canonical()).hasToString(canonical);
    }
}
