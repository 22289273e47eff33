package dev.latido.core;

import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Callers who are answered when something happens, or at their time: the end of an execution, or of all in flight. Who is told
 * that an execution has not ended is told at once; a stop has to be stored before anybody is told of it.
 */
final class Waiters {

    /** How many may wait at once, over all jobs. */
    static final int MAX = 100_000;

    /** One caller, and what answers it when nothing happens before. */
    private record Waiter(ReplyTo replyTo, Alarms.Alarm alarm) {
        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    /** Who waits for one thing, in the order of coming. */
    static final class Line {
        private final Set<Waiter> waiters = new LinkedHashSet<>();
    }

    private final UnitOfWork unit;
    private final Set<Execution> watched = new LinkedHashSet<>();
    private int count;

    Waiters(UnitOfWork unit) {
        this.unit = unit;
    }

    /** Answers {@code caller} when {@code execution} has ended, or at {@code until}; what is returned is its answer now. */
    @Nullable Reply awaitEnd(Execution execution, Instant until, ReplyTo replyTo) {
        if (execution.state().isTerminal()) {
            unit.requireDurable(execution.job); // how it ended may not be stored yet
            return ExecutionViews.of(execution);
        } else if (mayNotWait(until)) {
            return ExecutionViews.of(execution);
        }
        if (count >= MAX) {
            return full();
        }
        Line line = execution.watchers;
        if (line == null) {
            line = new Line();
            execution.watchers = line;
            watched.add(execution);
        }
        Line joined = line;
        join(line, until, replyTo, () -> {
            if (joined.waiters.isEmpty()) {
                forget(execution);
            }
            unit.answerAtOnce(replyTo, ExecutionViews.of(execution));
        });
        return null;
    }

    /** Answers {@code caller} when the job has nothing in flight, or at {@code until}; what is returned is its answer now. */
    @Nullable Reply awaitDrained(JobState job, Instant until, ReplyTo replyTo) {
        if (job.running.size() == 0 || mayNotWait(until)) {
            return JobViews.status(job, drained(job));
        }
        if (count >= MAX) {
            return full();
        }
        join(
                job.drainers,
                until,
                replyTo,
                () -> unit.answerOnceStored(job, replyTo, JobViews.status(job, drained(job))));
        return null;
    }

    private boolean mayNotWait(Instant until) {
        return unit.isShuttingDown() || unit.isOver(until);
    }

    private Refusal full() {
        return Refusal.noRoom(MAX, dev.latido.policy.DrainRate.MAX_RETRY);
    }

    private static String drained(JobState job) {
        return "Job '" + job.name() + "' stopped; "
                + (job.running.size() == 0 ? "nothing is in flight." : JobViews.stillInFlight(job) + ".");
    }

    private void join(Line line, Instant until, ReplyTo replyTo, Runnable answer) {
        Waiter[] self = new Waiter[1];
        self[0] = new Waiter(replyTo, unit.at(until, () -> {
            line.waiters.remove(self[0]);
            count--;
            answer.run();
        }));
        line.waiters.add(self[0]);
        count++;
    }

    /** Answers those who wait for the end of {@code execution}. */
    void ended(Execution execution) {
        empty(execution, waiter -> unit.answer(waiter.replyTo, ExecutionViews.of(execution)));
    }

    private void empty(Execution execution, Consumer<Waiter> answer) {
        Line line = execution.watchers;
        if (line != null) {
            forget(execution);
            empty(line, answer);
        }
    }

    private void forget(Execution execution) {
        execution.watchers = null;
        watched.remove(execution);
    }

    /** Answers those who wait for {@code job} to have nothing in flight, and were not told yet that it is stopped. */
    void drained(JobState job, boolean startedAgain) {
        if (!job.drainers.waiters.isEmpty()) {
            String message = startedAgain ? "Job '" + job.name() + "' was started again." : drained(job);
            empty(job.drainers, waiter -> unit.answerOnceStored(job, waiter.replyTo, JobViews.status(job, message)));
        }
    }

    private void empty(Line line, Consumer<Waiter> answer) {
        List<Waiter> waiters = new ArrayList<>(line.waiters);
        line.waiters.clear();
        for (Waiter waiter : waiters) {
            unit.alarms.cancel(waiter.alarm);
            count--;
            answer.accept(waiter);
        }
    }

    /** Answers everybody with how things stand. */
    void shutDown(Iterable<JobState> jobs) {
        for (Execution execution : List.copyOf(watched)) {
            empty(execution, waiter -> unit.answerAtOnce(waiter.replyTo, ExecutionViews.of(execution)));
        }
        jobs.forEach(job -> drained(job, false));
    }

    int count() {
        return count;
    }
}
