package dev.latido.metric;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/**
 * How long things took: of one job, or of all.
 *
 * @param run how long runs took
 * @param tickLag how late runs began after they were due
 * @param queueWait how long executions were queued
 * @param limiterWait how long limits and open breakers held executions up
 */
record Histograms(Timer run, Timer tickLag, Timer queueWait, Timer limiterWait) {

    private static final Duration[] RUNS = millis(1, 5, 10, 50, 100, 500, 1_000, 5_000, 30_000, 60_000, 300_000);
    private static final Duration[] LAGS = millis(1, 2, 5, 10, 25, 50, 100, 500, 1_000, 5_000);
    private static final Duration[] WAITS = millis(
            1, 10, 100, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
            3_600_000);

    /** Registers those of all jobs together. */
    static Histograms ofAll(MeterRegistry registry) {
        return named(registry, "latido.jobs.", Tags.empty());
    }

    /** Registers those of one job. */
    static Histograms of(MeterRegistry registry, String job) {
        return named(registry, "latido.job.", Tags.of("job", job));
    }

    private static Histograms named(MeterRegistry registry, String prefix, Tags tags) {
        return new Histograms(
                timer(registry, prefix + "run", "How long runs took", RUNS, tags),
                timer(registry, prefix + "tick.lag", "How late runs began after they were due", LAGS, tags),
                timer(registry, prefix + "queue.wait", "How long executions were queued", WAITS, tags),
                timer(
                        registry,
                        prefix + "limiter.wait",
                        "How long limits and open breakers held executions up",
                        WAITS,
                        tags));
    }

    private static Timer timer(MeterRegistry registry, String name, String description, Duration[] buckets, Tags tags) {
        return Timer.builder(name)
                .description(description)
                .tags(tags)
                .serviceLevelObjectives(buckets)
                .register(registry);
    }

    private static Duration[] millis(long... bounds) {
        Duration[] durations = new Duration[bounds.length];
        for (int i = 0; i < bounds.length; i++) {
            durations[i] = Duration.ofMillis(bounds[i]);
        }
        return durations;
    }
}
