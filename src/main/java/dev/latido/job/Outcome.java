package dev.latido.job;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How one attempt ended. */
public sealed interface Outcome {

    /**
     * The work was done.
     *
     * @param result what came of it, as JSON text or any other; null for nothing
     * @param trace what the work of the next stages comes from, as it is stored with them; null when that is not traced
     */
    record Success(@Nullable String result, @Nullable String trace) implements Outcome {

        /** Makes one that is not traced. */
        public Success(@Nullable String result) {
            this(result, null);
        }
    }

    /**
     * The work was not done.
     *
     * @param error what went wrong, in one line
     * @param isFinal whether trying again cannot help
     * @param retryAfter when the worker wants to be asked again; null when it does not say
     */
    record Failure(String error, boolean isFinal, @Nullable Duration retryAfter) implements Outcome {

        /** Makes a failure of which nothing more is known. */
        public Failure(String error) {
            this(error, false, null);
        }
    }

    /**
     * The worker was asked, and wants no work for a while: that holds for all of its job.
     *
     * @param error what it said, in one line
     * @param isAttempt whether the execution was tried; if not it comes back as it was
     * @param retryAfter when it wants to be asked again; null when it does not say
     */
    record Overloaded(
            String error, boolean isAttempt, @Nullable Duration retryAfter) implements Outcome {}

    /**
     * No worker could be reached, so that nothing was tried; the execution goes back to its queue.
     *
     * @param why what is missing, in one line
     */
    record Unavailable(String why) implements Outcome {}
}
