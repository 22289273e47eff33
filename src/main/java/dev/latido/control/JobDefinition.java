package dev.latido.control;

import dev.latido.job.Durability;
import dev.latido.job.JobName;
import dev.latido.queue.QueueConfig;
import dev.latido.schedule.Schedule;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration says of one job.
 *
 * @param name its name, valid by {@link JobName#RULE}
 * @param schedule its timer; null for a job that only works off submissions
 * @param misfire what happens to ticks that were missed
 * @param autoStart whether the job is started when the service starts
 * @param queue the bounds of its queue
 * @param concurrency how many of its executions may be in flight at once, from 1
 * @param timeout how long one attempt may take
 * @param durability what becomes of its executions when the process dies
 * @param maxCrashes an execution that was in flight when the process died so often is not tried again, from 1
 * @param next the jobs that get its results
 */
public record JobDefinition(
        String name,
        @Nullable Schedule schedule,
        Schedule.Misfire misfire,
        boolean autoStart,
        QueueConfig queue,
        int concurrency,
        Duration timeout,
        Durability durability,
        int maxCrashes,
        List<String> next) {

    /** How long an attempt may take when nothing else is said. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(5);

    /** How many crashes are blamed on an execution when nothing else is said. */
    public static final int DEFAULT_MAX_CRASHES = 3;

    public JobDefinition {
        next = List.copyOf(next);
        if (!JobName.isValid(name)) {
            throw new IllegalArgumentException("a job's name must be " + JobName.RULE + ", was '" + name + "'");
        }
        if (maxCrashes < 1 || maxCrashes > Byte.MAX_VALUE) {
            throw new IllegalArgumentException("maxCrashes must be 1 to " + Byte.MAX_VALUE + ", was " + maxCrashes);
        }
        if (concurrency < 1) {
            throw new IllegalArgumentException("concurrency must be at least 1, was " + concurrency);
        }
    }

    /** Makes a job that works off submissions, one at a time, with every other setting at its default. */
    public static JobDefinition named(String name) {
        return new JobDefinition(
                name,
                null,
                Schedule.Misfire.SKIP,
                true,
                QueueConfig.DEFAULT,
                1,
                DEFAULT_TIMEOUT,
                Durability.FULL,
                DEFAULT_MAX_CRASHES,
                List.of());
    }

    public JobDefinition withSchedule(Schedule newSchedule) {
        return new JobDefinition(
                name, newSchedule, misfire, autoStart, queue, concurrency, timeout, durability, maxCrashes, next);
    }

    public JobDefinition withMisfire(Schedule.Misfire newMisfire) {
        return new JobDefinition(
                name, schedule, newMisfire, autoStart, queue, concurrency, timeout, durability, maxCrashes, next);
    }

    public JobDefinition withAutoStart(boolean newAutoStart) {
        return new JobDefinition(
                name, schedule, misfire, newAutoStart, queue, concurrency, timeout, durability, maxCrashes, next);
    }

    public JobDefinition withQueue(QueueConfig newQueue) {
        return new JobDefinition(
                name, schedule, misfire, autoStart, newQueue, concurrency, timeout, durability, maxCrashes, next);
    }

    public JobDefinition withConcurrency(int newConcurrency) {
        return new JobDefinition(
                name, schedule, misfire, autoStart, queue, newConcurrency, timeout, durability, maxCrashes, next);
    }

    public JobDefinition withTimeout(Duration newTimeout) {
        return new JobDefinition(
                name, schedule, misfire, autoStart, queue, concurrency, newTimeout, durability, maxCrashes, next);
    }

    public JobDefinition withDurability(Durability newDurability) {
        return new JobDefinition(
                name, schedule, misfire, autoStart, queue, concurrency, timeout, newDurability, maxCrashes, next);
    }

    public JobDefinition withMaxCrashes(int newMaxCrashes) {
        return new JobDefinition(
                name, schedule, misfire, autoStart, queue, concurrency, timeout, durability, newMaxCrashes, next);
    }

    public JobDefinition withNext(String... newNext) {
        return new JobDefinition(
                name,
                schedule,
                misfire,
                autoStart,
                queue,
                concurrency,
                timeout,
                durability,
                maxCrashes,
                List.of(newNext));
    }
}
