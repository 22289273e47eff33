package dev.latido.job;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Where the time comes from. Injected everywhere, so that tests run on virtual time. */
public interface TimeSource {

    /** Reads both clocks. */
    Moment now();

    /** Reads the monotonic clock alone, which is cheaper. */
    long nanos();

    /** Returns the machine's clocks, the wall clock in milliseconds: that is what people and JSON clients can use. */
    static TimeSource system() {
        return new TimeSource() {
            @Override
            public Moment now() {
                long nanos = System.nanoTime();
                Instant exact = Instant.now();
                Instant wall = exact.truncatedTo(ChronoUnit.MILLIS);
                return new Moment(wall, nanos, (int) wall.until(exact, ChronoUnit.NANOS));
            }

            @Override
            public long nanos() {
                return System.nanoTime();
            }
        };
    }
}
