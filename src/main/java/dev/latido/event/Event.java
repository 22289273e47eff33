package dev.latido.event;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Something that happened to a job. The set is closed; observers learn of it after the fact and cannot change it. */
public sealed interface Event {

    /** Has {@code handler} take this. */
    void accept(Handler handler);

    /** Takes each kind of event. */
    interface Handler {
        void jobStarted(JobStarted event);

        void jobStopped(JobStopped event);

        void jobRecovered(JobRecovered event);

        void jobClosed(JobClosed event);

        void tickCoalesced(TickCoalesced event);

        void ticksMissed(TicksMissed event);

        void deadLettersLost(DeadLettersLost event);

        void executionQueued(ExecutionQueued event);

        void executionBegan(ExecutionBegan event);

        void executionProgressed(ExecutionProgressed event);

        void executionEnded(ExecutionEnded event);

        void storeLost(StoreLost event);

        void storeBack(StoreBack event);

        void attemptFailed(AttemptFailed event);

        void breakerChanged(BreakerChanged event);

        void jobChanged(JobChanged event);

        void servicePaused(ServicePaused event);

        void serviceResumed(ServiceResumed event);

        void lateOutcome(LateOutcome event);

        void workerChanged(WorkerChanged event);

        void queueLost(QueueLost event);

        void queueBack(QueueBack event);

        void queueNoticed(QueueNoticed event);

        void messageRefused(MessageRefused event);
    }

    /** The name of this kind of event on the bus. */
    String type();

    /** What {@link #job()} is when something happened to all of them. */
    String ALL_JOBS = "";

    /** The job that it happened to. */
    String job();

    /** When it happened. */
    Instant at();

    /** Writes what only this kind of event has: the JSON form of all of them is {@link EventWire}'s. */
    void write(JsonObject json);

    /** The execution that it is about; null when it is about none. */
    default @Nullable ExecutionId execution() {
        return null;
    }

    /** How many characters of free text it carries, on which its size depends. */
    default int textLength() {
        return 0;
    }

    /** The job was started. */
    record JobStarted(String job, Instant at) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.jobStarted(this);
        }

        @Override
        public String type() {
            return "job.started";
        }

        @Override
        public void write(JsonObject json) {}
    }

    /**
     * The job was stopped.
     *
     * @param inFlight how many of its runs were still going
     */
    record JobStopped(String job, Instant at, int inFlight) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.jobStopped(this);
        }

        @Override
        public String type() {
            return "job.stopped";
        }

        @Override
        public void write(JsonObject json) {
            json.put("inFlight", inFlight);
        }
    }

    /**
     * The service began, and the job has work from before.
     *
     * @param queued how many executions are queued, by priority
     * @param waiting how many are delayed
     * @param inFlight how many are in flight: done, and waiting for room in the next job's queue
     */
    record JobRecovered(String job, Instant at, Map<Priority, Integer> queued, int waiting, int inFlight)
            implements Event {
        @Override
        public void accept(Handler handler) {
            handler.jobRecovered(this);
        }

        @Override
        public String type() {
            return "job.recovered";
        }

        @Override
        public void write(JsonObject json) {
            JsonObject byPriority = new JsonObject();
            queued.forEach((priority, count) -> byPriority.put(priority.wireName(), count));
            json.put("queued", byPriority).put("waiting", waiting).put("inFlight", inFlight);
        }
    }

    /** The job was closed to submissions. */
    record JobClosed(String job, Instant at) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.jobClosed(this);
        }

        @Override
        public String type() {
            return "job.closed";
        }

        @Override
        public void write(JsonObject json) {}
    }

    /** A tick found the run of the previous one still going and was merged into it. */
    record TickCoalesced(String job, Instant at) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.tickCoalesced(this);
        }

        @Override
        public String type() {
            return "tick.coalesced";
        }

        @Override
        public void write(JsonObject json) {}
    }

    /**
     * Ticks passed while the process stood still.
     *
     * @param count how many
     */
    record TicksMissed(String job, Instant at, long count) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.ticksMissed(this);
        }

        @Override
        public String type() {
            return "tick.missed";
        }

        @Override
        public void write(JsonObject json) {
            json.put("count", count);
        }
    }

    /**
     * Executions that had failed, and could have been retried, are not kept any more: there were too many, or they were too
     * old.
     *
     * @param count how many
     * @param kept how many of the job are still kept
     */
    record DeadLettersLost(String job, Instant at, int count, int kept) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.deadLettersLost(this);
        }

        @Override
        public String type() {
            return "job.dead-letters-lost";
        }

        @Override
        public void write(JsonObject json) {
            json.put("count", count).put("kept", kept);
        }
    }

    /**
     * An execution was accepted, or came back into its queue.
     *
     * @param state {@code queued}, or {@code waiting} until its delay is over
     * @param depth how many of this priority the job has queued now
     * @param inFlight how many the job has in flight now
     */
    record ExecutionQueued(
            String job,
            Instant at,
            ExecutionId execution,
            Priority priority,
            ExecutionState state,
            int depth,
            int inFlight)
            implements Event {
        @Override
        public void accept(Handler handler) {
            handler.executionQueued(this);
        }

        @Override
        public String type() {
            return "execution." + state.wireName();
        }

        @Override
        public void write(JsonObject json) {
            json.put("execution", execution.toString())
                    .put("priority", priority.wireName())
                    .put("depth", depth)
                    .put("inFlight", inFlight);
        }
    }

    /**
     * An attempt began.
     *
     * @param attempt its number
     * @param tickLag how late it began after its tick was due; null when no tick made it
     * @param waited how long it was in its queue
     * @param held how long a limit or an open breaker held it up, or the queue before it; null when none did
     * @param depth how many of this priority the job has queued now
     * @param inFlight how many the job has in flight now
     */
    record ExecutionBegan(
            String job,
            Instant at,
            ExecutionId execution,
            Priority priority,
            int attempt,
            @Nullable Duration tickLag,
            Duration waited,
            @Nullable Duration held,
            int depth,
            int inFlight)
            implements Event {
        @Override
        public void accept(Handler handler) {
            handler.executionBegan(this);
        }

        @Override
        public String type() {
            return "execution.began";
        }

        @Override
        public void write(JsonObject json) {
            json.put("execution", execution.toString())
                    .put("priority", priority.wireName())
                    .put("attempt", attempt)
                    .put("waitedMillis", waited.toMillis());
            if (tickLag != null) {
                json.put("tickLagMillis", tickLag.toMillis());
            }
            if (held != null) {
                json.put("heldMillis", held.toMillis());
            }
            json.put("depth", depth).put("inFlight", inFlight);
        }
    }

    /**
     * A worker said how far it is.
     *
     * @param fraction from 0 to 1
     */
    record ExecutionProgressed(String job, Instant at, ExecutionId execution, double fraction, String note)
            implements Event {
        @Override
        public void accept(Handler handler) {
            handler.executionProgressed(this);
        }

        @Override
        public String type() {
            return "execution.progressed";
        }

        @Override
        public void write(JsonObject json) {
            json.put("execution", execution.toString())
                    .put("progress", fraction)
                    .put("note", note);
        }

        @Override
        public int textLength() {
            return note.length();
        }
    }

    /**
     * An execution ended.
     *
     * @param state how
     * @param priority its priority
     * @param why the error, or the full mode that dropped it; null when there is nothing to say
     * @param attempt how many attempts there were
     * @param attempts how many there may be
     * @param took how long its last attempt took; null when none was under way
     * @param depth how many of this priority the job has queued now
     * @param inFlight how many the job has in flight now
     */
    record ExecutionEnded(
            String job,
            Instant at,
            ExecutionId execution,
            ExecutionState state,
            Priority priority,
            @Nullable String why,
            int attempt,
            int attempts,
            @Nullable Duration took,
            int depth,
            int inFlight)
            implements Event {
        @Override
        public void accept(Handler handler) {
            handler.executionEnded(this);
        }

        @Override
        public String type() {
            return "execution." + state.wireName();
        }

        @Override
        public void write(JsonObject json) {
            json.put("execution", execution.toString())
                    .put("priority", priority.wireName())
                    .put("why", why)
                    .put("attempt", attempt)
                    .put("attempts", attempts)
                    .put("durationMillis", took == null ? null : (Long) took.toMillis())
                    .put("depth", depth)
                    .put("inFlight", inFlight);
        }

        @Override
        public int textLength() {
            return why == null ? 0 : why.length();
        }
    }

    /**
     * Nothing can be stored any more; what needs that is refused.
     *
     * @param problem why
     */
    record StoreLost(Instant at, String problem) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.storeLost(this);
        }

        @Override
        public String type() {
            return "store.lost";
        }

        @Override
        public void write(JsonObject json) {
            json.put("problem", problem);
        }

        @Override
        public String job() {
            return ALL_JOBS;
        }

        @Override
        public int textLength() {
            return problem.length();
        }
    }

    /** The store accepts writes again. */
    record StoreBack(Instant at) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.storeBack(this);
        }

        @Override
        public String type() {
            return "store.back";
        }

        @Override
        public void write(JsonObject json) {}

        @Override
        public String job() {
            return ALL_JOBS;
        }
    }

    /**
     * An attempt failed, and there will be another one.
     *
     * @param attempt its number
     * @param attempts how many there may be; what comes after them is for the fallback
     * @param error what went wrong
     * @param next when the next one may begin
     * @param toFallback whether the next one is for the fallback worker
     * @param took how long it took
     */
    record AttemptFailed(
            String job,
            Instant at,
            ExecutionId execution,
            int attempt,
            int attempts,
            String error,
            Instant next,
            boolean toFallback,
            Duration took)
            implements Event {
        @Override
        public void accept(Handler handler) {
            handler.attemptFailed(this);
        }

        @Override
        public String type() {
            return "execution.attempt-failed";
        }

        @Override
        public void write(JsonObject json) {
            json.put("execution", execution.toString())
                    .put("attempt", attempt)
                    .put("attempts", attempts)
                    .put("error", error)
                    .put("next", next.toString())
                    .put("durationMillis", took.toMillis());
        }

        @Override
        public int textLength() {
            return error.length();
        }
    }

    /**
     * A circuit breaker changed.
     *
     * @param job the job whose attempt changed it
     * @param breaker its name
     * @param state closed, open or half-open
     * @param until until when it is open; null when it is not
     */
    record BreakerChanged(
            String job,
            Instant at,
            String breaker,
            String state,
            @Nullable Instant until) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.breakerChanged(this);
        }

        @Override
        public String type() {
            return "breaker.changed";
        }

        @Override
        public void write(JsonObject json) {
            json.put("breaker", breaker).put("state", state).put("until", until == null ? null : until.toString());
        }
    }

    /**
     * A job's settings were changed while the service runs.
     *
     * @param concurrency how many of its executions may be in flight now
     * @param rate its rate limit now, for people; null for none
     */
    record JobChanged(
            String job,
            Instant at,
            int concurrency,
            @Nullable String rate) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.jobChanged(this);
        }

        @Override
        public String type() {
            return "job.changed";
        }

        @Override
        public void write(JsonObject json) {
            json.put("concurrency", concurrency).put("rateLimit", rate);
        }
    }

    /** Everything was paused: nothing begins, in no job. */
    record ServicePaused(Instant at) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.servicePaused(this);
        }

        @Override
        public String type() {
            return "service.paused";
        }

        @Override
        public void write(JsonObject json) {}

        @Override
        public String job() {
            return ALL_JOBS;
        }
    }

    /** The pause is over. */
    record ServiceResumed(Instant at) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.serviceResumed(this);
        }

        @Override
        public String type() {
            return "service.resumed";
        }

        @Override
        public void write(JsonObject json) {}

        @Override
        public String job() {
            return ALL_JOBS;
        }
    }

    /** An attempt that was given up before ended after all; its outcome counts for nothing. */
    record LateOutcome(String job, Instant at, ExecutionId execution, int attempt) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.lateOutcome(this);
        }

        @Override
        public String type() {
            return "execution.late-outcome";
        }

        @Override
        public void write(JsonObject json) {
            json.put("execution", execution.toString()).put("attempt", attempt);
        }
    }

    /**
     * The worker of a job is not there, or is there again.
     *
     * @param missing what is missing; null when it is there again
     */
    record WorkerChanged(String job, Instant at, @Nullable String missing) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.workerChanged(this);
        }

        @Override
        public String type() {
            return missing == null ? "job.worker-back" : "job.worker-missing";
        }

        @Override
        public void write(JsonObject json) {
            if (missing != null) {
                json.put("missing", missing);
            }
        }

        @Override
        public int textLength() {
            return missing == null ? 0 : missing.length();
        }
    }

    /**
     * The broker that has the queue of a job cannot be used: nothing comes from there, and nothing can be submitted.
     *
     * @param queue where the queue is
     * @param problem why
     */
    record QueueLost(String job, Instant at, String queue, String problem) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.queueLost(this);
        }

        @Override
        public String type() {
            return "job.queue-lost";
        }

        @Override
        public void write(JsonObject json) {
            json.put("queue", queue).put("problem", problem);
        }

        @Override
        public int textLength() {
            return queue.length() + problem.length();
        }
    }

    /**
     * The broker that has the queue of a job can be used.
     *
     * @param queue where the queue is
     */
    record QueueBack(String job, Instant at, String queue) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.queueBack(this);
        }

        @Override
        public String type() {
            return "job.queue-back";
        }

        @Override
        public void write(JsonObject json) {
            json.put("queue", queue);
        }

        @Override
        public int textLength() {
            return queue.length();
        }
    }

    /**
     * The queue of a job at a broker has what nobody will work on as things are.
     *
     * @param queue where the queue is
     * @param notice what, without the number
     * @param count how much of it there was when it was noticed
     */
    record QueueNoticed(String job, Instant at, String queue, String notice, long count) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.queueNoticed(this);
        }

        @Override
        public String type() {
            return "job.queue-noticed";
        }

        @Override
        public void write(JsonObject json) {
            json.put("queue", queue).put("problem", notice).put("count", count);
        }

        @Override
        public int textLength() {
            return queue.length() + notice.length();
        }
    }

    /**
     * A message at a broker became a dead letter before it was an execution, because it cannot be work.
     *
     * @param key its key
     * @param problem why
     */
    record MessageRefused(String job, Instant at, String key, String problem) implements Event {
        @Override
        public void accept(Handler handler) {
            handler.messageRefused(this);
        }

        @Override
        public String type() {
            return "message.refused";
        }

        @Override
        public void write(JsonObject json) {
            json.put("key", key).put("problem", problem);
        }

        @Override
        public int textLength() {
            return key.length() + problem.length();
        }
    }
}
