package dev.latido.worker;

import dev.latido.job.Attempt;
import org.jspecify.annotations.Nullable;

/** One attempt, as its worker sees it. May be used from any thread. */
public interface Task {

    /** Which attempt at which execution of which job. */
    Attempt attempt();

    /**
     * The key of the message at a broker that the work came from, which all processes know it by; null for work that came to this
     * process alone.
     */
    default @Nullable String message() {
        return null;
    }

    /** What names the work, in all attempts at it and to all processes: {@link #message}, or what no other process makes. */
    default String key() {
        return attempt().execution().toString();
    }

    /** The payload as JSON text; null when there is none. */
    @Nullable String payload();

    /**
     * What the work came from, as a W3C {@code traceparent}; of a stage of a pipeline, the stage before, followed by the ids of
     * the first execution and of the one before, separated by spaces. Null when that is not traced.
     */
    @Nullable String trace();

    /** Notes what the work of the next stages comes from, in the form of {@link #trace}. */
    default void tracedAs(@Nullable String attempt) {}

    /**
     * Tells how far the work is. Reports that come faster than they can be seen are merged.
     *
     * @param fraction from 0 to 1
     * @param note for people; shortened when long
     */
    void progress(double fraction, String note);

    /** Tells whether the work is no longer wanted; the worker then ends as soon as it can, with whatever outcome. */
    boolean isCancelled();

    /** Tells whether the work is no longer wanted because it took longer than its job's {@code timeout}. */
    default boolean isTimedOut() {
        return false;
    }

    /**
     * Has {@code action} run once when the work is no longer wanted, at once when it is not already; for a class, on an event
     * loop of its job's own, so it must not block either.
     */
    void onCancel(Runnable action);
}
