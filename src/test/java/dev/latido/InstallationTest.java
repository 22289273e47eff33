package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The real program where something is amiss with how it was installed or is called. */
@EnabledOnOs(OS.LINUX)
class InstallationTest {

    private static final Pattern MODULES = Pattern.compile("--add-modules ([a-z.,]+) ");

    private static String classPathWithout(String library) {
        String all = System.getProperty("java.class.path");
        String left = Stream.of(all.split(File.pathSeparator, -1))
                .filter(part -> !Path.of(part).getFileName().toString().startsWith(library))
                .collect(Collectors.joining(File.pathSeparator));
        assumeTrue(left.length() < all.length(), "the class path is in a jar of its own");
        return left;
    }

    @ParameterizedTest
    @CsvSource({
        "slf4j-api, org.slf4j.LoggerFactory",
        "vertx-core, io.vertx.core.VertxOptions",
        "sqlite-jdbc, org.sqlite.SQLiteJDBCLoader"
    })
    void saysWhatToDoWhereALibraryIsMissing(String library, String missing) {
        try (MainProcess program = MainProcess.startFrom(classPathWithout(library), new JsonObject())) {
            assertThat(program.awaitExit()).isEqualTo(1);
            assertThat(program.lines())
                    .singleElement(STRING)
                    .endsWith("Latido did not start: " + missing
                            + " cannot be loaded: the folder lib must be beside latido.jar, with every file as the build"
                            + " made it (or the process may open too few files, see ulimit -n)");
        }
    }

    private static MainProcess startInAsciiLocale(String script) {
        return MainProcess.startUnder(List.of("sh", "-c", script, "sh"), Map.of("LC_ALL", "C", "LANG", "C"));
    }

    /** The JVM takes such a name for another one, and would make a store in a directory that nobody knows. */
    @Test
    void refusesAWorkingDirectoryThatItsLocaleCannotName(@TempDir Path directory) {
        String script = "cd " + directory + " && d=$(printf 'w\\303\\244') && mkdir $d && cd $d && exec \"$@\"";
        try (MainProcess program = startInAsciiLocale(script)) {
            assertThat(program.awaitExit()).isEqualTo(1);
            assertThat(program.lines())
                    .singleElement(STRING)
                    .contains("the working directory " + directory, "start it with LC_ALL=C.UTF-8");
        }
    }

    @Test
    void saysWhenItsLocaleCannotNameAFile(@TempDir Path directory) {
        try (MainProcess program =
                startInAsciiLocale("exec \"$@\" --config " + directory + "/$(printf '\\303\\244')")) {
            assertThat(program.awaitExit()).isEqualTo(2);
            assertThat(String.join("\n", program.lines())).contains("cannot be read: ", "start it with LC_ALL=C.UTF-8");
        }
    }

    /** Builds the runtime image that {@code docs/operations.md} describes, and works in it. */
    @Test
    void worksInTheSmallestRuntimeImage(@TempDir Path directory) throws Exception {
        Path home = Path.of(System.getProperty("java.home"));
        assumeTrue(Files.isDirectory(home.resolve("jmods")), "a JDK that images can be made of");
        Matcher modules = MODULES.matcher(Files.readString(Path.of("docs/operations.md")));
        assertThat(modules.find()).isTrue();
        Path image = directory.resolve("image");
        run(home.resolve("bin/jlink").toString(), "--add-modules", modules.group(1), "--output", image.toString());

        try (MainProcess program = MainProcess.startOn(image);
                ApiClient api = new ApiClient(program.awaitPort())) {
            assertThat(api.post("/api/jobs/heartbeat/executions", "{\"a\":1}").status())
                    .isEqualTo(202);
            assertThat(api.post("/api/store/backup", "").status()).isEqualTo(200);
            assertThat(api.get("/metrics").status()).isEqualTo(200);
            program.terminate();
            assertThat(program.awaitExit()).isZero();
            assertThat(program.lines()).noneMatch(line -> line.contains(" WARN "));
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }
}
