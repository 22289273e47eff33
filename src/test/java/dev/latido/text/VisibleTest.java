package dev.latido.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing that is written can act on a terminal, and nothing else is changed. */
@Tag("fast")
class VisibleTest {

    private static final String ACTS = "\u001b[2J|\u009b2J|\r\n|\u0007|\u007f|\u202e|\u2066|\u2028|\ud800";

    @Test
    void replacesWhatActs() {
        assertThat(Visible.line(ACTS))
                .isEqualTo("\ufffd[2J|\ufffd2J|\ufffd\ufffd|\ufffd|\ufffd|\ufffd|\ufffd|\ufffd|\ufffd");
        assertThat(Visible.line("plain <b>ünï</b> 漢字 😀")).isEqualTo("plain <b>ünï</b> 漢字 😀");
    }

    /** Of each kind one: soft hyphen, Arabic letter mark, marks and isolates of direction, joiners, a byte-order mark, fillers. */
    @ParameterizedTest
    @ValueSource(
            ints = {
                0x00, 0x09, 0x0a, 0x0d, 0x1b, 0x7f, 0x80, 0x85, 0x9b, 0x9f, 0xad, 0x61c, 0x180e, 0x200b, 0x200d, 0x200e,
                0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069, 0xfeff, 0xfff9, 0x110bd, 0x1bca0,
                0x1d173, 0xe0000, 0xe0001, 0xe0020, 0xe0041, 0xe007f, 0xe0100, 0xe0fff, 0xd800, 0xdfff
            })
    void findsWhatActsOrCannotBeSeen(int codePoint) {
        String acts = Character.toString(codePoint);
        assertThat(Visible.line("a" + acts + "b")).isEqualTo("a" + "\ufffd".repeat(acts.length()) + "b");
        assertThat(Visible.escaped("a" + acts + "b")).matches("a(\\\\u[0-9a-f]{4}|\\\\[nrt]){1,2}b");
        assertThat(new JsonArray("[\"" + Visible.escaped(acts) + "\"]").getString(0))
                .isEqualTo(acts);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ünï 漢字", "😀 ❤️", "עברית", "a\u0301", "\\u202e", "\u00a0", "\ue000"})
    void leavesWhatIsSeen(String text) {
        assertThat(Visible.line(text)).isSameAs(text);
        assertThat(Visible.escaped(text)).isSameAs(text);
        assertThat(Visible.json(text)).isSameAs(text);
    }

    @Test
    void escapesInJsonWithoutChangingTheValue() {
        String json = "{\"a\" : \"x\u009b2J\u007f\u202e😀\"}";
        String safe = Visible.json(json);
        assertThat(safe).isEqualTo("{\"a\" : \"x\\u009b2J\\u007f\\u202e😀\"}");
        assertThat(new JsonObject(safe)).isEqualTo(new JsonObject(json));
    }
}
