package dev.latido.core;

import dev.latido.job.Durability;
import dev.latido.job.JobName;
import dev.latido.job.ResultBound;
import dev.latido.job.RetryPolicy;
import dev.latido.job.WorkPlace;
import dev.latido.json.JsonPath;
import dev.latido.policy.BreakerConfig;
import dev.latido.policy.FailingConfig;
import dev.latido.policy.RateConfig;
import dev.latido.policy.RateConfig.Algorithm;
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.Submission;
import dev.latido.queue.BrokerConfig;
import dev.latido.queue.ProducerConfig;
import dev.latido.room.QueueConfig;
import dev.latido.schedule.Interval;
import dev.latido.schedule.Schedule;
import dev.latido.setting.Section;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
 * @param worker who does the work, for people
 * @param place where its worker does the work
 * @param hasFallback whether another worker takes over when the breaker is open or attempts are out
 * @param fallback who that is, for people; of no meaning where there is none
 * @param fallbackPlace where that one does; means nothing without one
 * @param durability what becomes of its executions when the process dies
 * @param maxCrashes an execution that was in flight when the process died so often is not tried again, from 1
 * @param failing from which failures on it counts as failing
 * @param next the jobs that get its results
 * @param results how much of its results is kept
 * @param shared its queue at a broker; null for one whose waiting room is all there is
 * @param resultQueue the queue at a broker that gets its results; null for none
 * @param outlets the queues at brokers where its worker and its fallback submit; see {@link SharedQueue#id}
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
        String worker,
        WorkPlace place,
        boolean hasFallback,
        String fallback,
        WorkPlace fallbackPlace,
        Durability durability,
        int maxCrashes,
        FailingConfig failing,
        List<String> next,
        ResultBound results,
        @Nullable SharedQueue shared,
        @Nullable ProducerConfig resultQueue,
        List<String> outlets) {

    /** How many executions of a job may be in flight at most, whatever it is set to. */
    public static final int MAX_CONCURRENCY = JobSettings.MAX_CONCURRENCY;

    /** How long an attempt may take when nothing else is said. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(5);

    private static final Duration MAX_TIMEOUT = Duration.ofDays(1);
    private static final int MAX_MISSED = 10_000_000;

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

        private static Throttle read(Section section) {
            RateConfig rate = readRate(section.section("rateLimit"));
            String key = section.optional("key");
            RateConfig rateByKey = readRate(section.section("rateLimitByKey"));
            int concurrencyByKey = section.integer("concurrencyByKey", 0, 0, MAX_CONCURRENCY);
            boolean isByKey = rateByKey != null || concurrencyByKey > 0;
            if (isByKey && key.isEmpty()) {
                section.problem("key", "must say where in the payload the key is, such as /customer/id");
            } else if (!isByKey && !key.isEmpty()) {
                section.problem("key", "goes with rateLimitByKey or concurrencyByKey, and neither is set");
            } else if (isByKey && isPointer(section, key)) {
                return new Throttle(rate, key, rateByKey, concurrencyByKey);
            }
            return new Throttle(rate, null, null, 0);
        }

        /** Reads a limit; null where there is none. */
        private static @Nullable RateConfig readRate(Section section) {
            int permits = section.integer("permits", 0, 0, RateConfig.MAX_PERMITS);
            Duration per = section.duration("per", Duration.ofSeconds(1), RateConfig.MIN_PERIOD, RateConfig.MAX_PERIOD);
            Algorithm algorithm = section.choice("algorithm", Algorithm.TOKEN_BUCKET, Algorithm.class);
            int burst = section.integer("burst", 0, 0, RateConfig.MAX_PERMITS);
            section.end();
            if (burst > 0 && algorithm != Algorithm.TOKEN_BUCKET) {
                section.problem("burst", "goes with the algorithm token-bucket only");
            }
            return permits == 0 ? null : new RateConfig(algorithm, permits, per, burst == 0 ? permits : burst);
        }

        private static boolean isPointer(Section section, String key) {
            try {
                JsonPath.of(key);
                return true;
            } catch (IllegalArgumentException e) {
                section.problem("key", "must be a JSON pointer such as /customer/id, was " + Section.shown(key));
                return false;
            }
        }

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
    public record BreakerUse(String name, BreakerConfig config, WhileOpen whileOpen) {

        private static @Nullable BreakerUse read(
                String job, Section section, Map<String, BreakerConfig> shared, boolean hasFallback) {
            boolean isEnabled = section.bool("enabled", false);
            String name = section.optional("shared");
            WhileOpen whileOpen = section.choice("whileOpen", WhileOpen.WAIT, WhileOpen.class);
            BreakerConfig own = BreakerConfig.read(section);
            section.end();
            if (!isEnabled) {
                return null;
            }
            boolean lacksFallback = whileOpen == WhileOpen.FALLBACK && !hasFallback;
            if (lacksFallback) {
                section.problem("whileOpen", "is fallback, and the job has no fallback");
            }
            BreakerConfig config = name.isEmpty() ? own : shared.get(name);
            if (config == null) {
                section.problem("shared", "there is no '" + name + "' under breakers");
            }
            return lacksFallback || config == null
                    ? null
                    : new BreakerUse(name.isEmpty() ? job : name, config, whileOpen);
        }
    }

    /** What happens to work while the breaker is open. */
    public enum WhileOpen {
        /** It stays queued. */
        WAIT,
        /** The fallback worker gets it. */
        FALLBACK
    }

    public JobDefinition {
        next = List.copyOf(next);
        outlets = List.copyOf(outlets);
        if (!JobName.isValid(name)) {
            throw new IllegalArgumentException("a job's name must be " + JobName.RULE + ", was '" + name + "'");
        }
        if (concurrency < 1 || maxConcurrency < concurrency) {
            throw new IllegalArgumentException("concurrency must be 1 to " + maxConcurrency + ", was " + concurrency);
        }
        if (maxCrashes < 1 || maxCrashes > Byte.MAX_VALUE) {
            throw new IllegalArgumentException("maxCrashes must be 1 to " + Byte.MAX_VALUE + ", was " + maxCrashes);
        }
        if (breaker != null && breaker.whileOpen == WhileOpen.FALLBACK && !hasFallback) {
            throw new IllegalArgumentException("while its breaker is open '" + name + "' needs a fallback");
        }
    }

    /** Returns who does an attempt, for people. */
    String workerText(boolean byFallback) {
        return byFallback ? fallback : worker;
    }

    /** Tells whether an attempt may run inside this process. */
    boolean mayRunInside() {
        return place == WorkPlace.INSIDE || (hasFallback && fallbackPlace == WorkPlace.INSIDE);
    }

    /** Tells whether brokers know this process by the job. */
    boolean usesBrokers() {
        return shared != null || resultQueue != null || !outlets.isEmpty();
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

    public JobDefinition withResults(ResultBound newResults) {
        return with(changed -> changed.results = newResults);
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
        public String worker = "log";
        public WorkPlace place = WorkPlace.INSIDE;
        public boolean hasFallback;
        public String fallback = "the fallback worker";
        public WorkPlace fallbackPlace = WorkPlace.INSIDE;
        public Durability durability = Durability.FULL;
        public int maxCrashes = DEFAULT_MAX_CRASHES;
        public FailingConfig failing = FailingConfig.DEFAULT;
        public List<String> next = List.of();
        public ResultBound results = ResultBound.DEFAULT;
        public @Nullable SharedQueue shared;
        public @Nullable ProducerConfig resultQueue;
        public List<String> outlets = List.of();

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
            fallback = from.fallback;
            fallbackPlace = from.fallbackPlace;
            durability = from.durability;
            maxCrashes = from.maxCrashes;
            failing = from.failing;
            next = from.next;
            results = from.results;
            shared = from.shared;
            resultQueue = from.resultQueue;
            outlets = from.outlets;
        }

        /**
         * Reads all that the job's section says of it, but for its breaker.
         *
         * @param usual its timer when the section names none; null for none
         * @param isStored whether what is stored outlives the process
         * @param brokers those that there are, by their names
         */
        public void read(
                Section section, @Nullable Interval usual, boolean isStored, Map<String, BrokerConfig> brokers) {
            schedule = Schedule.read(section, usual);
            // A timer that fires by itself is something one starts on purpose; work that was submitted is to be done.
            autoStart = section.bool("autoStart", schedule == null);
            misfire = section.choice("misfire", misfire, Schedule.Misfire.class);
            maxMissed = section.integer("maxMissed", maxMissed, 1, MAX_MISSED);
            overlap = section.choice("overlap", overlap, Overlap.class);
            jitter = section.duration("jitter", jitter, Duration.ZERO, MAX_TIMEOUT);
            concurrency = section.integer("concurrency", concurrency, 1, MAX_CONCURRENCY);
            timeout = section.duration("timeout", timeout, Duration.ofMillis(1), MAX_TIMEOUT);
            Duration untilExpired = section.duration("expires", Duration.ZERO, Duration.ZERO, Submission.MAX_DELAY);
            expires = untilExpired.isZero() ? null : untilExpired;
            retry = RetryPolicy.read(section.section("retry"));
            throttle = Throttle.read(section);
            durability = durability(section, isStored);
            Section ofQueue = section.section("queue");
            if (ofQueue.optional("broker").isEmpty()) {
                queue = QueueConfig.read(ofQueue);
            } else {
                readShared(ofQueue, brokers);
                if (schedule != null && misfire == Schedule.Misfire.ALL) {
                    section.problem(
                            "misfire",
                            "cannot be all beside queue.broker: nobody knows which ticks other processes made up for;"
                                    + " skip and once can be kept");
                }
                if (schedule != null
                        && shared != null
                        && shared.capabilities().dedup().isZero()) {
                    section.problem(
                            "queue.broker",
                            "keeps no keys (" + shared.type()
                                    + "), so that each process would tick by itself; have a job"
                                    + " without broker hand its work to this one");
                }
            }
            maxCrashes = section.integer("maxCrashes", maxCrashes, 1, Byte.MAX_VALUE);
            failing = FailingConfig.read(section.section("failing"));
            next = section.strings("next", next);
            results = ResultBound.read(section);
            resultQueue = ProducerConfig.ofResults(section.section("results"), name, brokers);
            if (resultQueue != null) {
                resultQueue = resultQueue.withDurable(durability == Durability.FULL);
            }
        }

        private void readShared(Section section, Map<String, BrokerConfig> brokers) {
            int maxWaiting = section.integer("maxWaiting", QueueConfig.DEFAULT.maxWaiting(), 0, MAX_MISSED);
            shared = SharedQueue.read(section, name, concurrency, durability, brokers);
            if (shared != null && shared.isHeldTooLong(Duration.ZERO, shared.longestHold(timeout))) {
                section.problem(
                        "maxHold",
                        "must be " + shared.longestHold(timeout)
                                + " at least: the job's timeout, a pause before another attempt and a while in line;"
                                + " RabbitMQ's consumer_timeout has to be longer than maxHold");
            }
            if (shared != null) {
                queue = new QueueConfig(
                        shared.prefetch(), shared.binding().whenFull(), Map.of(), maxWaiting, shared.prefetchBytes());
            }
        }

        private static Durability durability(Section section, boolean isStored) {
            Durability durability =
                    section.choice("durability", isStored ? Durability.FULL : Durability.NONE, Durability.class);
            if (!isStored && durability != Durability.NONE) {
                section.problem("durability", "must be none, because store.type is memory");
            }
            return durability;
        }

        /**
         * Reads its breaker; whether it has a fallback is to be known by then.
         *
         * @param section the section of the breaker
         * @param shared those that jobs share, by their names
         */
        public void readBreaker(Section section, Map<String, BreakerConfig> shared) {
            breaker = BreakerUse.read(name, section, shared, hasFallback);
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
                    worker,
                    place,
                    hasFallback,
                    fallback,
                    fallbackPlace,
                    durability,
                    maxCrashes,
                    failing,
                    next,
                    results,
                    shared,
                    resultQueue,
                    outlets);
        }
    }
}
