package dev.latido.job;

import java.time.Duration;
import java.time.Instant;

/**
 * One reading of both clocks, handed to the pure core instead of letting it look at a clock.
 *
 * @param wall the wall clock, for what people and other machines read; it may jump
 * @param nanos a monotonic clock in nanoseconds from an arbitrary origin, for everything that is measured or waited
 *     for; it never goes backwards, so a jump of the wall clock neither repeats nor stalls an interval
 * @param wallFraction how many nanoseconds the wall clock had gone beyond {@code wall}, less than a millisecond
 */
public record Moment(Instant wall, long nanos, int wallFraction) {

    /** Makes a moment at which the wall clock stood at {@code wall} exactly. */
    public Moment(Instant wall, long nanos) {
        this(wall, nanos, 0);
    }

    /** Returns the wall time that belongs to the monotonic time {@code dueNanos}, as seen from this moment. */
    public Instant wallAt(long dueNanos) {
        return wall.plusNanos(wallFraction + dueNanos - nanos);
    }

    /** Returns the monotonic time that belongs to the wall time {@code time}, as seen from this moment. */
    public long nanosAt(Instant time) {
        return nanos - wallFraction + Duration.between(wall, time).toNanos();
    }

    /** Returns in which millisecond since 1970 the wall clock will have gone on by {@code wait}, and no less. */
    public long millisAfter(Duration wait) {
        Instant exact = wall.plusNanos(wallFraction).plus(wait);
        long millis = exact.toEpochMilli();
        return exact.equals(Instant.ofEpochMilli(millis)) ? millis : millis + 1;
    }

    /** Returns this moment moved by {@code amount} on both clocks. */
    public Moment plus(Duration amount) {
        return new Moment(wall.plus(amount), nanos + amount.toNanos(), wallFraction);
    }
}
