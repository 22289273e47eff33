package dev.latido.worker;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The work was tried and not done; says what a worker knows of trying again. Expected, and therefore without a stack trace.
 */
public final class WorkFailedException extends RuntimeException {

    private final boolean isFinal;
    private final transient @Nullable Duration retryAfter;

    private WorkFailedException(String why, boolean isFinal, @Nullable Duration retryAfter) {
        super(why, null, false, false);
        this.isFinal = isFinal;
        this.retryAfter = retryAfter;
    }

    /** Makes a failure after which the job's retry policy decides. */
    public WorkFailedException(String why) {
        this(why, false, null);
    }

    /** Makes a failure after which trying again cannot help. */
    public static WorkFailedException doNotRetry(String why) {
        return new WorkFailedException(why, true, null);
    }

    /**
     * Makes a failure after which it is worth trying again, not before {@code pause} is over; that takes the place of the
     * retry policy's own pause, but not of its number of attempts. At most a day; more is taken as that.
     */
    public static WorkFailedException retryIn(String why, Duration pause) {
        return new WorkFailedException(why, false, pause);
    }

    /** Tells whether trying again cannot help. */
    public boolean isFinal() {
        return isFinal;
    }

    /** Returns when to try again; null for what the job's retry policy says. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
