package dev.latido.job;

/**
 * A time for which something held up an execution.
 *
 * @param gate what did
 * @param fromMillis since when, in milliseconds since 1970-01-01 UTC
 * @param millis for how long, all in all: with others in turn, it may have done so on and off
 */
public record Hold(Gate gate, long fromMillis, long millis) {

    /** Returns when it was over at the earliest, in milliseconds since 1970-01-01 UTC. */
    public long untilMillis() {
        return fromMillis + millis;
    }
}
