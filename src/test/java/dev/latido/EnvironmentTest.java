package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real program in the places where teams run such things: it works in each, and says nothing of it. */
@EnabledOnOs(OS.LINUX)
class EnvironmentTest {

    private static final boolean IS_ROOT = System.getProperty("user.name").equals("root");

    /** What a user may that is not root here but reads the tests' own files. */
    private static final String FILES = "+dac_override,+dac_read_search";

    @TempDir
    Path directory;

    private String storeSetting() {
        return "store.directory=" + directory.resolve("data");
    }

    /** Has it take work, run a job, make a backup and end, with no complaint; in {@code program}, which has been started. */
    private static void assertWorks(MainProcess program) throws Exception {
        try (program;
                ApiClient api = new ApiClient(program.awaitPort())) {
            assertThat(api.post("/api/job/start", "").status()).isEqualTo(200);
            JsonObject status = api.get("/api/job/status").json();
            assertThat(status.encode()).as("digits that everybody can read").matches("\\p{ASCII}+");
            assertThat(api.post("/api/jobs/heartbeat/executions", "{\"a\":1}").status())
                    .isEqualTo(202);
            assertThat(api.post("/api/store/backup", "").status()).isEqualTo(200);
            assertThat(api.get("/metrics").body()).matches("(?s)\\p{ASCII}+");
            program.terminate();
            assertThat(program.awaitExit()).isZero();
            assertThat(program.lines())
                    .allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO .*"));
        }
    }

    /** As with a container whose root is read-only and which has nothing but a volume. */
    @Test
    void onAReadOnlyRoot() throws Exception {
        assumeTrue(IS_ROOT);
        String script = "mount --bind " + directory + " " + directory
                + " && mount -o remount,bind,ro / && mount -t tmpfs -o ro tmpfs /mnt && exec \"$@\"";
        List<String> readOnly = List.of("unshare", "-m", "sh", "-c", script, "sh");

        assertWorks(MainProcess.startUnder(readOnly, Map.of(), storeSetting()));
    }

    @Test
    void asAUserWithoutANameInADirectoryOfAnother() throws Exception {
        assumeTrue(IS_ROOT);
        Files.createDirectory(directory.resolve("data"));
        Files.setPosixFilePermissions(directory.resolve("data"), PosixFilePermissions.fromString("rwxrwx---"));
        List<String> nameless = List.of(
                "setpriv", "--reuid", "54321", "--inh-caps", FILES, "--ambient-caps", FILES, "env", "-u", "HOME");

        assertWorks(MainProcess.startUnder(nameless, Map.of(), storeSetting()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-Djava.io.tmpdir=/nowhere",
                "-Duser.language=tr -Duser.country=TR -Duser.timezone=Asia/Kathmandu",
                "-Duser.language=ar -Duser.country=EG -Duser.timezone=Pacific/Apia",
                "-Duser.language=th -Duser.country=TH -Duser.variant=TH -Duser.timezone=America/St_Johns",
                "-Dfile.encoding=US-ASCII -Dsun.stdout.encoding=US-ASCII",
                "-Xmx32m -XX:ActiveProcessorCount=1",
            })
    void withOptionsOfTheRuntime(String options) throws Exception {
        List<String> all = Stream.of(options.split(" ", -1)).toList();

        assertWorks(MainProcess.start(List.of(), all, Map.of(), storeSetting()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"C", "POSIX", "tr_TR.UTF-8", "no_such_LOCALE"})
    void withLocale(String locale) throws Exception {
        assertWorks(MainProcess.start(Map.of("LC_ALL", locale), storeSetting()));
    }

    /** More with {@code -Dkills=}. */
    @Test
    void isKilledWhileItFirstMakesItsStore() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < Integer.getInteger("kills", 4); i++) {
            Path data = directory.resolve("data-" + i);
            try (MainProcess program = MainProcess.start(Map.of(), "store.directory=" + data)) {
                awaitSomethingIn(data, random.nextInt(4));
                program.kill();
            }
        }
        for (int i = 0; i < Integer.getInteger("kills", 4); i++) {
            assertWorks(MainProcess.start(Map.of(), "store.directory=" + directory.resolve("data-" + i)));
        }
    }

    /** Waits until there are so many files at least: the directory, the lock, the library, the database. */
    private static void awaitSomethingIn(Path data, int files) throws IOException {
        while (true) {
            if (Files.isDirectory(data)) {
                try (Stream<Path> there = Files.list(data)) {
                    if (there.count() >= files) {
                        return;
                    }
                }
            }
            Thread.onSpinWait();
        }
    }
}
