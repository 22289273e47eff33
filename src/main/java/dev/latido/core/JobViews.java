package dev.latido.core;

import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.protocol.JobStatus;
import dev.latido.protocol.JobView;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What people are told of a job. */
final class JobViews {

    private JobViews() {}

    static JobStatus status(JobState job, String message) {
        return new JobStatus(job.isRunning(), job.runs.count(), job.runs.latest(), message);
    }

    static String inFlight(JobState job) {
        int running = job.running.size();
        return running == 1 ? "one run is in flight" : running + " runs are in flight";
    }

    static String stillInFlight(JobState job) {
        int running = job.running.size();
        return running == 1 ? "one run is still in flight" : running + " runs are still in flight";
    }

    /**
     * Returns all there is to know of {@code job}.
     *
     * @param why what it does, or why not
     */
    static JobView of(JobState job, Moment now, String why) {
        JobDefinition definition = job.definition;
        SharedBreaker breaker = job.breaker;
        return view(
                job,
                why,
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
        return view(job, why, null, null, policies(job, null, null));
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
            String why,
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
                why,
                job.runs.count(),
                job.runs.latest(),
                schedule,
                nextTick,
                new JobView.Queue(
                        definition.queue().capacity(),
                        definition.queue().whenFull().wireName(),
                        queued,
                        job.delayed.size(),
                        job.waitingProducers(),
                        job.queue.bytes(),
                        job.maxQueueBytes),
                job.running.size(),
                job.limits.concurrency(),
                policies,
                definition.timeout().toMillis(),
                definition.durability(),
                definition.next(),
                job.ended(ExecutionState.FAILED).size(),
                job.counters.view());
    }
}
