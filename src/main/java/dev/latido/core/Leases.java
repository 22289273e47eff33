package dev.latido.core;

import dev.latido.job.Durability;
import dev.latido.job.ExecutionState;
import dev.latido.queue.Handle;
import dev.latido.queue.Outcome;
import dev.latido.queue.QueueException;
import dev.latido.queue.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The messages at brokers that this process has, and their executions. When one ends, its broker is told how: once that is
 * stored, and again until it is confirmed. As long as that is owed, the execution is not forgotten; and as long as it is known,
 * its message is not run again here.
 */
final class Leases {

    /** When a broker that is there did not confirm, it is told again after this. */
    static final Duration AGAIN = Duration.ofSeconds(1);

    /** What is between one job and its broker. */
    static final class State {

        private final Inbox inbox = new Inbox();
        private final Map<Handle, Execution> byHandle = new HashMap<>();

        /** Those whose message this process has not got back since it began. */
        private final Set<Execution> awaited = new LinkedHashSet<>();

        /** How many are here that have not ended, with a lease, and the bytes of their payloads. */
        private int here;

        private long bytes;
        private boolean isUp;

        /** Why the broker cannot be used; null when nobody tried. */
        private @Nullable String down;

        /** How many executions have ended of which the broker is still to be told, and how many of these it is being told. */
        private int owed;

        private int settling;
        private Alarms.@Nullable Alarm again;
        private long lost;

        /** How many settlements the broker confirmed, and how long that took from their ends. */
        private long settled;

        private long settleNanos;

        /** How many that are not done have their messages in another queue than the one that the job has now. */
        private int elsewhere;

        boolean isUp() {
            return isUp;
        }

        /** Returns why the broker cannot be used; null when it can. */
        @Nullable String down() {
            return isUp ? null : down == null ? "it was not reached yet" : down;
        }

        /** Returns how many messages are here that are not done. */
        int here() {
            return here;
        }

        long bytes() {
            return bytes;
        }

        /** Returns of how many executions that ended the broker is still to be told. */
        int owed() {
            return owed;
        }

        /** Returns of how many the broker is being told. */
        int settling() {
            return settling;
        }

        /** Returns how many that are not done have their messages in another queue than the one that the job has now. */
        int elsewhere() {
            return elsewhere;
        }

        /** Returns how many settlements the broker confirmed since the service began. */
        long settled() {
            return settled;
        }

        /** Returns how long these took, from the ends of their executions, together. */
        long settleNanos() {
            return settleNanos;
        }

        /** Returns how many leases were lost since the service began. */
        long lost() {
            return lost;
        }

        /** Returns those whose message this process has not got back since it began. */
        Set<Execution> awaited() {
            return Collections.unmodifiableSet(awaited);
        }

        /** Returns those whose message is leased to this process. */
        Collection<Execution> leased() {
            return Collections.unmodifiableCollection(byHandle.values());
        }

        /** Returns the latest execution whose message has this key; null when none is known. */
        @Nullable Execution find(String key) {
            return inbox.find(key);
        }
    }

    private final UnitOfWork unit;

    Leases(UnitOfWork unit) {
        this.unit = unit;
    }

    /** The broker can be used: what is owed is told. */
    void up(JobState job) {
        job.leases.isUp = true;
        settleAll(job);
    }

    void down(JobState job, String why) {
        job.leases.isUp = false;
        job.leases.down = why;
    }

    /** Returns the execution of the message with this key and payload; null when none is known, or it was returned. */
    @Nullable Execution known(JobState job, String key, int payloadHash) {
        Execution known = job.leases.inbox.find(key, payloadHash);
        return known == null || known.state() == ExecutionState.RETURNED ? null : known;
    }

    @Nullable Execution find(JobState job, Handle handle) {
        return job.leases.byHandle.get(handle);
    }

    /** A message became {@code execution}. */
    void took(Execution execution, Origin origin, Handle handle) {
        execution.origin = origin;
        execution.job.leases.inbox.add(execution, origin);
        lease(execution, origin, handle);
    }

    /** The message of {@code execution}, which is known, was delivered again; true when it was awaited. */
    boolean tookAgain(Execution execution, Origin origin, Handle handle) {
        State state = execution.job.leases;
        if (origin.handle != null) {
            unlease(execution, origin);
        }
        lease(execution, origin, handle);
        if (execution.state().isTerminal()) {
            owe(execution, origin);
            settle(execution, origin);
        }
        return state.awaited.remove(execution);
    }

    private void lease(Execution execution, Origin origin, Handle handle) {
        State state = execution.job.leases;
        origin.handle = handle;
        origin.leasedNanos = unit.now().nanos();
        state.byHandle.put(handle, execution);
        if (!execution.state().isTerminal()) {
            state.here++;
            state.bytes += execution.payloadBytes;
        }
    }

    private static void unlease(Execution execution, Origin origin) {
        State state = execution.job.leases;
        state.settling -= origin.isSettling ? 1 : 0;
        origin.isSettling = false;
        if (origin.handle != null) {
            state.byHandle.remove(origin.handle);
            origin.handle = null;
            if (!execution.state().isTerminal()) {
                state.here--;
                state.bytes -= execution.payloadBytes;
            }
        }
    }

    /** {@code execution}, from before the process began, waits for its message. */
    void await(Execution execution) {
        execution.job.leases.awaited.add(execution);
    }

    /** Takes up an execution from before the process began. */
    void restored(Execution execution, boolean isOwed) {
        Origin origin = execution.origin;
        if (origin != null) {
            State state = execution.job.leases;
            SharedQueue queue = execution.job.definition.shared();
            state.inbox.add(execution, origin);
            origin.isElsewhere = (queue == null || !origin.queue.equals(queue.id()))
                    && (isOwed || !execution.state().isTerminal());
            state.elsewhere += origin.isElsewhere ? 1 : 0;
            if (isOwed && execution.state() != ExecutionState.RETURNED) {
                owe(execution, origin);
            }
        }
    }

    private void owe(Execution execution, Origin origin) {
        if (!origin.isOwed) {
            origin.isOwed = true;
            origin.owedNanos = unit.now().nanos();
            execution.job.leases.owed++;
        }
    }

    /** {@code execution} has just ended, however that came. */
    void ended(Execution execution) {
        Origin origin = execution.origin;
        if (origin == null) {
            return;
        }
        State state = execution.job.leases;
        state.awaited.remove(execution);
        if (origin.handle != null) {
            state.here--;
            state.bytes -= execution.payloadBytes;
        }
        if (origin.isElsewhere) { // who ends it knows that its own queue is not told
            origin.isElsewhere = false;
            state.elsewhere--;
        } else if (origin.handle != null || execution.state() != ExecutionState.RETURNED) {
            owe(execution, origin);
            settle(execution, origin);
        }
        unit.markDirty(execution.job);
    }

    private void settleAll(JobState job) {
        for (Execution execution : job.leases.byHandle.values()) {
            Origin origin = execution.origin;
            if (origin != null && origin.isOwed) {
                settle(execution, origin);
            }
        }
    }

    private void settle(Execution execution, Origin origin) {
        JobState job = execution.job;
        if (origin.handle == null || origin.isSettling || !job.leases.isUp) {
            return;
        }
        origin.isSettling = true;
        job.leases.settling++;
        Effect settle = new Effect.Settle(job.name(), origin.handle, settlement(execution, origin));
        if (job.definition.durability() == Durability.NONE) {
            unit.add(settle);
        } else {
            unit.addOnceStored(settle);
        }
    }

    private Settlement settlement(Execution execution, Origin origin) {
        if (origin.settlement != null) {
            return origin.settlement;
        }
        ExecutionState state = execution.state();
        Outcome outcome = new Outcome(state.wireName(), unit.process(), execution.id.toString());
        return switch (state) {
            case FAILED -> new Settlement.Dead("failed", execution.error == null ? "failed" : execution.error, outcome);
            case RETURNED -> new Settlement.Release();
            default -> new Settlement.Ack(outcome);
        };
    }

    /**
     * The broker answered how the lease {@code handle} was to end, or did not.
     *
     * @param failure what went wrong; null when it confirmed
     * @return the execution for which nothing is owed any more by that; null for none
     */
    @Nullable Execution settled(JobState job, Handle handle, QueueException.@Nullable Kind failure) {
        Execution execution = find(job, handle);
        Origin origin = execution == null ? null : execution.origin;
        if (execution == null || origin == null) {
            return null; // its message was delivered again meanwhile, and is settled by that
        }
        if (failure == QueueException.Kind.UNAVAILABLE || failure == QueueException.Kind.UNKNOWN) {
            job.leases.settling -= origin.isSettling ? 1 : 0;
            origin.isSettling = false;
            tellAgain(job);
            return null;
        }
        if (failure == null) {
            job.leases.settled++;
            job.leases.settleNanos += unit.now().nanos() - origin.owedNanos;
        } else {
            job.leases.lost += failure == QueueException.Kind.LEASE_LOST ? 1 : 0;
        }
        unlease(execution, origin);
        return isDone(execution, origin) ? execution : null;
    }

    private void tellAgain(JobState job) {
        State state = job.leases;
        if (state.isUp && state.again == null) {
            state.again = unit.after(AGAIN, () -> {
                state.again = null;
                settleAll(job);
            });
        }
    }

    /** The lease of the message of {@code execution} is over, or another's; true when nothing is owed any more by that. */
    boolean lost(Execution execution) {
        Origin origin = execution.origin;
        if (origin == null) {
            return false;
        }
        execution.job.leases.lost++;
        unlease(execution, origin);
        return isDone(execution, origin);
    }

    /** Nobody waits any more for the messages of executions that ended before the process began: others have them. */
    List<Execution> giveUp(JobState job, String queue) {
        List<Execution> done = new ArrayList<>();
        for (Execution execution : job.leases.inbox.all()) {
            Origin origin = execution.origin;
            if (origin != null
                    && origin.handle == null
                    && origin.queue.equals(queue)
                    && execution.state().isTerminal()
                    && isDone(execution, origin)) {
                done.add(execution);
            }
        }
        return done;
    }

    /** Nothing is owed for {@code execution} any more; true if it was. */
    private boolean isDone(Execution execution, Origin origin) {
        if (!origin.isOwed) {
            return false;
        }
        origin.isOwed = false;
        execution.job.leases.owed--;
        unit.noted(execution);
        return true;
    }

    /** {@code execution} is not known any more. */
    static void forget(Execution execution) {
        Origin origin = execution.origin;
        if (origin != null) {
            execution.job.leases.inbox.forget(execution, origin);
        }
    }
}
