package dev.latido.core;

import dev.latido.core.Effect.Announce;
import dev.latido.core.Effect.Answer;
import dev.latido.event.Event;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.store.Batch;
import dev.latido.store.StoredFault;
import dev.latido.store.StoredService;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The input that is being taken: its moment, what is to be done about it, now and later, which jobs it touched, and what it
 * changed that is to be stored.
 *
 * <p>A turn that changes a job with {@link Durability#FULL} ends with effects that wait until that is stored. So do those
 * of later turns that concern the same job, whatever its durability, so that the effects of one job keep their order.
 */
final class UnitOfWork {

    /** How long a caller waits who names no deadline: a little less than a request on the bus takes by default. */
    static final Duration DEFAULT_WAIT = Duration.ofSeconds(25);

    /** How long a caller waits at most, whatever it names. */
    static final Duration MAX_WAIT = Duration.ofDays(366);

    /** What turns noted of one job. */
    static final class State {

        /** True while it stands in the line of those to be looked at. */
        private boolean isDirty;

        /** The newest turn whose effects concern it. */
        private long involvedIn;

        /** How far the store has to be before further effects that concern it may be performed. */
        private long heldUntil;
    }

    final Alarms alarms = new Alarms();
    final PendingWrites writes = new PendingWrites();
    final Holdings holdings;
    private final ArrayDeque<JobState> dirty = new ArrayDeque<>();

    /** The jobs that this turn concerns, the first {@link #involvedCount} of them; others are left from turns before. */
    private final List<JobState> involved = new ArrayList<>();

    private int involvedCount;
    private Moment now = new Moment(Instant.EPOCH, 0);

    /** When the command arrived that is being decided; null when that is now, or there is none. */
    private @Nullable Moment received;

    private List<Effect> atOnce = List.of();
    private List<Effect> effects = new ArrayList<>();

    /** What waits for the store in any case, whether or not the rest of this turn does. */
    private List<Effect> onceStored = List.of();

    private boolean shuttingDown;
    private @Nullable Refusal storeRefusal;
    private @Nullable Instant pausedAt;
    private @Nullable Instant endingAt;

    /** The name by which brokers know this process; empty while there is none. */
    private String process = "";

    /** How many dead letters were lost and not told of yet, by job. */
    private final Map<JobState, Integer> lostDeadLetters = new LinkedHashMap<>();

    /** The number of this turn. */
    private long number;

    /** The number of the newest turn that changed something. */
    private long changed;

    /** Everything that turns up to this number changed is stored. */
    private long stored;

    private boolean waits;

    /** The name of the job that is being worked for: what goes wrong now goes wrong for it. Null for none, or all. */
    private @Nullable String working;

    /** The jobs that the process had to end for, by name. */
    private final Map<String, StoredFault> faults = new LinkedHashMap<>();

    UnitOfWork(MemoryBudget memory) {
        this.holdings = new Holdings(memory);
    }

    void begin(Moment moment) {
        now = moment;
        received = null;
        working = null;
        number++;
        waits = false;
        effects = new ArrayList<>(4);
        if (!atOnce.isEmpty()) { // to set what is set already is not for nothing: the collector is told each time
            atOnce = List.of();
        }
        if (!onceStored.isEmpty()) {
            onceStored = List.of();
        }
    }

    /** Ends the turn. */
    Decision decision() {
        lostDeadLetters.forEach((job, count) -> announce(new Event.DeadLettersLost(
                job.name(), now.wall(), count, job.ended(ExecutionState.FAILED).size())));
        lostDeadLetters.clear();
        for (int i = 0; i < involvedCount; i++) {
            waits |= involved.get(i).turns.heldUntil > stored;
        }
        waits &= changed > stored; // else there is nothing to wait for
        for (int i = 0; waits && i < involvedCount; i++) {
            involved.get(i).turns.heldUntil = changed;
        }
        involvedCount = 0;
        if (!waits) {
            return new Decision(joined(atOnce, effects), onceStored, onceStored.isEmpty() ? stored : changed);
        }
        effects.addAll(onceStored);
        return new Decision(atOnce, effects, changed);
    }

    private static List<Effect> joined(List<Effect> first, List<Effect> rest) {
        if (first.isEmpty()) {
            return rest;
        } else if (rest.isEmpty()) {
            return first;
        }
        List<Effect> all = new ArrayList<>(first);
        all.addAll(rest);
        return all;
    }

    /** Tells whether the turn that just ended waits for the store. */
    boolean waits() {
        return waits;
    }

    /** Returns what is to be stored, which is everything that changed up to the position {@link #changed}. */
    Batch takeBatch() {
        return writes.take();
    }

    long changed() {
        return changed;
    }

    void stored(long position) {
        stored = position;
        holdings.relieve(stored);
    }

    /** Has the effects of this turn wait until everything up to now is stored, because somebody is told that it is. */
    void requireDurable() {
        waits = true;
    }

    /** The same for what is told of executions of {@code job}, if that promises anything. */
    void requireDurable(JobState job) {
        waits |= job.definition.durability() == Durability.FULL;
    }

    /** What follows is done for {@code job}, or for none; alarms that are set meanwhile are too, when they ring. */
    void workFor(@Nullable JobState job) {
        working = job == null ? null : job.name();
    }

    /** Has what is due done, each for the job that it was set for. */
    void ring() {
        alarms.ring(now, job -> working = job);
    }

    /** Returns the name of the job that is being worked for; null for none, or all. */
    @Nullable String working() {
        return working;
    }

    /** Notes that the effects of this turn concern {@code job} and have to keep their order. */
    void involve(JobState job) {
        if (job.turns.involvedIn != number) {
            job.turns.involvedIn = number;
            if (involvedCount == involved.size()) {
                involved.add(job);
            } else if (involved.get(involvedCount) != job) { // mostly it is the job of the turn before
                involved.set(involvedCount, job);
            }
            involvedCount++;
        }
    }

    /** Notes that how {@code execution} stands changed. */
    void changed(Execution execution) {
        involve(execution.job);
        execution.changedIn = number;
        holdings.changed(execution);
        if (writes.add(execution)) {
            writes.addSometime(execution.job);
            changed = number;
            requireDurable(execution.job);
        }
    }

    /** Notes that nothing is owed for {@code execution} any more, for which nobody waits. */
    void noted(Execution execution) {
        writes.addSometime(execution);
    }

    /** Notes that {@code job} was started, stopped, closed or opened, which is stored whatever its durability. */
    void changed(JobState job) {
        involve(job);
        writes.add(job);
        changed = number;
        waits = true;
    }

    /** Notes that {@code job} counted something, for which nobody waits. */
    void counted(JobState job) {
        if (job.definition.durability() != Durability.NONE) {
            writes.addSometime(job);
        }
    }

    /** Tells whether it is stored what the turn of this number changed. */
    boolean isStored(long turn) {
        return turn <= stored;
    }

    /** Notes that a dead letter is not kept any more. */
    void lostDeadLetter(JobState job) {
        involve(job);
        job.counters.deadLettersLost++;
        counted(job);
        lostDeadLetters.merge(job, 1, Integer::sum);
    }

    /** Notes that the idempotency key of a submission to {@code job} is used, or what became of it. */
    void changed(JobState job, IdempotencyKeys.Use use) {
        use.answeredIn = number;
        if (job.definition.durability() != Durability.NONE) {
            writes.add(use);
            changed = number;
        }
    }

    /** Returns when everything was paused; null while it is not. */
    @Nullable Instant pausedAt() {
        return pausedAt;
    }

    /** Takes up what the process before left. */
    void restore(StoredService service) {
        pausedAt = instant(service.pausedMillis());
        endingAt = instant(service.endingMillis());
        process = service.process();
        service.faults().forEach(fault -> faults.put(fault.job(), fault));
    }

    /** Returns the name by which brokers know this process; empty while there is none. */
    String process() {
        return process;
    }

    /** Gives this process a name for good. */
    void setProcess(String name) {
        process = name;
        changedService();
    }

    private static @Nullable Instant instant(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis);
    }

    /** Pauses everything, or ends the pause, and has that stored. */
    void setPaused(boolean isPaused) {
        pausedAt = isPaused ? now.wall() : null;
        changedService();
        waits = true;
    }

    /** Tells whether the process before had been told to end, or had decided to, when it died. */
    boolean wasEnding() {
        return endingAt != null;
    }

    /** Returns the fault for which {@code job} is set aside; null when it is not. */
    @Nullable StoredFault faultOf(String job) {
        return faults.isEmpty() ? null : faults.get(job); // asked for each submission, and there are none
    }

    /** Returns the names of the jobs that the process had to end for, whether they are defined or not. */
    Set<String> faulty() {
        return faults.keySet();
    }

    /**
     * Returns what is to be stored because of a fault that ends the process: nothing that was being changed, but that it ends
     * by choice, and for which job.
     */
    StoredService fault(String why, Moment moment) {
        long millis = moment.wall().toEpochMilli();
        if (working != null) {
            faults.put(working, new StoredFault(working, millis, why));
        }
        return new StoredService(millis(pausedAt), millis, List.copyOf(faults.values()), process);
    }

    /**
     * The process was told to end: from here on its death, however it comes, is nobody's fault. Jobs that are set aside are
     * tried again by the next one.
     */
    void beginEnding() {
        faults.clear();
        endingAt = now.wall();
        changedService();
    }

    /** The end of the process before is dealt with. */
    void beganAgain() {
        if (endingAt != null) {
            endingAt = null;
            changedService();
        }
    }

    private void changedService() {
        writes.add(new StoredService(millis(pausedAt), millis(endingAt), List.copyOf(faults.values()), process));
        changed = number;
    }

    private static long millis(@Nullable Instant time) {
        return time == null ? 0 : time.toEpochMilli();
    }

    /** Returns how to refuse what would have to be stored; null while the store works. */
    @Nullable Refusal storeRefusal() {
        return storeRefusal;
    }

    void storeRefusal(@Nullable Refusal refusal) {
        storeRefusal = refusal;
    }

    /** Tells whether the store is gone and {@code job} needs it. */
    boolean isWithoutStore(JobState job) {
        return storeRefusal != null && job.definition.durability() != Durability.NONE;
    }

    Moment now() {
        return now;
    }

    boolean isShuttingDown() {
        return shuttingDown;
    }

    void shutDown() {
        shuttingDown = true;
    }

    void add(Effect effect) {
        effects.add(effect);
    }

    /** Adds an effect that is not performed before everything up to now is stored. */
    void addOnceStored(Effect effect) {
        if (onceStored.isEmpty()) {
            onceStored = new ArrayList<>(2);
        }
        onceStored.add(effect);
    }

    void answer(ReplyTo replyTo, Reply reply) {
        effects.add(new Answer(replyTo, reply));
    }

    /** Gives an answer that says how {@code job} is, which this turn has not changed but which may not be stored yet. */
    void answerOnceStored(JobState job, ReplyTo replyTo, Reply reply) {
        if (job.turns.heldUntil > stored) {
            writes.add(job); // so that there is a commit to wait for
            changed = number;
            addOnceStored(new Answer(replyTo, reply));
        } else {
            answer(replyTo, reply);
        }
    }

    /** Gives an answer that does not wait for the store: it promises nothing, or says so. */
    void answerAtOnce(ReplyTo replyTo, Reply reply) {
        addAtOnce(new Answer(replyTo, reply));
    }

    /** Adds an effect that waits for nothing, and comes before all others of this turn. */
    void addAtOnce(Effect effect) {
        if (atOnce.isEmpty()) {
            atOnce = new ArrayList<>(1);
        }
        atOnce.add(effect);
    }

    void announce(Event event) {
        effects.add(new Announce(event));
    }

    /** Has {@code job} looked at before the turn ends: something happened to it. */
    void markDirty(JobState job) {
        if (!job.turns.isDirty) {
            job.turns.isDirty = true;
            dirty.add(job);
        }
    }

    /** Returns the next job that something happened to; null when all have been looked at. */
    @Nullable JobState nextDirty() {
        JobState job = dirty.poll();
        if (job != null) {
            job.turns.isDirty = false;
        }
        return job;
    }

    Alarms.Alarm after(Duration delay, Runnable action) {
        return set(now.nanos() + delay.toNanos(), action);
    }

    /** Has {@code action} run when {@code nanos} has come, for the job that is being worked for now. */
    Alarms.Alarm set(long nanos, Runnable action) {
        return alarms.set(nanos, working, action);
    }

    /** The command that is being decided arrived at {@code moment}; null for now. */
    void receivedAt(@Nullable Moment moment) {
        received = moment;
    }

    /** Tells whether a deadline of the command that is being decided has passed. */
    boolean isOver(Instant deadline) {
        return received == null
                ? !now.wall().isBefore(deadline)
                : left(deadline).compareTo(Duration.ZERO) <= 0;
    }

    /** Returns how long it is until a deadline of the command that is being decided, as seen when it arrived. */
    private Duration left(Instant deadline) {
        Moment then = received == null ? now : received;
        return Duration.between(then.wall(), deadline).minusNanos(now.nanos() - then.nanos());
    }

    /** Has {@code action} run when the wall clock shows {@code millis} since 1970, for the job that is being worked for now. */
    Alarms.Alarm setByWall(long millis, Runnable action) {
        return alarms.setByWall(millis, now, working, action);
    }

    /** Has {@code action} run at the deadline {@code time} of a command, or after {@link #DEFAULT_WAIT} for "never". */
    Alarms.Alarm at(Instant time, Runnable action) {
        return set(nanosAt(time), action);
    }

    /** Returns when the deadline {@code time} of a command comes, or {@link #DEFAULT_WAIT} is over for "never", in nanoseconds. */
    long nanosAt(Instant time) {
        Duration wait = time.equals(Instant.MAX) ? DEFAULT_WAIT : left(time);
        Duration bounded = wait.isNegative() ? Duration.ZERO : wait.compareTo(MAX_WAIT) > 0 ? MAX_WAIT : wait;
        return now.nanos() + bounded.toNanos();
    }
}
