package dev.latido.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image's command {@code latido} asks the service of its own container; here with a {@code java} that shows what it got. */
class ImageCommandTest {

    private static final String SCRIPT = "src/main/docker/latido";

    @TempDir
    Path directory;

    @BeforeEach
    void fakeJava() throws Exception {
        Tool.require("sh");
        Path java = Files.writeString(
                directory.resolve("java"), "#!/bin/sh\necho \"$LATIDOCLI_URL|$LATIDOCLI_API_KEY|$*\"\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
    }

    private String run(Map<String, String> environment, String... arguments) throws Exception {
        Map<String, String> variables = new HashMap<>(Map.of(
                "PATH", directory + ":" + System.getenv("PATH"),
                "LATIDOCLI_URL", "",
                "LATIDOCLI_API_KEY", "",
                "LATIDO_HTTP_PORT", "",
                "LATIDO_HTTP_APIKEYS", "",
                "LATIDO_HTTP_APIKEYS_FILE", ""));
        variables.putAll(environment);
        String[] command = new String[arguments.length + 2];
        command[0] = "sh";
        command[1] = SCRIPT;
        System.arraycopy(arguments, 0, command, 2, arguments.length);
        Tool.Result result = Tool.run(variables, command);
        assertThat(result.exitCode()).as(result.output()).isZero();
        return result.output().strip();
    }

    @Test
    void takesPortAndFirstKeyOfTheService() throws Exception {
        assertThat(run(
                        Map.of("LATIDO_HTTP_PORT", "9090", "LATIDO_HTTP_APIKEYS", "first-key,second-key"),
                        "status",
                        "a b"))
                .startsWith("http://127.0.0.1:9090|first-key|")
                .endsWith(" -jar /app/latido.jar status a b");
    }

    @Test
    void takesTheFirstKeyOfAFileToo() throws Exception {
        for (String keys :
                new String[] {"first-key\nsecond-key\n", "\r\nfirst-key\r\nsecond-key", " first-key, second"}) {
            Path file = Files.writeString(directory.resolve("keys"), keys);
            assertThat(run(Map.of("LATIDO_HTTP_APIKEYS_FILE", file.toString()), "status"))
                    .startsWith("http://127.0.0.1:8080|first-key|");
        }
    }

    @Test
    void canBeToldOtherwiseAndNeverStartsASecondService() throws Exception {
        assertThat(run(Map.of(
                        "LATIDOCLI_URL", "http://other:1", "LATIDOCLI_API_KEY", "mine", "LATIDO_HTTP_APIKEYS", "its")))
                .startsWith("http://other:1|mine|")
                .endsWith(" -jar /app/latido.jar help");
        assertThat(run(Map.of())).startsWith("http://127.0.0.1:8080||");
        assertThat(Tool.run(Map.of(), "sh", SCRIPT, "serve").exitCode()).isEqualTo(2);
        assertThat(Tool.run(Map.of(), "sh", SCRIPT, "--config", "x.yaml").exitCode())
                .isEqualTo(2);
    }

    /** A Service called latido-http has Kubernetes set a variable of that name. */
    @Test
    void takesOnlyANumberForThePort() throws Exception {
        assertThat(run(Map.of("LATIDO_HTTP_PORT", "tcp://10.0.0.2:80"), "status"))
                .startsWith("http://127.0.0.1:8080|");
    }

    @Test
    void isInTheImage() throws Exception {
        assertThat(Files.readString(Path.of("src/main/docker/Dockerfile")))
                .contains("COPY --chmod=755 " + SCRIPT + " /usr/local/bin/");
    }
}
