package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NameServersTest {

    @TempDir
    Path directory;

    private List<String> serversOf(String resolvConf) throws IOException {
        Path file = Files.writeString(directory.resolve("resolv.conf"), resolvConf);
        List<String> servers = NameServers.of(file).getServers();
        return servers == null ? List.of() : servers;
    }

    @ParameterizedTest
    @ValueSource(strings = {"nameserver 10.0.0.1\n", "search example.com\nnameserver\tfe80::1%eth0\n"})
    void asksThoseThatAreNamed(String resolvConf) throws IOException {
        assertThat(serversOf(resolvConf)).as("Vert.x reads them itself").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "# nameserver 10.0.0.1\n", "; nameserver 10.0.0.1\n", "search example.com\n", "nameserver\n"
            })
    void asksThisMachineWhereNoneIsNamed(String resolvConf) throws IOException {
        assertThat(serversOf(resolvConf)).containsExactly("127.0.0.1");
    }

    @Test
    void asksThisMachineWhereNothingIsConfigured() {
        assertThat(NameServers.of(directory.resolve("none")).getServers()).containsExactly("127.0.0.1");
    }
}
