package dev.latido.metric;

import dev.latido.event.Event;
import dev.latido.event.EventListener;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Events and commands become meters here, and nowhere else. Names are Micrometer's dotted form; Prometheus shows
 * {@code latido.jobs.processed} as {@code latido_jobs_processed_total} and times in seconds.
 */
public final class Metrics implements EventListener {

    private static final Duration[] RUN_BUCKETS = millis(1, 5, 10, 50, 100, 500, 1_000, 5_000, 30_000, 60_000, 300_000);
    private static final Duration[] LAG_BUCKETS = millis(1, 2, 5, 10, 25, 50, 100, 500, 1_000, 5_000);
    private static final Duration[] WAIT_BUCKETS = millis(1, 10, 100, 1_000, 10_000, 60_000, 600_000);
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

    private final List<LongSupplier> watched = new CopyOnWriteArrayList<>();
    private final MeterRegistry registry;
    private final Map<String, JobMeters> jobs = new HashMap<>();
    private final Map<String, BreakerMeter> breakers = new HashMap<>();
    private final AtomicInteger paused = new AtomicInteger();
    private final Timer commits;
    private final Counter commitRows;
    private final Counter streamSent;
    private volatile int streamReaders;
    private final Map<CommandKey, Timer> commands = new ConcurrentHashMap<>();

    /**
     * Registers the meters of all jobs, so that they show from the start.
     *
     * @param concurrencyByJob how many executions of each job may be in flight at once
     * @param breakerNames the names of the circuit breakers
     */
    public Metrics(MeterRegistry registry, Map<String, Integer> concurrencyByJob, Collection<String> breakerNames) {
        this.registry = registry;
        commits = Timer.builder("latido.store.commit")
                .description("How long commits took, up to the disk")
                .serviceLevelObjectives(COMMAND_BUCKETS)
                .register(registry);
        commitRows = Counter.builder("latido.store.rows")
                .description("Rows that were written")
                .register(registry);
        concurrencyByJob.forEach((job, concurrency) -> jobs.put(job, new JobMeters(registry, job, concurrency)));
        breakerNames.forEach(breaker -> breakers.put(breaker, new BreakerMeter(registry, breaker)));
        Gauge.builder("latido.service.paused", paused, AtomicInteger::get)
                .description("1 while everything is paused, else 0")
                .register(registry);
        streamSent = Counter.builder("latido.stream.events.sent")
                .description("Messages that were sent to readers of events")
                .register(registry);
        Gauge.builder("latido.stream.readers", () -> streamReaders)
                .description("Readers of events")
                .strongReference(true)
                .register(registry);
    }

    @Override
    public void on(Event event) {
        if (event.job().equals(Event.ALL_JOBS)) {
            onService(event);
            return;
        }
        JobMeters job = jobs.get(event.job());
        if (job == null) {
            return;
        }
        if (event instanceof Event.JobStarted) {
            job.running = 1;
        } else if (event instanceof Event.JobStopped) {
            job.running = 0;
        } else if (event instanceof Event.JobRecovered recovered) {
            recovered.queued().forEach((priority, queued) -> job.levels(priority, queued, recovered.inFlight()));
        } else if (event instanceof Event.TickCoalesced) {
            job.coalesced.increment();
        } else if (event instanceof Event.TicksMissed missed) {
            job.missed.increment((double) missed.count());
        } else if (event instanceof Event.DeadLettersLost lost) {
            job.deadLettersLost.increment(lost.count());
        } else if (event instanceof Event.ExecutionQueued queued) {
            job.levels(queued.priority(), queued.depth(), queued.inFlight());
        } else if (event instanceof Event.ExecutionBegan began) {
            job.levels(began.priority(), began.depth(), began.inFlight());
            job.queueWait.record(began.waited());
            if (began.held() != null) {
                job.limiterWait.record(began.held());
            }
            if (began.tickLag() != null) {
                job.tickLag.record(began.tickLag());
            }
        } else if (event instanceof Event.ExecutionEnded ended) {
            job.ended(ended);
        } else if (event instanceof Event.AttemptFailed failed) {
            job.retries.increment();
            job.runTime.record(failed.took());
        } else if (event instanceof Event.JobChanged changed) {
            job.concurrency = changed.concurrency();
        } else if (event instanceof Event.BreakerChanged changed) {
            BreakerMeter breaker = breakers.get(changed.breaker());
            if (breaker != null) {
                breaker.state = changed.state();
            }
        }
    }

    private void onService(Event event) {
        if (event instanceof Event.ServicePaused) {
            paused.set(1);
        } else if (event instanceof Event.ServiceResumed) {
            paused.set(0);
        }
    }

    /** Counts a commit of the store. */
    public void committed(int rows, Duration took) {
        commits.record(took);
        commitRows.increment(rows);
    }

    /** Notes how many read the stream of events. */
    public void streamReaders(int now) {
        streamReaders = now;
    }

    /** Counts messages to readers of the stream. */
    public void streamSent(int messages) {
        streamSent.increment(messages);
    }

    /** Counts readers of the stream that were cut off; none, to show the reason from the start. */
    public void streamCutOff(String reason, int count) {
        Counter.builder("latido.stream.cut.off")
                .description("Readers of events that were cut off because they did not keep up")
                .tag("reason", reason)
                .register(registry)
                .increment(count);
    }

    /** Registers how many jobs are set aside, read when it is asked for. */
    public void watchFaults(IntSupplier setAside) {
        Gauge.builder("latido.jobs.set.aside", setAside, IntSupplier::getAsInt)
                .description("Jobs that nothing is done for because of a fault")
                .strongReference(true)
                .register(registry);
    }

    /** Registers the levels of the store, read when they are asked for. */
    public void watchStore(IntSupplier pendingRows, LongSupplier bytes, BooleanSupplier takesWrites) {
        Gauge.builder("latido.store.pending", pendingRows, IntSupplier::getAsInt)
                .description("Rows that wait to be written")
                .baseUnit("rows")
                .strongReference(true)
                .register(registry);
        Gauge.builder("latido.store.size", bytes, LongSupplier::getAsLong)
                .description("The space that the store takes")
                .baseUnit("bytes")
                .strongReference(true)
                .register(registry);
        Gauge.builder("latido.store.up", takesWrites, up -> up.getAsBoolean() ? 1 : 0)
                .description("1 while the store takes writes, else 0")
                .strongReference(true)
                .register(registry);
    }

    /** Shows how many bytes work and what is kept of it take, how many they may, and how often there was no room. */
    public void watchMemory(LongSupplier used, long max, LongSupplier refused) {
        Gauge.builder("latido.memory.used", used, LongSupplier::getAsLong)
                .description("What bodies, queues, histories and results take, about")
                .baseUnit("bytes")
                .strongReference(true)
                .register(registry);
        Gauge.builder("latido.memory.max", () -> max)
                .description("What they may take")
                .baseUnit("bytes")
                .strongReference(true)
                .register(registry);
        watched.add(refused); // the registry holds it weakly
        FunctionCounter.builder("latido.memory.refused", refused, LongSupplier::getAsLong)
                .description("Work and answers that were refused because there was no memory for them")
                .register(registry);
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
     * Shows the state of the in-flight limit of one lane of the commands that come over HTTP.
     *
     * @param lane the lane
     * @param inFlight how many are unanswered
     * @param limit how many may be
     * @param waiting how many callers wait for a place
     * @param maxWaiting how many may
     */
    public void watchLane(String lane, IntSupplier inFlight, int limit, IntSupplier waiting, int maxWaiting) {
        gauge("latido.commands.in.flight", "Commands sent and not yet answered", lane, inFlight);
        gauge("latido.commands.in.flight.limit", "How many commands may be unanswered at once", lane, () -> limit);
        gauge("latido.commands.waiting", "Callers that wait for a place in flight", lane, waiting);
        gauge("latido.commands.waiting.limit", "How many callers may wait for a place", lane, () -> maxWaiting);
    }

    private void gauge(String name, String description, String lane, IntSupplier value) {
        Gauge.builder(name, value, IntSupplier::getAsInt)
                .description(description)
                .tag("lane", lane)
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

    /** A series for each state, so that they can be added up over breakers. */
    private static final class BreakerMeter {
        private static final List<String> STATES = List.of("closed", "open", "half-open");

        private volatile String state = STATES.get(0);

        BreakerMeter(MeterRegistry registry, String breaker) {
            for (String each : STATES) {
                Gauge.builder("latido.breaker.state", () -> state.equals(each) ? 1 : 0)
                        .description("1 for the state that the circuit breaker is in, else 0")
                        .tag("breaker", breaker)
                        .tag("state", each)
                        .register(registry);
            }
        }
    }

    private static final class JobMeters {

        private final MeterRegistry registry;
        private final String job;
        private final Timer runTime;
        private final Timer tickLag;
        private final Counter coalesced;
        private final Counter missed;
        private final Timer queueWait;
        private final Timer limiterWait;
        private final Counter retries;
        private final Counter deadLettersLost;
        private final Map<ExecutionState, Counter> processed = new EnumMap<>(ExecutionState.class);
        private final AtomicIntegerArray depth = new AtomicIntegerArray(Priority.values().length);
        private volatile int running;
        private volatile int inFlight;
        private volatile int concurrency;

        JobMeters(MeterRegistry registry, String job, int concurrency) {
            this.registry = registry;
            this.concurrency = concurrency;
            this.job = job;
            runTime = timer("latido.job.run", "How long runs took", RUN_BUCKETS);
            tickLag = timer("latido.job.tick.lag", "How late runs began after they were due", LAG_BUCKETS);
            coalesced = counter("latido.job.ticks.coalesced", "Ticks that found the previous run still going");
            missed = counter("latido.job.ticks.missed", "Ticks that passed while the process stood still");
            queueWait = timer("latido.job.queue.wait", "How long executions were queued", WAIT_BUCKETS);
            limiterWait = timer(
                    "latido.job.limiter.wait", "How long limits and open breakers held executions up", WAIT_BUCKETS);
            retries = counter("latido.job.retries", "Attempts that failed and are not the last");
            deadLettersLost = counter("latido.dead.letters.lost", "Failed executions that are not kept any more");
            for (ExecutionState state : ExecutionState.values()) {
                if (state.isTerminal()) {
                    processed.put(state, processed(state));
                }
            }
            gauge("latido.job.running", "1 while the job is started, else 0", () -> running, Tags.empty());
            gauge("latido.job.in.flight", "Executions that are with workers", () -> inFlight, Tags.empty());
            gauge(
                    "latido.job.concurrency",
                    "How many executions may be in flight",
                    () -> this.concurrency,
                    Tags.empty());
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
            return Counter.builder(name)
                    .description(description)
                    .tag("job", job)
                    .register(registry);
        }
    }
}
