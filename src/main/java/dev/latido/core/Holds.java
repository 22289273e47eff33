package dev.latido.core;

import dev.latido.job.Course;
import dev.latido.job.FailedAttempt;
import dev.latido.job.Gate;
import dev.latido.job.Hold;
import dev.latido.job.Moment;
import java.time.Instant;
import java.util.List;

/**
 * What held up executions, found out as they begin or end: while one waits, it is its job that knows what holds it up, and nothing
 * is kept of the execution itself.
 */
final class Holds {

    /** What held up for less is not told: it is how work goes. */
    static final long SHORTEST_MILLIS = 100;

    private Holds() {}

    /** Notes what held up {@code execution}, which leaves its queue now: it begins, or ends without. */
    static void note(Execution execution, Moment now) {
        execution.course = until(execution, now.nanos(), now);
    }

    /** Notes what held up {@code execution} until a moment, on the monotonic clock, at which it left its queue. */
    static void noteUntil(Execution execution, long nanos, Moment now) {
        execution.course = until(execution, nanos, now);
    }

    /** Notes that {@code gate} alone held up {@code execution} from a moment, on the monotonic clock, until now. */
    static void note(Execution execution, Gate gate, long fromNanos, Moment now) {
        long millis = (now.nanos() - fromNanos) / 1_000_000;
        if (millis >= SHORTEST_MILLIS) {
            execution.course = execution.course.with(hold(gate, fromNanos, millis, now));
        }
    }

    /** Returns what held up {@code execution} so far. */
    static List<Hold> soFar(Execution execution, Moment now) {
        return until(execution, now.nanos(), now).holds();
    }

    private static Course until(Execution execution, long toNanos, Moment now) {
        GateLog log = execution.job.gateLog;
        if (log.isEmpty()) {
            return execution.course;
        }
        long from = now.nanosAt(Instant.ofEpochMilli(waitsSince(execution)));
        if (toNanos - from < SHORTEST_MILLIS * 1_000_000) {
            return execution.course;
        }
        Course[] course = {execution.course};
        log.read(from, toNanos, (gate, fromNanos, heldNanos) -> {
            long millis = heldNanos / 1_000_000;
            if (millis >= SHORTEST_MILLIS) {
                course[0] = course[0].with(hold(gate, fromNanos, millis, now));
            }
        });
        return course[0];
    }

    /** Returns since when it could have begun but for what is noted already, in milliseconds since 1970. */
    private static long waitsSince(Execution execution) {
        Course course = execution.course;
        long since = Math.max(execution.readyMillis(), execution.startedMillis);
        FailedAttempt failed = course.lastFailure();
        if (failed != null) {
            since = Math.max(since, failed.endedMillis());
        }
        for (Hold hold : course.holds()) {
            since = Math.max(since, hold.untilMillis());
        }
        return since;
    }

    private static Hold hold(Gate gate, long fromNanos, long millis, Moment now) {
        long agoMillis = (now.nanos() - fromNanos) / 1_000_000;
        return new Hold(gate, now.wall().toEpochMilli() - agoMillis, millis);
    }
}
