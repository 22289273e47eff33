package dev.latido.owner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import dev.latido.client.CommandConfig;
import dev.latido.client.JobClient;
import dev.latido.core.HistoryConfig;
import dev.latido.core.JobDefinition;
import dev.latido.core.JobEngine;
import dev.latido.core.JobRegistry;
import dev.latido.job.TimeSource;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Wire;
import dev.latido.room.memory.MemoryRoom;
import dev.latido.store.Contents;
import dev.latido.store.FaultyStore;
import dev.latido.store.ForwardingStore;
import dev.latido.store.Store;
import dev.latido.store.StoreConfig;
import dev.latido.store.StoreException;
import dev.latido.store.StoreReader;
import dev.latido.store.memory.MemoryStore;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What an owner does once another one has taken over the jobs; see also the simulated world, where that happens at any time. */
@ExtendWith(BlockedThreadGuard.class)
class FencedOwnerTest {

    private static final Duration WAIT = Duration.ofSeconds(20);

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final MemoryStore rows = new MemoryStore();
    private final Queue<StoreException> fenced = new ConcurrentLinkedQueue<>();
    private final AtomicInteger cancelled = new AtomicInteger();
    private @Nullable JobVerticle owner;

    @BeforeEach
    void registerCodecs() {
        Wire.registerCodecs(vertx.eventBus());
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private JobVerticle deploy(Store store, Worker worker) {
        store.open().await();
        JobVerticle verticle = new JobVerticle(
                new JobEngine(
                        JobRegistry.of("job", List.of(JobDefinition.named("job"))),
                        HistoryConfig.DEFAULT,
                        0,
                        MemoryRoom::new,
                        MemoryBudget.unbounded(),
                        new SplittableRandom(1)),
                store,
                StoreConfig.DEFAULT,
                Map.of("job", new JobWorkers(worker, null)),
                Map.of(),
                List.of(),
                new JobVerticle.Observer(
                        CommandObserver.NONE,
                        new Owner.Observer((count, took) -> {}, new Endings(broken -> {}, fenced::add, fault -> {})),
                        null),
                TimeSource.system());
        vertx.deployVerticle(verticle).await();
        return verticle;
    }

    private JobClient serve(Store store, Worker worker) {
        owner = deploy(store, worker);
        owner.begin().await();
        return JobClient.inProcess(
                vertx,
                CommandConfig.DEFAULT,
                CommandConfig.SUBMISSIONS,
                TimeSource.system(),
                CommandObserver.NONE,
                () -> null);
    }

    private static Refusal refusal(Future<?> reply) {
        Promise<Throwable> failure = Promise.promise();
        reply.onComplete((value, why) -> failure.complete(why));
        return ((CommandException) failure.future().await()).refusal();
    }

    private static Future<?> submit(JobClient client) {
        return client.submit("job", List.of(Submission.of("1")), WAIT);
    }

    @Test
    void refusesEverythingGivesUpWhatWorkersHaveAndHasTheProcessEnd() {
        Promise<Void> begun = Promise.promise();
        JobClient client = serve(rows, task -> {
            task.onCancel(cancelled::incrementAndGet);
            begun.complete();
            return Promise.<@Nullable String>promise().future();
        });
        submit(client).await();
        begun.future().await();

        rows.ofSameRows().open().await();
        Refusal notStored = refusal(submit(client));
        assertThat(notStored.type()).isEqualTo(Refusal.NO_OWNER);
        assertThat(notStored.code()).isEqualTo(503);
        assertThat(refusal(client.status("job")).type()).isEqualTo(Refusal.NO_OWNER);
        assertThat(refusal(client.store()).type()).isEqualTo(Refusal.NO_OWNER);
        assertThat(cancelled).hasValue(1);
        await().until(() -> !fenced.isEmpty());
        assertThat(fenced).extracting(StoreException::kind).containsExactly(StoreException.Kind.FENCED);
        assertThat(Contents.of(rows).executions()).as("that of before").hasSize(1);
        assertThatThrownBy(() -> owner().drain().await())
                .as("what is drained would be stored")
                .isInstanceOf(StoreException.class);
    }

    private JobVerticle owner() {
        JobVerticle known = owner;
        if (known == null) {
            throw new IllegalStateException("nobody serves");
        }
        return known;
    }

    @Test
    void doesNotDenyWhatMayBeStored() {
        FaultyStore faulty = new FaultyStore(rows, FaultyStore.Faults.NONE, 1, Runnable::run);
        JobClient client =
                serve(faulty, task -> Promise.<@Nullable String>promise().future());
        Contents before = Contents.of(rows);
        vertx.runOnContext(now -> faulty.fail(new FaultyStore.Faults(0, 1, 0))); // written, and then nobody says so
        Future<?> answer = submit(client);
        await().until(() -> !Contents.of(rows).equals(before));
        rows.ofSameRows().open().await();

        Refusal unknown = refusal(answer);
        assertThat(unknown.type()).isEqualTo(Refusal.OWNER_SILENT);
        assertThat(unknown.code()).isEqualTo(504);
    }

    @Test
    void findsOutThoughItHasNothingToStore() {
        serve(rows, task -> Future.succeededFuture("1"));
        rows.ofSameRows().open().await();
        await().until(() -> !fenced.isEmpty());
    }

    /** What is told to end while it still reads what is stored ends when it has read that. */
    @Test
    void endsAfterItHasTakenUpWhatIsStored() {
        Promise<Void> read = Promise.promise();
        JobVerticle starting = deploy(
                new ForwardingStore(rows) {
                    @Override
                    public Future<Void> scan(StoreReader reader) {
                        return read.future().compose(now -> super.scan(reader));
                    }
                },
                task -> Future.succeededFuture("1"));
        Future<Void> begun = starting.begin();
        starting.end();
        Future<Void> drained = starting.drain();
        read.complete();
        begun.await();
        drained.await();
        assertThat(Contents.of(rows).service().endingMillis()).isPositive();
    }
}
