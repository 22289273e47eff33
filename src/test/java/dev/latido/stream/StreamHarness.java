package dev.latido.stream;

import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import dev.latido.client.CommandConfig;
import dev.latido.client.JobClient;
import dev.latido.event.Event;
import dev.latido.event.EventBatch;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.job.TimeSource;
import dev.latido.protocol.Addresses;
import dev.latido.protocol.Command;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Inspection;
import dev.latido.protocol.JobView;
import dev.latido.protocol.Reason;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Wire;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A stream, with an owner behind it whose jobs count the events that happened to them, and readers of any kind. Time
 * passes when the test says so, but for the pauses of some milliseconds between rounds and questions.
 */
final class StreamHarness implements AutoCloseable {

    static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final Context context = vertx.getOrCreateContext();
    private final Map<String, Long> happened = new ConcurrentHashMap<>();
    private final AtomicInteger questions = new AtomicInteger();
    private static final Map<Priority, Integer> NOTHING_QUEUED =
            Map.of(Priority.LOW, 0, Priority.NORMAL, 0, Priority.HIGH, 0, Priority.CRITICAL, 0);
    private static final Map<String, Long> NOTHING_COUNTED = List.of(
                    "accepted",
                    "succeeded",
                    "failed",
                    "cancelled",
                    "dropped",
                    "returned",
                    "refused",
                    "ticksCoalesced",
                    "ticksMissed",
                    "retried",
                    "deadLettersLost",
                    "keysForgotten")
            .stream()
            .collect(Collectors.toUnmodifiableMap(name -> name, name -> 0L));

    private final Map<CutOff, Integer> cutOffs = new EnumMap<>(CutOff.class);
    private final AtomicLong nanos = new AtomicLong();
    private final TimeSource time = new Clock();
    private final EventStream stream;
    private volatile boolean refuses;
    private volatile @Nullable String storeProblem;
    private volatile int readers;
    private volatile int sent;
    private long sequence;

    StreamHarness(StreamConfig config, String... jobs) {
        this(config, List.of(jobs));
    }

    StreamHarness(StreamConfig config, List<String> jobs) {
        Wire.registerCodecs(vertx.eventBus());
        vertx.eventBus()
                .<Command>consumer(Addresses.CONTROL, this::answer)
                .completion()
                .await();
        stream = on(() -> new EventStream(
                vertx,
                config,
                "run1",
                JobClient.inProcess(
                        vertx,
                        CommandConfig.DEFAULT,
                        CommandConfig.SUBMISSIONS,
                        TimeSource.system(),
                        CommandObserver.NONE,
                        () -> null),
                new StreamObserver() {
                    @Override
                    public void readers(int now) {
                        readers = now;
                    }

                    @Override
                    @SuppressWarnings("NonAtomicVolatileUpdate") // on one event loop
                    public void sent(int messages) {
                        sent += messages;
                    }

                    @Override
                    public void cutOff(CutOff reason) {
                        synchronized (cutOffs) {
                            cutOffs.merge(reason, 1, Integer::sum);
                        }
                    }
                },
                time));
        define(jobs);
    }

    /** Has the stream tell of these jobs too. */
    void define(List<String> jobs) {
        jobs.forEach(job -> happened.put(job, 0L));
        on(() -> {
            stream.define(jobs);
            return jobs;
        });
    }

    /** A clock that only the test moves. */
    private final class Clock implements TimeSource {
        @Override
        public Moment now() {
            return new Moment(AT.plusNanos(nanos.get()), nanos.get());
        }

        @Override
        public long nanos() {
            return nanos.get();
        }
    }

    /** Lets time pass. */
    void pass(Duration duration) {
        nanos.addAndGet(duration.toNanos());
    }

    /** Lets time pass, and the stream look after its readers. */
    void passAndLook(Duration duration) {
        pass(duration);
        on(() -> {
            stream.look();
            return true;
        });
    }

    private void answer(Message<Command> message) {
        questions.incrementAndGet();
        Command.Inspect asked = (Command.Inspect) message.body();
        message.reply(
                refuses
                        ? Refusal.starting(0)
                        : new Inspection(
                                new Inspection.ServiceFacts(false, null, storeProblem),
                                asked.jobs().stream()
                                        .map(job -> view(job, happened.getOrDefault(job, 0L)))
                                        .toList(),
                                asked.executions().stream()
                                        .map(StreamHarness::execution)
                                        .toList()));
    }

    private static JobView view(String job, long count) {
        return new JobView(
                job,
                true,
                false,
                Reason.IDLE,
                "why",
                null,
                count,
                null,
                null,
                null,
                new JobView.Queue(10, "wait", NOTHING_QUEUED, 0, 0, null, 0, 0, 1_000, null),
                0,
                1,
                "log",
                new JobView.Policies(1, null, null, null, 0, null, false, null),
                1_000,
                Durability.NONE,
                List.of(),
                null,
                0,
                NOTHING_COUNTED,
                Map.of());
    }

    private static ExecutionView execution(ExecutionId id) {
        return new ExecutionView(
                id,
                "a",
                ExecutionState.RUNNING,
                Priority.NORMAL,
                1,
                AT,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                Durability.NONE,
                false,
                false);
    }

    /** Does something on the stream's event loop. */
    private <T> T on(Callable<T> action) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(ignored -> {
            try {
                promise.complete(action.call());
            } catch (Exception failure) {
                promise.fail(failure);
            }
        });
        return promise.future().await();
    }

    /** Lets events happen, in one turn of the owner. Returns the sequence number of the last. */
    long happen(Event... events) {
        for (Event event : events) {
            happened.computeIfPresent(event.job(), (job, count) -> count + 1);
        }
        EventBatch batch = new EventBatch(sequence + 1, List.of(events));
        sequence = batch.last();
        on(() -> {
            stream.take(batch);
            return true;
        });
        return sequence;
    }

    /** Waits until all readers were told what happened so far, as far as they take it. */
    void settle() {
        await().pollInterval(Duration.ofMillis(2)).until(() -> on(stream::isTold));
    }

    /** Lets {@code count} events happen of which the stream is not told. */
    void lose(int count) {
        sequence += count;
    }

    static Event started(String job) {
        return new Event.JobStarted(job, AT);
    }

    static Event progressed(String job, long execution, String note) {
        return new Event.ExecutionProgressed(job, AT, new ExecutionId(execution), 0.5, note);
    }

    static Event[] many(int count, Event event) {
        List<Event> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(event);
        }
        return all.toArray(Event[]::new);
    }

    static Subscription events(String... jobs) {
        return new Subscription(Set.of(jobs), Set.of(), null, null);
    }

    static Subscription eventsAfter(String run, long last) {
        return new Subscription(Set.of(), Set.of(), null, new EventCursor(run, last));
    }

    static Subscription jobs(Duration interval, String... jobs) {
        return new Subscription(Set.of(jobs), Set.of(), interval, null);
    }

    static Subscription jobsAfter(Duration interval, String run, long last) {
        return new Subscription(Set.of(), Set.of(), interval, new EventCursor(run, last));
    }

    /** Opens a reader that takes everything at once. */
    FakeOutlet open(Subscription wanted) {
        FakeOutlet outlet = outlet();
        open(wanted, outlet);
        return outlet;
    }

    FakeOutlet outlet() {
        return new FakeOutlet(context);
    }

    /** Opens a reader; returns what is to be run when it is gone. */
    Runnable open(Subscription wanted, Outlet outlet) {
        Runnable gone = on(() -> {
            stream.check(wanted);
            return stream.open(wanted, outlet);
        });
        return () -> on(() -> {
            gone.run();
            return true;
        });
    }

    void end() {
        on(() -> {
            stream.end();
            return true;
        });
    }

    /** Has the owner refuse to answer, or answer again. */
    void refuse(boolean now) {
        refuses = now;
    }

    void storeProblem(@Nullable String problem) {
        storeProblem = problem;
    }

    /** Returns how often the owner was asked. */
    int questions() {
        return questions.get();
    }

    int readers() {
        return readers;
    }

    int sent() {
        return sent;
    }

    int cutOffs(CutOff reason) {
        synchronized (cutOffs) {
            return cutOffs.getOrDefault(reason, 0);
        }
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}
