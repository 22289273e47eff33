package dev.latido.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code conf/latido.yaml} is the reference of all settings: what it says is so, and it says everything. */
class ShippedConfigTest {

    private static final String NO_SETTING = "noSuchSetting";

    private static JsonObject shipped = new JsonObject();

    @BeforeAll
    static void parse() throws Exception {
        shipped = parse(Path.of(ConfigLoader.DEFAULT_FILE));
    }

    private static JsonObject parse(Path file) throws Exception {
        return SettingsFile.parse(file.toString(), Files.readString(file)).settings();
    }

    static List<Path> examples() throws Exception {
        try (Stream<Path> files = Files.list(Path.of("conf/examples"))) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void examplesAreValidAndSayWhatTheyShow(Path example) throws Exception {
        assertThat(Files.readString(example)).startsWith("# ");
        Config config = read(parse(example));
        assertThat(config.jobs()).isNotEmpty();
        assertThat(config.defaultJob())
                .isEqualTo(config.jobs().get(0).definition().name());
    }

    @Test
    void thereAreExamples() throws Exception {
        assertThat(examples()).hasSizeGreaterThanOrEqualTo(6);
    }

    /** What one does first with the shipped file. */
    @Test
    void capacityCanBeMadeSmallerAlone() throws Exception {
        Config config =
                ConfigReader.read(shipped.copy(), Map.of("LATIDO_JOBS_HEARTBEAT_QUEUE_CAPACITY", "10"), Map.of());
        assertThat(config.jobs().get(0).definition().queue())
                .isEqualTo(new QueueConfig(10, FullMode.WAIT, Map.of(), 1_000));
    }

    @Test
    void everyValueIsTheDefault() throws Exception {
        assertThat(read(shipped)).isEqualTo(read(new JsonObject()));
    }

    private static Config read(JsonObject file) throws InvalidConfigException {
        return ConfigReader.read(file.copy(), Map.of(), Map.of());
    }

    @Test
    void everySettingThatIsReadStandsInTheFile() {
        assertThat(leaves("", shipped)).containsExactlyInAnyOrderElementsOf(settingsThatAreRead());
    }

    /** Asks the reader itself: to a setting that it does not know, it answers with those that it does. */
    private static Set<String> settingsThatAreRead() {
        JsonObject asking = shipped.copy();
        ask(asking);
        List.of("jobs", "breakers", "brokers")
                .forEach(named -> asking.getJsonObject(named).remove(NO_SETTING)); // names are free
        Set<String> read = new TreeSet<>();
        try {
            ConfigReader.read(asking, Map.of(), Map.of());
            throw new AssertionError("'" + NO_SETTING + "' was accepted");
        } catch (InvalidConfigException invalid) {
            for (String problem : invalid.problems()) {
                String path = problem.substring(0, problem.indexOf(NO_SETTING));
                String known = problem.substring(problem.indexOf("known here: ") + "known here: ".length());
                for (String name : known.split(", ", -1)) {
                    read.add(path + name);
                }
            }
        }
        read.removeIf(ShippedConfigTest::isSection);
        return read;
    }

    private static boolean isSection(String path) {
        Object at = shipped;
        for (String name : path.split("\\.", -1)) {
            at = at instanceof JsonObject section ? section.getValue(name) : null;
        }
        return at instanceof JsonObject;
    }

    private static void ask(JsonObject section) {
        section.fieldNames().forEach(name -> {
            if (section.getValue(name) instanceof JsonObject child) {
                ask(child);
            }
        });
        section.put(NO_SETTING, 1);
    }

    private static Set<String> leaves(String path, JsonObject section) {
        Set<String> leaves = new TreeSet<>();
        section.forEach(entry -> {
            if (entry.getValue() instanceof JsonObject child) {
                leaves.addAll(leaves(path + entry.getKey() + ".", child));
            } else {
                leaves.add(path + entry.getKey());
            }
        });
        return leaves;
    }

    @Test
    void everySettingHasItsDefaultWrittenOut() {
        assertThat(shipped.encode()).as("no setting is left empty").doesNotContain(":null");
    }
}
