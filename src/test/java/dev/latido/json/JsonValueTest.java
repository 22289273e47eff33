package dev.latido.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.RandomJson;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The JSON of the bus, here and as Vert.x itself has it. */
@Tag("fast")
class JsonValueTest {

    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?");

    @ParameterizedTest
    @CsvSource({
        "1, 1, Integer",
        "3000000000, 3000000000, Long",
        "123456789012345678901234567890, 123456789012345678901234567890, BigInteger",
        "0.1, 0.1, Double",
        "1.10, 1.1, Double",
        "-0.0, -0.0, Double",
        "1e5, 100000.0, Double",
        "1.7976931348623157e308, 1.7976931348623157E308, Double",
        "5e-324, 5E-324, BigDecimal",
        "1e400, 1E+400, BigDecimal",
        "-1e-400, -1E-400, BigDecimal",
        "0.1234567890123456789, 0.1234567890123456789, BigDecimal",
        "100000000000000000000.05, 100000000000000000000.05, BigDecimal",
        "9007199254740993.0, 9007199254740993.0, BigDecimal",
        "1e2147483647, 1E+2147483647, BigDecimal"
    })
    void readsEveryNumberAsItIs(String json, String shown, String type) {
        for (Object value : List.of(
                JsonValue.of(json),
                Json.decodeValue(json),
                new JsonArray("[" + json + "]").getValue(0),
                Json.decodeValue(Buffer.buffer(json)))) {
            assertThat(value.getClass().getSimpleName()).isEqualTo(type);
            assertThat(value).hasToString(shown);
        }
        assertThat(JsonValue.textOf(JsonValue.of(json))).isEqualTo(shown);
    }

    @Test
    void losesNoDigit() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 5_000; i++) {
            String json = RandomJson.text(random);
            String again = JsonValue.textOf(JsonValue.of(json));
            assertThat(JsonSyntax.isJson(again)).as("-Dseed=%d: %s", SEED, json).isTrue();
            if (!json.contains("\"")) { // no numbers in strings, and no names that stand twice
                Matcher before = NUMBER.matcher(json);
                Matcher after = NUMBER.matcher(again);
                while (before.find()) {
                    assertThat(after.find())
                            .as("-Dseed=%d: %s %s", SEED, json, again)
                            .isTrue();
                    assertThat(new BigDecimal(after.group()))
                            .as("-Dseed=%d: %s %s", SEED, json, again)
                            .isEqualByComparingTo(new BigDecimal(before.group()));
                }
            }
            assertThat(JsonValue.textOf(JsonValue.of(again)))
                    .as("-Dseed=%d", SEED)
                    .isEqualTo(again);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{no json", "/* a comment */ 1", "1 2", "1e99999999999", "-1e-99999999999"})
    void refusesWhatIsNoJsonOrNoNumberOfJava(String text) {
        assertThatThrownBy(() -> JsonValue.of(text)).isInstanceOf(DecodeException.class);
    }

    @Test
    void readsWhatVertxCanSend() {
        String deepest = "[".repeat(JsonValue.MAX_DEPTH) + "]".repeat(JsonValue.MAX_DEPTH);
        JsonObject message = new JsonObject()
                .put("answers", new JsonArray().add(new JsonObject().put("payload", JsonValue.of(deepest))));
        assertThat(new JsonObject(message.toBuffer()).encode()).isEqualTo(message.encode());
        assertThatThrownBy(() -> JsonValue.of("[" + deepest + "]")).isInstanceOf(DecodeException.class);
        assertThat(JsonValue.of("1".repeat(1_000))).isInstanceOf(BigInteger.class);
        assertThatThrownBy(() -> JsonValue.of("1".repeat(1_001))).isInstanceOf(DecodeException.class);
        assertThatThrownBy(() -> JsonValue.of("0." + "1".repeat(1_001))).isInstanceOf(DecodeException.class);
    }

    @Test
    void writesEverythingThatTheBusCarries() {
        JsonObject value = new JsonObject()
                .put("map", Map.of("a", List.of(1, "b")))
                .put("bytes", new byte[] {0, -1})
                .put("buffer", Buffer.buffer(new byte[] {-5}))
                .put("time", Instant.parse("2026-01-02T03:04:05Z"))
                .put("enum", TimeUnit.DAYS)
                .put("nothing", null)
                .put("character", 'c')
                .put("id", new UUID(1, 2))
                .put(
                        "numbers",
                        new JsonArray()
                                .add((byte) 1)
                                .add((short) 2)
                                .add(0.1f)
                                .add(Double.NaN)
                                .add(new BigDecimal("1E+3")));
        assertThat(JsonValue.textOf(value))
                .isEqualTo("{\"map\":{\"a\":[1,\"b\"]},\"bytes\":\"AP8\",\"buffer\":\"-w\","
                        + "\"time\":\"2026-01-02T03:04:05Z\",\"enum\":\"DAYS\",\"nothing\":null,\"character\":\"c\","
                        + "\"id\":\"00000000-0000-0001-0000-000000000002\",\"numbers\":[1,2,0.1,\"NaN\",1E+3]}");
        assertThat(JsonValue.textOf(null)).isEqualTo("null");
        assertThat(JsonValue.textOf("\ud800")).isEqualTo("\"\\ud800\"");
        assertThat(JsonValue.textOf(
                        new JsonObject().put("\ud800", new JsonObject()).put("b", "\udc00😀")))
                .isEqualTo("{\"\\ud800\":{},\"b\":\"\\udc00😀\"}");
    }

    @Test
    void writesHoweverDeep() {
        JsonArray deep = new JsonArray();
        int depth = 100_000;
        for (int i = 1; i < depth; i++) {
            deep = new JsonArray().add(i % 2 == 0 ? deep : new JsonObject().put("a", deep));
        }
        assertThat(JsonSyntax.isJson(JsonValue.textOf(deep))).isTrue();
    }

    @Test
    void stopsWhereMoreIsNotWanted() {
        JsonArray endless = new JsonArray();
        for (int i = 0; i < 100_000; i++) {
            endless.add("item");
        }
        assertThat(JsonValue.textOf(endless, 1_000)).hasSizeBetween(1_001, 10_000);
        assertThat(JsonValue.textOf("x".repeat(1_000_000), 1_000)).hasSize(1_003);
        assertThat(JsonValue.textOf("x".repeat(1_000), 1_000)).isEqualTo("\"" + "x".repeat(1_000) + "\"");
    }
}
