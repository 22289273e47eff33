package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.config.LogConfig;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log as users see it: in a process of its own, without the tests' settings. */
class LogDefaultsTest {

    /** Says something, at several levels. */
    static final class Speaker {

        private Speaker() {}

        public static void main(String[] args) {
            Logger ours = LoggerFactory.getLogger("dev.latido.Speaker");
            ours.info("said");
            ours.debug("unsaid");
            LoggerFactory.getLogger("com.hazelcast.Cluster").info("unsaid");
            LoggerFactory.getLogger("com.hazelcast.Cluster").warn("warned");
        }
    }

    /** Says what libraries say at each start in some places, and nobody can mend. */
    static final class LibrarySpeaker {

        private LibrarySpeaker() {}

        public static void main(String[] args) {
            LoggerFactory.getLogger("io.netty.util.internal.MacAddressUtil").warn("unsaid");
            LoggerFactory.getLogger("io.netty.resolver.dns.DefaultDnsServerAddressStreamProvider")
                    .warn("unsaid");
            LoggerFactory.getLogger("org.sqlite.SQLiteJDBCLoader").error("unsaid");
            LoggerFactory.getLogger("org.sqlite.Other").warn("warned");
        }
    }

    /** Says something once the log is as JSON, from DEBUG on. */
    static final class JsonSpeaker {

        private JsonSpeaker() {}

        public static void main(String[] args) {
            LogSafety.prepare();
            boolean isApplied = new LogControl().apply(new LogConfig(LogConfig.Format.JSON, LogConfig.Level.DEBUG));
            Logger ours = LoggerFactory.getLogger("dev.latido.Speaker");
            ours.debug("applied: {}", isApplied);
            ours.warn("two\nlines", new IllegalStateException("boom"));
            LoggerFactory.getLogger("com.example").debug("unsaid");
        }
    }

    /** Says what came from elsewhere, in text or, told so, as JSON. */
    static final class ForeignSpeaker {

        private ForeignSpeaker() {}

        public static void main(String[] args) {
            LogSafety.prepare();
            LogConfig.Format format = LogConfig.Format.valueOf(System.getProperty("format"));
            var unused = new LogControl().apply(new LogConfig(format, LogConfig.Level.INFO));
            Throwable cause = new IllegalStateException("cause " + FOREIGN);
            Throwable failure = new IllegalStateException("failure " + FOREIGN, cause);
            failure.addSuppressed(new IllegalStateException("suppressed " + FOREIGN));
            LoggerFactory.getLogger("dev.latido.Speaker").warn("message {}", FOREIGN, failure);
        }
    }

    /** Ends its line, forges one, and holds what acts on a terminal or cannot be seen. */
    private static final String FOREIGN =
            "x\n2026-01-01T00:00:00.000Z ERROR latido - forged\r\u001b[31m\u009b2J\u2028\u202e\u200d" + "\ufeff"
                    + "\udb40\udc41" + "\ud800";

    private static final String SHOWN =
            "x\\n2026-01-01T00:00:00.000Z ERROR latido - forged\\r\\u001b[31m\\u009b2J\\u2028"
                    + "\\u202e\\u200d\\ufeff\\udb40\\udc41\\ud800";

    @TempDir
    Path directory;

    private List<String> said(String... options) throws Exception {
        return said(Speaker.class, options);
    }

    private List<String> said(Class<?> speaker, String... options) throws Exception {
        Path classes = Path.of(LogDefaultsTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Path here = directory.resolve("classes/dev/latido"); // beside the tests' classes are their settings
        Files.createDirectories(here);
        String name = speaker.getSimpleName();
        Files.copy(
                classes.resolve("dev/latido/LogDefaultsTest$" + name + ".class"),
                here.resolve("LogDefaultsTest$" + name + ".class"));
        String others = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !Path.of(entry).equals(classes))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", directory.resolve("classes") + File.pathSeparator + others, speaker.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return output.lines().toList();
    }

    @Test
    void saysWhatMattersAndWhen() throws Exception {
        assertThat(said())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO  Speaker - said"),
                        line -> assertThat(line).endsWith("Z WARN  Cluster - warned"));
    }

    @Test
    void leavesOutWhatNobodyCanMend() throws Exception {
        assertThat(said(LibrarySpeaker.class)).singleElement().asString().endsWith("Z WARN  Other - warned");
    }

    @Test
    void leavesItToAFileThatIsNamed() throws Exception {
        Path file = directory.resolve("log.xml");
        Files.writeString(file, """
                <configuration>
                  <appender name="a" class="ch.qos.logback.core.ConsoleAppender">
                    <encoder><pattern>%level:%msg%n</pattern></encoder>
                  </appender>
                  <root level="WARN"><appender-ref ref="a"/></root>
                </configuration>
                """);

        assertThat(said("-Dlogback.configurationFile=" + file)).containsExactly("WARN:warned");
    }

    @Test
    void writesJsonWithTheNamesOfTheElasticCommonSchema() throws Exception {
        List<JsonObject> lines =
                said(JsonSpeaker.class).stream().map(JsonObject::new).toList();

        assertThat(lines).hasSize(2);
        assertThat(lines.get(0).getString("@timestamp")).endsWith("Z");
        assertThat(lines.get(0).getString("log.level")).isEqualTo("DEBUG");
        assertThat(lines.get(0).getString("log.logger")).isEqualTo("dev.latido.Speaker");
        assertThat(lines.get(0).getString("message")).isEqualTo("applied: true");
        assertThat(lines.get(0).getString("service.name")).isEqualTo("latido");
        assertThat(lines.get(0).getString("ecs.version")).isNotBlank();
        assertThat(lines.get(1).getString("message")).isEqualTo("two\\nlines");
        assertThat(lines.get(1).getString("error.type")).isEqualTo("java.lang.IllegalStateException");
        assertThat(lines.get(1).getString("error.message")).isEqualTo("boom");
        assertThat(lines.get(1).getString("error.stack_trace")).contains("JsonSpeaker.main");
    }

    @Test
    void aFileSaysHowTheLogIsWrittenBeforeTheConfiguration() throws Exception {
        Path file = Files.writeString(directory.resolve("own.xml"), """
                <configuration>
                  <appender name="stdout" class="ch.qos.logback.core.ConsoleAppender">
                    <encoder><pattern>own %msg%n</pattern></encoder>
                  </appender>
                  <root level="DEBUG"><appender-ref ref="stdout"/></root>
                </configuration>
                """);

        assertThat(said(JsonSpeaker.class, "-Dlogback.configurationFile=" + file))
                .contains("own applied: false");
    }

    @Test
    void noTextFromElsewhereForgesALineOrActsOnATerminal() throws Exception {
        List<String> lines = said(ForeignSpeaker.class, "-Dformat=TEXT");

        assertThat(lines.get(0)).endsWith(" WARN  Speaker - message " + SHOWN);
        assertThat(lines.get(1)).isEqualTo("java.lang.IllegalStateException: failure " + SHOWN);
        assertThat(lines).contains("\tSuppressed: java.lang.IllegalStateException: suppressed " + SHOWN);
        assertThat(lines).contains("Caused by: java.lang.IllegalStateException: cause " + SHOWN);
        assertThat(lines).noneMatch(line -> line.startsWith("2026-01-01"));
        assertHarmless(lines);
    }

    @Test
    void noTextFromElsewhereActsOnATerminalThatShowsTheJson() throws Exception {
        List<String> lines = said(ForeignSpeaker.class, "-Dformat=JSON");

        assertThat(lines).hasSize(1);
        assertHarmless(lines);
        JsonObject line = new JsonObject(lines.get(0));
        assertThat(line.getString("message")).isEqualTo("message " + SHOWN);
        assertThat(line.getString("error.type")).isEqualTo("java.lang.IllegalStateException");
        assertThat(line.getString("error.message")).isEqualTo("failure " + SHOWN);
        assertThat(line.getString("error.stack_trace"))
                .contains("Suppressed: java.lang.IllegalStateException: suppressed " + SHOWN)
                .contains("Caused by: java.lang.IllegalStateException: cause " + SHOWN)
                .contains("ForeignSpeaker.main");
    }

    private static void assertHarmless(List<String> lines) {
        assertThat(String.join("", lines).replace("\t", ""))
                .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\ufffd]");
    }
}
