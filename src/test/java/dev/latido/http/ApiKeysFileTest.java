package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import dev.latido.Service;
import dev.latido.Services;
import dev.latido.setting.Secret;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that are changed while the service runs. */
class ApiKeysFileTest {

    private static final String OLD = "old-key-0123456789-marker";
    private static final String NEW = "new-key-0123456789-marker";

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final ApiKeys keys = new ApiKeys(List.of(OLD));

    @TempDir
    Path directory;

    private Path file;
    private LogRecorder log;
    private ApiKeysFile watched;

    @BeforeEach
    void begin() {
        log = new LogRecorder();
        file = directory.resolve("keys");
        write(OLD);
        watched = new ApiKeysFile(vertx, Secret.in(file), keys);
    }

    @AfterEach
    void end() {
        vertx.close().await();
        log.close();
    }

    private void write(String content) {
        try {
            Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void look() {
        watched.look().await();
    }

    private long warnings() {
        return log.lines().stream().filter(line -> line.startsWith("WARN")).count();
    }

    @Test
    void takesOverOthers() {
        for (String text : List.of(NEW + "\n" + OLD + "\n", "\r\n" + NEW + " , " + OLD + "\r\n\r\n")) {
            write(NEW + "2");
            look();
            look();
            write(text);
            look();
            look();
            assertThat(keys.are(List.of(NEW, OLD))).as(text).isTrue();
        }
        look();
        assertThat(log.lines())
                .filteredOn(line -> line.contains("read from"))
                .hasSize(4)
                .allMatch(line -> line.contains(file.toString()));
        assertThat(log.lines()).noneMatch(line -> line.contains("marker"));
    }

    /** Whatever is wrong with the file, callers go on, and nobody comes in without a key. */
    @Test
    void keepsTheLastOnesWhileTheFileCannotBeUsedAndSaysSoOnce() throws Exception {
        int said = 0;
        for (String malformed : List.of("", "marker", "\n,\n", NEW + "\nmarker", NEW + "\u00e4")) {
            said++;
            for (int n = 0; n < 3; n++) {
                write(malformed);
                look();
                assertThat(keys.are(List.of(OLD))).as(malformed).isTrue();
                assertThat(warnings()).as(malformed).isEqualTo(said);
            }
            if (malformed.contains("marker")) {
                write(OLD); // which ends it, so that it is said again
                look();
            }
        }
        Files.delete(file);
        look();
        look();
        assertThat(warnings()).isEqualTo(said + 1);
        assertThat(keys.are(List.of(OLD))).isTrue();
        assertThat(keys.required()).isTrue();
        write(NEW);
        look();
        look();
        assertThat(keys.are(List.of(NEW))).isTrue();
        assertThat(log.lines()).noneMatch(line -> line.contains("marker"));
    }

    /** Part of a key may look like one. */
    @Test
    void takesNothingOverThatIsStillBeingWritten() {
        for (int length = 0; length <= NEW.length(); length++) {
            write(NEW.substring(0, length));
            look();
            assertThat(keys.are(List.of(OLD))).isTrue();
        }
        look();
        assertThat(keys.are(List.of(NEW))).isTrue();
    }

    /** As Kubernetes and careful people do it: the file is another at once. */
    @Test
    void aServiceTakesThemOverWithoutARestart() throws Exception {
        Service service = Services.start("http.apiKeysFile", file.toString(), "shutdown.grace", "2s");
        try {
            assertThat(status(service, OLD)).isEqualTo(200);
            assertThat(status(service, NEW)).isEqualTo(401);
            Path next = Files.writeString(directory.resolve("next"), NEW + "\n");
            Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            await("the new key").atMost(Duration.ofMinutes(1)).until(() -> status(service, NEW) == 200);
            assertThat(status(service, OLD)).isEqualTo(401);
            assertThat(RawClient.exchange(service.port(), "GET /api/job/status HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .status())
                    .isEqualTo(401);
        } finally {
            service.stop();
        }
    }

    private static int status(Service service, String key) {
        return RawClient.exchange(
                        service.port(),
                        "GET /api/job/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key + "\r\n\r\n")
                .status();
    }
}
