package dev.latido.metric;

import dev.latido.event.Event;
import dev.latido.event.EventListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Events and commands become meters here, and nowhere else. Names are Micrometer's dotted form; Prometheus shows
 * {@code latido.jobs.processed} as {@code latido_jobs_processed_total} and times in seconds.
 */
public final class Metrics implements EventListener {

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
    private final EventMeters events;
    private final Timer commits;
    private final Counter commitRows;
    private final Counter streamSent;
    private volatile int streamReaders;
    private final Map<CommandKey, Timer> commands = new ConcurrentHashMap<>();

    /**
     * Registers the meters that are of no job.
     *
     * @param config which series jobs have
     * @param nanos the monotonic clock
     */
    public Metrics(MeterRegistry registry, MetricsConfig config, LongSupplier nanos) {
        this.registry = registry;
        commits = Timer.builder("latido.store.commit")
                .description("How long commits took, up to the disk")
                .serviceLevelObjectives(COMMAND_BUCKETS)
                .register(registry);
        commitRows = Counter.builder("latido.store.rows")
                .description("Rows that were written")
                .register(registry);
        events = new EventMeters(registry, config, nanos);
        streamSent = Counter.builder("latido.stream.events.sent")
                .description("Messages that were sent to readers of events")
                .register(registry);
        Gauge.builder("latido.stream.readers", () -> streamReaders)
                .description("Readers of events")
                .strongReference(true)
                .register(registry);
    }

    /**
     * Registers the meters of a job. To be called before anything happens to it, from any thread.
     *
     * @param concurrency how many of its executions may be in flight at once
     * @param breaker the name of its circuit breaker, which other jobs may have too; null for none
     */
    public void define(String job, int concurrency, @Nullable String breaker) {
        events.define(job, concurrency, breaker);
    }

    @Override
    public void on(Event event) {
        event.accept(events);
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

    /**
     * Shows how much there may be of what is bounded, beside how much there is.
     *
     * @param inFlight executions that may be in flight over all jobs; 0 for no limit
     * @param readers of the stream of events
     * @param connections of HTTP
     * @param pendingRows rows that may wait to be stored before work is refused
     */
    public void showLimits(int inFlight, int readers, int connections, int pendingRows) {
        if (inFlight > 0) {
            limit("latido.service.concurrency", "How many executions may be in flight over all jobs", inFlight);
        }
        limit("latido.stream.readers.limit", "How many may read events", readers);
        limit("latido.http.connections.limit", "How many connections may be open", connections);
        limit("latido.store.pending.limit.rows", "How many rows may wait before work is refused", pendingRows);
    }

    private void limit(String name, String description, int limit) {
        Gauge.builder(name, () -> limit)
                .description(description)
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

    /** Shows what larger answers of HTTP take that clients have not taken, and what followed from that. */
    public void watchAnswers(LongSupplier unsent, long max, LongSupplier refused, LongSupplier slowReaders) {
        Gauge.builder("latido.http.unsent", unsent, LongSupplier::getAsLong)
                .description("What larger answers take that clients have not taken")
                .baseUnit("bytes")
                .strongReference(true)
                .register(registry);
        Gauge.builder("latido.http.unsent.limit", () -> max)
                .description("What they may take")
                .baseUnit("bytes")
                .strongReference(true)
                .register(registry);
        watched.add(refused); // the registry holds these weakly
        watched.add(slowReaders);
        FunctionCounter.builder("latido.http.answers.refused", refused, LongSupplier::getAsLong)
                .description("Answers that were refused because clients do not take others")
                .register(registry);
        FunctionCounter.builder("latido.http.slow.readers", slowReaders, LongSupplier::getAsLong)
                .description("Connections that were closed because their clients took an answer too slowly")
                .register(registry);
    }

    /**
     * Registers how many lines of the log were dropped, because whatever takes them did not in time.
     *
     * @param dropped how many there were, by the level, in lower case
     */
    public void watchLog(Map<String, LongSupplier> dropped) {
        dropped(
                "latido.log.dropped",
                "Lines of the log that were dropped because they were not taken in time",
                "level",
                dropped);
    }

    /**
     * Registers how many spans of traces were dropped.
     *
     * @param dropped how many there were, by the reason
     */
    public void watchTraces(Map<String, LongSupplier> dropped) {
        dropped("latido.traces.spans.dropped", "Spans of traces that were dropped", "reason", dropped);
    }

    private void dropped(String name, String description, String tag, Map<String, LongSupplier> counts) {
        counts.forEach((value, count) -> {
            watched.add(count); // the registry holds it weakly
            FunctionCounter.builder(name, count, LongSupplier::getAsLong)
                    .description(description)
                    .tag(tag, value)
                    .register(registry);
        });
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

    private record CommandKey(String source, String type, String result) {}
}
