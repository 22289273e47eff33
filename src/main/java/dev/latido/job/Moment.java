package dev.latido.job;

import java.time.Duration;
import java.time.Instant;

/**
 * One reading of both clocks, handed to the pure core instead of letting it look at a clock.
 *
 * @param wall the wall clock, for what people and other machines read; it may jump
 * @param nanos a monotonic clock in nanoseconds from an arbitrary origin, for everything that is measured or waited
 *     for; it never goes backwards, so a jump of the wall clock neither repeats nor stalls an interval
 */
public record Moment(Instant wall, long nanos) {

    /** Returns the wall time that belongs to the monotonic time {@code dueNanos}, as seen from this moment. */
    public Instant wallAt(long dueNanos) {
        return wall.plusNanos(dueNanos - nanos);
    }

    /** Returns the monotonic time that belongs to the wall time {@code time}, as seen from this moment. */
    public long nanosAt(Instant time) {
        return nanos + Duration.between(wall, time).toNanos();
    }

    /** Returns this moment moved by {@code amount} on both clocks. */
    public Moment plus(Duration amount) {
        return new Moment(wall.plus(amount), nanos + amount.toNanos());
    }
}
