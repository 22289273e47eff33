package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

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

    @TempDir
    Path directory;

    private List<String> said(String... options) throws Exception {
        Path classes = Path.of(LogDefaultsTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Path here = directory.resolve("classes/dev/latido"); // beside the tests' classes are their settings
        Files.createDirectories(here);
        String name = Speaker.class.getSimpleName();
        Files.copy(
                classes.resolve("dev/latido/LogDefaultsTest$" + name + ".class"),
                here.resolve("LogDefaultsTest$" + name + ".class"));
        String others = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !Path.of(entry).equals(classes))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(
                List.of("-cp", directory.resolve("classes") + File.pathSeparator + others, Speaker.class.getName()));
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
}
