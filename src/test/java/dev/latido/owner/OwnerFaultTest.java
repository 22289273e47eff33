package dev.latido.owner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import dev.latido.client.CommandConfig;
import dev.latido.client.JobClient;
import dev.latido.core.HistoryConfig;
import dev.latido.core.JobDefinition;
import dev.latido.core.JobEngine;
import dev.latido.core.JobRegistry;
import dev.latido.core.ScheduleFaultScenario;
import dev.latido.fault.SabotagedClasses;
import dev.latido.job.TimeSource;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.Addresses;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Wire;
import dev.latido.room.Linked;
import dev.latido.room.QueueConfig;
import dev.latido.room.WaitingRoom;
import dev.latido.room.memory.MemoryRoom;
import dev.latido.store.Contents;
import dev.latido.store.StoreConfig;
import dev.latido.store.StoredFault;
import dev.latido.store.memory.MemoryStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What becomes of a fault inside the owner: of the process, of the job that it was for, and of all others. */
@ExtendWith(BlockedThreadGuard.class)
class OwnerFaultTest {

    private static final Duration WAIT = Duration.ofSeconds(20);

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final MemoryStore store = new MemoryStore();
    private final Queue<OwnerFault> faults = new ConcurrentLinkedQueue<>();
    private final JobDefinition good = JobDefinition.named("good");

    /** Whose queue fails when it is taken from. */
    private final JobDefinition bad = JobDefinition.named("bad")
            .with(job -> job.queue = new QueueConfig(7, QueueConfig.DEFAULT.whenFull(), Map.of(), 0));

    private volatile boolean isBroken;
    private CommandObserver observer = CommandObserver.NONE;

    @BeforeEach
    void registerCodecs() {
        Wire.registerCodecs(vertx.eventBus());
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private final class Breakable implements JobEngine.Rooms {
        @Override
        @SuppressWarnings("unchecked")
        public <E extends Linked<E>> WaitingRoom<E> make(QueueConfig config) {
            WaitingRoom<E> queue = new MemoryRoom<>(config);
            return config.capacity() != 7
                    ? queue
                    : (WaitingRoom<E>) Proxy.newProxyInstance(
                            WaitingRoom.class.getClassLoader(),
                            new Class<?>[] {WaitingRoom.class},
                            (proxy, method, args) -> {
                                if (isBroken && method.getName().equals("take")) {
                                    throw new IllegalStateException("the queue is broken");
                                }
                                return method.invoke(queue, args);
                            });
        }
    }

    private String deploy() {
        JobVerticle verticle = new JobVerticle(
                new JobEngine(
                        JobRegistry.of("good", List.of(good, bad)),
                        HistoryConfig.DEFAULT,
                        0,
                        new Breakable(),
                        MemoryBudget.unbounded(),
                        new SplittableRandom(1)),
                store,
                StoreConfig.DEFAULT,
                Map.of(
                        "good", new JobWorkers(task -> Future.succeededFuture("1"), null),
                        "bad", new JobWorkers(task -> Future.succeededFuture("1"), null)),
                Map.of(),
                List.of(),
                new JobVerticle.Observer(
                        observer,
                        new Owner.Observer((rows, took) -> {}, new Endings(broken -> {}, fenced -> {}, faults::add)),
                        null),
                TimeSource.system());
        String id = vertx.deployVerticle(verticle).await();
        verticle.begin().await();
        return id;
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

    private JsonObject request(String json) {
        return vertx.eventBus()
                .<JsonObject>request(Addresses.CONTROL, new JsonObject(json))
                .await()
                .body();
    }

    private static Refusal refusal(Future<?> reply) {
        Promise<Throwable> failure = Promise.promise();
        reply.onComplete((value, why) -> failure.complete(why));
        return ((CommandException) failure.future().await()).refusal();
    }

    private Future<?> submit(String job) {
        return client().submit(job, List.of(Submission.of("1")), WAIT);
    }

    @Test
    void endsTheProcessAndSetsTheJobAsideAtTheNextStart() {
        String first = deploy();
        ExecutionView kept = (ExecutionView) client().submit("bad", List.of(Submission.of("1")), WAIT)
                .await()
                .answers()
                .get(0);
        await().until(() -> Contents.of(store).executions().stream()
                .allMatch(
                        entry -> entry.state() != null && entry.state().state().isTerminal()));
        isBroken = true;

        assertThat(refusal(submit("bad")).type()).isEqualTo(Refusal.FAULT);
        await().until(() -> !faults.isEmpty());
        OwnerFault fault = faults.remove();
        assertThat(fault.job()).isEqualTo("bad");
        assertThat(fault).hasMessageContaining("the queue is broken");
        assertThat(refusal(submit("good")).type())
                .as("nothing is decided any more")
                .isEqualTo(Refusal.STOPPING);
        assertThat(Contents.of(store).executions())
                .as("nothing half-made is stored")
                .hasSize(1);
        assertThat(Contents.of(store).service().faults())
                .extracting(StoredFault::job)
                .containsExactly("bad");
        vertx.undeploy(first).await();

        String second = deploy();
        assertThat(refusal(submit("bad")).type()).isEqualTo(Refusal.SET_ASIDE);
        assertThat(refusal(client().execution(kept.id())).type()).isEqualTo(Refusal.SET_ASIDE);
        assertThat(request("{'type':'GetJob','job':'bad'}".replace('\'', '"')).getString("why"))
                .startsWith("set aside, because a fault in working for it ended the process at ")
                .contains("the queue is broken");
        submit("good").await();
        await().until(() -> Contents.of(store).executions().size() == 2);
        assertThat(faults).isEmpty();
        vertx.undeploy(second).await();
    }

    @Test
    void answersThoughWhoWatchesFails() {
        observer = (type, result, nanos) -> {
            throw new IllegalStateException("the observer's own");
        };
        deploy();
        assertThat(request("{\"type\":\"GetStatus\",\"job\":\"good\"}").getBoolean("isRunning"))
                .isTrue();
    }

    /** A schedule of ours, or the library below it, that throws for a while. */
    @Test
    void aScheduleThatFailsCostsItsJobTheTicksAndNobodyElseAnything() throws Exception {
        Runnable scenario = (Runnable) new SabotagedClasses()
                .loadClass(ScheduleFaultScenario.class.getName())
                .getDeclaredConstructor()
                .newInstance();
        scenario.run();
    }
}
