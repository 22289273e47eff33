package dev.latido.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** That nobody's JSON depends on what others sent before. */
@Tag("fast")
class JsonFactoriesTest {

    private static final int NAMES = 512;

    /** Returns the {@code i}th of many names of which Jackson makes the same hash, whatever it begins with. */
    private static String colliding(int i) {
        StringBuilder name = new StringBuilder();
        for (int bit = 1; bit < NAMES; bit *= 2) {
            name.append((i & bit) == 0 ? "Ab" : "BA"); // 33 × 'A' + 'b' = 33 × 'B' + 'A'
        }
        return name.toString();
    }

    private static String one(int i) {
        return "{\"" + colliding(i) + "\":1}";
    }

    private static String all() {
        StringBuilder all = new StringBuilder("{\"" + colliding(0) + "\":1");
        for (int i = 1; i < NAMES; i++) {
            all.append(",\"").append(colliding(i)).append("\":1");
        }
        return all.append('}').toString();
    }

    @Test
    void readsNamesThatCollide() {
        assertThat(new JsonObject(all()).size()).isEqualTo(NAMES);
        assertThat(new JsonObject(Buffer.buffer(all())).size()).isEqualTo(NAMES);
        assertThat(JsonPath.of("/" + colliding(NAMES - 1)).find(all())).isEqualTo("1");
    }

    @Test
    void readsEachAfterAllTheOthers() {
        for (int i = 0; i < NAMES; i++) {
            assertThat(new JsonObject(one(i)).getInteger(colliding(i))).isEqualTo(1);
            assertThat(((JsonObject) Json.decodeValue(Buffer.buffer(one(i)))).getInteger(colliding(i)))
                    .isEqualTo(1);
            assertThat(JsonPath.of("/" + colliding(i)).find(one(i))).isEqualTo("1");
        }
    }

    @Test
    void isWhatVertxReadsWithAsItDidBefore() {
        assertThat(Json.CODEC.getClass().getName()).startsWith(ExactJson.class.getName());
        assertThat(Json.decodeValue("[1,2.5,\"\u00fc\",null,true,{\"a\":[]}]"))
                .isEqualTo(new JsonArray()
                        .add(1)
                        .add(2.5)
                        .add("\u00fc")
                        .addNull()
                        .add(true)
                        .add(new JsonObject().put("a", new JsonArray())));
        assertThat(Json.decodeValue("/* of Vert.x */ 1")).isEqualTo(1);
    }
}
