package dev.latido.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.document.Page;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The table in {@code docs/configuration.md} has every setting, each once, with its default. They are those of the shipped file, which
 * {@link ShippedConfigTest} compares with what is read.
 */
class SettingsPageTest {

    /** Whose default depends on the job. */
    private static final Set<String> OTHERWISE = Set.of("jobs.<name>.autoStart", "jobs.<name>.every");

    private static Map<String, String> shipped() throws Exception {
        Map<String, String> defaults = new TreeMap<>();
        Path file = Path.of(ConfigLoader.DEFAULT_FILE);
        leaves("", SettingsFile.parse(file.toString(), Files.readString(file)).settings(), defaults);
        return defaults;
    }

    private static void leaves(String prefix, JsonObject section, Map<String, String> defaults) {
        section.forEach(entry -> {
            String path = (prefix + entry.getKey()).replaceFirst("^jobs\\.heartbeat", "jobs.<name>");
            if (entry.getValue() instanceof JsonObject inner && !inner.isEmpty()) {
                leaves(prefix + entry.getKey() + ".", inner, defaults);
            } else {
                defaults.put(path, text(entry.getValue()));
            }
        });
    }

    private static String text(Object value) {
        if (value instanceof JsonArray list) {
            return list.isEmpty() ? "none" : list.getList().toString();
        }
        return value instanceof JsonObject || value.toString().isEmpty() ? "none" : value.toString();
    }

    private static Map<String, String> documented() {
        Map<String, String> defaults = new TreeMap<>();
        for (List<String> row : Page.of("docs/configuration.md").table("| setting | default |")) {
            List<String> names = Page.code(row.get(0));
            String cell = row.get(1).replaceAll(" \\([^)]*\\)", "").replaceFirst(";.*", "");
            List<String> values = new ArrayList<>();
            if (cell.endsWith(" each")) {
                names.forEach(name -> values.add(cell.replace(" each", "")));
            } else if (names.size() == 1) {
                values.add(cell);
            } else {
                values.addAll(List.of(cell.split(", ", -1)));
            }
            assertThat(values).as(row.get(0)).hasSameSizeAs(names);
            for (int i = 0; i < names.size(); i++) {
                assertThat(defaults.put(names.get(i), values.get(i)))
                        .as(names.get(i) + " twice")
                        .isNull();
            }
        }
        return defaults;
    }

    @Test
    void hasEverySettingWithItsDefault() throws Exception {
        Map<String, String> shipped = shipped();
        Map<String, String> documented = documented();
        assertThat(shipped).hasSizeGreaterThan(100);
        assertThat(documented.keySet()).containsExactlyInAnyOrderElementsOf(shipped.keySet());
        OTHERWISE.forEach(setting -> {
            assertThat(shipped.remove(setting)).isNotEqualTo(documented.remove(setting));
        });
        assertThat(documented).containsExactlyInAnyOrderEntriesOf(shipped);
    }
}
