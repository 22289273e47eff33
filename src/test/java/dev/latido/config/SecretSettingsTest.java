package dev.latido.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.http.HttpConfig;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each setting that is secret may be in a file of its own, and is shown nowhere. */
class SecretSettingsTest {

    private static final String MARKER = "marker-hunter2-0123456789";

    /** What is fit for each of them. */
    private static final Map<String, String> FIT = Map.of(
            "http.apiKeys",
            MARKER,
            "tracing.headers",
            "authorization=" + MARKER,
            "brokers.shop.url",
            "redis://me:" + MARKER + "@127.0.0.1:1",
            "brokers.shop.password",
            MARKER,
            "brokers.till.password",
            MARKER,
            "brokers.till.sentinelPassword",
            MARKER,
            "jobs.orders.worker.url",
            "http://127.0.0.1:1/" + MARKER,
            "jobs.orders.fallback.url",
            "http://127.0.0.1:1/" + MARKER);

    /** Names no secret; what it lacks for being right is among them. */
    private static JsonObject file() {
        return new JsonObject("""
                {"http": {}, "tracing": {"enabled": true}, "brokers": {"shop": {"type": "redis"},
                   "till": {"type": "redis", "sentinels": ["127.0.0.1:1"], "master": "main"}},
                 "jobs": {"orders": {"worker": {"type": "http"}, "fallback": {"type": "http"}}}}
                """);
    }

    @TempDir
    Path directory;

    private static List<String> problems(JsonObject file, Map<String, String> environment) {
        try {
            return List.of("no problem but " + ConfigReader.read(file, environment, Map.of()));
        } catch (InvalidConfigException invalid) {
            return invalid.problems();
        }
    }

    /** Asks the reader itself: to a setting that it does not know, it answers with those that it does. */
    static Set<String> secrets() {
        JsonObject asking = file();
        ask(asking);
        Set<String> known = new TreeSet<>();
        for (String problem : problems(asking, Map.of())) {
            int at = problem.indexOf("known here: ");
            if (at >= 0) {
                String path = problem.substring(0, problem.indexOf("noSuchSetting"));
                Set.of(problem.substring(at + "known here: ".length()).split(", ", -1))
                        .forEach(name -> known.add(path + name));
            }
        }
        Set<String> secrets = new TreeSet<>(known);
        secrets.removeIf(name -> !known.contains(name + "File"));
        secrets.remove("brokers.shop.sentinelPassword"); // which has none
        secrets.remove("brokers.till.url"); // which Sentinels know
        return secrets;
    }

    private static void ask(JsonObject section) {
        section.fieldNames().forEach(name -> {
            if (section.getValue(name) instanceof JsonObject child) {
                ask(child);
            }
        });
        section.put("noSuchSetting", 1);
    }

    @Test
    void theseAreSecret() {
        assertThat(secrets()).isEqualTo(FIT.keySet());
    }

    private static String variable(String setting) {
        return "LATIDO_" + setting.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    /** Returns what is right but for {@code without}. */
    private static Map<String, String> others(String without) {
        Map<String, String> others = new HashMap<>();
        FIT.forEach((name, value) -> {
            if (!name.equals(without) && !name.equals("brokers.shop.password")) { // beside a URL that has one
                others.put(variable(name), value);
            }
        });
        if (without.equals("brokers.shop.password")) {
            others.put(variable("brokers.shop.url"), "redis://127.0.0.1:1");
        }
        return others;
    }

    private String written(String setting) throws IOException {
        return Files.writeString(directory.resolve("secret"), FIT.get(setting) + "\n")
                .toString();
    }

    @ParameterizedTest
    @MethodSource("secrets")
    void eachMayBeInAFileThatAVariableNames(String setting) throws Exception {
        Map<String, String> environment = others(setting);
        environment.put(variable(setting) + "_FILE", written(setting));
        Config config = ConfigReader.read(file(), environment, Map.of());
        assertThat(config.toString()).doesNotContain(MARKER);
        Map<String, String> itself = others(setting);
        itself.put(variable(setting), FIT.getOrDefault(setting, ""));
        assertThat(ConfigReader.read(file(), itself, Map.of()).toString()).doesNotContain(MARKER);
    }

    @ParameterizedTest
    @MethodSource("secrets")
    void bothAreRefused(String setting) throws Exception {
        Map<String, String> environment = others(setting);
        environment.put(variable(setting), FIT.getOrDefault(setting, ""));
        environment.put(variable(setting) + "_FILE", written(setting));
        assertThat(problems(file(), environment))
                .singleElement()
                .isEqualTo(setting + "File: is given, and " + setting + " too: leave one of them out (from "
                        + variable(setting) + "_FILE)");
    }

    /** Where there would be less protection, or none, without a word. */
    @ParameterizedTest
    @MethodSource("secrets")
    void aVariableThatIsSetAndNamesNoFileIsRefused(String setting) {
        Map<String, String> environment = others(setting);
        environment.put(variable(setting) + "_FILE", "");
        assertThat(problems(file(), environment))
                .contains(setting + "File: is set, and names no file (from " + variable(setting) + "_FILE)");
    }

    /** Passwords of brokers may come later than the service, which cannot begin without the others. */
    @ParameterizedTest
    @MethodSource("secrets")
    void aFileThatCannotBeUsedIsToldOf(String setting) throws Exception {
        Map<String, String> environment = others(setting);
        environment.put(variable(setting) + "_FILE", directory.resolve("none").toString());
        if (setting.toLowerCase(Locale.ROOT).endsWith("password")) {
            assertThat(ConfigReader.read(file(), environment, Map.of()).brokers())
                    .hasSize(2);
        } else {
            assertThat(problems(file(), environment))
                    .singleElement()
                    .asString()
                    .startsWith(setting + "File: cannot be used: ")
                    .contains(directory.resolve("none") + ": no such file");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http.apiKeys", "tracing.headers", "brokers.shop.url", "jobs.orders.worker.url"})
    void whatIsWrongInAFileIsNotShown(String setting) throws Exception {
        Files.writeString(directory.resolve("wrong"), "short marker\u0001 \"");
        Map<String, String> environment = others(setting);
        environment.put(variable(setting) + "_FILE", directory.resolve("wrong").toString());
        assertThat(problems(file(), environment))
                .singleElement()
                .asString()
                .startsWith(setting + "File: ")
                .doesNotContain("marker");
    }

    @Test
    void keysOfAFileAreAsGoodAsOthers() throws Exception {
        String keys = Files.writeString(directory.resolve("keys"), MARKER + "\n" + MARKER + "2\n")
                .toString();
        JsonObject file = new JsonObject()
                .put("http", new JsonObject().put("host", "0.0.0.0").put("apiKeysFile", keys));
        HttpConfig http = ConfigReader.read(file, Map.of(), Map.of()).http();
        assertThat(http.apiKeys()).containsExactly(MARKER, MARKER + "2");
        assertThat(http.toString()).contains("2 API keys");
    }
}
