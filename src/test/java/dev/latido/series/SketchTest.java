package dev.latido.series;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class SketchTest {

    private final Sketch sketch = new Sketch();

    @Test
    void saysNothingOfNothing() {
        sketch.clear();
        assertThat(sketch.millis(50)).isNaN();
        sketch.record(Duration.ofMillis(3));
        sketch.clear();
        assertThat(sketch.millis(99)).isNaN();
    }

    /** {@code -Dseed=n} runs it again. */
    @Test
    void comesNearToEachPercentile() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        long[] micros = random.longs(5_000, 0, 1)
                .map(zero -> 1 + (long) Math.exp(random.nextDouble() * 18))
                .toArray();
        for (long each : micros) {
            sketch.record(Duration.ofNanos(each * 1_000));
        }
        Arrays.sort(micros);
        for (int percentile : new int[] {50, 95, 99}) {
            double exact = micros[micros.length * percentile / 100 - 1] / 1_000.0;
            assertThat((double) sketch.millis(percentile))
                    .as("percentile %d, seed %d", percentile, seed)
                    .isCloseTo(exact, Percentage.withPercentage(7));
        }
    }

    @Test
    void takesWhatIsLongerOrShorterThanItKnows() {
        sketch.record(Duration.ofSeconds(Long.MAX_VALUE));
        assertThat(Duration.ofMillis((long) sketch.millis(50))).isGreaterThanOrEqualTo(Duration.ofDays(7));
        sketch.clear();
        sketch.record(Duration.ofNanos(-5));
        assertThat(sketch.millis(50)).isZero();
    }
}
