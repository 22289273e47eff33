package dev.latido.core;

import dev.latido.job.Attempt;
import dev.latido.job.Course;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.FailedAttempt;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.job.ProgressNote;
import dev.latido.job.Utf8;
import dev.latido.memory.MemoryBudget;
import dev.latido.policy.RateLimit;
import dev.latido.room.Linked;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The mutable state of one execution. Only {@link JobEngine} and its parts touch it. Kept small: there may be a million. So
 * its parts are no objects of their own; who may set which field is a rule in {@code ArchitectureTest}.
 */
final class Execution extends Linked<Execution> {

    /** The lag of an execution that no tick made, or one that makes up for others. */
    static final long NO_LAG = -1;

    /** The progress of an attempt of which its worker said nothing. */
    static final double NO_PROGRESS = -1;

    // What it is

    final ExecutionId id;
    final JobState job;
    final Priority priority;
    final long createdMillis;

    /** What it is part of, as a W3C {@code traceparent}; null for nothing that is known. */
    @Nullable String trace;

    /** When it is not started any more, in milliseconds since 1970; 0 for never. */
    long expiresMillis;

    /** The idempotency key that it was submitted with; null for none, or when that is not kept any more. */
    IdempotencyKeys.@Nullable Use use;

    /** True for one that a tick made. */
    boolean isTick;

    /** How late the tick came that made this. */
    long tickLagNanos = NO_LAG;

    /** True while this counts among its job's open ticks. */
    boolean isOpenTick;

    /** Where its message is; null for one that came from no broker. */
    @Nullable Origin origin;

    // Its texts

    /** JSON text; null for none, and while only the store has it. */
    private @Nullable String payload;

    /** How long the payload is in UTF-8, wherever it is. */
    final int payloadBytes;

    /** True when {@link #payloadBytes} is the length of the payload too, which then need not be looked at to be counted. */
    private final boolean isPayloadAscii;

    /** JSON text; null for none, and while only the store has it. */
    private @Nullable String result;

    /** How long the result is in UTF-8, wherever it is. */
    private int resultBytes;

    /** The same of the result. */
    private boolean isResultAscii;

    /** True when its result is only the beginning of what its worker gave. */
    boolean isResultCut;

    /** What people should know of how it stands; null for nothing. */
    @Nullable String note;

    @Nullable String error;

    // How it stands

    private ExecutionState state;

    /** When it came into its state, or to its worker, on the monotonic clock. */
    long sinceNanos;

    long endedMillis;

    /** When its delay is over, or it was given another chance; 0 where it had neither. */
    long dueMillis;

    /** How often its worker refused it untried, because it had too much to do. */
    int throttled;

    /** What to do when its delay is over, or its attempt has taken too long. */
    Alarms.@Nullable Alarm alarm;

    /** Its place in its queue when it was taken from there. */
    long queueOrder;

    /** Where in the payload its key is was looked up before: the key; null for a job without. */
    @Nullable String key;

    /** Its key's lane, from when it was first taken from its queue until it leaves its worker. */
    KeyLimiter.@Nullable KeyState keyState;

    /** True while it stands aside because of its key, or of the run of the tick before it. */
    boolean isAside;

    /** Who waits for the end. */
    Waiters.@Nullable Line watchers;

    // Its attempts

    /** How many there were. */
    int attempt;

    long startedMillis;

    /** How its attempt began; null when none is under way. */
    @Nullable Begin begin;

    /** What its breaker gave it when its attempt began. */
    int permit;

    /** True while it is with the fallback worker. */
    boolean isByFallback;

    /** True while it is with a worker that runs inside this process. */
    boolean isInside;

    /** True once its worker was told to end. */
    boolean cancelRequested;

    double progress = NO_PROGRESS;

    /** What happened to it so far. */
    Course course = Course.NONE;

    /** True once only the fallback worker is left to try. */
    boolean isOutOfAttempts;

    /** How often it was with a worker when the process died. */
    byte crashes;

    /** Its result on its way to the next jobs; null when it is not being handed over. */
    @Nullable Handover handover;

    // What memory and store know of it

    /** What is counted of it in {@link Holdings}, in bytes. */
    long heldBytes;

    /** Where {@link Holdings} has noted that its texts are long; null for nowhere. */
    Holdings.@Nullable Shelf shelf;

    /** The turn in which it changed last. */
    long changedIn;

    /** True while it changed since the store was told. */
    boolean isChanged;

    /** True once the store was told of it. */
    boolean isStored;

    /** True while what is stored of what it is does not hold any more. */
    boolean isRowChanged;

    /** True when nothing is kept of it any more. */
    boolean isForgotten;

    Execution(
            ExecutionId id,
            JobState job,
            Priority priority,
            @Nullable String payload,
            int payloadBytes,
            ExecutionState state,
            Moment now) {
        this(id, job, priority, payload, payloadBytes, state, now.wall().toEpochMilli(), now.nanos());
    }

    Execution(
            ExecutionId id,
            JobState job,
            Priority priority,
            @Nullable String payload,
            int payloadBytes,
            ExecutionState state,
            long createdMillis,
            long sinceNanos) {
        this.id = id;
        this.job = job;
        this.priority = priority;
        this.payload = payload;
        this.payloadBytes = payloadBytes;
        this.isPayloadAscii = isAscii(payload, payloadBytes);
        this.state = state;
        this.createdMillis = createdMillis;
        this.sinceNanos = sinceNanos;
    }

    ExecutionState state() {
        return state;
    }

    /** Moves on to {@code next}, which must be a legal step. */
    void become(ExecutionState next, Moment now) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException("execution " + id + " cannot go from " + state + " to " + next);
        }
        state = next;
        sinceNanos = now.nanos();
        if (next.isTerminal()) {
            endedMillis = now.wall().toEpochMilli();
        } else {
            endedMillis = 0;
        }
    }

    /** Notes its place in its queue, from which it was just taken. */
    void keepPlace() {
        queueOrder = order();
    }

    /**
     * An attempt begins.
     *
     * @param rate what its permit is taken of; null where nothing is
     */
    void attemptBegan(Moment now, @Nullable RateLimit rate) {
        begin = new Begin(now.nanos(), startedMillis, rate);
        attempt++;
        startedMillis = now.wall().toEpochMilli();
    }

    /** Takes back that an attempt began, which it did with {@code how}. */
    void takeBackAttempt(Begin how) {
        attempt--;
        startedMillis = how.startedMillisBefore();
    }

    /** Its attempt is over, or taken back. */
    void attemptOver() {
        begin = null;
    }

    /** Takes up the state that it was in before the process began. */
    void resume(ExecutionState was) {
        state = was;
    }

    /** Returns from when on it could have begun, in milliseconds since 1970. */
    long readyMillis() {
        return Math.max(createdMillis, dueMillis);
    }

    boolean isExpired(Moment now) {
        return expiresMillis != 0 && now.wall().toEpochMilli() >= expiresMillis;
    }

    /** Tells whether it ended because it was not started in time, and no worker ever got it. */
    boolean isExpiredUnrun() {
        return state == ExecutionState.FAILED && attempt == 0;
    }

    void expireAfter(@Nullable Duration time) {
        expiresMillis = time == null
                ? 0
                : Instant.ofEpochMilli(createdMillis).plus(time).toEpochMilli();
    }

    /** Returns the attempts that failed, the oldest first. */
    List<FailedAttempt> failures() {
        return course.failures();
    }

    /** Somebody decided that this is to be tried anew, whatever happened before. */
    void forgive() {
        course = Course.NONE;
        isOutOfAttempts = false;
        crashes = 0;
        dueMillis = 0;
        isRowChanged |= expiresMillis != 0;
        expiresMillis = 0;
    }

    // Its texts, which may leave the memory while the store has them

    @Override
    public int bytes() {
        return payloadBytes;
    }

    @Nullable String payload() {
        return payload;
    }

    @Nullable String result() {
        return result;
    }

    /** Returns how long the result is in UTF-8, wherever it is. */
    int resultBytes() {
        return resultBytes;
    }

    void setResult(@Nullable String json) {
        setResult(json, json == null ? 0 : Utf8.length(json));
    }

    /**
     * Sets the result.
     *
     * @param json JSON text; null for none, and where only the store has it
     * @param bytes how long it is in UTF-8, wherever it is
     */
    void setResult(@Nullable String json, int bytes) {
        result = json;
        resultBytes = bytes;
        isResultAscii = isAscii(json, resultBytes);
    }

    /** Tells whether it has a payload that only the store has. */
    boolean isPayloadAway() {
        return payload == null && payloadBytes > 0;
    }

    /** Tells whether it has a result that only the store has. */
    boolean isResultAway() {
        return result == null && resultBytes > 0;
    }

    /** Lets go of each text of more than {@code maxBytes}, which the store has. */
    void letGo(int maxBytes) {
        payload = payloadBytes > maxBytes ? null : payload;
        result = resultBytes > maxBytes ? null : result;
    }

    /** Tells whether a text of more than {@code maxBytes} is in memory. */
    boolean holdsLongerThan(int maxBytes) {
        return (payload != null && payloadBytes > maxBytes) || (result != null && resultBytes > maxBytes);
    }

    /** Returns about how many bytes of heap its texts take. */
    long textBytes() {
        long bytes = heap(payload, payloadBytes, isPayloadAscii)
                + heap(result, resultBytes, isResultAscii)
                + shortText(note)
                + shortText(error)
                + course.entryBytes();
        for (FailedAttempt failure : course.failures()) {
            bytes += shortText(failure.error()) + shortText(failure.worker());
        }
        for (ProgressNote said : course.notes()) {
            bytes += shortText(said.text());
        }
        return bytes;
    }

    private static boolean isAscii(@Nullable String text, int bytes) {
        return text != null && text.length() == bytes;
    }

    private static long heap(@Nullable String text, int bytes, boolean isAscii) {
        if (text == null) {
            return 0;
        }
        return isAscii ? MemoryBudget.bytesOf(bytes, false) : MemoryBudget.bytesOf(text.length(), true);
    }

    private static long shortText(@Nullable String text) {
        return text == null ? 0 : MemoryBudget.bytesOf(text.length(), true);
    }

    Attempt currentAttempt() {
        return new Attempt(id, job.name(), attempt);
    }

    boolean isAt(Attempt attempt) {
        return state == ExecutionState.RUNNING && attempt.number() == this.attempt && handover == null;
    }

    /** Forgets what came of the attempts before. */
    void clearOutcome() {
        error = null;
        note = null;
        setResult(null);
        isResultCut = false;
        progress = NO_PROGRESS;
        cancelRequested = false;
    }
}
