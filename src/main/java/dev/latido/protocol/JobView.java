package dev.latido.protocol;

import dev.latido.job.Durability;
import dev.latido.job.Priority;
import dev.latido.policy.RateConfig;
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
 * @param policies what holds up, repeats or redirects its work
 * @param timeoutMillis how long an attempt may take, in milliseconds
 * @param durability what becomes of its executions when the process dies
 * @param next the jobs that get its results
 * @param deadLetters how many executions that failed are kept, and can be retried
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
        Policies policies,
        long timeoutMillis,
        Durability durability,
        List<String> next,
        int deadLetters,
        Map<String, Long> counters)
        implements Reply {

    /**
     * What holds up, repeats or redirects a job's work.
     *
     * @param attempts how often an execution is tried
     * @param rateLimit how often executions may start; null for no limit
     * @param key where the key is in a payload; null where nothing is limited by key
     * @param rateLimitByKey how often those with the same key may; null for no limit
     * @param concurrencyByKey how many with the same key at once; 0 for no limit
     * @param breaker its circuit breaker; null for none
     * @param hasFallback whether another worker takes over
     * @param expiresMillis after how many milliseconds an execution is not started any more; null for never
     */
    public record Policies(
            int attempts,
            @Nullable RateConfig rateLimit,
            @Nullable String key,
            @Nullable RateConfig rateLimitByKey,
            int concurrencyByKey,
            @Nullable Breaker breaker,
            boolean hasFallback,
            @Nullable Long expiresMillis) {}

    /**
     * A circuit breaker.
     *
     * @param name its name
     * @param state closed, open or half-open
     * @param openUntil until when it is open; null when it is not
     */
    public record Breaker(
            String name, String state, @Nullable Instant openUntil) {}

    /**
     * A job's queue.
     *
     * @param capacity how many executions it holds at most, queued and delayed together
     * @param whenFull what it does when it is full
     * @param queued how many are queued, by priority
     * @param delayed how many wait for their delay to be over
     * @param waitingProducers how many producers wait for room
     * @param bytes how many bytes the payloads have of what is queued and delayed
     * @param maxBytes how many they may have
     */
    public record Queue(
            int capacity,
            String whenFull,
            Map<Priority, Integer> queued,
            int delayed,
            int waitingProducers,
            long bytes,
            long maxBytes) {}
}
