package dev.latido.outcome;

import org.jspecify.annotations.Nullable;

/** How one attempt ended. */
public sealed interface Outcome {

    /**
     * The work was done.
     *
     * @param result what came of it, as JSON text; null for nothing
     */
    record Success(@Nullable String result) implements Outcome {}

    /**
     * The work was not done.
     *
     * @param error what went wrong, in one line
     */
    record Failure(String error) implements Outcome {}

    /**
     * No worker could be reached, so that nothing was tried; the execution goes back to its queue.
     *
     * @param why what is missing, in one line
     */
    record Unavailable(String why) implements Outcome {}
}
