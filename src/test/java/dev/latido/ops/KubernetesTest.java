package dev.latido.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.config.Config;
import dev.latido.config.ConfigReader;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The manifest that {@code docs/kubernetes.md} gives says what the service and its image take, and leaves it the time to stop. */
class KubernetesTest {

    /** What the store may take at the end, twice what {@code Shutdown} gives one commit. */
    private static final Duration STORE = Duration.ofSeconds(10);

    @TempDir
    Path directory;

    private JsonObject pod() throws Exception {
        Matcher manifest = Pattern.compile("```yaml\n(.*?)\n---\n", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("docs/kubernetes.md")));
        assertThat(manifest.find()).isTrue();
        return YamlFile.read(Files.writeString(directory.resolve("latido.yaml"), manifest.group(1))
                        .toString())
                .getJsonObject("spec")
                .getJsonObject("template")
                .getJsonObject("spec");
    }

    private static Config config(JsonObject container) throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of("LATIDO_HTTP_HOST", "0.0.0.0"));
        container.getJsonArray("env").forEach(one -> {
            JsonObject variable = (JsonObject) one;
            environment.put(variable.getString("name"), variable.getString("value", "0123456789abcdef"));
        });
        return ConfigReader.read(new JsonObject(), environment, Map.of());
    }

    @Test
    void setsWhatTheServiceTakesAndLeavesItTheTimeToStop() throws Exception {
        JsonObject pod = pod();
        Config config = config(pod.getJsonArray("containers").getJsonObject(0));

        assertThat(config.http().apiKeys()).hasSize(1);
        assertThat(config.http().allowedHosts()).contains("latido", "localhost", "10.0.0.0/8");
        assertThat(config.store().waitForLock()).isPositive();
        assertThat(Duration.ofSeconds(pod.getInteger("terminationGracePeriodSeconds")))
                .isGreaterThan(config.shutdown()
                        .notReadyFor()
                        .plus(config.shutdown().grace())
                        .plus(STORE));
        assertThat(pod.getBoolean("enableServiceLinks")).isFalse();
    }

    @Test
    void probesAskForWhatAnswersAnyHost() throws Exception {
        JsonObject container = pod().getJsonArray("containers").getJsonObject(0);
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            assertThat(container.getJsonObject(probe).getJsonObject("httpGet").getString("path"))
                    .as(probe)
                    .isEqualTo(probe.equals("readinessProbe") ? "/health/ready" : "/health/live");
        }
    }

    /** Docker sends SIGKILL 10 s after SIGTERM, and nobody has told it to wait for longer. */
    @Test
    void imageStopsWithinTheTimeThatDockerGives() throws Exception {
        Matcher grace = Pattern.compile("\nENV LATIDO_SHUTDOWN_GRACE=(\\S+)\n")
                .matcher(Files.readString(Path.of("src/main/docker/Dockerfile")));
        assertThat(grace.find()).isTrue();
        Config config = ConfigReader.read(new JsonObject(), Map.of("LATIDO_SHUTDOWN_GRACE", grace.group(1)), Map.of());
        assertThat(config.shutdown().notReadyFor().plus(config.shutdown().grace()))
                .isLessThan(Duration.ofSeconds(9));
    }
}
