package dev.latido.core;

import dev.latido.job.Durability;
import dev.latido.job.JobName;
import dev.latido.job.RetryPolicy;
import dev.latido.job.WorkPlace;
import dev.latido.policy.BreakerConfig;
import dev.latido.policy.RateConfig;
import dev.latido.protocol.JobSettings;
import dev.latido.room.QueueConfig;
import dev.latido.schedule.Schedule;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration says of one job.
 *
 * @param name its name, valid by {@link JobName#RULE}
 * @param trigger what starts it by itself
 * @param queue the bounds of its queue
 * @param concurrency how many of its executions may be in flight at once, from 1
 * @param maxConcurrency to how many that can be raised while the service runs
 * @param timeout how long one attempt may take
 * @param expires how long after it was accepted an execution is not started any more; null for never
 * @param retry what happens when an attempt fails
 * @param throttle how often its executions may start, and how many with the same key at once
 * @param breaker when to stop calling its worker; null for never
 * @param place where its worker does the work
 * @param hasFallback whether another worker takes over when the breaker is open or attempts are out
 * @param fallbackPlace where that one does; means nothing without one
 * @param durability what becomes of its executions when the process dies
 * @param maxCrashes an execution that was in flight when the process died so often is not tried again, from 1
 * @param next the jobs that get its results
 * @param maxResult how many characters of a result are kept, from 1 to {@link #MAX_RESULT}
 */
public record JobDefinition(
        String name,
        Trigger trigger,
        QueueConfig queue,
        int concurrency,
        int maxConcurrency,
        Duration timeout,
        @Nullable Duration expires,
        RetryPolicy retry,
        Throttle throttle,
        @Nullable BreakerUse breaker,
        WorkPlace place,
        boolean hasFallback,
        WorkPlace fallbackPlace,
        Durability durability,
        int maxCrashes,
        List<String> next,
        int maxResult) {

    /** How many executions of a job may be in flight at most, whatever it is set to. */
    public static final int MAX_CONCURRENCY = JobSettings.MAX_CONCURRENCY;

    /** How long an attempt may take when nothing else is said. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(5);

    /** How many characters of a result are kept when nothing else is said. */
    public static final int DEFAULT_MAX_RESULT = 65_536;

    /** How many characters of a result can be kept at most. */
    public static final int MAX_RESULT = 1_048_576;

    /** How many crashes are blamed on an execution when nothing else is said. */
    public static final int DEFAULT_MAX_CRASHES = 3;

    /**
     * What starts a job by itself.
     *
     * @param schedule its timer; null for a job that only works off submissions
     * @param misfire what happens to ticks that were missed
     * @param maxMissed with {@link Schedule.Misfire#ALL}, how many of them are made up for, from 1
     * @param overlap what happens to a tick while an earlier one is not done
     * @param jitter each tick is late by a random time from nothing up to this
     * @param autoStart whether the job is started when the service starts for the first time
     */
    public record Trigger(
            @Nullable Schedule schedule,
            Schedule.Misfire misfire,
            int maxMissed,
            Overlap overlap,
            Duration jitter,
            boolean autoStart) {

        /** No timer; started with the service. */
        public static final Trigger NONE =
                new Trigger(null, Schedule.Misfire.SKIP, 100, Overlap.SKIP, Duration.ZERO, true);
    }

    /** What happens to a tick while an earlier one is not done. */
    public enum Overlap {
        /** It is merged into that one. */
        SKIP,
        /** One more is queued behind it; further ones are merged into that one. */
        QUEUE_ONE
    }

    /**
     * How often executions may start, and how many at once, besides {@code concurrency}.
     *
     * @param rate how often, all together; null for no limit
     * @param key where in a payload the key is, as a JSON pointer (RFC 6901); null where nothing is limited by key
     * @param rateByKey how often those with the same key may; null for no limit
     * @param concurrencyByKey how many with the same key may be in flight at once; 0 for no limit
     */
    public record Throttle(
            @Nullable RateConfig rate,
            @Nullable String key,
            @Nullable RateConfig rateByKey,
            int concurrencyByKey) {

        public static final Throttle NONE = new Throttle(null, null, null, 0);

        public Throttle {
            if (concurrencyByKey < 0) {
                throw new IllegalArgumentException("concurrencyByKey must not be negative, was " + concurrencyByKey);
            }
            if ((key == null) != (rateByKey == null && concurrencyByKey == 0)) {
                throw new IllegalArgumentException("a key goes with what is limited by it");
            }
        }
    }

    /**
     * A circuit breaker in front of a worker.
     *
     * @param name its name; jobs with the same name share one
     * @param config when it opens and closes
     * @param whileOpen what happens to the work meanwhile
     */
    public record BreakerUse(String name, BreakerConfig config, WhileOpen whileOpen) {}

    /** What happens to work while the breaker is open. */
    public enum WhileOpen {
        /** It stays queued. */
        WAIT,
        /** The fallback worker gets it. */
        FALLBACK
    }

    public JobDefinition {
        next = List.copyOf(next);
        if (!JobName.isValid(name)) {
            throw new IllegalArgumentException("a job's name must be " + JobName.RULE + ", was '" + name + "'");
        }
        if (concurrency < 1 || maxConcurrency < concurrency) {
            throw new IllegalArgumentException("concurrency must be 1 to " + maxConcurrency + ", was " + concurrency);
        }
        if (maxCrashes < 1 || maxCrashes > Byte.MAX_VALUE) {
            throw new IllegalArgumentException("maxCrashes must be 1 to " + Byte.MAX_VALUE + ", was " + maxCrashes);
        }
        if (maxResult < 1 || maxResult > MAX_RESULT) {
            throw new IllegalArgumentException("maxResult must be 1 to " + MAX_RESULT + ", was " + maxResult);
        }
        if (breaker != null && breaker.whileOpen == WhileOpen.FALLBACK && !hasFallback) {
            throw new IllegalArgumentException("while its breaker is open '" + name + "' needs a fallback");
        }
    }

    /** Tells whether an attempt may run inside this process. */
    boolean mayRunInside() {
        return place == WorkPlace.INSIDE || (hasFallback && fallbackPlace == WorkPlace.INSIDE);
    }

    /** Makes a job that works off submissions, one at a time, tries each once, and limits nothing else. */
    public static JobDefinition named(String name) {
        return new Builder(name).build();
    }

    /** Returns this definition with some parts changed. */
    public JobDefinition with(Consumer<Builder> writes) {
        Builder builder = new Builder(this);
        writes.accept(builder);
        return builder.build();
    }

    public JobDefinition withSchedule(Schedule schedule) {
        return with(changed -> changed.schedule = schedule);
    }

    public JobDefinition withMisfire(Schedule.Misfire misfire) {
        return with(changed -> changed.misfire = misfire);
    }

    public JobDefinition withAutoStart(boolean autoStart) {
        return with(changed -> changed.autoStart = autoStart);
    }

    public JobDefinition withQueue(QueueConfig newQueue) {
        return with(changed -> changed.queue = newQueue);
    }

    public JobDefinition withConcurrency(int newConcurrency) {
        return with(changed -> changed.concurrency = newConcurrency);
    }

    public JobDefinition withTimeout(Duration newTimeout) {
        return with(changed -> changed.timeout = newTimeout);
    }

    public JobDefinition withRetry(RetryPolicy newRetry) {
        return with(changed -> changed.retry = newRetry);
    }

    public JobDefinition withDurability(Durability newDurability) {
        return with(changed -> changed.durability = newDurability);
    }

    public JobDefinition withMaxCrashes(int newMaxCrashes) {
        return with(changed -> changed.maxCrashes = newMaxCrashes);
    }

    public JobDefinition withMaxResult(int newMaxResult) {
        return with(changed -> changed.maxResult = newMaxResult);
    }

    public JobDefinition withNext(String... newNext) {
        return with(changed -> changed.next = List.of(newNext));
    }

    /** A definition in the making. */
    public static final class Builder {
        public String name;
        public @Nullable Schedule schedule = Trigger.NONE.schedule;
        public Schedule.Misfire misfire = Trigger.NONE.misfire;
        public int maxMissed = Trigger.NONE.maxMissed;
        public Overlap overlap = Trigger.NONE.overlap;
        public Duration jitter = Trigger.NONE.jitter;
        public boolean autoStart = Trigger.NONE.autoStart;
        public QueueConfig queue = QueueConfig.DEFAULT;
        public int concurrency = 1;
        public int maxConcurrency = MAX_CONCURRENCY;
        public Duration timeout = DEFAULT_TIMEOUT;
        public @Nullable Duration expires;
        public RetryPolicy retry = RetryPolicy.NEVER;
        public Throttle throttle = Throttle.NONE;
        public @Nullable BreakerUse breaker;
        public WorkPlace place = WorkPlace.INSIDE;
        public boolean hasFallback;
        public WorkPlace fallbackPlace = WorkPlace.INSIDE;
        public Durability durability = Durability.FULL;
        public int maxCrashes = DEFAULT_MAX_CRASHES;
        public List<String> next = List.of();
        public int maxResult = DEFAULT_MAX_RESULT;

        /** Begins with what {@link JobDefinition#named} makes. */
        public Builder(String name) {
            this.name = name;
        }

        private Builder(JobDefinition from) {
            name = from.name;
            schedule = from.trigger.schedule;
            misfire = from.trigger.misfire;
            maxMissed = from.trigger.maxMissed;
            overlap = from.trigger.overlap;
            jitter = from.trigger.jitter;
            autoStart = from.trigger.autoStart;
            queue = from.queue;
            concurrency = from.concurrency;
            maxConcurrency = from.maxConcurrency;
            timeout = from.timeout;
            expires = from.expires;
            retry = from.retry;
            throttle = from.throttle;
            breaker = from.breaker;
            place = from.place;
            hasFallback = from.hasFallback;
            fallbackPlace = from.fallbackPlace;
            durability = from.durability;
            maxCrashes = from.maxCrashes;
            next = from.next;
            maxResult = from.maxResult;
        }

        public JobDefinition build() {
            return new JobDefinition(
                    name,
                    new Trigger(schedule, misfire, maxMissed, overlap, jitter, autoStart),
                    queue,
                    concurrency,
                    maxConcurrency,
                    timeout,
                    expires,
                    retry,
                    throttle,
                    breaker,
                    place,
                    hasFallback,
                    fallbackPlace,
                    durability,
                    maxCrashes,
                    next,
                    maxResult);
        }
    }
}
