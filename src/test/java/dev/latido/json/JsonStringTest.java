package dev.latido.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.RandomJson;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class JsonStringTest {

    private static final long SEED = Long.getLong("seed", System.nanoTime());

    @Test
    void escapesWhatHasToBe() {
        assertThat(JsonString.of("")).isEqualTo("\"\"");
        assertThat(JsonString.of("a\"b\\c/\n\r\t\b\0\u001f\u007f\u2028é😀"))
                .isEqualTo("\"a\\\"b\\\\c/\\n\\r\\t\\u0008\\u0000\\u001f\u007f\u2028é😀\"");
        assertThat(JsonString.of("\ud800x\udfff\ud83d\ude00\ud83d\ud83d\ude00\udc00"))
                .isEqualTo("\"\\ud800x\\udfff😀\\ud83d😀\\udc00\"");
    }

    @Test
    void escapesLoneSurrogatesOfJsonText() {
        assertThat(JsonString.escaped("[\"\ud800\",\"\udc00\ud800\",\"😀\"]"))
                .isEqualTo("[\"\\ud800\",\"\\udc00\\ud800\",\"😀\"]");
        assertThat(JsonString.escaped("{\"\udfff\":1}")).isEqualTo("{\"\\udfff\":1}");
        String whole = "[\"😀\"]";
        assertThat(JsonString.escaped(whole)).isSameAs(whole);
    }

    /** Whatever characters there are: the text comes back, and UTF-8 takes it. */
    @Test
    void losesNothing() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 5_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int c = random.nextInt(20); c > 0; c--) {
                text.append((char) (random.nextBoolean() ? random.nextInt(0x100) : 0xd700 + random.nextInt(0xa00)));
            }
            String json = JsonString.of(text.toString());
            assertThat(JsonSyntax.isJson(json)).isTrue();
            assertThat(new String(json.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                    .as("-Dseed=%d", SEED)
                    .isEqualTo(json);
            assertThat(JsonString.contentOf(json)).as("-Dseed=%d", SEED).isEqualTo(text.toString());
            String random2 = RandomJson.text(random);
            assertThat(JsonString.escaped(random2)).isEqualTo(random2);
        }
    }

    @Test
    void tellsAString() {
        assertThat(JsonString.is(" \n\"a\"")).isTrue();
        assertThat(JsonString.is("[\"a\"]")).isFalse();
        assertThat(JsonString.contentOf(" \"\\u00e9\\n\" ")).isEqualTo("é\n");
    }
}
