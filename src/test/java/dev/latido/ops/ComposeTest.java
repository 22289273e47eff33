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

/** The compose file is valid, opens nothing to the network, and fits the service and the image. */
class ComposeTest {

    private static final String FILE = "docker-compose.yml";
    private static final String DOCKERFILE = "src/main/docker/Dockerfile";
    private static final String KEY = "a-key-for-this-test";
    private static final Pattern REQUIRED_VARIABLE = Pattern.compile("\\$\\{(\\w+):\\?[^}]+}");

    @Test
    void isAcceptedByDockerCompose(@TempDir Path directory) throws Exception {
        Tool.Result config = dockerCompose(directory, KEY);
        assertThat(config.exitCode()).as(config.output()).isZero();
        assertThat(config.output()).contains("LATIDO_HTTP_APIKEYS: " + KEY);
    }

    @Test
    void refusesToStartWithoutAKey(@TempDir Path directory) throws Exception {
        Tool.Result config = dockerCompose(directory, "");
        assertThat(config.exitCode()).isNotZero();
        assertThat(config.output()).contains("set LATIDO_HTTP_APIKEYS");
    }

    private static Tool.Result dockerCompose(Path directory, String key) throws Exception {
        Tool.require("docker-compose");
        Path noVariables = Files.createFile(directory.resolve("env")); // instead of a .env that may be here
        return Tool.run(
                Map.of("LATIDO_HTTP_APIKEYS", key, "GRAFANA_PASSWORD", "a-password"),
                "docker-compose",
                "--env-file",
                noVariables.toString(),
                "-f",
                FILE,
                "config");
    }

    @Test
    void publishesOnLoopbackOnly() throws Exception {
        assertThat(services())
                .allSatisfy((name, service) -> assertThat(strings(service, "ports"))
                        .isNotEmpty()
                        .allSatisfy(port -> assertThat(port).startsWith("127.0.0.1:")));
    }

    @Test
    void pinsEveryImage() throws Exception {
        assertThat(services())
                .allSatisfy((name, service) -> assertThat(service.getString("image"))
                        .matches("[a-z/]+:[\\w.-]+")
                        .doesNotEndWith(":latest"));
    }

    @Test
    void takesWhatItCanFromAContainer() throws Exception {
        assertThat(services()).allSatisfy((name, service) -> {
            assertThat(service.getBoolean("read_only")).isTrue();
            assertThat(strings(service, "cap_drop")).containsExactly("ALL");
            assertThat(strings(service, "security_opt")).contains("no-new-privileges:true");
            assertThat(service.getString("mem_limit")).isNotBlank();
            assertThat(service.getString("restart")).isEqualTo("unless-stopped");
        });
    }

    @Test
    void mountsFilesThatExist() throws Exception {
        assertThat(services())
                .allSatisfy((name, service) -> assertThat(strings(service, "volumes"))
                        .filteredOn(volume -> volume.startsWith("./"))
                        .isNotEmpty()
                        .allSatisfy(volume -> {
                            assertThat(Path.of(volume.split(":", -1)[0])).exists();
                            assertThat(volume).endsWith(":ro");
                        }));
    }

    @Test
    void givesTheServiceSettingsThatItKnowsAndAccepts() throws Exception {
        Config config = configInContainer();
        assertThat(config.http().host()).isEqualTo("0.0.0.0");
        assertThat(config.http().apiKeys()).containsExactly(KEY);
        assertThat(config.http().allowedHosts()).contains("localhost", "127.0.0.1", scrapedHost());
        assertThat(config.http().metricsNeedKey()).isFalse();
    }

    @Test
    void keepsTheStoreWhenTheContainerGoes() throws Exception {
        String directory = configInContainer().store().directory().toString();
        assertThat(strings(services().get("latido"), "volumes")).contains("latido:" + directory);
        assertThat(YamlFile.read(FILE).getJsonObject("volumes").containsKey("latido"))
                .isTrue();
        assertThat(Files.readString(Path.of(DOCKERFILE)))
                .contains(
                        "RUN mkdir -m 700 " + directory + " && chown 10001:10001 " + directory, "VOLUME " + directory);
    }

    @Test
    void letsTheServiceStopInItsOwnTime() throws Exception {
        Config.Shutdown shutdown = configInContainer().shutdown();
        Duration granted = Duration.parse("PT" + services().get("latido").getString("stop_grace_period"));
        assertThat(granted)
                .isGreaterThan(shutdown.notReadyFor().plus(shutdown.grace()).plusSeconds(5));
    }

    /** Reads the configuration as the service does in its container: file, image and compose file together. */
    private static Config configInContainer() throws Exception {
        Map<String, String> environment = new HashMap<>();
        Matcher variable =
                Pattern.compile("(?m)^ENV (LATIDO_\\w+)=(\\S+)$").matcher(Files.readString(Path.of(DOCKERFILE)));
        while (variable.find()) {
            environment.put(variable.group(1), variable.group(2));
        }
        services().get("latido").getJsonObject("environment").forEach(entry -> {
            boolean isKey =
                    REQUIRED_VARIABLE.matcher(entry.getValue().toString()).matches();
            environment.put(entry.getKey(), isKey ? KEY : entry.getValue().toString());
        });
        return ConfigReader.read(YamlFile.read("conf/latido.yaml"), environment, Map.of());
    }

    private static String scrapedHost() throws Exception {
        return YamlFile.read("conf/prometheus.yml")
                .getJsonArray("scrape_configs")
                .getJsonObject(0)
                .getJsonArray("static_configs")
                .getJsonObject(0)
                .getJsonArray("targets")
                .getString(0)
                .split(":", 2)[0];
    }

    private static Map<String, JsonObject> services() throws Exception {
        JsonObject services = YamlFile.read(FILE).getJsonObject("services");
        Map<String, JsonObject> byName = new HashMap<>();
        services.fieldNames().forEach(name -> byName.put(name, services.getJsonObject(name)));
        assertThat(byName).containsOnlyKeys("latido", "redis", "prometheus", "grafana");
        return byName;
    }

    private static List<String> strings(JsonObject json, String field) {
        return json.getJsonArray(field).stream().map(String.class::cast).toList();
    }
}
