package dev.latido.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class Utf8Test {

    @Test
    void countsBytesAsJavaEncodesThem() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(20); n > 0; n--) {
                // of every length, and halves of pairs in any order
                text.append((char) (random.nextInt(4) == 0 ? 0xD800 + random.nextInt(0x800) : 1 << random.nextInt(16)));
            }
            String all = (random.nextBoolean() ? "a".repeat(Utf8.SHORT) : "") + text;

            assertThat(Utf8.length(all))
                    .as("'%s', repeat with -Dseed=%s", all, seed)
                    .isEqualTo(all.getBytes(StandardCharsets.UTF_8).length);
        }
    }
}
