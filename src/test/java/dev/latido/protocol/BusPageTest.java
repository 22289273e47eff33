package dev.latido.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.document.Page;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The tables in {@code docs/bus.md} have every command with its fields, and every address. */
@Tag("fast")
class BusPageTest {

    private static final Page PAGE = Page.of("docs/bus.md");

    private static Map<String, Set<String>> documented() {
        Map<String, Set<String>> fields = new TreeMap<>();
        for (List<String> row : PAGE.table("| `type` | further fields |")) {
            for (String type : Page.code(row.get(0))) {
                assertThat(fields.put(type, Set.copyOf(Page.code(row.get(1)))))
                        .as(type + " twice")
                        .isNull();
            }
        }
        return fields;
    }

    @Test
    void hasEveryCommandWithItsFields() {
        Map<String, Set<String>> documented = documented();
        for (CommandType type : CommandType.values()) {
            Set<String> fields = new HashSet<>(type.form().fields());
            fields.removeAll(Set.of("type", "deadline"));
            if (type == CommandType.SUBMIT) {
                fields = Set.of(Addresses.SUBMIT); // whose row has them
            }
            assertThat(documented.remove(type.wireName())).as(type.wireName()).isEqualTo(fields);
        }
        assertThat(documented).as("commands that there are not").isEmpty();
    }

    @Test
    void hasEveryAddress() {
        assertThat(PAGE.table("| address | form |").stream().flatMap(row -> Page.code(row.get(0)).stream()))
                .contains(
                        Addresses.CONTROL,
                        Addresses.SUBMIT,
                        Addresses.EVENTS,
                        Addresses.PROGRESS,
                        Addresses.CANCEL,
                        Addresses.WORK_PREFIX + "<job>");
    }
}
