package dev.latido.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class ExcerptTest {

    private static final long SEED = Long.getLong("seed", System.nanoTime());

    @ParameterizedTest
    @CsvSource({
        "'', 0, ''",
        "abc, 3, abc",
        "abc, 2, ab…",
        "abc, 0, …",
        "a😀b, 4, a😀b",
        "a😀b, 3, a😀…",
        "a😀b, 2, a…",
        "a😀b, 1, a…",
        "😀, 1, …",
        "a\u0301b, 1, a…"
    })
    void cutsBetweenCharactersAndMarksIt(String text, int maxChars, String expected) {
        assertThat(Excerpt.of(text, maxChars)).isEqualTo(expected);
        assertThat(Excerpt.shown(text, maxChars)).isEqualTo(expected);
        assertThat(Excerpt.beginningOf(text, maxChars)).isEqualTo(expected.replace("…", ""));
    }

    @Test
    void leavesHalvesThatWereThereBefore() {
        assertThat(Excerpt.of("\ud83d\ud83d\ude00", 1)).isEqualTo("\ud83d…");
        assertThat(Excerpt.of("\ud83dx", 1)).isEqualTo("\ud83d…");
        assertThat(Excerpt.of("\ude00x", 2)).isEqualTo("\ude00x");
    }

    @Test
    void showsNoHalves() {
        assertThat(Excerpt.shown("\ude00a\ud83d😀\ud83d", 9)).isEqualTo("\ufffda\ufffd😀\ufffd");
        assertThat(Excerpt.shown("\ud83d\ud83d\ude00", 1)).isEqualTo("\ufffd…");
    }

    @Test
    void makesNoHalvesWhereverItCuts() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 5_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int c = random.nextInt(10); c > 0; c--) {
                text.appendCodePoint(random.nextBoolean() ? 'x' : 0x1f600 + random.nextInt(10));
            }
            int max = random.nextInt(25);
            String excerpt = Excerpt.of(text.toString(), max);
            assertThat(excerpt.codePoints().noneMatch(c -> Character.getType(c) == Character.SURROGATE))
                    .as("-Dseed=%d", SEED)
                    .isTrue();
            assertThat(excerpt.length()).as("-Dseed=%d", SEED).isLessThanOrEqualTo(max + 1);
            assertThat(text.toString()).as("-Dseed=%d", SEED).startsWith(excerpt.replace("…", ""));
        }
    }
}
