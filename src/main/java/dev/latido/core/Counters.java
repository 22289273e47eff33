package dev.latido.core;

import dev.latido.job.ExecutionState;
import dev.latido.store.StoredJob;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * How often what happened to one job since the store began, or the service where nothing is stored. It always holds:
 * accepted = succeeded + failed + cancelled + dropped + returned + what is queued, delayed and in flight. So an execution that is
 * retried counts as failed no more.
 */
final class Counters {

    long accepted;
    long succeeded;
    long failed;
    long cancelled;
    long dropped;
    long returned;
    long refused;
    long ticksCoalesced;
    long ticksMissed;
    long retried;
    long deadLettersLost;

    /** How many idempotency keys gave way to newer ones before their time since the service began. */
    long keysForgotten;

    /** How many submissions were refused since the service began, by the type of the refusal. */
    private final Map<String, Long> refusals = new TreeMap<>();

    /** Counts a submission that was refused. */
    void refused(String type) {
        refused++;
        refusals.merge(type, 1L, Long::sum);
    }

    /** Returns how many submissions were refused since the service began, by the type of the refusal. */
    Map<String, Long> refusals() {
        return Map.copyOf(refusals);
    }

    /** Returns the counters by the names that clients see. */
    Map<String, Long> view() {
        Map<String, Long> view = new LinkedHashMap<>();
        view.put("accepted", accepted);
        view.put("succeeded", succeeded);
        view.put("failed", failed);
        view.put("cancelled", cancelled);
        view.put("dropped", dropped);
        view.put("returned", returned);
        view.put("refused", refused);
        view.put("ticksCoalesced", ticksCoalesced);
        view.put("ticksMissed", ticksMissed);
        view.put("retried", retried);
        view.put("deadLettersLost", deadLettersLost);
        view.put("keysForgotten", keysForgotten);
        return view;
    }

    /** Counts an execution that is in {@code state} already. */
    void entered(ExecutionState state) {
        accepted++;
        if (state.isTerminal()) {
            ended(state);
        }
    }

    /** Counts all that {@code other} counted as well. */
    void add(Counters other) {
        accepted += other.accepted;
        succeeded += other.succeeded;
        failed += other.failed;
        cancelled += other.cancelled;
        dropped += other.dropped;
        returned += other.returned;
        refused += other.refused;
        ticksCoalesced += other.ticksCoalesced;
        ticksMissed += other.ticksMissed;
        retried += other.retried;
        deadLettersLost += other.deadLettersLost;
        keysForgotten += other.keysForgotten;
    }

    void ended(ExecutionState state) {
        switch (state) {
            case SUCCEEDED -> succeeded++;
            case FAILED -> failed++;
            case CANCELLED -> cancelled++;
            case DROPPED -> dropped++;
            case RETURNED -> returned++;
            case WAITING, QUEUED, RUNNING -> throw new IllegalArgumentException(state + " is no end");
        }
    }

    StoredJob.Counters row() {
        return new StoredJob.Counters(
                accepted,
                succeeded,
                failed,
                cancelled,
                dropped,
                refused,
                ticksCoalesced,
                ticksMissed,
                retried,
                deadLettersLost,
                returned);
    }

    void restore(StoredJob.Counters stored) {
        accepted = stored.accepted();
        succeeded = stored.succeeded();
        failed = stored.failed();
        cancelled = stored.cancelled();
        dropped = stored.dropped();
        refused = stored.refused();
        ticksCoalesced = stored.ticksCoalesced();
        ticksMissed = stored.ticksMissed();
        retried = stored.retried();
        deadLettersLost = stored.deadLettersLost();
        returned = stored.returned();
    }
}
