package dev.latido.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

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

    @Test
    void escapesInJsonWithoutChangingTheValue() {
        String json = "{\"a\" : \"x\u009b2J\u007f\u202e😀\"}";
        String safe = Visible.json(json);
        assertThat(safe).isEqualTo("{\"a\" : \"x\\u009b2J\\u007f\\u202e😀\"}");
        assertThat(new JsonObject(safe)).isEqualTo(new JsonObject(json));
    }
}
