package dev.latido.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script that pins images, with something in the place of docker that makes digests up. */
@EnabledOnOs(OS.LINUX)
class PinTest {

    private static final List<String> FILES = List.of("src/main/docker/Dockerfile", "docker-compose.yml");

    @TempDir
    Path directory;

    @BeforeEach
    void copy() throws IOException {
        for (String file : List.of(FILES.get(0), FILES.get(1), "src/main/docker/pin")) {
            Path copy = directory.resolve(file);
            Files.createDirectories(copy.getParent());
            Files.copy(Path.of(file), copy, StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    /** Runs the script; each digest is all of one digit. */
    private int pin(String digit) throws IOException, InterruptedException {
        Path docker = Files.writeString(directory.resolve("docker"), """
                #!/bin/bash
                [[ "$1 $2 $3 $5" == "buildx imagetools inspect --format" ]] || exit 1
                printf '"sha256:%s"\\n' "$(printf 'DIGIT%.0s' {1..64})"
                """.replace("DIGIT", digit));
        assertThat(docker.toFile().setExecutable(true)).isTrue();
        ProcessBuilder builder =
                new ProcessBuilder(directory.resolve("src/main/docker/pin").toString());
        builder.environment().put("PATH", directory + ":" + System.getenv("PATH"));
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        assertThat(said).contains(code == 0 ? "eclipse-temurin:25-jre is sha256:" : "no digest is known of ");
        return code;
    }

    private List<String> images() throws IOException {
        return FILES.stream()
                .flatMap(file -> lines(directory.resolve(file)))
                .filter(line -> line.matches("FROM .*| *image: (?!latido).*"))
                .toList();
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void pinsEveryImageAndAnew() throws Exception {
        List<String> before = images();
        assertThat(before).hasSizeGreaterThanOrEqualTo(4).noneMatch(line -> line.contains("@"));
        for (String digit : List.of("1", "a")) {
            assertThat(pin(digit)).isZero();
            assertThat(images()).allMatch(line -> line.contains("@sha256:" + digit.repeat(64)));
            assertThat(images().stream()
                            .map(line -> line.replaceAll("@sha256:\\w+", ""))
                            .toList())
                    .isEqualTo(before);
        }
    }

    @Test
    void changesNothingWhereNoDigestIsKnown() throws Exception {
        List<String> before = images();
        assertThat(pin("x")).isEqualTo(1);
        assertThat(images()).isEqualTo(before);
    }
}
