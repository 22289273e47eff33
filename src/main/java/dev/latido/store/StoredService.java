package dev.latido.store;

/**
 * What concerns all jobs.
 *
 * Times are in milliseconds since 1970-01-01 UTC.
 *
 * @param pausedMillis when everything was paused; 0 while it is not
 * @param endingMillis when the process was told to end, or decided to: what is in flight then is no suspect, however the
 *     end comes; 0 while it is not ending
 */
public record StoredService(long pausedMillis, long endingMillis) {

    /** Neither paused nor ending. */
    public static final StoredService INITIAL = new StoredService(0, 0);
}
