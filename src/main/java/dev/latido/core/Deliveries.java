package dev.latido.core;

import dev.latido.job.ExecutionState;
import dev.latido.policy.RateConfig;
import dev.latido.queue.Delivery;
import dev.latido.queue.Settlement;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What comes from brokers: a message that is leased to this process becomes an execution, unless it is one already; and how
 * much more may come. What a job may not begin goes back, so that other processes can have it.
 */
final class Deliveries {

    /** How long what a job may not begin is kept in case it may again. */
    static final Duration KEPT_FOR = Duration.ofMillis(500);

    /** How long after a lease a message that was here when the process died may take to be delivered again. */
    static final Duration MARGIN = Duration.ofSeconds(5);

    /** The property of a message that says when it is not to be started any more. */
    static final String EXPIRES = "expires-at";

    /** Stands between the key and the round of a message that was replayed; no key that is submitted over HTTP has it. */
    private static final String ROUND = " round ";

    private static final String AWAITED = "waits for its message to be delivered again";
    private static final String GONE = "its message was not delivered again: another process has it, or had it";
    private static final String GIVEN_BACK = "given back to its queue: the job may not begin it here";
    private static final String WAITED = "given back to its queue: it waited here for a third of its lease";
    private static final String BY_KEY = "given back to its queue: too many wait here for others of their key";

    /** How long at most what goes back because of its key is not to be delivered. */
    private static final Duration LONGEST_BY_KEY = Duration.ofSeconds(30);

    /** What comes for one job. */
    static final class State {

        /** How many more may come, as the broker was last told. */
        private int asked;

        /** Set while messages are awaited that were here when the process died. */
        private Alarms.@Nullable Alarm awaits;

        /** Set while work is kept that the job may not begin. */
        private Alarms.@Nullable Alarm givesBack;

        /**
         * How many may be here beyond those that can begin at once. Less once some waited for too long: it rises again by one with
         * each that begins soon.
         */
        private int ahead = Integer.MAX_VALUE;

        /** Set while there is something here that waits. */
        private Alarms.@Nullable Alarm looks;

        private long delivered;
        private long redelivered;
        private long alreadyDone;
        private long refused;

        /** Returns how many messages were delivered since the service began. */
        long delivered() {
            return delivered;
        }

        /** Returns how many of these had been delivered before, to whomever. */
        long redelivered() {
            return redelivered;
        }

        /** Returns how many of these were done here before, and not run again. */
        long alreadyDone() {
            return alreadyDone;
        }

        /** Returns how many became dead letters because they cannot be work. */
        long refused() {
            return refused;
        }
    }

    private final UnitOfWork unit;
    private final Executions executions;
    private final Leases leases;
    private final Places places;

    Deliveries(UnitOfWork unit, Executions executions, Leases leases, Places places) {
        this.unit = unit;
        this.executions = executions;
        this.leases = leases;
        this.places = places;
    }

    /** Takes what was leased to this process. */
    void arrived(JobState job, SharedQueue queue, List<Delivery> all) {
        State state = job.deliveries;
        for (Delivery delivery : all) {
            state.asked = Math.max(0, state.asked - 1);
            state.delivered++;
            state.redelivered += delivery.deliveries() > 1 ? 1 : 0;
            Execution known = leases.known(job, keyOf(delivery), Origin.hash(delivery));
            if (known == null || known.origin == null) {
                take(job, queue, delivery);
                continue;
            }
            if (known.state().isTerminal()) {
                state.alreadyDone++;
                executions.recall(known); // its broker is owed how it ended, anew
            }
            if (leases.tookAgain(known, known.origin, delivery.handle())) {
                executions.comeBack(known);
                known.note = null;
                unit.changed(known);
            }
        }
        unit.markDirty(job);
    }

    private void take(JobState job, SharedQueue queue, Delivery delivery) {
        Execution execution = executions.make(job, delivery.lane(), delivery.payload(), delivery.payloadBytes(), false);
        Origin origin = new Origin(queue.id(), keyOf(delivery), Origin.hash(delivery));
        origin.attemptsBefore = delivery.attempts();
        execution.attempt = delivery.attempts();
        execution.trace = delivery.properties().get(Delivery.TRACEPARENT);
        expire(execution, delivery.properties().get(EXPIRES));
        leases.took(execution, origin, delivery.handle());
        job.queue.restoreReserved(execution.priority, execution.payloadBytes);
        job.queue.queueReserved(execution, execution.priority);
        executions.accept(execution);
    }

    /** Returns by what a message is known here: one that was replayed is another, however its key ended before. */
    private static String keyOf(Delivery delivery) {
        String round = delivery.properties().get(Delivery.ROUND);
        return round == null ? delivery.key() : delivery.key() + ROUND + round;
    }

    private static void expire(Execution execution, @Nullable String at) {
        if (at != null) {
            try {
                execution.expiresMillis = Instant.parse(at).toEpochMilli();
            } catch (DateTimeException | ArithmeticException e) {
                execution.note = "its message expires at '" + at + "', which is no time";
            }
        }
    }

    /** A message became a dead letter because it cannot be work. */
    void refused(JobState job) {
        job.deliveries.refused++;
    }

    // What was here when the process died

    /** Has an execution, which is in its queue or waits, wait for its message. */
    void await(Execution execution) {
        places.takeOut(execution);
        if (execution.state() == ExecutionState.QUEUED) {
            execution.become(ExecutionState.WAITING, unit.now());
        }
        awaitAside(execution);
        unit.changed(execution);
    }

    /** Does the same for one that was just read from the store, and stands nowhere. */
    void awaitRestored(Execution execution) {
        execution.resume(ExecutionState.WAITING);
        awaitAside(execution);
    }

    private void awaitAside(Execution execution) {
        execution.dueMillis = 0;
        execution.note = AWAITED;
        execution.job.queue.restoreReserved(execution.priority, execution.payloadBytes);
        execution.job.setAside(execution, executions.nextOrder());
        leases.await(execution);
    }

    /** The broker can be used: what is awaited comes within a lease, or is elsewhere. */
    void up(JobState job, SharedQueue queue) {
        State state = job.deliveries;
        state.asked = 0;
        leases.up(job);
        boolean isAwaited = !job.leases.awaited().isEmpty() || job.leases.owed() > 0;
        if (state.awaits == null && isAwaited) {
            state.awaits = unit.after(queue.binding().lease().plus(MARGIN), () -> {
                state.awaits = null;
                gone(job, queue);
            });
        }
        unit.markDirty(job);
    }

    /** The broker cannot be used. */
    void down(JobState job, String why) {
        leases.down(job, why);
        job.deliveries.asked = 0;
        unit.alarms.cancel(job.deliveries.awaits);
        job.deliveries.awaits = null;
        unit.markDirty(job);
    }

    private void gone(JobState job, SharedQueue queue) {
        for (Execution execution : List.copyOf(job.leases.awaited())) {
            if (execution.origin != null && execution.origin.queue.equals(queue.id())) {
                executions.leaveAside(execution);
                execution.note = GONE;
                executions.end(execution, ExecutionState.RETURNED, GONE, null);
            }
        }
        leases.giveUp(job, queue.id()).forEach(executions::remember);
    }

    // How much may come, and what goes back

    /**
     * Asks for as much as the job can use now.
     *
     * @param mayBegin whether it may begin anything
     */
    void ask(JobState job, SharedQueue queue, boolean mayBegin) {
        State state = job.deliveries;
        int here = job.leases.here();
        long bytes = here == 0 ? queue.prefetchBytes() : queue.prefetchBytes() - job.leases.bytes();
        boolean mayCome = mayBegin && job.leases.isUp() && bytes > 0 && !unit.holdings.isOverdrawn();
        int most = Math.min(queue.prefetch() - here, Math.min(startable(job, queue, here), beside(job, here)));
        int messages = mayCome ? Math.max(0, most) : 0;
        if (messages != state.asked) {
            state.asked = messages;
            unit.addAtOnce(new Effect.Dequeue(job.name(), messages, Math.max(0, bytes)));
        }
        giveBackByKey(job, queue);
        lookAfterAWhile(job, queue);
        if (mayBegin || here == 0) {
            unit.alarms.cancel(state.givesBack);
            state.givesBack = null;
        } else if (state.givesBack == null && waits(job)) {
            state.givesBack = unit.after(KEPT_FOR, () -> {
                state.givesBack = null;
                giveBack(job);
            });
        }
    }

    /**
     * Returns how many more the job's rate lets begin within a third of the lease, those that wait here counted off, but one at
     * least: others can have the rest.
     */
    private static int startable(JobState job, SharedQueue queue, int here) {
        RateConfig rate = job.limits.rateConfig();
        if (rate == null) {
            return Integer.MAX_VALUE;
        }
        double third = queue.binding().lease().toNanos() / 3.0;
        double permits = Math.ceil(rate.permits() * third / rate.per().toNanos());
        int waiting = Math.max(0, here - job.running.size());
        return (int) Math.min(Integer.MAX_VALUE, Math.max(1, permits)) - waiting;
    }

    /** Returns how many more can begin at once, or may wait here. */
    private static int beside(JobState job, int here) {
        int free = job.limits.concurrency() - job.running.size();
        int waiting = Math.max(0, here - job.running.size());
        return Math.max(free, job.deliveries.ahead) - waiting;
    }

    /** An execution with a message begins. */
    void began(Execution execution) {
        SharedQueue queue = execution.job.definition.shared();
        Origin origin = execution.origin;
        State state = execution.job.deliveries;
        if (queue != null && origin != null && state.ahead < queue.prefetch()) {
            Duration waited = Duration.ofNanos(unit.now().nanos() - origin.leasedNanos);
            boolean wasSoon = waited.compareTo(third(queue).dividedBy(2)) < 0;
            state.ahead += wasSoon ? 1 : 0;
        }
    }

    private static Duration third(SharedQueue queue) {
        return queue.binding().lease().dividedBy(3);
    }

    /** What waits for a third of its lease goes back while others can have it, and less comes. */
    private void lookAfterAWhile(JobState job, SharedQueue queue) {
        State state = job.deliveries;
        if (state.looks == null && job.leases.here() > job.running.size()) {
            state.looks = unit.after(third(queue).dividedBy(2), () -> {
                state.looks = null;
                List<Execution> late = job.leases.leased().stream()
                        .filter(execution -> hasWaited(execution, third(queue)))
                        .toList();
                if (!late.isEmpty()) {
                    state.ahead = 0;
                    late.forEach(execution -> giveBack(execution, WAITED));
                }
                unit.markDirty(job);
            });
        }
    }

    /** One that was tried here is kept for its next attempt, and one that others of its key hold up for its turn. */
    private boolean hasWaited(Execution execution, Duration time) {
        Origin origin = execution.origin;
        return isWaiting(execution)
                && !execution.isAside
                && origin != null
                && execution.attempt == origin.attemptsBefore
                && unit.now().nanos() - origin.leasedNanos >= time.toNanos();
    }

    /** One key must not take all the room: of those that others of their key hold up, half of what may be here stays. */
    private void giveBackByKey(JobState job, SharedQueue queue) {
        int most = Math.max(1, queue.prefetch() / 2);
        if (job.keyLimiter == null || job.keyLimiter.aside() <= most) {
            return;
        }
        List<Execution> aside = job.leases.leased().stream()
                .filter(execution -> isWaiting(execution) && execution.isAside)
                .sorted(Comparator.comparingLong(execution -> execution.queueOrder))
                .toList();
        Duration lease = queue.binding().lease();
        for (Execution execution : aside.subList(Math.min(most, aside.size()), aside.size())) {
            Origin origin = execution.origin;
            if (origin != null) {
                origin.settlement = later(execution, lease.compareTo(LONGEST_BY_KEY) < 0 ? lease : LONGEST_BY_KEY);
                places.takeOut(execution);
                end(execution, BY_KEY);
            }
        }
    }

    private static boolean waits(JobState job) {
        return job.leases.leased().stream().anyMatch(Deliveries::isWaiting);
    }

    private static boolean isWaiting(Execution execution) {
        return execution.state() == ExecutionState.QUEUED || execution.state() == ExecutionState.WAITING;
    }

    /** Gives back what is here and not with a worker. */
    void giveBack(JobState job) {
        job.leases.leased().stream()
                .filter(Deliveries::isWaiting)
                .toList()
                .forEach(execution -> giveBack(execution, GIVEN_BACK));
    }

    private void giveBack(Execution execution, String why) {
        Origin origin = execution.origin;
        if (origin != null && execution.attempt > origin.attemptsBefore) {
            long pause = execution.dueMillis - unit.now().wall().toEpochMilli();
            origin.settlement = later(execution, Duration.ofMillis(Math.max(0, pause)));
        }
        places.takeOut(execution);
        end(execution, why);
    }

    /** Returns how a message goes back of which an attempt failed. */
    static Settlement.Later later(Execution execution, Duration pause) {
        int failed = execution.failures().size();
        return new Settlement.Later(
                pause,
                execution.attempt,
                failed == 0 ? null : execution.failures().get(failed - 1).error());
    }

    /** The lease of the message of an execution that has not begun is lost. */
    void leaseLost(Execution execution, String why) {
        places.takeOut(execution);
        end(execution, why);
    }

    private void end(Execution execution, String why) {
        execution.note = why;
        executions.end(execution, ExecutionState.RETURNED, why, null);
        unit.markDirty(execution.job);
    }
}
