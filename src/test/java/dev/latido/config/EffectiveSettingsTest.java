package dev.latido.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.setting.EffectiveSetting;
import dev.latido.setting.EffectiveSetting.Source;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of each setting: how it holds, and where that comes from. */
class EffectiveSettingsTest {

    private static Map<String, EffectiveSetting> read(
            String yaml, Map<String, String> environment, Map<String, String> properties) throws Exception {
        Map<String, EffectiveSetting> settings = new LinkedHashMap<>();
        ConfigReader.read(
                SettingsFile.parse("test.yaml", yaml),
                environment,
                properties,
                setting -> settings.put(setting.path(), setting));
        return settings;
    }

    private static Map<String, EffectiveSetting> read(String yaml) throws Exception {
        return read(yaml, Map.of(), Map.of());
    }

    private static String text(Map<String, EffectiveSetting> settings, String path) {
        EffectiveSetting setting = Objects.requireNonNull(settings.get(path), path);
        String place = setting.override() != null
                ? setting.override()
                : setting.line() != null ? "line " + setting.line() : "";
        return setting.value() + " " + setting.source() + " " + place;
    }

    /** The shipped file has every setting at its default, which a test of its own holds. */
    @Test
    void withoutAFileEachHoldsAsTheShippedFileHasIt() throws Exception {
        JsonObject shipped = SettingsFile.parse("shipped", Files.readString(Path.of(ConfigLoader.DEFAULT_FILE)))
                .settings();
        Map<String, EffectiveSetting> settings = read("");
        assertThat(settings.values()).allMatch(setting -> setting.source() == Source.DEFAULT);
        Map<String, String> written = new LinkedHashMap<>();
        leaves("", shipped, written);
        Map<String, String> told = new LinkedHashMap<>();
        settings.forEach((path, setting) ->
                told.put(path, setting.value() == null ? "" : setting.value().toString()));
        assertThat(told).containsExactlyInAnyOrderEntriesOf(written);
        assertThat(settings).hasSizeGreaterThan(100);
    }

    private static void leaves(String prefix, JsonObject section, Map<String, String> leaves) {
        section.forEach(entry -> {
            if (entry.getValue() instanceof JsonObject inner) {
                leaves(prefix + entry.getKey() + ".", inner, leaves);
            } else {
                boolean isList = entry.getValue() instanceof JsonArray;
                leaves.put(
                        prefix + entry.getKey(),
                        isList
                                ? ((JsonArray) entry.getValue()).getList().toString()
                                : entry.getValue().toString());
            }
        });
    }

    @Test
    void saysWhereEachIsFrom() throws Exception {
        Map<String, EffectiveSetting> settings = read(
                """
                http:
                  port: 0x1f90
                  allowedHosts: [a.example,
                    b.example]
                store: {type: memory}
                jobs:
                  mail:
                    every: 90s
                    worker: event-bus
                    retry: {attempts: 7}
                  other:
                    fallback: {type: log}
                """,
                Map.of(
                        "LATIDO_HTTP_IDLETIMEOUT", "2m",
                        "LATIDO_JOBS_MAIL_RETRY_ATTEMPTS", "3",
                        "LATIDO_JOBS_MAIL_FALLBACK", "log",
                        "LATIDO_STREAM_HEARTBEAT", "1s"),
                Map.of("latido.stream.heartbeat", "2s"));
        assertThat(text(settings, "http.port")).isEqualTo("8080 FILE line 2");
        assertThat(text(settings, "http.allowedHosts")).isEqualTo("[a.example, b.example] FILE line 3");
        assertThat(text(settings, "http.idleTimeout")).isEqualTo("2m ENVIRONMENT LATIDO_HTTP_IDLETIMEOUT");
        assertThat(text(settings, "stream.heartbeat")).isEqualTo("2s PROPERTY latido.stream.heartbeat");
        assertThat(text(settings, "http.host")).isEqualTo("127.0.0.1 DEFAULT ");
        assertThat(text(settings, "store.type")).isEqualTo("memory FILE line 5");
        assertThat(text(settings, "jobs.mail.every")).isEqualTo("90s FILE line 8");
        assertThat(text(settings, "jobs.mail.worker")).isEqualTo("event-bus FILE line 9");
        assertThat(text(settings, "jobs.mail.worker.address")).isEqualTo("latido.work.mail DEFAULT ");
        assertThat(text(settings, "jobs.mail.fallback")).isEqualTo("log ENVIRONMENT LATIDO_JOBS_MAIL_FALLBACK");
        assertThat(text(settings, "jobs.mail.retry.attempts"))
                .isEqualTo("3 ENVIRONMENT LATIDO_JOBS_MAIL_RETRY_ATTEMPTS");
        assertThat(text(settings, "jobs.other.worker")).isEqualTo("log DEFAULT ");
        assertThat(text(settings, "jobs.other.fallback.type")).isEqualTo("log FILE line 12");
        assertThat(text(settings, "jobs.other.every")).as("it has no timer").isEqualTo("null DEFAULT ");
    }

    /** A timer that is given takes the place of the usual one. */
    @Test
    void tellsOfNoIntervalBesideAnotherTimer() throws Exception {
        assertThat(text(read("jobs: {heartbeat: {cron: '@daily'}}"), "jobs.heartbeat.every"))
                .isEqualTo("null DEFAULT ");
        assertThat(text(read(""), "jobs.heartbeat.every")).isEqualTo("5s DEFAULT ");
    }

    /** A variable that Kubernetes sets is none of ours, so what the file says is from the file. */
    @Test
    void takesNoVariableOfAKubernetesServiceForTheSource() throws Exception {
        Map<String, String> links = Map.of(
                "LATIDO_HTTP_SERVICE_HOST", "10.0.0.1",
                "LATIDO_HTTP_PORT", "tcp://10.0.0.1:80");
        assertThat(text(read("http: {port: 81}", links, Map.of()), "http.port")).isEqualTo("81 FILE line 1");
    }

    @Test
    void showsOfSecretsThatTheyAreSet(@TempDir Path directory) throws Exception {
        Path keys = Files.writeString(directory.resolve("keys"), "another-secret-of-16");
        Path hook = Files.writeString(directory.resolve("hook"), "http://h.example/secret?secret");
        Map<String, EffectiveSetting> settings = read("""
                http: {apiKeysFile: %s}
                tracing: {headers: "x-token=secret"}
                brokers:
                  shop: {type: redis, url: "redis://me:secret@h", user: ""}
                jobs:
                  a: {worker: {type: http, url: "http://h.example/secret?token=secret"}}
                  b: {worker: {type: http, url: "https://h.example"}, fallback: {type: http, urlFile: %s}}
                """.formatted(keys, hook), Map.of(), Map.of());
        assertThat(text(settings, "http.apiKeysFile")).isEqualTo(keys + " FILE line 1");
        assertThat(text(settings, "http.apiKeys")).isEqualTo("[] DEFAULT ");
        assertThat(text(settings, "tracing.headers")).isEqualTo("*** FILE line 2");
        assertThat(text(settings, "brokers.shop.url")).isEqualTo("*** FILE line 4");
        assertThat(text(settings, "brokers.shop.password")).isEqualTo("null DEFAULT ");
        assertThat(text(settings, "jobs.a.worker.url")).isEqualTo("http://h.example/*** FILE line 6");
        assertThat(text(settings, "jobs.b.worker.url")).isEqualTo("https://h.example FILE line 7");
        assertThat(text(settings, "jobs.b.fallback.urlFile")).isEqualTo(hook + " FILE line 7");
        Map<String, EffectiveSetting> keysInVariable =
                read("", Map.of("LATIDO_HTTP_APIKEYS", "secret-secret-secret,secret-secret-2nd"), Map.of());
        assertThat(text(keysInVariable, "http.apiKeys")).isEqualTo("[***, ***] ENVIRONMENT LATIDO_HTTP_APIKEYS");
        assertThat(List.of(settings.values().toString(), keysInVariable.values().toString()))
                .noneMatch(told -> told.contains("secret"));
    }

    /** A text in the place of a section stands somewhere, too. */
    @Test
    void saysWhereAWrongTextInPlaceOfASectionStands() {
        for (String yaml :
                List.of("jobs:\n  a:\n    worker: nobody\n", "jobs:\n  a: {worker:\n    {type: nobody}}\n")) {
            try {
                read(yaml);
                throw new AssertionError("it was taken");
            } catch (Exception wrong) {
                assertThat(wrong).hasMessageContaining("was 'nobody' (line 3)");
            }
        }
    }
}
