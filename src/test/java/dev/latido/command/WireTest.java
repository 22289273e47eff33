package dev.latido.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WireTest {

    @ParameterizedTest
    @EnumSource(CommandType.class)
    void readsBackWhatItWrites(CommandType type) {
        Instant deadline = Instant.parse("2026-01-01T00:00:00.123Z");
        Command full = Command.of(type, "a-job", deadline);
        Command bare = Command.of(type, null, Command.NO_DEADLINE);

        assertThat(Wire.decodeCommand(Wire.encode(full))).isEqualTo(full);
        assertThat(Wire.decodeCommand(Wire.encode(bare))).isEqualTo(bare);
        assertThat(Wire.encode(bare).fieldNames()).containsExactly("type");
    }

    @Test
    void readsBackAStatus() {
        JobStatus never = new JobStatus(false, 0, null, "not yet");
        JobStatus ran = new JobStatus(true, 3, Instant.parse("2026-01-01T00:00:00Z"), "fine");

        assertThat(Wire.decodeReply(Wire.encode(never))).isEqualTo(never);
        assertThat(Wire.decodeReply(Wire.encode(ran))).isEqualTo(ran);
        assertThat(Wire.encode(never).fieldNames())
                .containsExactly("isRunning", "executionCount", "lastExecutionTime", "message");
        assertThat(Wire.encode(never).containsKey("lastExecutionTime")).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                            | 'type'",
                "{\"type\":\"start\"}                          | 'type'",
                "{\"type\":1}                                  | 'type'",
                "{\"type\":\"Start\",\"job\":7}                | 'job'",
                "{\"type\":\"Start\",\"job\":{}}               | 'job'",
                "{\"type\":\"Start\",\"deadline\":\"soon\"}    | 'deadline'",
                "{\"type\":\"Start\",\"deadline\":5}           | 'deadline'",
                "{\"type\":\"Start\",\"speed\":\"fast\"}       | 'speed'",
            })
    void namesTheFieldThatIsWrong(String json, String field) {
        assertThatThrownBy(() -> Wire.decodeCommand(new JsonObject(json)))
                .isInstanceOfSatisfying(CommandException.class, e -> {
                    assertThat(e.refusal().code()).isEqualTo(400);
                    assertThat(e.refusal().detail()).contains(field);
                });
    }

    @Test
    void refusesWhatIsNoObject() {
        for (Object body : new Object[] {"Start", 1, new JsonArray()}) {
            assertThatThrownBy(() -> Wire.decodeCommand(body)).hasMessageContaining("JSON object");
        }
        assertThatThrownBy(() -> Wire.decodeCommand(null)).isInstanceOf(CommandException.class);
    }

    @Test
    void doesNotEchoALongFieldName() {
        JsonObject json = new JsonObject().put("x".repeat(100_000), 1);

        assertThatThrownBy(() -> Wire.decodeCommand(json))
                .satisfies(
                        e -> assertThat(String.valueOf(e.getMessage()).length()).isLessThan(300));
    }
}
