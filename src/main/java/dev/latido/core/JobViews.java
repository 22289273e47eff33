package dev.latido.core;

import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.protocol.JobStatus;
import dev.latido.protocol.JobView;
import dev.latido.protocol.Reason;
import dev.latido.queue.ProducerConfig;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What people are told of a job. */
final class JobViews {

    private JobViews() {}

    static JobStatus status(JobState job, String message) {
        return new JobStatus(job.isRunning(), job.runs.count(), job.runs.latest(), message);
    }

    static String inFlight(JobState job) {
        int running = job.running.size();
        return running == 1
                ? "one run is in flight, since " + longest(job)
                : running + " runs are in flight" + longestSince(job);
    }

    /** Says since when the longest run goes on; empty when none does. */
    static String longestSince(JobState job) {
        return job.running.size() == 0 ? "" : ", the longest since " + longest(job);
    }

    private static Instant longest(JobState job) {
        return Instant.ofEpochMilli(Objects.requireNonNull(job.running.first()).startedMillis);
    }

    static String stillInFlight(JobState job) {
        int running = job.running.size();
        return running == 1 ? "one run is still in flight" : running + " runs are still in flight";
    }

    /**
     * Returns all there is to know of {@code job}.
     *
     * @param standing what it does, or why not
     * @param degraded what is not as it should be; null when all is well
     * @param broker the broker that has its queue; null for none
     */
    static JobView of(
            JobState job, Moment now, Standing standing, @Nullable String degraded, JobView.@Nullable Broker broker) {
        JobDefinition definition = job.definition;
        SharedBreaker breaker = job.breaker;
        return view(
                job,
                broker,
                standing,
                degraded,
                definition.trigger().schedule() == null
                        ? null
                        : definition.trigger().schedule().describe(),
                job.nextTick(now).orElse(null),
                policies(
                        job,
                        breaker == null
                                ? null
                                : new JobView.Breaker(breaker.name, breaker.state(), breaker.openUntil()),
                        definition.expires() == null
                                ? null
                                : (Long) definition.expires().toMillis()));
    }

    /** Returns what can be told without asking anybody else. */
    static JobView inPart(JobState job, String why) {
        return view(job, null, new Standing(Reason.UNKNOWN, why), null, null, null, policies(job, null, null));
    }

    /** Returns what is known of the queue that gets the results of {@code job}; null when there is none. */
    private static JobView.@Nullable Results results(JobState job) {
        ProducerConfig queue = job.definition.resultQueue();
        return queue == null
                ? null
                : new JobView.Results(queue.id(), job.results.published(), job.results.open(), job.results.trouble());
    }

    private static JobView.Policies policies(
            JobState job, JobView.@Nullable Breaker breaker, @Nullable Long expiresMillis) {
        JobDefinition definition = job.definition;
        return new JobView.Policies(
                definition.retry().attempts(),
                job.limits.rateConfig(),
                definition.throttle().key(),
                definition.throttle().rateByKey(),
                definition.throttle().concurrencyByKey(),
                breaker,
                definition.hasFallback(),
                expiresMillis);
    }

    private static JobView view(
            JobState job,
            JobView.@Nullable Broker broker,
            Standing standing,
            @Nullable String degraded,
            @Nullable String schedule,
            @Nullable Instant nextTick,
            JobView.Policies policies) {
        JobDefinition definition = job.definition;
        Map<Priority, Integer> queued = new EnumMap<>(Priority.class);
        for (Priority priority : Priority.values()) {
            queued.put(priority, job.queue.size(priority));
        }
        return new JobView(
                job.name(),
                job.isRunning(),
                job.isClosed(),
                standing.reason(),
                standing.text(),
                degraded,
                job.runs.count(),
                job.runs.latest(),
                schedule,
                nextTick,
                new JobView.Queue(
                        definition.queue().capacity(),
                        definition.queue().whenFull().wireName(),
                        queued,
                        job.delayed.size(),
                        job.retrying(),
                        job.oldestQueuedAt(),
                        job.waitingProducers(),
                        job.queue.bytes(),
                        job.maxQueueBytes,
                        broker),
                job.running.size(),
                job.limits.concurrency(),
                job.isUndefined() ? null : definition.worker(),
                policies,
                definition.timeout().toMillis(),
                definition.durability(),
                definition.next(),
                results(job),
                job.ended(ExecutionState.FAILED).size(),
                job.counters.view(),
                job.counters.refusals());
    }
}
