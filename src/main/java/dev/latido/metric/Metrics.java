package dev.latido.metric;

import dev.latido.event.Event;
import dev.latido.event.EventListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * Events and commands become meters here, and nowhere else. Names are Micrometer's dotted form; Prometheus shows
 * {@code latido.jobs.processed} as {@code latido_jobs_processed_total} and times in seconds.
 */
public final class Metrics implements EventListener {

    private static final Duration[] RUN_BUCKETS = millis(1, 5, 10, 50, 100, 500, 1_000, 5_000, 30_000, 60_000, 300_000);
    private static final Duration[] LAG_BUCKETS = millis(1, 2, 5, 10, 25, 50, 100, 500, 1_000, 5_000);
    private static final Duration[] COMMAND_BUCKETS = {
        Duration.ofNanos(100_000),
        Duration.ofNanos(250_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5)
    };

    private final MeterRegistry registry;
    private final Map<String, JobMeters> jobs = new HashMap<>();
    private final Map<CommandKey, Timer> commands = new ConcurrentHashMap<>();

    /**
     * Registers the meters of all jobs, so that they show from the start.
     *
     * @param jobNames the names of the defined jobs
     */
    public Metrics(MeterRegistry registry, Collection<String> jobNames) {
        this.registry = registry;
        jobNames.forEach(job -> jobs.put(job, new JobMeters(registry, job)));
    }

    @Override
    public void on(Event event) {
        JobMeters job = jobs.get(event.job());
        if (job == null) {
            return;
        }
        if (event instanceof Event.JobStarted) {
            job.running = 1;
        } else if (event instanceof Event.JobStopped) {
            job.running = 0;
        } else if (event instanceof Event.RunBegan began) {
            job.tickLag.record(began.lag());
        } else if (event instanceof Event.RunEnded ended) {
            job.processed(ended.outcome().label()).increment();
            job.runTime.record(ended.took());
        } else if (event instanceof Event.TickCoalesced) {
            job.coalesced.increment();
        } else if (event instanceof Event.TicksMissed missed) {
            job.missed.increment((double) missed.count());
        }
    }

    /**
     * Counts a command that was answered. May be called from any thread.
     *
     * @param source where it came from: {@code http} or {@code bus}
     * @param type its type on the wire
     * @param result {@code ok}, or the type of the refusal
     * @param nanos time from the call to the answer
     */
    public void commandAnswered(String source, String type, String result, long nanos) {
        commands.computeIfAbsent(new CommandKey(source, type, result), this::commandTimer)
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * Shows the state of the in-flight limit of the commands that come over HTTP.
     *
     * @param inFlight how many are unanswered
     * @param limit how many may be
     * @param waiting how many callers wait for a place
     * @param maxWaiting how many may
     */
    public void watchCommands(IntSupplier inFlight, int limit, IntSupplier waiting, int maxWaiting) {
        gauge("latido.commands.in.flight", "Commands sent and not yet answered", inFlight);
        gauge("latido.commands.in.flight.limit", "How many commands may be unanswered at once", () -> limit);
        gauge("latido.commands.waiting", "Callers that wait for a place in flight", waiting);
        gauge("latido.commands.waiting.limit", "How many callers may wait for a place in flight", () -> maxWaiting);
    }

    private void gauge(String name, String description, IntSupplier value) {
        Gauge.builder(name, value, IntSupplier::getAsInt)
                .description(description)
                .strongReference(true)
                .register(registry);
    }

    private Timer commandTimer(CommandKey key) {
        return Timer.builder("latido.command")
                .description("Commands by source, type and result, and the time from call to answer")
                .tag("source", key.source)
                .tag("type", key.type)
                .tag("result", key.result)
                .serviceLevelObjectives(COMMAND_BUCKETS)
                .register(registry);
    }

    private static Duration[] millis(long... bounds) {
        Duration[] durations = new Duration[bounds.length];
        for (int i = 0; i < bounds.length; i++) {
            durations[i] = Duration.ofMillis(bounds[i]);
        }
        return durations;
    }

    private record CommandKey(String source, String type, String result) {}

    private static final class JobMeters {

        private final MeterRegistry registry;
        private final String job;
        private final Timer runTime;
        private final Timer tickLag;
        private final Counter coalesced;
        private final Counter missed;
        private final Map<String, Counter> processed = new HashMap<>();
        private volatile int running;

        JobMeters(MeterRegistry registry, String job) {
            this.registry = registry;
            this.job = job;
            runTime = timer("latido.job.run", "How long runs took", RUN_BUCKETS);
            tickLag = timer("latido.job.tick.lag", "How late runs began after they were due", LAG_BUCKETS);
            coalesced = counter("latido.job.ticks.coalesced", "Ticks that found the previous run still going");
            missed = counter("latido.job.ticks.missed", "Ticks that passed while the process stood still");
            processed("succeeded");
            processed("failed");
            Gauge.builder("latido.job.running", this, meters -> meters.running)
                    .description("1 while the job is started, else 0")
                    .tag("job", job)
                    .register(registry);
        }

        Counter processed(String outcome) {
            return processed.computeIfAbsent(
                    outcome,
                    label -> Counter.builder("latido.jobs.processed")
                            .description("Runs that ended, by outcome")
                            .tag("job", job)
                            .tag("outcome", label)
                            .register(registry));
        }

        private Timer timer(String name, String description, Duration[] buckets) {
            return Timer.builder(name)
                    .description(description)
                    .tag("job", job)
                    .serviceLevelObjectives(buckets)
                    .register(registry);
        }

        private Counter counter(String name, String description) {
            return Counter.builder(name)
                    .description(description)
                    .tag("job", job)
                    .register(registry);
        }
    }
}
