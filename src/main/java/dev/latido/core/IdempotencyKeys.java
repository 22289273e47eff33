package dev.latido.core;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.protocol.Submission;
import dev.latido.store.StoredKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The idempotency keys of one job and what they were used for. Bounded by count and age; the oldest give way. A key
 * outlives its execution, so it keeps no payload: only a fingerprint of it.
 */
final class IdempotencyKeys {

    static final int MAX_KEYS = 10_000;
    static final Duration MAX_AGE = Duration.ofHours(24);

    /** How many that are too old one call of {@link #prune} forgets at most. */
    static final int MAX_PER_PRUNE = 1_000;

    /** What a key was used for. */
    static final class Use {
        private final String job;
        private final String key;
        private final Fingerprint work;
        private final long usedMillis;
        private final long nanos;

        /** What was made of it; null while it waits for room. */
        @Nullable ExecutionId execution;

        /** How that stood when it was accepted, or how it ended. While it is known, it knows better. */
        private ExecutionState state = ExecutionState.QUEUED;

        /** Whether it ended because it was not started in time. */
        private boolean isExpired;

        /** The turn in which it was answered. */
        long answeredIn;

        /** True once the store was told of it. */
        boolean isStored;

        /** True when nothing is kept of it any more. */
        boolean isForgotten;

        private Use(String job, String key, Fingerprint work, Moment used) {
            this.job = job;
            this.key = key;
            this.work = work;
            this.usedMillis = used.wall().toEpochMilli();
            this.nanos = used.nanos();
        }

        /**
         * Notes what was made of it and how that stands, which may be the last that is known of it.
         *
         * @param isExpiredNow whether it ended because it was not started in time
         */
        void note(ExecutionId made, ExecutionState stateNow, boolean isExpiredNow) {
            execution = made;
            state = stateNow;
            isExpired = isExpiredNow;
        }

        String key() {
            return key;
        }

        /** Returns how its execution stood when it was accepted, or how it ended. */
        ExecutionState state() {
            return state;
        }

        /** Tells whether it ended because it was not started in time. */
        boolean isExpired() {
            return isExpired;
        }

        Priority priority() {
            return work.priority;
        }

        /** Returns what the store is told; only for one of which something was made. */
        StoredKey row() {
            ExecutionId made = execution;
            if (made == null) {
                throw new IllegalStateException("the key '" + key + "' waits for room, and may be refused");
            }
            return new StoredKey(
                    job,
                    key,
                    usedMillis,
                    made,
                    state,
                    isExpired,
                    work.priority,
                    work.delay.toMillis(),
                    work.expiresMillis,
                    work.length,
                    work.hash);
        }

        private boolean isTooOld(Moment now) {
            return now.nanos() - nanos >= MAX_AGE.toNanos();
        }

        boolean isFor(Submission submission) {
            return work.isSame(Fingerprint.of(submission));
        }
    }

    /**
     * Tells works apart: priority, delay and expiry as they were asked for, and the text of the payload, character by
     * character. To take two spellings of one JSON value for the same would mean to parse each payload that has a key, on
     * the owner's event loop; a client that repeats a request has its text. It guards a client against its own mistakes,
     * so it need not withstand an attack.
     */
    private record Fingerprint(Priority priority, Duration delay, long expiresMillis, int length, long hash) {

        /** No expiry was asked for. */
        private static final long NO_EXPIRY = -1;

        /** An older version did not note what was asked for. */
        private static final long UNKNOWN = -2;

        static Fingerprint of(Submission submission) {
            String payload = submission.payload();
            long hash = payload == null ? 0 : 0xcbf29ce484222325L; // FNV-1a, 64 bits
            int length = payload == null ? -1 : payload.length();
            for (int i = 0; i < length; i++) {
                hash = (hash ^ (payload == null ? 0 : payload.charAt(i))) * 0x100000001b3L;
            }
            Duration expires = submission.expires();
            return new Fingerprint(
                    submission.priority(),
                    submission.delay(),
                    expires == null ? NO_EXPIRY : expires.toMillis(),
                    length,
                    hash);
        }

        boolean isSame(Fingerprint other) {
            return priority == other.priority
                    && delay.equals(other.delay)
                    && (expiresMillis == UNKNOWN || expiresMillis == other.expiresMillis)
                    && length == other.length
                    && hash == other.hash;
        }
    }

    private final JobDefinition job;
    private final Consumer<Use> forgotten;
    private final Runnable pushedOut;
    private final Map<String, Use> uses = new LinkedHashMap<>();

    /**
     * Makes an empty set.
     *
     * @param forgotten is told of each use of which nothing is kept any more
     * @param pushedOut is told of each of these that gave way to a newer one before it was too old
     */
    IdempotencyKeys(JobDefinition job, Consumer<Use> forgotten, Runnable pushedOut) {
        this.job = job;
        this.forgotten = forgotten;
        this.pushedOut = pushedOut;
    }

    /** Tells whether {@code key} is in use, perhaps for too long. */
    boolean isKnown(String key) {
        return uses.containsKey(key);
    }

    /** Returns the use of {@code key}, perhaps one for too long ago; null when there is none. */
    @Nullable Use look(String key) {
        return uses.get(key);
    }

    @Nullable Use find(String key, Moment now) {
        prune(now);
        Use use = uses.get(key);
        if (use != null && use.isTooOld(now)) {
            forget(use);
            return null;
        }
        return use;
    }

    /** Forgets what is too old, up to {@link #MAX_PER_PRUNE}; true when there may be more. */
    boolean prune(Moment now) {
        for (int pruned = 0; pruned < MAX_PER_PRUNE; pruned++) {
            Use oldest = oldest();
            if (oldest == null || !oldest.isTooOld(now)) {
                return false;
            }
            forget(oldest);
        }
        return true;
    }

    private @Nullable Use oldest() {
        Iterator<Use> inOrder = uses.values().iterator();
        return inOrder.hasNext() ? inOrder.next() : null;
    }

    /** Notes that {@code key} is in use for {@code submission}. */
    Use begin(String key, Submission submission, Moment now) {
        Use oldest = uses.size() >= MAX_KEYS ? oldest() : null;
        if (oldest != null && !oldest.isTooOld(now)) {
            pushedOut.run();
        }
        return add(new Use(job.name(), key, Fingerprint.of(submission), now));
    }

    /** Takes up a use from before the process began. */
    Use restore(StoredKey stored, Moment now) {
        Instant used = Instant.ofEpochMilli(stored.usedMillis());
        Fingerprint work = new Fingerprint(
                stored.priority(),
                Duration.ofMillis(stored.delayMillis()),
                stored.expiresMillis(),
                stored.payloadLength(),
                stored.payloadHash());
        Use use = new Use(job.name(), stored.key(), work, new Moment(used, now.nanosAt(used)));
        use.isStored = true;
        use.execution = stored.execution();
        use.state = stored.state();
        use.isExpired = stored.isExpired();
        return add(use);
    }

    private Use add(Use use) {
        Use oldest = uses.size() >= MAX_KEYS ? oldest() : null;
        if (oldest != null) {
            forget(oldest);
        }
        uses.put(use.key, use);
        return use;
    }

    /** Forgets a use: it is too old, or its work was refused. */
    void forget(Use use) {
        if (uses.remove(use.key, use)) { // not a later use of the same key
            forgotten.accept(use);
        }
    }

    int size() {
        return uses.size();
    }

    boolean isEmpty() {
        return uses.isEmpty();
    }

    /** Returns how many were used for what still waits for room, for tests. */
    int undecided() {
        return (int) uses.values().stream().filter(use -> use.execution == null).count();
    }
}
