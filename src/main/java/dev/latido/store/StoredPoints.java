package dev.latido.store;

import java.nio.ByteBuffer;

/**
 * Points of time series: those of one length that begin in the same minute. These two are what names a row.
 *
 * @param stepSeconds how long each point is
 * @param minuteMillis when the minute begins, in milliseconds since 1970-01-01 UTC
 * @param data the points, in a form that is the writer's own
 */
public record StoredPoints(int stepSeconds, long minuteMillis, ByteBuffer data) {

    public StoredPoints {
        data = data.asReadOnlyBuffer();
    }

    /** Returns what reads the data from its beginning. */
    @Override
    public ByteBuffer data() {
        return data.duplicate();
    }
}
