package dev.latido.core;

import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionPage;
import dev.latido.protocol.JobFilter;
import dev.latido.protocol.JobView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.SummaryView;
import dev.latido.protocol.TicksView;
import dev.latido.room.LinkedFifo;
import dev.latido.schedule.Schedule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Answers what people who look at many jobs or many executions want to know. Looks at each job once, at no execution in vain. */
final class JobQueries {

    /** How many executions or jobs a page holds at most. */
    static final int MAX_PAGE = 1_000;

    private JobQueries() {}

    /** Returns the view of a job, or as much of it as can be seen: others are looked at with it. */
    static JobView view(JobState job, Parts parts) {
        try {
            return JobViews.of(
                    job,
                    parts.unit.now(),
                    parts.why.of(job),
                    parts.why.isDegraded(job),
                    BrokerViews.of(job, parts.unit.process()));
        } catch (RuntimeException fault) {
            return JobViews.inPart(job, "it cannot be shown: " + fault);
        }
    }

    /**
     * Returns when the timer of a job is due next.
     *
     * @param count how many ticks at most
     */
    static TicksView ticks(JobState job, int count, Moment now) {
        Schedule schedule = job.definition.trigger().schedule();
        if (schedule == null) {
            return new TicksView(job.name(), null, List.of(), "it has no timer");
        }
        List<Instant> ticks = new ArrayList<>();
        for (Optional<Instant> next = job.nextTick(now);
                next.isPresent() && ticks.size() < count;
                next = schedule.following(next.get())) {
            ticks.add(next.get());
        }
        return new TicksView(job.name(), schedule.describe(), ticks, ticks.isEmpty() ? withoutTicks(job) : null);
    }

    private static String withoutTicks(JobState job) {
        String fault = job.ticks.fault();
        if (fault != null) {
            return fault;
        }
        return !job.ticks.hasTimer()
                ? "it is stopped"
                : SharedTicks.has(job)
                        ? "the broker, by whose clock they go, has not answered, or its time has passed"
                        : "its time has passed";
    }

    static boolean matches(JobState job, JobFilter filter, Why why) {
        return (filter.name() == null || job.name().contains(filter.name()))
                && switch (filter.only()) {
                    case ANY -> true;
                    case RUNNING -> job.isRunning();
                    case STOPPED -> !job.isRunning();
                    case DEGRADED -> why.isDegraded(job) != null;
                    case FAILED -> job.ended(ExecutionState.FAILED).size() > 0;
                };
    }

    static SummaryView summary(Collection<JobState> jobs, Why why) {
        Counters counters = new Counters();
        List<SummaryView.Attention> attention = new ArrayList<>();
        int running = 0;
        int draining = 0;
        int degraded = 0;
        int withFailures = 0;
        long queued = 0;
        long delayed = 0;
        long inFlight = 0;
        long deadLetters = 0;
        for (JobState job : jobs) {
            counters.add(job.counters);
            running += job.isRunning() ? 1 : 0;
            draining += !job.isRunning() && job.running.size() > 0 ? 1 : 0;
            int failed = job.ended(ExecutionState.FAILED).size();
            withFailures += failed > 0 ? 1 : 0;
            deadLetters += failed;
            queued += job.queue.size();
            delayed += job.delayed.size();
            inFlight += job.running.size();
            String reason = why.isDegraded(job);
            if (reason != null) {
                degraded++;
                if (attention.size() < SummaryView.MAX_ATTENTION) {
                    attention.add(new SummaryView.Attention(job.name(), reason));
                }
            }
        }
        return new SummaryView(
                jobs.size(),
                running,
                draining,
                degraded,
                withFailures,
                queued,
                delayed,
                inFlight,
                deadLetters,
                counters.view(),
                List.copyOf(attention));
    }

    /** Reads the executions that are in one state, in the order in which they come to its list. */
    static Reply executions(JobState job, Command.ListExecutions command, Executions all) {
        Cursor cursor = command.cursor() == null ? Cursor.START : Cursor.parse(command.cursor());
        if (cursor == null) {
            return Refusal.invalid("Invalid cursor.");
        }
        int limit = Math.max(1, Math.min(command.limit(), MAX_PAGE));
        List<Execution> found = new ArrayList<>();
        if (command.state() == ExecutionState.QUEUED) {
            for (Priority priority : Priority.MOST_URGENT_FIRST) {
                boolean here = priority == cursor.priority();
                if (priority.compareTo(cursor.priority()) > 0 || found.size() > limit) {
                    continue;
                }
                found.addAll(job.queue.list(
                        priority,
                        here ? all.find(cursor.id()) : null,
                        here ? cursor.order() : Long.MIN_VALUE,
                        limit + 1 - found.size()));
            }
        } else {
            found.addAll(listOf(job, command.state()).list(all.find(cursor.id()), cursor.order(), limit + 1));
        }
        boolean more = found.size() > limit;
        List<Execution> page = more ? found.subList(0, limit) : found;
        return new ExecutionPage(
                page.stream().map(ExecutionViews::summary).toList(),
                more ? Cursor.of(page.get(limit - 1)).toString() : null);
    }

    private static LinkedFifo<Execution> listOf(JobState job, ExecutionState state) {
        return switch (state) {
            case WAITING -> job.delayed;
            case RUNNING -> job.running;
            default -> job.ended(state);
        };
    }

    /** Reads what has ended, the latest first. The cursor is the place of the last one in the order of the ends of all. */
    static Reply history(JobState job, Command.ListHistory command) {
        ExecutionState state = command.state();
        if (state != null && !state.isTerminal()) {
            return Refusal.invalid("A history holds what has ended; '" + state.wireName() + "' is no end.");
        }
        Long before = command.cursor() == null ? (Long) Long.MAX_VALUE : order(command.cursor());
        if (before == null) {
            return Refusal.invalid("Invalid cursor: not of a history.");
        }
        int limit = Math.max(1, Math.min(command.limit(), MAX_PAGE));
        List<Execution> found = new ArrayList<>();
        for (ExecutionState end : ExecutionState.values()) {
            if (state == null ? end.isTerminal() : end == state) {
                found.addAll(job.ended(end).latest(before, limit + 1));
            }
        }
        found.sort(Comparator.comparingLong(Execution::order).reversed());
        List<Execution> page = found.subList(0, Math.min(limit, found.size()));
        return new ExecutionPage(
                page.stream().map(ExecutionViews::summary).toList(),
                found.size() > limit ? Long.toString(page.get(limit - 1).order(), Character.MAX_RADIX) : null);
    }

    private static @Nullable Long order(String cursor) {
        try {
            return Long.parseLong(cursor, Character.MAX_RADIX);
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
