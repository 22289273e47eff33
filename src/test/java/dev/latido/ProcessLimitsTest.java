package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.latido.http.RawResponse;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The real program where the operating system gives it little. */
@EnabledOnOs(OS.LINUX)
class ProcessLimitsTest {

    private static MainProcess startWith(String limit) {
        return MainProcess.startUnder(List.of("prlimit", limit), Map.of());
    }

    @ParameterizedTest
    @CsvSource({"256, 96", "640, 480", "1024, 768", "4096, 3072", "65536, 64512"})
    void keepsAPartOfTheFilesFromConnections(long files, long connections) {
        assertThat(ProcessLimits.mostConnections(files)).isEqualTo(connections);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 100, 255})
    void needsFiles(long files) {
        assertThatThrownBy(() -> ProcessLimits.checkFiles(files))
                .hasMessageStartingWith("this process may have " + files + " files open, and needs 256 at least");
    }

    @Test
    void refusesToStartWithTooFewFiles() {
        try (MainProcess program = startWith("--nofile=200")) {
            assertThat(program.awaitExit()).isEqualTo(1);
            assertThat(program.lines())
                    .singleElement()
                    .asString()
                    .endsWith(
                            "Latido did not start: this process may have 200 files open, and needs 256 at least, and one"
                                    + " more for each connection; raise that limit (ulimit -n)");
        }
    }

    /** Whoever takes all connections that there may be takes none of the files that the rest needs. */
    @Test
    void worksWithAllConnectionsTaken() throws Exception {
        List<Socket> others = new ArrayList<>();
        try (MainProcess program = startWith("--nofile=256");
                ApiClient api = new ApiClient(program.awaitPort())) {
            assertThat(api.get("/health/live").status()).isEqualTo(200);
            for (int i = 0; i < 300; i++) {
                others.add(new Socket(InetAddress.getLoopbackAddress(), program.awaitPort()));
            }
            RawResponse accepted = api.post("/api/jobs/heartbeat/executions", "1");
            assertThat(accepted.status()).isEqualTo(202);
            assertThat(api.post("/api/store/backup", "").status()).isEqualTo(200);
            for (Socket other : others) {
                other.close();
            }
            try (ApiClient next = new ApiClient(program.awaitPort())) {
                assertThat(next.get("/health/live").status()).isEqualTo(200);
            }
            program.terminate();
            assertThat(program.awaitExit()).isZero();
            assertThat(program.lines())
                    .filteredOn(line -> line.contains(" WARN ") || line.contains(" ERROR "))
                    .singleElement()
                    .asString()
                    .endsWith(
                            "http.maxConnections is 96 here in place of 10000: this process may have no more files open"
                                    + " (ulimit -n)");
        } finally {
            for (Socket other : others) {
                other.close();
            }
        }
    }

    /** The limit is one of the user, which root has none of: so as a user that nothing else runs as. */
    @Test
    void refusesToStartWithTooFewThreads() {
        assumeTrue(System.getProperty("user.name").equals("root"));
        String files = "+dac_override,+dac_read_search"; // may read what the tests' own user may
        String[] alone = {
            "setpriv", "--reuid", "54321", "--inh-caps", files, "--ambient-caps", files, "prlimit", "--nproc=40"
        };
        try (MainProcess program = MainProcess.start(List.of(alone), List.of("-XX:+UseSerialGC"), Map.of())) {
            assertThat(program.awaitExit()).isEqualTo(1);
            assertThat(String.join("\n", program.lines()))
                    .containsPattern("Latido did not start: this process needs 32 more threads than the JVM itself has,"
                            + " and got \\d+; raise that limit \\(ulimit -u, or pids.max");
        }
    }
}
