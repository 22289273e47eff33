package dev.latido.series;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.latido.protocol.SeriesMeasure;
import dev.latido.protocol.SeriesRange;
import java.util.Random;
import java.util.TreeMap;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class RingTest {

    private static final int POINTS = SeriesRange.HOUR.points();

    private final Ring ring = new Ring(SeriesRange.HOUR);

    private static Point point(float succeeded) {
        return new Point().set(SeriesMeasure.SUCCEEDED, succeeded).set(SeriesMeasure.RUN_P50, succeeded);
    }

    private float succeeded(long number) {
        return ring.at(number, SeriesMeasure.SUCCEEDED);
    }

    @Test
    void knowsNothingAtFirst() {
        assertThat(ring.isKnown(0)).isFalse();
        assertThat(ring.isKnown(Long.MIN_VALUE)).isFalse();
        assertThat(ring.column(SeriesMeasure.SUCCEEDED, 5).size()).isZero();
        ring.forgetAfter(3);
        assertThat(ring.firstKnown(7)).isEqualTo(7);
    }

    @Test
    void keepsEachMeasureOfAPoint() {
        Point point = new Point();
        for (SeriesMeasure measure : SeriesMeasure.values()) {
            point.set(measure, 10 + measure.place());
        }
        ring.put(8, point);
        for (SeriesMeasure measure : SeriesMeasure.values()) {
            assertThat(ring.at(8, measure)).isCloseTo(10 + measure.place(), Percentage.withPercentage(0.1));
        }
    }

    /** {@code -Dseed=n} runs one history again. */
    @Test
    void holdsWhatAMapHoldsOfTheLatestPoints() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        TreeMap<Long, Float> model = new TreeMap<>();
        long number = random.nextInt();
        for (int step = 0; step < 4_000; step++) {
            int kind = random.nextInt(100);
            if (kind == 0) {
                number += random.nextInt(3 * POINTS); // nobody looked for a while
            } else if (kind == 1) {
                number -= random.nextInt(POINTS / 2); // the clock was set back
                ring.forgetAfter(number);
                model.tailMap(number, false).clear();
            } else if (kind < 90) {
                number++;
            }
            long put = kind < 95 ? number : number - random.nextInt(POINTS); // what was stored comes in any order
            ring.put(put, point(step));
            model.put(put, (float) step);
            long newest = model.lastKey();
            model.headMap(newest - POINTS, true).clear();
            if (step % 100 == 0) {
                for (long each = newest - POINTS - 5; each <= newest + 5; each++) {
                    assertThat(succeeded(each))
                            .as("point %d after step %d of seed %d", each, step, seed)
                            .isEqualTo((Object) model.getOrDefault(each, Float.NaN));
                }
                assertThat(ring.firstKnown(newest - POINTS)).isEqualTo(model.firstKey());
                assertThat(ring.column(SeriesMeasure.SUCCEEDED, model.firstKey())
                                .size())
                        .isEqualTo((int) (newest - model.firstKey() + 1));
            }
        }
    }

    @Test
    void keepsTimesToAThousandth() {
        for (double millis = 0.001; millis < 3e9; millis *= 1.37) {
            assertThat((double) TimeCode.millis(TimeCode.of((float) millis))).isCloseTo(millis, within(millis / 1_000));
        }
        assertThat(TimeCode.millis(TimeCode.of(0))).isZero();
        assertThat(TimeCode.millis(TimeCode.of(-5))).isZero();
        assertThat(TimeCode.millis(TimeCode.of(Float.NaN))).isNaN();
        assertThat(TimeCode.millis(TimeCode.of(Float.MAX_VALUE))).isGreaterThan(3e9f);
    }
}
