package dev.latido.series;

import dev.latido.protocol.SeriesMeasure;
import java.util.Arrays;

/** What one point says; NaN for what is not known. */
final class Point {

    private final float[] values = new float[SeriesMeasure.values().length];

    /** Makes a point of which nothing is known. */
    Point() {
        Arrays.fill(values, Float.NaN);
    }

    Point set(SeriesMeasure measure, float value) {
        values[measure.place()] = value;
        return this;
    }

    float get(SeriesMeasure measure) {
        return values[measure.place()];
    }

    /** Tells whether somebody looked at that time: else there is a gap. */
    boolean isKnown() {
        return !Float.isNaN(get(SeriesMeasure.SUCCEEDED));
    }
}
