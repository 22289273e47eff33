package dev.latido.store;

import java.util.List;

/**
 * What concerns all jobs.
 *
 * Times are in milliseconds since 1970-01-01 UTC.
 *
 * @param pausedMillis when everything was paused; 0 while it is not
 * @param endingMillis when the process was told to end, or decided to: what is in flight then is no suspect, however the
 *     end comes; 0 while it is not ending
 * @param faults the jobs that are set aside because the process had to end for them, at most one of each
 * @param process the name by which brokers know the process; empty while none was needed
 */
public record StoredService(long pausedMillis, long endingMillis, List<StoredFault> faults, String process) {

    /** Neither paused nor ending, and without a fault. */
    public static final StoredService INITIAL = new StoredService(0, 0, List.of());

    /** Makes the row of a process that brokers do not know. */
    public StoredService(long pausedMillis, long endingMillis, List<StoredFault> faults) {
        this(pausedMillis, endingMillis, faults, "");
    }

    public StoredService {
        faults = List.copyOf(faults);
    }
}
