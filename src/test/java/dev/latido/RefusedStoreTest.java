package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Stores that the real program does not touch, and what it says of them. */
@DisabledOnOs(OS.WINDOWS) // has no SIGTERM
class RefusedStoreTest {

    private static final Pattern ACCEPT =
            Pattern.compile("by starting once with -Dlatido\\.(store\\.acceptLoss=\\S+)$");
    private static final String SUBMIT = "/api/jobs/heartbeat/executions";

    @TempDir
    Path directory;

    private String directorySetting = "";

    @BeforeEach
    void name() {
        directorySetting = "store.directory=" + directory;
    }

    private MainProcess start() {
        return MainProcess.start(Map.of(), directorySetting);
    }

    private static String submit(ApiClient api) throws ApiClient.Died {
        return api.post(SUBMIT, "1").json().getString("id");
    }

    /** Expects that the program ends at once, and returns why it says that it does not start, in its only line. */
    private String refusal() {
        try (MainProcess program = start()) {
            assertThat(program.awaitExit()).isEqualTo(1);
            assertThat(program.lines()).hasSize(1);
            String[] line = program.lines().get(0).split(" ERROR latido - Latido did not start: ", 2);
            assertThat(line).hasSize(2);
            return line[1];
        }
    }

    @Test
    void secondProcessDoesNotStartAndTheFirstGoesOn() throws Exception {
        try (MainProcess first = start();
                ApiClient api = new ApiClient(first.awaitPort())) {
            String id = submit(api);
            assertThat(refusal())
                    .contains("another process uses " + directory, "(its id: " + first.pid(), "store.directory");
            assertThat(api.get("/api/executions/" + id).status()).isEqualTo(200);
            assertThat(submit(api)).isGreaterThan(id);
            first.kill();
        }
        try (MainProcess next = start()) {
            next.awaitPort(); // a lock does not outlive its process
        }
    }

    @Test
    void fileOfANewerVersionIsRefusedAndLeftAsItIs() throws Exception {
        stopInOrder();
        Path file = directory.resolve("latido.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA user_version = 99");
        }
        byte[] before = Files.readAllBytes(file);
        assertThat(refusal()).contains("written by a newer Latido", "version 99", "It was left as it is");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        assertThat(Files.size(directory.resolve("latido.db-wal"))).isZero(); // SQLite makes it in order to read
    }

    @Test
    void fileOfSomethingElseIsRefusedAndLeftAsItIs() throws Exception {
        Path file = directory.resolve("latido.db");
        Files.writeString(
                file, "this is no database at all, but it is long enough to have a header of 100 bytes: ......");
        byte[] before = Files.readAllBytes(file);
        assertThat(refusal()).contains(file.toString());
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }

    private void stopInOrder() {
        try (MainProcess program = start()) {
            program.awaitPort();
            program.terminate();
            assertThat(program.awaitExit()).isZero();
        }
    }

    private enum Damage {
        DELETED {
            @Override
            void to(Path file) throws IOException {
                Files.delete(file);
            }
        },
        A_BIT_FLIPPED {
            @Override
            void to(Path file) throws IOException {
                byte[] bytes = Files.readAllBytes(file);
                bytes[bytes.length - 2_000] ^= 1;
                Files.write(file, bytes);
            }
        };

        abstract void to(Path file) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void lostRowsAreRefusedUntilTheyAreGivenUp(Damage damage) throws Exception {
        String kept;
        try (MainProcess program = start();
                ApiClient api = new ApiClient(program.awaitPort())) {
            kept = submit(api);
            program.terminate();
            assertThat(program.awaitExit()).isZero();
        }
        String lost;
        try (MainProcess program = start();
                ApiClient api = new ApiClient(program.awaitPort())) {
            lost = submit(api);
            program.kill();
        }
        damage.to(directory.resolve("latido.db-wal")); // where all commits of the second process are
        String refusal = refusal();
        assertThat(refusal).contains("acknowledged work may be lost", "ends with commit", "was acknowledged");
        assertThat(refusal()).as("nothing was changed").isEqualTo(refusal);
        Matcher accept = ACCEPT.matcher(refusal);
        assertThat(accept.find()).as(refusal).isTrue();
        try (MainProcess program = MainProcess.start(Map.of(), directorySetting, accept.group(1));
                ApiClient api = new ApiClient(program.awaitPort())) {
            assertThat(program.lines()).anyMatch(line -> line.contains("this loss is accepted by store.acceptLoss"));
            assertThat(api.get("/api/executions/" + kept).status()).isEqualTo(200);
            assertThat(api.get("/api/executions/" + lost).status()).isEqualTo(404);
            kept = submit(api);
            program.kill();
        }
        try (MainProcess program = start();
                ApiClient api = new ApiClient(program.awaitPort())) {
            assertThat(program.lines()).noneMatch(line -> line.contains("loss") || line.contains(" WARN "));
            assertThat(api.get("/api/executions/" + kept).status()).isEqualTo(200);
        }
    }

    @Test
    void missingMarkIsRefused() throws Exception {
        try (MainProcess program = start();
                ApiClient api = new ApiClient(program.awaitPort())) {
            submit(api);
            program.kill();
        }
        Files.delete(directory.resolve("latido.mark"));
        assertThat(refusal()).contains("latido.mark", "is missing", "-Dlatido.store.acceptLoss=all");
    }

    /** As one that another user left there. Where the tests run as root, that has to do without its right to pass everywhere. */
    @Test
    void fileThatCannotBeWrittenIsRefusedUntilItCan() throws Exception {
        stopInOrder();
        Path file = directory.resolve("latido.db");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
        boolean isRoot = System.getProperty("user.name").equals("root");
        List<String> ordinary = isRoot
                ? List.of("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all")
                : List.of();

        try (MainProcess program = MainProcess.startUnder(ordinary, Map.of(), directorySetting)) {
            assertThat(program.awaitExit()).isEqualTo(1);
            assertThat(program.lines())
                    .singleElement(STRING)
                    .contains(
                            "cannot write to " + file + ": permission denied; " + file + " belongs to "
                                    + System.getProperty("user.name") + " (user id ",
                            " (r--------), and this process runs as ");
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        stopInOrder();
    }

    @Test
    void directoryThatIsRemovedEndsTheProcessThoughNothingIsWritten() throws Exception {
        try (MainProcess program = start();
                ApiClient api = new ApiClient(program.awaitPort())) {
            submit(api);
            Files.move(directory, directory.resolveSibling(directory.getFileName() + "-moved"));

            assertThat(program.awaitExit()).isEqualTo(3);
            assertThat(program.lines().get(program.lines().size() - 1))
                    .startsWith("Latido ends (exit code 3): cannot go on with " + directory)
                    .contains("is not the file any more that this process opened");
        } finally {
            Files.move(directory.resolveSibling(directory.getFileName() + "-moved"), directory);
        }
    }

    @Test
    void saysWhereItMakesANewStoreAndThatOnce() {
        String line = " - a new store is made at " + directory.resolve("latido.db");
        for (boolean isNew : List.of(true, false)) {
            try (MainProcess program = start()) {
                program.awaitPort();
                assertThat(program.lines())
                        .filteredOn(said -> said.endsWith(line))
                        .hasSize(isNew ? 1 : 0);
                program.terminate();
                program.awaitExit();
            }
        }
    }
}
