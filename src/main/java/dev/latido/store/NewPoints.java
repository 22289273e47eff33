package dev.latido.store;

/**
 * Points that are to be stored, in place of what has the same name. Of the same length nothing is kept that is older than is wanted,
 * nor what is newer than these: the clock was set back since.
 *
 * @param row what is to be stored
 * @param keptFromMillis from when on older ones are kept, in milliseconds since 1970-01-01 UTC
 */
public record NewPoints(StoredPoints row, long keptFromMillis) {

    /** Tells whether {@code other}, of the same length, is kept beside these. */
    public boolean keeps(StoredPoints other) {
        return other.minuteMillis() >= keptFromMillis && other.minuteMillis() <= row.minuteMillis();
    }
}
