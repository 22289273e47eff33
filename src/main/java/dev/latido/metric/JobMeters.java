package dev.latido.metric;

import dev.latido.event.Event;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntSupplier;

/** The meters of one job. Written on the owner's thread, read from any. */
final class JobMeters {

    private static final Duration[] RUN_BUCKETS = millis(1, 5, 10, 50, 100, 500, 1_000, 5_000, 30_000, 60_000, 300_000);
    private static final Duration[] LAG_BUCKETS = millis(1, 2, 5, 10, 25, 50, 100, 500, 1_000, 5_000);
    private static final Duration[] WAIT_BUCKETS = millis(1, 10, 100, 1_000, 10_000, 60_000, 600_000);

    private final MeterRegistry registry;
    private final String job;
    final Timer runTime;
    private final Timer tickLag;
    final Counter coalesced;
    final Counter missed;
    private final Timer queueWait;
    private final Timer limiterWait;
    final Counter retries;
    final Counter deadLettersLost;
    private final Map<ExecutionState, Counter> processed = new EnumMap<>(ExecutionState.class);
    private final AtomicIntegerArray depth = new AtomicIntegerArray(Priority.values().length);
    volatile int running;
    private volatile int inFlight;
    volatile int concurrency;

    JobMeters(MeterRegistry registry, String job, int concurrency) {
        this.registry = registry;
        this.concurrency = concurrency;
        this.job = job;
        runTime = timer("latido.job.run", "How long runs took", RUN_BUCKETS);
        tickLag = timer("latido.job.tick.lag", "How late runs began after they were due", LAG_BUCKETS);
        coalesced = counter("latido.job.ticks.coalesced", "Ticks that found the previous run still going");
        missed = counter("latido.job.ticks.missed", "Ticks that passed while the process stood still");
        queueWait = timer("latido.job.queue.wait", "How long executions were queued", WAIT_BUCKETS);
        limiterWait =
                timer("latido.job.limiter.wait", "How long limits and open breakers held executions up", WAIT_BUCKETS);
        retries = counter("latido.job.retries", "Attempts that failed and are not the last");
        deadLettersLost = counter("latido.dead.letters.lost", "Failed executions that are not kept any more");
        for (ExecutionState state : ExecutionState.values()) {
            if (state.isTerminal()) {
                processed.put(state, processed(state));
            }
        }
        gauge("latido.job.running", "1 while the job is started, else 0", () -> running, Tags.empty());
        gauge("latido.job.in.flight", "Executions that are with workers", () -> inFlight, Tags.empty());
        gauge("latido.job.concurrency", "How many executions may be in flight", () -> this.concurrency, Tags.empty());
        for (Priority priority : Priority.values()) {
            gauge(
                    "latido.queue.depth",
                    "Executions that are queued",
                    () -> depth.get(priority.level()),
                    Tags.of("priority", priority.wireName()));
        }
    }

    void levels(Priority priority, int queued, int nowInFlight) {
        depth.set(priority.level(), queued);
        inFlight = nowInFlight;
    }

    void began(Event.ExecutionBegan began) {
        levels(began.priority(), began.depth(), began.inFlight());
        queueWait.record(began.waited());
        if (began.held() != null) {
            limiterWait.record(began.held());
        }
        if (began.tickLag() != null) {
            tickLag.record(began.tickLag());
        }
    }

    void ended(Event.ExecutionEnded ended) {
        Counter counter = processed.get(ended.state());
        if (counter != null) {
            counter.increment();
        }
        levels(ended.priority(), ended.depth(), ended.inFlight());
        Duration took = ended.took();
        if (took != null) {
            runTime.record(took);
        }
    }

    private Counter processed(ExecutionState state) {
        return Counter.builder("latido.jobs.processed")
                .description("Executions that ended, by outcome")
                .tag("job", job)
                .tag("outcome", state.wireName())
                .register(registry);
    }

    private void gauge(String name, String description, IntSupplier value, Tags tags) {
        Gauge.builder(name, value, IntSupplier::getAsInt)
                .description(description)
                .tags(tags.and("job", job))
                .strongReference(true)
                .register(registry);
    }

    private Timer timer(String name, String description, Duration[] buckets) {
        return Timer.builder(name)
                .description(description)
                .tag("job", job)
                .serviceLevelObjectives(buckets)
                .register(registry);
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).tag("job", job).register(registry);
    }

    private static Duration[] millis(long... bounds) {
        Duration[] durations = new Duration[bounds.length];
        for (int i = 0; i < bounds.length; i++) {
            durations[i] = Duration.ofMillis(bounds[i]);
        }
        return durations;
    }
}
