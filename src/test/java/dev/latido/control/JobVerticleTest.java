package dev.latido.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import dev.latido.command.Addresses;
import dev.latido.command.CommandConfig;
import dev.latido.command.CommandObserver;
import dev.latido.command.JobClient;
import dev.latido.command.JobStatus;
import dev.latido.command.Wire;
import dev.latido.event.EventListener;
import dev.latido.job.Attempt;
import dev.latido.job.JobDefinition;
import dev.latido.job.TimeSource;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JobVerticleTest {

    private static final Duration OFTEN = Duration.ofMillis(20);

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final Queue<JsonObject> published = new ConcurrentLinkedQueue<>();
    private final Queue<String> busCommands = new ConcurrentLinkedQueue<>();
    private final AtomicInteger runs = new AtomicInteger();

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
        CommandObserver observer = (type, result, nanos) -> busCommands.add(type.wireName() + ":" + result);
        JobVerticle verticle = new JobVerticle(
                new JobControl("heartbeat", List.of(new JobDefinition("heartbeat", OFTEN, false, "test"))),
                Map.of("test", worker),
                List.of(listeners),
                observer,
                TimeSource.system());
        vertx.deployVerticle(verticle).await();
        return verticle;
    }

    private Future<Void> count(Attempt attempt) {
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
        return JobClient.inProcess(vertx, CommandConfig.DEFAULT, TimeSource.system(), CommandObserver.NONE);
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

    @Test
    void speaksPlainJson() {
        deploy(attempt -> Future.succeededFuture());

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
        refused("{\"type\":\"Begin\"}", 400, "malformed-command: Field 'type' must be one of Start, Stop, GetStatus.");
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
                .startsWith("job.started", "run.began", "run.ended");
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
        Promise<Void> work = Promise.promise();
        deploy(attempt -> runs.incrementAndGet() == 1 ? work.future() : Future.succeededFuture());
        client().start(null).await();

        await().until(() ->
                published.stream().anyMatch(event -> event.getString("type").equals("tick.coalesced")));
        assertThat(runs).hasValue(1);
        work.complete();
        await().until(() -> runs.get() >= 2);
    }

    @Test
    void recordsAWorkerThatFailsOrThrows() {
        deploy(attempt -> {
            if (runs.incrementAndGet() == 1) {
                return Future.failedFuture("no luck");
            }
            throw new IllegalStateException("worse");
        });
        client().start(null).await();

        await().until(() ->
                published.stream().filter(event -> event.containsKey("error")).count() >= 2);
        assertThat(published.stream().map(event -> event.getString("error")).filter(error -> error != null))
                .startsWith("no luck", "worse");
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
        Promise<Void> work = Promise.promise();
        JobVerticle verticle = deploy(attempt -> work.future());
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
}
