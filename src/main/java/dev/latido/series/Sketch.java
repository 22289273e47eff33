package dev.latido.series;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.IntCountsHistogram;
import org.jspecify.annotations.Nullable;

/**
 * The lengths of time of one point, as percentiles need them: how many there were of each, to within 6 %. Emptied with each point, it
 * is never added to another: percentiles of a longer time come from a sketch over that time.
 */
final class Sketch {

    /** Longer ones count as so long. */
    private static final long LONGEST_MICROS = TimeUnit.DAYS.toMicros(7);

    private static final int DIGITS = 1;

    /** Made with the first that is recorded: many jobs have none for days. */
    private @Nullable IntCountsHistogram counts;

    void record(Duration length) {
        IntCountsHistogram histogram = counts;
        if (histogram == null) {
            histogram = new IntCountsHistogram(1, LONGEST_MICROS, DIGITS);
            counts = histogram;
        }
        long micros = length.compareTo(Duration.ofDays(7)) < 0 ? length.toNanos() / 1_000 : LONGEST_MICROS;
        histogram.recordValue(Math.max(0, micros));
    }

    /** Returns the length in milliseconds that so many percent are not longer than; NaN when there is none. */
    float millis(double percentile) {
        IntCountsHistogram histogram = counts;
        return histogram == null || histogram.getTotalCount() == 0
                ? Float.NaN
                : histogram.getValueAtPercentile(percentile) / 1_000f;
    }

    void clear() {
        if (counts != null && counts.getTotalCount() > 0) {
            counts.reset();
        }
    }
}
