package dev.latido.queue;

/**
 * What became of a message, as the broker tells for a while. Each process has a store of its own, and any of them may be asked.
 *
 * @param state how the execution ended, as in JSON
 * @param process the name of the process that had it
 * @param execution its id there
 */
public record Outcome(String state, String process, String execution) {

    /** What is told of a message that was submitted until somebody is done with it. */
    public static final Outcome QUEUED = new Outcome("queued", "", "");
}
