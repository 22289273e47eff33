package dev.latido.command;

import dev.latido.job.Durability;
import dev.latido.job.Priority;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All there is to know of a job at the moment of the answer.
 *
 * @param name its name
 * @param isRunning whether it is started
 * @param isClosed whether it takes no submissions
 * @param why what it does or, when it does not work, why not
 * @param executionCount how many runs have begun
 * @param lastExecutionTime when the latest began; null before the first
 * @param schedule its timer, for people; null when it has none
 * @param nextTick when its timer is due next; null when it is not
 * @param queue its queue
 * @param inFlight how many of its executions are with workers
 * @param concurrency how many may be
 * @param timeoutMillis how long an attempt may take, in milliseconds
 * @param durability what becomes of its executions when the process dies
 * @param next the jobs that get its results
 * @param counters how often what happened, by name
 */
public record JobView(
        String name,
        boolean isRunning,
        boolean isClosed,
        String why,
        long executionCount,
        @Nullable Instant lastExecutionTime,
        @Nullable String schedule,
        @Nullable Instant nextTick,
        Queue queue,
        int inFlight,
        int concurrency,
        long timeoutMillis,
        Durability durability,
        List<String> next,
        Map<String, Long> counters)
        implements Reply {

    /**
     * A job's queue.
     *
     * @param capacity how many executions it holds at most, queued and delayed together
     * @param whenFull what it does when it is full
     * @param queued how many are queued, by priority
     * @param delayed how many wait for their delay to be over
     * @param waitingProducers how many producers wait for room
     */
    public record Queue(
            int capacity, String whenFull, Map<Priority, Integer> queued, int delayed, int waitingProducers) {}
}
