package dev.latido.job;

import java.time.Instant;

/** Where the time comes from. Injected everywhere, so that tests run on virtual time. */
public interface TimeSource {

    /** Reads both clocks. */
    Moment now();

    /** Reads the monotonic clock alone, which is cheaper. */
    long nanos();

    /** Returns the machine's clocks. */
    static TimeSource system() {
        return new TimeSource() {
            @Override
            public Moment now() {
                return new Moment(Instant.now(), System.nanoTime());
            }

            @Override
            public long nanos() {
                return System.nanoTime();
            }
        };
    }
}
