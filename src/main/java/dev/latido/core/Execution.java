package dev.latido.core;

import dev.latido.job.Attempt;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.FailedAttempt;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.job.Utf8;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.ExecutionView;
import dev.latido.room.Linked;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredState;
import dev.latido.store.Text;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The mutable state of one execution. Only {@link JobEngine} and its parts touch it. Kept small: there may be a million. */
final class Execution extends Linked<Execution> {

    /** The lag of an execution that no tick made, or one that makes up for others. */
    static final long NO_LAG = -1;

    private static final double NO_PROGRESS = -1;
    private static final List<FailedAttempt> NONE = List.of();

    final ExecutionId id;
    final JobState job;
    final Priority priority;

    /** JSON text; null for none, and while only the store has it. */
    private @Nullable String payload;

    /** How long the payload is in UTF-8, wherever it is. */
    final int payloadBytes;

    /** JSON text; null for none, and while only the store has it. */
    private @Nullable String result;

    /** How long the result is in UTF-8, wherever it is. */
    private int resultBytes;

    /** True when {@link #payloadBytes} is the length of the payload too, which then need not be looked at to be counted. */
    private final boolean isPayloadAscii;

    /** The same of the result. */
    private boolean isResultAscii;

    /** Where in the payload its key is was looked up before: the key; null for a job without. */
    @Nullable String key;

    /** What is counted of it in {@link Holdings}, in bytes. */
    long heldBytes;

    /** The turn in which it changed last. */
    long changedIn;

    /** Where {@link Holdings} has noted that its texts are long; null for nowhere. */
    Holdings.@Nullable Shelf shelf;

    /** How late the tick came that made this. */
    long tickLagNanos = NO_LAG;

    /** True for one that a tick made. */
    boolean isTick;

    /** True while this counts among its job's open ticks. */
    boolean isOpenTick;

    /** True once the store was told of it. */
    boolean isStored;

    /** True while what is stored of what it is does not hold any more. */
    boolean isRowChanged;

    /** True while it changed since the store was told. */
    boolean isChanged;

    /** True when nothing is kept of it any more. */
    boolean isForgotten;

    /** How often it was with a worker when the process died. */
    byte crashes;

    /** How its attempt began; null when none is under way. */
    @Nullable Begin begin;

    /** True while it is with the fallback worker. */
    boolean isByFallback;

    /** True while it is with a worker that runs inside this process. */
    boolean isInside;

    /** True once only the fallback worker is left to try. */
    boolean isOutOfAttempts;

    /** What its breaker gave it when its attempt began. */
    int permit;

    /** True while it stands aside because of its key. */
    boolean isAside;

    /** Its key's lane, from when it was first taken from its queue until it leaves its worker. */
    KeyLimiter.@Nullable KeyState keyState;

    /** When it is not started any more, in milliseconds since 1970; 0 for never. */
    long expiresMillis;

    /** The idempotency key that it was handed in with; null for none, or when that is not kept any more. */
    IdempotencyKeys.@Nullable Use use;

    /** What it is part of, as a W3C {@code traceparent}; null for nothing that is known. */
    @Nullable String trace;

    /** The attempts that failed, the oldest first. */
    List<FailedAttempt> failures = NONE;

    private ExecutionState state;
    int attempt;
    boolean cancelRequested;

    /** Its result on its way to the next jobs; null when it is not being handed over. */
    @Nullable Handover handover;

    /** Its place in its queue when it was taken from there. */
    long queueOrder;

    final long createdMillis;

    /** When it came into its state, on the monotonic clock. */
    long sinceNanos;

    long startedMillis;
    long endedMillis;
    double progress = NO_PROGRESS;

    @Nullable String note;

    /** True when its result is only the beginning of what its worker gave. */
    boolean isResultCut;

    @Nullable String error;

    /** What to do when its delay is over, or its attempt has taken too long. */
    Alarms.@Nullable Alarm alarm;

    long dueMillis;

    /** Who waits for the end. */
    Waiters.@Nullable Line watchers;

    Execution(
            ExecutionId id,
            JobState job,
            Priority priority,
            @Nullable String payload,
            int payloadBytes,
            ExecutionState state,
            Moment now) {
        this.id = id;
        this.job = job;
        this.priority = priority;
        this.payload = payload;
        this.payloadBytes = payloadBytes;
        this.isPayloadAscii = isAscii(payload, payloadBytes);
        this.state = state;
        this.createdMillis = now.wall().toEpochMilli();
        this.sinceNanos = now.nanos();
    }

    /** Takes up an execution from before the process began. */
    Execution(JobState job, StoredExecution stored, Moment now) {
        this.id = stored.id();
        this.job = job;
        this.priority = stored.priority();
        Text text = stored.payload();
        this.payload = Text.ifHere(text);
        this.payloadBytes = text == null ? 0 : text.bytes();
        this.isPayloadAscii = isAscii(payload, payloadBytes);
        this.state = ExecutionState.QUEUED;
        this.createdMillis = stored.createdMillis();
        this.sinceNanos = now.nanosAt(Instant.ofEpochMilli(createdMillis));
        this.isTick = stored.isTick();
        this.expiresMillis = stored.expiresMillis();
        this.trace = stored.trace();
        this.isStored = true;
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

    /** Takes up how this stood before the process began. */
    void restore(StoredState stored, Moment now) {
        state = stored.state();
        attempt = stored.attempt();
        crashes = (byte) Math.min(stored.crashes(), Byte.MAX_VALUE);
        cancelRequested = stored.isCancelled();
        dueMillis = stored.dueMillis();
        startedMillis = stored.startedMillis();
        endedMillis = stored.endedMillis();
        note = stored.note();
        result = Text.ifHere(stored.result());
        resultBytes = stored.result() == null ? 0 : stored.result().bytes();
        isResultAscii = isAscii(result, resultBytes);
        isResultCut = stored.isResultCut();
        error = stored.error();
        failures = stored.failures();
        isInside = stored.isInside();
        isOutOfAttempts = stored.isFinal()
                || (job.definition.hasFallback()
                        && failures.size() >= job.definition.retry().attempts());
        if (state == ExecutionState.RUNNING) {
            sinceNanos = now.nanos();
        } else if (endedMillis != 0) {
            sinceNanos = now.nanosAt(Instant.ofEpochMilli(endedMillis));
        }
    }

    /** Tells whether there is nothing to say of it but that it was accepted and is queued. */
    boolean isAsAccepted() {
        return (state == ExecutionState.QUEUED || isAside) && attempt == 0 && dueMillis == 0 && crashes == 0;
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

    void addFailure(FailedAttempt failure) {
        if (failures.isEmpty()) {
            failures = new ArrayList<>(2);
        } else if (!(failures instanceof ArrayList)) {
            failures = new ArrayList<>(failures); // as they were stored
        }
        failures.add(failure);
    }

    /** Somebody decided that this is to be tried anew, whatever happened before. */
    void forgive() {
        failures = NONE;
        isOutOfAttempts = false;
        crashes = 0;
        dueMillis = 0;
        isRowChanged |= expiresMillis != 0;
        expiresMillis = 0;
    }

    StoredExecution row() {
        return new StoredExecution(
                id,
                job.name(),
                priority,
                createdMillis,
                isTick,
                place(),
                expiresMillis,
                text(payload, payloadBytes),
                trace);
    }

    StoredState stateRow() {
        return new StoredState(
                id,
                isAside ? ExecutionState.QUEUED : state, // that is for this process to know
                place(),
                attempt,
                crashes,
                cancelRequested,
                dueMillis,
                startedMillis,
                endedMillis,
                note,
                text(result, resultBytes),
                error,
                handover == null ? List.of() : handover.jobs(),
                List.copyOf(failures),
                isOutOfAttempts,
                isInside && state == ExecutionState.RUNNING,
                isResultCut);
    }

    private static @Nullable Text text(@Nullable String here, int bytes) {
        return here == null && bytes > 0 ? new Text.Stored(bytes) : Text.of(here);
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

    void setResult(@Nullable String json) {
        result = json;
        resultBytes = json == null ? 0 : Utf8.length(json);
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
                + shortText(error);
        for (FailedAttempt failure : failures) {
            bytes += shortText(failure.error());
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

    private long place() {
        boolean keepsPlace =
                state == ExecutionState.RUNNING || isAside || (state == ExecutionState.WAITING && dueMillis == 0);
        return keepsPlace ? queueOrder : order();
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

    ExecutionView view() {
        return view(
                payload,
                result,
                failures(),
                ExecutionView.InStore.of(isPayloadAway() ? payloadBytes : 0, isResultAway() ? resultBytes : 0));
    }

    /** Returns the view for lists, without payload, result and failed attempts. */
    ExecutionView summary() {
        return view(null, null, List.of(), null);
    }

    private ExecutionView view(
            @Nullable String shownPayload,
            @Nullable String shownResult,
            List<ExecutionView.Failure> shownFailures,
            ExecutionView.@Nullable InStore inStore) {
        return new ExecutionView(
                id,
                job.name(),
                state,
                priority,
                attempt,
                Instant.ofEpochMilli(createdMillis),
                instant(dueMillis),
                instant(startedMillis),
                instant(endedMillis),
                progress == NO_PROGRESS ? null : (Double) progress,
                shownNote(),
                shownPayload,
                shownResult,
                error,
                instant(expiresMillis),
                shownFailures,
                job.definition.durability(),
                false,
                isResultCut && (shownResult != null || (inStore != null && inStore.resultBytes() > 0)),
                inStore);
    }

    private @Nullable String shownNote() {
        if (handover != null) {
            return "done; its result waits for room in the next job's queue";
        }
        boolean waits = state == ExecutionState.WAITING || state == ExecutionState.QUEUED;
        return note != null || !waits ? note : nextAttempt();
    }

    /** Says when and what the next attempt is of one that failed; null when none failed. */
    @Nullable String nextAttempt() {
        if (failures.isEmpty()) {
            return null;
        }
        String when = state == ExecutionState.WAITING && dueMillis != 0 ? " at " + Instant.ofEpochMilli(dueMillis) : "";
        String which = isOutOfAttempts
                ? "with the fallback"
                : "attempt " + (failures.size() + 1) + " of "
                        + job.definition.retry().attempts();
        return "next attempt" + when + " (" + which + ", last error: "
                + failures.get(failures.size() - 1).error() + ")";
    }

    private List<ExecutionView.Failure> failures() {
        if (failures.isEmpty()) {
            return List.of();
        }
        return failures.stream()
                .map(failure -> new ExecutionView.Failure(
                        failure.number(),
                        Instant.ofEpochMilli(failure.startedMillis()),
                        Instant.ofEpochMilli(failure.endedMillis()),
                        failure.error()))
                .toList();
    }

    private static @Nullable Instant instant(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis);
    }
}
