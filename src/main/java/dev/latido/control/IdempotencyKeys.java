package dev.latido.control;

import dev.latido.command.ExecutionView;
import dev.latido.command.Submission;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The idempotency keys of one job and what they were used for. Bounded by count and age; the oldest give way. A key
 * outlives its execution, so it keeps no payload: only a fingerprint of it.
 */
final class IdempotencyKeys {

    static final int MAX_KEYS = 10_000;
    static final Duration MAX_AGE = Duration.ofHours(24);

    /** What a key was used for. */
    static final class Use {
        private final String key;
        private final Fingerprint work;
        private final long nanos;

        /** What was made of it, as it was answered; null while it waits for room. */
        @Nullable ExecutionView answer;

        private Use(String key, Fingerprint work, long nanos) {
            this.key = key;
            this.work = work;
            this.nanos = nanos;
        }

        boolean isFor(Submission submission) {
            return work.equals(Fingerprint.of(submission));
        }
    }

    /** Tells works apart. It guards a client against its own mistakes, so it need not withstand an attack. */
    private record Fingerprint(Priority priority, Duration delay, int length, long hash) {

        static Fingerprint of(Submission submission) {
            String payload = submission.payload();
            long hash = payload == null ? 0 : 0xcbf29ce484222325L; // FNV-1a, 64 bits
            int length = payload == null ? -1 : payload.length();
            for (int i = 0; i < length; i++) {
                hash = (hash ^ (payload == null ? 0 : payload.charAt(i))) * 0x100000001b3L;
            }
            return new Fingerprint(submission.priority(), submission.delay(), length, hash);
        }
    }

    private final Map<String, Use> uses = new LinkedHashMap<>();

    @Nullable Use find(String key, Moment now) {
        prune(now);
        return uses.get(key);
    }

    /** Forgets what is too old. */
    void prune(Moment now) {
        Iterator<Use> oldest = uses.values().iterator();
        while (oldest.hasNext() && now.nanos() - oldest.next().nanos >= MAX_AGE.toNanos()) {
            oldest.remove();
        }
    }

    /** Notes that {@code key} is in use for {@code submission}. */
    Use begin(String key, Submission submission, Moment now) {
        if (uses.size() >= MAX_KEYS) {
            Iterator<Use> oldest = uses.values().iterator();
            oldest.next();
            oldest.remove();
        }
        Use use = new Use(key, Fingerprint.of(submission), now.nanos());
        uses.put(key, use);
        return use;
    }

    /** Forgets a use whose work was refused. */
    void forget(Use use) {
        uses.remove(use.key, use); // not a later use of the same key
    }

    int size() {
        return uses.size();
    }

    /** Returns how many were used for what still waits for room, for tests. */
    int undecided() {
        return (int) uses.values().stream().filter(use -> use.answer == null).count();
    }
}
