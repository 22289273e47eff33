package dev.latido.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import dev.latido.RandomJson;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class JsonSyntaxTest {

    private static final long SEED = Long.getLong("seed", System.nanoTime());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "true",
                "false",
                "0",
                "-0",
                "-0.0",
                "1e400",
                "1E+9",
                "1.5e-7",
                "123456789012345678901234567890.5",
                "\"\"",
                "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00aF\\ud800\"",
                "\"\u007f\u2028\ufeff\uffff\"",
                "\"\ud800\"",
                "[]",
                "{}",
                " \t\r\n[ 1 , [ ] , { } , \"a\" ] \n",
                "{\"a\":{\"b\":[1,{\"c\":null}]},\"a\":2}",
                "{\"\":\"\"}"
            })
    void takesWhatTheGrammarTakes(String text) {
        assertThat(JsonSyntax.isJson(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "nul",
                "nulll",
                "True",
                "NaN",
                "Infinity",
                "undefined",
                "01",
                "-",
                "+1",
                "1.",
                ".5",
                "1e",
                "1e+",
                "--1",
                "0x1",
                "1_000",
                "1 2",
                "'a'",
                "a",
                "\"",
                "\"a",
                "\"\\\"",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"\\u123\"",
                "\"\\u12",
                "\"\n\"",
                "\"\0\"",
                "\"a\"b",
                "[",
                "]",
                "[1",
                "[1,",
                "[1,]",
                "[,1]",
                "[1 2]",
                "[1}",
                "{",
                "{]",
                "{\"a\"",
                "{\"a\":",
                "{\"a\":1",
                "{\"a\":1,",
                "{\"a\":1,}",
                "{\"a\" 1}",
                "{\"a\":1]",
                "{a:1}",
                "{1:1}",
                "{,}",
                "[]]",
                "{}{}",
                "[1]x",
                "// c\n1",
                "/* c */ 1",
                "# c\n1",
                "1\0",
                "\0",
                "\ufeff1",
                "\u00a01",
                "\u000b1",
                "[1]\u2028"
            })
    void refusesEverythingElse(String text) {
        assertThat(JsonSyntax.isJson(text)).isFalse();
    }

    @Test
    void hasNoBoundOfItsOwn() {
        int count = 1_000_000;
        assertThat(JsonSyntax.isJson("[".repeat(count) + "]".repeat(count))).isTrue();
        assertThat(JsonSyntax.isJson("{\"a\":".repeat(count) + "1" + "}".repeat(count)))
                .isTrue();
        assertThat(JsonSyntax.isJson("[".repeat(count) + "]".repeat(count - 1))).isFalse();
        assertThat(JsonSyntax.isJson("[{\"a\":".repeat(count) + "1" + "}]".repeat(count)))
                .isTrue();
        assertThat(JsonSyntax.isJson("[{\"a\":".repeat(count) + "1" + "}]".repeat(count - 1) + "]}"))
                .isFalse();
        assertThat(JsonSyntax.isJson("-" + "9".repeat(count) + "." + "9".repeat(count) + "e" + "9".repeat(count)))
                .isTrue();
    }

    /** A parser that many use says the same of random texts, and of those in which a character is wrong. */
    @Test
    void agreesWithJackson() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        int valid = 0;
        int count = 20_000;
        for (int i = 0; i < count; i++) {
            String text = i % 4 == 0 ? RandomJson.text(random) : damaged(RandomJson.text(random), random);
            boolean isJson = JsonSyntax.isJson(text);
            valid += isJson ? 1 : 0;
            assertThat(isJson).as("-Dseed=%d: %s", SEED, text).isEqualTo(isForJackson(text));
        }
        assertThat(valid).as("-Dseed=%d", SEED).isBetween(count / 4, count * 3 / 4);
    }

    private static String damaged(String text, SplittableRandom random) {
        int at = random.nextInt(text.length() + 1);
        String rest = text.substring(Math.min(text.length(), at + random.nextInt(2)));
        String wrong = " \"\\[]{},:0-+.eEtnu/\n\t\u0001x";
        int which = random.nextInt(wrong.length());
        return text.substring(0, at) + (random.nextBoolean() ? "" : wrong.substring(which, which + 1)) + rest;
    }

    private static boolean isForJackson(String text) throws IOException {
        try (JsonParser parser = Unbounded.FACTORY.createParser(text)) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            parser.finishToken();
            return parser.nextToken() == null;
        } catch (com.fasterxml.jackson.core.JsonProcessingException malformed) {
            return false;
        }
    }
}
