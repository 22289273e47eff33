package dev.latido.core;

/** Takes how jobs stand, for whoever looks at all of them again and again. */
@FunctionalInterface
public interface LevelReader {

    /**
     * A job stands so.
     *
     * @param queued how many of its executions are queued
     * @param inFlight how many are with workers
     * @param oldestMillis since when what waits longest to be begun does so, in milliseconds since 1970-01-01 UTC; 0 when nothing
     *     waits
     * @param accepted how many were accepted in all
     */
    void job(String job, int queued, int inFlight, long oldestMillis, long accepted);
}
