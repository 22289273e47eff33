package dev.latido.worker;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The work was tried and not done; says what a worker knows of trying again. Expected, and therefore without a stack trace.
 */
public final class WorkFailedException extends RuntimeException {

    /** What a failure says beyond its execution. */
    private enum Kind {
        ORDINARY,
        FINAL,
        OVERLOADED,
        THROTTLED
    }

    private final Kind kind;
    private final transient @Nullable Duration retryAfter;
    private final @Nullable String code;

    private WorkFailedException(String why, Kind kind, @Nullable Duration retryAfter) {
        this(why, kind, retryAfter, null);
    }

    private WorkFailedException(String why, Kind kind, @Nullable Duration retryAfter, @Nullable String code) {
        super(why, null, false, false);
        this.kind = kind;
        this.retryAfter = retryAfter;
        this.code = code;
    }

    /** Makes a failure after which the job's retry policy decides. */
    public WorkFailedException(String why) {
        this(why, Kind.ORDINARY, null);
    }

    /** Makes a failure after which trying again cannot help. */
    public static WorkFailedException doNotRetry(String why) {
        return new WorkFailedException(why, Kind.FINAL, null);
    }

    /**
     * Makes a failure after which it is worth trying again, not before {@code pause} is over, nor before the
     * retry policy's own pause is. At most a day; more is taken as that.
     */
    public static WorkFailedException retryIn(String why, Duration pause) {
        return new WorkFailedException(why, Kind.ORDINARY, pause);
    }

    /**
     * Makes a failure after which nothing more of the whole job is begun until {@code pause} is over, like HTTP's 503 with
     * {@code Retry-After}. It is a failed attempt of its execution.
     */
    public static WorkFailedException overloaded(String why, Duration pause) {
        return new WorkFailedException(why, Kind.OVERLOADED, pause);
    }

    /**
     * Says that the work was not tried because there is too much of it, like HTTP's 429: nothing more of the whole job is
     * begun until {@code pause} is over, and the execution comes back to its place, without having used up an attempt.
     *
     * @param pause null for that of the job's retry policy
     */
    public static WorkFailedException throttled(String why, @Nullable Duration pause) {
        return new WorkFailedException(why, Kind.THROTTLED, pause);
    }

    /** Returns the same failure with a code for its kind, such as an HTTP status: one of few, so that failures can be told apart. */
    public WorkFailedException withCode(String known) {
        return new WorkFailedException(String.valueOf(getMessage()), kind, retryAfter, known);
    }

    /** Returns the code of its kind; null for none. */
    public @Nullable String code() {
        return code;
    }

    /** Tells whether trying again cannot help. */
    public boolean isFinal() {
        return kind == Kind.FINAL;
    }

    /** Tells whether nothing more of the whole job should be begun for a while. */
    public boolean isForWholeJob() {
        return kind == Kind.OVERLOADED || kind == Kind.THROTTLED;
    }

    /** Tells whether the work was tried. */
    public boolean isAttempt() {
        return kind != Kind.THROTTLED;
    }

    /** Returns when to try again; null for what the job's retry policy says. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
