package dev.latido.cli;

import java.time.Duration;

/** Until when something is waited for, on the monotonic clock. */
record Deadline(long nanos, Surroundings surroundings) {

    static Deadline after(Duration time, Surroundings surroundings) {
        return new Deadline(surroundings.time().nanos() + time.toNanos(), surroundings);
    }

    boolean isOver() {
        return left().isZero();
    }

    /** Returns how much time is left; zero when it is over. */
    Duration left() {
        return Duration.ofNanos(Math.max(0, nanos - surroundings.time().nanos()));
    }

    /** Waits for {@code time}, or for what is left where that is less. */
    void pause(Duration time) {
        Duration left = left();
        surroundings.pause().forTime(left.compareTo(time) < 0 ? left : time);
    }
}
