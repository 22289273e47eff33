package dev.latido.http;

import dev.latido.command.CommandException;
import dev.latido.command.Refusal;
import dev.latido.command.Reply;
import dev.latido.command.Submitted;
import dev.latido.job.TimeSource;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Which jobs' queues made producers wait a moment ago, as seen from the answers to submissions. A hint and no more: it
 * decides whether to ask for room before a body is read, and the owner decides about the work in any case.
 */
final class Congestion {

    /** Who waits longer than this for an answer waits for room. */
    private static final Duration NOTICEABLE = Duration.ofMillis(50);

    /** How long a job counts as congested after it was last seen to be. */
    private static final Duration MEMORY = Duration.ofSeconds(2);

    /** More jobs than this are not remembered; the rest is merely read in vain. */
    private static final int MAX_JOBS = 10_000;

    private final TimeSource time;
    private final Map<String, Long> seen = new HashMap<>();

    Congestion(TimeSource time) {
        this.time = time;
    }

    /** Learns from the answer to a submission, and hands it on. */
    Future<Submitted> watch(String job, Future<Submitted> answer) {
        long begun = time.nanos();
        return answer.onComplete(done -> {
            boolean refused = done.succeeded()
                    ? done.result().answers().stream().anyMatch(Congestion::isFull)
                    : done.cause() instanceof CommandException failure && isFull(failure.refusal());
            if (refused || (done.succeeded() && time.nanos() - begun > NOTICEABLE.toNanos())) {
                if (seen.size() < MAX_JOBS) {
                    seen.put(job, time.nanos());
                }
            }
        });
    }

    private static boolean isFull(Reply reply) {
        return reply instanceof Refusal refusal && refusal.type().equals(Refusal.QUEUE_FULL);
    }

    boolean isKnown(String job) {
        Long last = seen.get(job);
        if (last == null) {
            return false;
        }
        if (time.nanos() - last > MEMORY.toNanos()) {
            seen.remove(job);
            return false;
        }
        return true;
    }

    void eased(String job) {
        seen.remove(job);
    }
}
