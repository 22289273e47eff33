package dev.latido.owner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import dev.latido.HeldStore;
import dev.latido.client.CommandConfig;
import dev.latido.client.JobClient;
import dev.latido.core.HistoryConfig;
import dev.latido.core.JobDefinition;
import dev.latido.core.JobEngine;
import dev.latido.core.JobRegistry;
import dev.latido.event.Event;
import dev.latido.event.EventListener;
import dev.latido.event.EventPublisher;
import dev.latido.event.EventRelay;
import dev.latido.job.Durability;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.job.ResultBound;
import dev.latido.job.TimeSource;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.Addresses;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.JobStatus;
import dev.latido.protocol.StopMode;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import dev.latido.protocol.Wire;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.room.memory.MemoryRoom;
import dev.latido.schedule.Interval;
import dev.latido.store.Store;
import dev.latido.store.StoreConfig;
import dev.latido.store.memory.MemoryStore;
import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import dev.latido.worker.WorkerUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JobVerticleTest {

    private static final Duration OFTEN = Duration.ofMillis(20);

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final Queue<JsonObject> published = new ConcurrentLinkedQueue<>();
    private final Queue<String> busCommands = new ConcurrentLinkedQueue<>();
    private final AtomicInteger runs = new AtomicInteger();
    private TimeSource time = TimeSource.system();
    private StoreConfig storeConfig = StoreConfig.DEFAULT;

    @BeforeEach
    void listen() {
        Wire.registerCodecs(vertx.eventBus());
        vertx.eventBus()
                .<JsonObject>consumer(Addresses.EVENTS, message -> published.add(message.body()))
                .completion()
                .await();
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private JobVerticle deploy(Worker worker, EventListener... listeners) {
        JobDefinition heartbeat = JobDefinition.named("heartbeat")
                .withAutoStart(false)
                .withSchedule(new Interval(OFTEN))
                .withQueue(new QueueConfig(100_000, FullMode.WAIT, Map.of(), 10));
        return deploy(heartbeat, new MemoryStore(), worker, listeners);
    }

    private JobVerticle deploy(JobDefinition job, Store store, Worker worker, EventListener... listeners) {
        return deploy(List.of(job), store, Map.of(job.name(), new JobWorkers(worker, null)), listeners);
    }

    private JobVerticle deploy(
            List<JobDefinition> jobs, Store store, Map<String, JobWorkers> workers, EventListener... listeners) {
        return deploy(JobRegistry.of(jobs.get(0).name(), jobs), store, workers, listeners);
    }

    private JobVerticle deploy(
            JobRegistry jobs, Store store, Map<String, JobWorkers> workers, EventListener... listeners) {
        CommandObserver observer = (type, result, nanos) -> busCommands.add(type.wireName() + ":" + result);
        EventRelay relay = EventRelay.within(Long.MAX_VALUE);
        relay.attach(vertx.getOrCreateContext(), new EventPublisher(vertx, Addresses.EVENTS)::take);
        List<EventListener> all = new ArrayList<>(List.of(listeners));
        all.add(relay);
        JobVerticle verticle = new JobVerticle(
                new JobEngine(
                        jobs,
                        HistoryConfig.DEFAULT,
                        0,
                        MemoryRoom::new,
                        MemoryBudget.unbounded(),
                        new SplittableRandom(1)),
                store,
                storeConfig,
                workers,
                Map.of(),
                all,
                new JobVerticle.Observer(
                        observer,
                        new Owner.Observer((rows, took) -> {}, new Endings(broken -> {}, fenced -> {}, fault -> {})),
                        null),
                time);
        vertx.deployVerticle(verticle).await();
        verticle.begin().await();
        return verticle;
    }

    private static StoreConfig pending(int maxPending) {
        return new StoreConfig(StoreConfig.Type.MEMORY, Path.of("."), maxPending, 1, "", Duration.ZERO);
    }

    private Future<@Nullable String> count(Task task) {
        runs.incrementAndGet();
        return Future.succeededFuture();
    }

    private JsonObject request(String json) {
        return vertx.eventBus()
                .<JsonObject>request(Addresses.CONTROL, new JsonObject(json))
                .await()
                .body();
    }

    private JobClient client() {
        return JobClient.inProcess(
                vertx,
                CommandConfig.DEFAULT,
                CommandConfig.SUBMISSIONS,
                TimeSource.system(),
                CommandObserver.NONE,
                () -> null);
    }

    @Test
    void ticksForReal() {
        deploy(this::count);
        client().start(null).await();

        await().until(() -> runs.get() >= 5);
        JobStatus stopped = client().stop(null).await();
        assertThat(stopped.isRunning()).isFalse();
        assertThat(stopped.executionCount()).isEqualTo(runs.get()).isGreaterThanOrEqualTo(5);
    }

    /** Its worker, its way over the bus and its ticks. */
    @Test
    void worksForAJobThatIsDefinedLate() {
        Map<String, JobWorkers> workers = new ConcurrentHashMap<>(Map.of("first", new JobWorkers(this::count, null)));
        JobRegistry registry = JobRegistry.of("first", List.of(JobDefinition.named("first")));
        deploy(registry, new MemoryStore(), workers);
        refused("{\"type\":\"Start\",\"job\":\"late\"}", 404, "unknown-job: There is no job 'late'.");

        workers.put("late", new JobWorkers(this::count, null));
        registry.define(List.of(JobDefinition.named("late").withSchedule(new Interval(OFTEN))));

        await().until(() -> runs.get() >= 3);
        assertThat(client().stop("late").await().executionCount()).isEqualTo(runs.get());
        assertThat(published).extracting(event -> event.getString("job")).contains("late");
    }

    @Test
    void speaksPlainJson() {
        deploy(task -> Future.succeededFuture());

        assertThat(request("{\"type\":\"Start\"}").getBoolean("isRunning")).isTrue();
        assertThat(request("{\"type\":\"GetStatus\",\"job\":\"heartbeat\"}").getLong("executionCount"))
                .isPositive();
        assertThat(request("{\"type\":\"Stop\",\"deadline\":\"2999-01-01T00:00:00Z\"}")
                        .getBoolean("isRunning"))
                .isFalse();
        assertThat(busCommands).containsExactly("Start:ok", "GetStatus:ok", "Stop:ok");
    }

    @Test
    void refusesOverTheBusWithACodeAndAType() {
        deploy(this::count);

        refused("{\"type\":\"Start\",\"job\":\"nobody\"}", 404, "unknown-job: There is no job 'nobody'.");
        refused("{\"type\":\"Begin\"}", 400, "malformed-command: Field 'type' must be one of Start, Stop, GetStatus,");
        refused("{\"type\":\"Start\",\"deadline\":\"2020-01-01T00:00:00Z\"}", 503, "deadline-passed: ");
        assertThat(runs).hasValue(0);
    }

    private void refused(String json, int code, String text) {
        assertThatThrownBy(() -> request(json)).isInstanceOfSatisfying(ReplyException.class, e -> {
            assertThat(e.failureCode()).isEqualTo(code);
            assertThat(e).hasMessageStartingWith(text);
        });
    }

    @Test
    void publishesEveryEventWithARisingNumber() {
        deploy(this::count);
        client().start(null).await();
        await().until(() -> runs.get() >= 2);
        client().stop(null).await();

        await().until(() ->
                published.stream().anyMatch(event -> event.getString("type").equals("job.stopped")));
        assertThat(published)
                .extracting(event -> event.getString("type"))
                .filteredOn(type -> !type.equals("tick.coalesced")) // as on a machine that is slow
                .startsWith("job.started", "execution.queued", "execution.began", "execution.succeeded");
        assertThat(published).extracting(event -> event.getLong("seq")).first().isEqualTo(1L);
        long expected = 1;
        for (JsonObject event : published) {
            assertThat(event.getLong("seq")).isEqualTo(expected++);
            assertThat(event.getString("job")).isEqualTo("heartbeat");
            assertThat(event.getInstant("at")).isNotNull();
        }
    }

    @Test
    void coalescesWhileAWorkerIsBusyAndGoesOnAfterwards() {
        Promise<@Nullable String> work = Promise.promise();
        deploy(task -> runs.incrementAndGet() == 1 ? work.future() : Future.succeededFuture());
        client().start(null).await();

        await().until(() ->
                published.stream().anyMatch(event -> event.getString("type").equals("tick.coalesced")));
        assertThat(runs).hasValue(1);
        work.complete();
        await().until(() -> runs.get() >= 2);
    }

    @Test
    void recordsAWorkerThatFailsOrThrows() {
        deploy(task -> {
            if (runs.incrementAndGet() == 1) {
                return Future.failedFuture("no luck");
            }
            throw new IllegalStateException("worse");
        });
        client().start(null).await();

        await().until(() -> published.stream()
                        .filter(event -> event.getString("why") != null)
                        .count()
                >= 2);
        List<String> reasons = published.stream()
                .map(event -> event.getString("why"))
                .filter(why -> why != null)
                .toList();
        assertThat(reasons.get(0)).isEqualTo("no luck");
        assertThat(reasons.get(1)).startsWith("IllegalStateException: worse (at dev.latido.owner.JobVerticleTest");
    }

    /** While the disk is slower than what comes in, those who came first would wait for ever. */
    @Test
    void submissionsThatWaitForTheDiskAreNotOvertaken() {
        storeConfig = pending(50);
        List<String> worked = Collections.synchronizedList(new ArrayList<>());
        JobDefinition job = JobDefinition.named("job");
        HeldStore store = new HeldStore(new MemoryStore());
        deploy(job, store, task -> {
            worked.add(String.valueOf(task.payload()));
            return Future.succeededFuture();
        });
        JobClient client = client();
        store.hold();
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 900; i++) {
            sent.add(Integer.toString(i));
            client.submit(null, List.of(Submission.of(Integer.toString(i))), Duration.ofSeconds(60));
        }
        store.awaitAppend();
        store.release();

        await().until(() -> worked.size() == sent.size());
        assertThat(worked).isEqualTo(sent);
    }

    /** Work that has nothing to do with the disk keeps the owner busy, without an end. */
    @Test
    void submissionsThatWaitForTheDiskTakeTurnsWithOtherWork() {
        storeConfig = pending(1);
        QueueConfig large = new QueueConfig(100_000, FullMode.WAIT, Map.of(), 10);
        JobDefinition stored = JobDefinition.named("stored");
        JobDefinition busy = JobDefinition.named("busy")
                .withAutoStart(false)
                .withDurability(Durability.NONE)
                .withConcurrency(2)
                .withQueue(large);
        HeldStore store = new HeldStore(new MemoryStore());
        AtomicInteger worked = new AtomicInteger();
        AtomicInteger meanwhile = new AtomicInteger();
        Worker busyWorker = task -> {
            worked.incrementAndGet();
            return Future.succeededFuture();
        };
        deploy(
                List.of(stored, busy),
                store,
                Map.of(
                        "stored", new JobWorkers(task -> Future.succeededFuture(), null),
                        "busy", new JobWorkers(busyWorker, null)),
                event -> {
                    if (event instanceof Event.ExecutionQueued && event.job().equals("stored")) {
                        meanwhile.set(worked.get());
                    }
                });
        JobClient client = client();
        List<Submission> many = Collections.nCopies(1_000, Submission.of("1"));
        for (int i = 0; i < 50; i++) {
            client.submit("busy", many, Duration.ofSeconds(60)).await();
        }
        store.hold();
        client.submit("stored", List.of(Submission.of("1")), Duration.ofSeconds(60));
        store.awaitAppend();
        Future<Submitted> parked = client.submit("stored", List.of(Submission.of("2")), Duration.ofSeconds(60));
        Future<JobStatus> started = client.start("busy"); // which waits for the disk too
        store.release();
        started.await();
        parked.await();

        assertThat(meanwhile.get()).as("of 50,000, before its turn came").isLessThan(10_000);
    }

    /** Nothing of it has to be stored. */
    @Test
    void repeatedSubmissionDoesNotWaitForTheDisk() {
        storeConfig = pending(1);
        HeldStore store = new HeldStore(new MemoryStore());
        deploy(JobDefinition.named("job"), store, task -> Future.succeededFuture());
        JobClient client = client();
        List<Submission> keyed = List.of(new Submission("1", Priority.NORMAL, Duration.ZERO, "key"));
        Submitted first = client.submit(null, keyed, Duration.ofSeconds(30)).await();
        await().until(() -> client.job(null).await().inFlight() == 0);
        store.hold();
        client.submit(null, List.of(Submission.of("2")), Duration.ofSeconds(60));
        store.awaitAppend();
        client.submit(null, List.of(Submission.of("3")), Duration.ofSeconds(60)); // waits for the disk

        Submitted again = client.submit(null, keyed, Duration.ofSeconds(30)).await();
        assertThat(((ExecutionView) again.answers().get(0)).id())
                .isEqualTo(((ExecutionView) first.answers().get(0)).id());
        store.release();
    }

    @Test
    void performsWhatWaitedForTheStoreBeforeWhatIsDecidedLater() {
        HeldStore store = new HeldStore(new MemoryStore());
        JobDefinition job = JobDefinition.named("job")
                .withAutoStart(false)
                .withConcurrency(2)
                .withDurability(Durability.NONE); // nothing of it waits but for its start
        deploy(job, store, this::count);
        store.hold();
        JobClient client = client();
        Future<JobStatus> start = client.start(null);
        for (int i = 0; i < 2; i++) {
            client.submit(null, List.of(Submission.of("1")), Duration.ofSeconds(30));
        }
        await().until(() -> client.job(null).await().inFlight() == 2);
        assertThat(published).isEmpty();
        store.release(); // the first run ends at once, before the second is even handed to its worker
        start.await();

        await().until(() -> published.size() == 7);
        assertThat(published)
                .extracting(event -> event.getString("type"))
                .containsExactly(
                        "job.started",
                        "execution.queued",
                        "execution.began",
                        "execution.queued",
                        "execution.began",
                        "execution.succeeded",
                        "execution.succeeded");
        assertThat(published)
                .extracting(event -> event.getInteger("inFlight", 0))
                .containsExactly(0, 0, 1, 1, 2, 1, 0);
    }

    @Test
    void isNotHurtByAnObserverThatThrows() {
        deploy(this::count, event -> {
            throw new IllegalStateException("a bad observer");
        });

        assertThat(client().start(null).await().isRunning()).isTrue();
        await().until(() -> runs.get() >= 2);
    }

    @Test
    void drainsWhenTheLastRunEnds() {
        Promise<@Nullable String> work = Promise.promise();
        JobVerticle verticle = deploy(task -> work.future());
        client().start(null).await();

        Future<Void> drained = verticle.drain();
        assertThat(client().status(null).await().executionCount()).isEqualTo(1);
        assertThat(drained.isComplete()).isFalse();
        work.complete();

        await().until(drained::succeeded);
    }

    @Test
    void drainsAtOnceWhenIdle() {
        JobVerticle verticle = deploy(this::count);

        await().until(verticle.drain()::succeeded);
    }

    private JsonObject submit(String json) {
        return vertx.eventBus()
                .<JsonObject>request(Addresses.SUBMIT, new JsonObject(json))
                .await()
                .body();
    }

    private boolean happened(String type) {
        return published.stream().anyMatch(event -> event.getString("type").equals(type));
    }

    @Test
    void takesWorkAsPlainJson() {
        deploy(task -> Future.succeededFuture(task.payload()));

        JsonObject accepted = submit("{\"payload\":{\"n\":1},\"priority\":\"high\",\"key\":\"k\"}");
        assertThat(accepted.getString("state")).isEqualTo("queued");
        JsonObject batch = submit("{\"items\":[{\"payload\":2},{\"payload\":3,\"key\":\"k\"}]}");
        assertThat(batch.getJsonArray("answers")).hasSize(2);
        assertThat(batch.getJsonArray("answers").getJsonObject(1).getString("type"))
                .isEqualTo("idempotency-key-reused");
        request("{\"type\":\"Start\"}");
        JsonObject ended = request("{\"type\":\"AwaitExecution\",\"id\":\"" + accepted.getString("id") + "\"}");

        assertThat(ended.getString("state")).isEqualTo("succeeded");
        assertThat(ended.getJsonObject("result").getInteger("n")).isEqualTo(1);
        assertThat(busCommands).contains("Submit:ok");
    }

    @Test
    void answersControlWhileALongQueueIsWorkedOff() {
        deploy(this::count);
        JobClient client = client();
        List<Submission> many = Collections.nCopies(1_000, Submission.of("1"));
        for (int i = 0; i < 50; i++) {
            client.submit(null, many, Duration.ofSeconds(30)).await();
        }
        client.start(null).await(); // the worker ends at once, which feeds the owner without end
        JobStatus stopped = client.stop(null).await();

        assertThat(stopped.executionCount()).isBetween(1L, 49_999L);
    }

    /** As where each step is a submission of thousands. */
    @Test
    void givesWayToOthersOnItsEventLoopWhenItsStepsTakeLong() {
        AtomicLong slow = new AtomicLong();
        time = new TimeSource() {
            @Override
            public Moment now() {
                return new Moment(TimeSource.system().now().wall(), slow.get());
            }

            @Override
            public long nanos() {
                return slow.addAndGet(5_000_000);
            }
        };
        Queue<Integer> others = new ConcurrentLinkedQueue<>();
        deploy(JobDefinition.named("job").withAutoStart(false), new MemoryStore(), task -> {
            vertx.getOrCreateContext().runOnContext(ignored -> others.add(runs.get()));
            return count(task);
        });
        JobClient client = client();
        client.submit(null, Collections.nCopies(100, Submission.of("1")), Duration.ofSeconds(30))
                .await();
        client.start(null).await();

        await().until(() -> runs.get() == 100);
        assertThat(others).contains(1, 2, 3, 4, 5);
    }

    @Test
    void hasNoExecutionAfterItSaidThatItStopped() {
        deploy(this::count);
        client().start(null).await();
        for (int i = 0; i < 20; i++) {
            long count = client().stop(null).await().executionCount();
            assertThat(runs.get()).isEqualTo((int) count);
            client().start(null).await();
        }
    }

    @Test
    void tellsATaskThatItIsNoLongerWanted() {
        Promise<@Nullable String> work = Promise.promise();
        deploy(task -> {
            task.onCancel(() -> work.fail("gave up"));
            return work.future();
        });
        client().start(null).await();
        client().stop(null, StopMode.NOW, Duration.ZERO).await();

        await().until(() -> happened("execution.cancelled"));
    }

    @Test
    void passesProgressOn() {
        Promise<@Nullable String> work = Promise.promise();
        deploy(task -> {
            task.progress(0.5, "half");
            task.progress(0.6, "too soon to be seen");
            return work.future();
        });
        client().start(null).await();

        await().until(() -> happened("execution.progressed"));
        work.complete();
        await().until(() -> happened("execution.succeeded"));
        assertThat(published.stream().filter(event -> event.containsKey("progress")))
                .extracting(event -> event.getString("note"))
                .containsOnly("half");
    }

    @Test
    void looksForAWorkerAgain() {
        deploy(task -> runs.incrementAndGet() == 1
                ? Future.failedFuture(new WorkerUnavailableException("nobody listens"))
                : Future.succeededFuture());
        client().start(null).await();
        assertThat(client().health().await().degraded())
                .singleElement()
                .asString()
                .contains("nobody listens");

        await().until(() -> happened("execution.succeeded"));
        assertThat(client().health().await().degraded()).isEmpty();
    }

    @Test
    void staysReadableWhenAWorkersResultIsNoJson() {
        deploy(task -> Future.succeededFuture("no json"));
        String id = submit("{}").getString("id");
        request("{\"type\":\"Start\"}");

        JsonObject ended = request("{\"type\":\"AwaitExecution\",\"id\":\"" + id + "\"}");
        assertThat(ended.getString("state")).isEqualTo("succeeded");
        assertThat(ended.getString("result")).isEqualTo("no json");
    }

    @Test
    void keepsTheBeginningOfAResultThatIsTooLong() {
        deploy(task -> Future.succeededFuture("x".repeat(ResultBound.DEFAULT.maxResult() + 1)));
        String id = submit("{}").getString("id");
        request("{\"type\":\"Start\"}");

        JsonObject ended = request("{\"type\":\"AwaitExecution\",\"id\":\"" + id + "\"}");
        assertThat(ended.getString("state")).isEqualTo("succeeded");
        assertThat(ended.getBoolean("isResultCut")).isTrue();
        assertThat(ended.getString("result")).isEqualTo("x".repeat(ResultBound.DEFAULT.maxResult()) + "…");
    }

    @Test
    void answersProducersWhoWaitWhenItDrains() {
        Promise<@Nullable String> work = Promise.promise();
        JobVerticle verticle = deploy(task -> work.future());
        client().start(null).await();
        Future<JobStatus> drain = client().stop(null, StopMode.DRAIN, Duration.ofSeconds(60));
        await().until(() -> !client().status(null).await().isRunning());
        verticle.drain();

        assertThat(drain.await().message()).contains("one run is still in flight");
        work.complete();
    }

    @Test
    void survivesAWorkerThatReturnsNothingOrThrowsAnError() {
        deploy(task -> {
            if (runs.incrementAndGet() == 1) {
                return nothing();
            }
            throw new NoClassDefFoundError("missing");
        });
        client().start(null).await();

        await().until(() -> runs.get() >= 3);
        assertThat(published.stream().map(event -> String.valueOf(event.getString("why"))))
                .contains("the worker returned null instead of a future")
                .anyMatch(why -> why.startsWith("NoClassDefFoundError: missing (at "));
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what careless code does
    private static <T> T nothing() {
        return null;
    }
}
