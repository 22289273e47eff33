package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.RandomJson;
import dev.latido.json.JsonString;
import dev.latido.json.JsonSyntax;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class KeptResultTest {

    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private static KeptResult whole(String json) {
        return new KeptResult(json, false);
    }

    private static KeptResult cut(String json) {
        return new KeptResult(json, true);
    }

    @Test
    void nothingIsNothing() {
        assertThat(KeptResult.of(null, 5)).isEqualTo(new KeptResult(null, false));
        assertThat(KeptResult.of("null", 5)).isEqualTo(whole("null"));
        assertThat(KeptResult.of("", 5)).isEqualTo(whole("\"\""));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            delimiter = '|',
            value = {
                "{ \"a\" : 1e400 } | { \"a\" : 1e400 }",
                "\"\\ud800\" | \"\\ud800\"",
                "{no json | \"{no json\"",
                "done | \"done\"",
                "' \"a\" ' | ' \"a\" '"
            })
    void jsonIsKeptAsItIsAndOtherTextAsAString(String text, String kept) {
        assertThat(KeptResult.of(text, 100)).isEqualTo(whole(kept));
    }

    @Test
    void loneSurrogatesAreEscaped() {
        assertThat(KeptResult.of("\"\ud800x\"", 100)).isEqualTo(whole("\"\\ud800x\""));
        assertThat(KeptResult.of("\ud800x", 100)).isEqualTo(whole("\"\\ud800x\""));
        assertThat(KeptResult.of("\"\ud800xxxx\"", 4)).isEqualTo(cut("\"\\ud800xxx…\""));
    }

    @Test
    void theBeginningOfALongerResultIsKeptAsAString() {
        assertThat(KeptResult.of("[1,2,3]", 7)).isEqualTo(whole("[1,2,3]"));
        assertThat(KeptResult.of("[1,2,3]", 6)).isEqualTo(cut("\"[1,2,3…\""));
        assertThat(KeptResult.of("[1] ", 3)).isEqualTo(cut("\"[1]…\""));
        assertThat(KeptResult.of("123", 2)).isEqualTo(cut("\"12…\""));
        assertThat(KeptResult.of("done", 4)).isEqualTo(whole("\"done\""));
        assertThat(KeptResult.of("done!", 4)).isEqualTo(cut("\"done…\""));
        assertThat(KeptResult.of("a😀b", 2)).isEqualTo(cut("\"a…\""));
        assertThat(KeptResult.of("x".repeat(1_000), 1)).isEqualTo(cut("\"x…\""));
    }

    /** Its quotes and escapes are not what a worker says. */
    @Test
    void ofAStringCountsWhatItSays() {
        assertThat(KeptResult.of("\"done\"", 4)).isEqualTo(whole("\"done\""));
        assertThat(KeptResult.of(" \"done\"\n", 4)).isEqualTo(whole(" \"done\"\n"));
        assertThat(KeptResult.of("\"done!\"", 4)).isEqualTo(cut("\"done…\""));
        assertThat(KeptResult.of("\"\\u0000\\u0001\"", 2)).isEqualTo(whole("\"\\u0000\\u0001\""));
        assertThat(KeptResult.of("\"\\u0000\\u0001\\u0002\"", 2)).isEqualTo(cut("\"\\u0000\\u0001…\""));
        assertThat(KeptResult.of("\"\\ud83d\\ude00!\"", 1)).isEqualTo(cut("\"…\""));
    }

    /** As an endpoint's text arrives of which one character too many was read. */
    @Test
    void ofTheLongestEscapesTheBeginningIsFoundToo() {
        String text = "\0".repeat(101);
        assertThat(KeptResult.of(JsonString.of(text), 100)).isEqualTo(cut(JsonString.of("\0".repeat(100) + "…")));
    }

    @Test
    void whatIsKeptIsJsonAndStaysWhatItIs() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 5_000; i++) {
            String text = RandomJson.text(random);
            text = random.nextBoolean() ? text : text.substring(0, random.nextInt(text.length() + 1));
            KeptResult kept = KeptResult.of(text, 1 + random.nextInt(40));
            String json = String.valueOf(kept.json());
            assertThat(JsonSyntax.isJson(json)).as("-Dseed=%d: %s", SEED, text).isTrue();
            assertThat(KeptResult.of(json, 1_000))
                    .as("-Dseed=%d: %s", SEED, text)
                    .isEqualTo(whole(json));
        }
    }
}
