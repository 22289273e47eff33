package dev.latido.series;

/**
 * Lengths of time in 16 bits: their logarithm, in steps of a thousandth of their value. From a microsecond to some thousand years,
 * that is finer than the percentiles are, and half of what a {@code float} takes.
 */
final class TimeCode {

    /** How many steps there are to a factor of e. */
    private static final double STEPS = 1_024;

    /** For what is not known. */
    static final short UNKNOWN = 0;

    private TimeCode() {}

    static short of(float millis) {
        if (Float.isNaN(millis)) {
            return UNKNOWN;
        }
        double micros = Math.max(0, millis * 1_000.0);
        return (short) Math.min(Short.MAX_VALUE, 1 + Math.round(Math.log1p(micros) * STEPS));
    }

    /** Returns about the milliseconds that {@code code} was made of; NaN for {@link #UNKNOWN}. */
    static float millis(short code) {
        return code == UNKNOWN ? Float.NaN : (float) (Math.expm1((code - 1) / STEPS) / 1_000);
    }
}
