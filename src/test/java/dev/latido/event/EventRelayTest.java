package dev.latido.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventRelayTest {

    private static final Event EVENT = new Event.JobStarted("j", Instant.EPOCH);

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final Context context = vertx.getOrCreateContext();
    private final Queue<EventBatch> taken = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private static void turn(EventRelay relay, int events) {
        for (int i = 0; i < events; i++) {
            relay.on(EVENT);
        }
        relay.turnEnded();
    }

    /** Keeps the event loop of {@code busy} busy until the latch is counted down. */
    private static CountDownLatch block(Context busy) {
        CountDownLatch release = new CountDownLatch(1);
        Promise<Void> blocked = Promise.promise();
        busy.runOnContext(ignored -> {
            blocked.complete();
            try {
                release.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        blocked.future().await();
        return release;
    }

    @Test
    void handsOverTheEventsOfATurnTogetherAndNumbered() {
        EventRelay relay = EventRelay.within(Long.MAX_VALUE);
        turn(relay, 2); // nobody is there yet
        relay.attach(context, taken::add);
        turn(relay, 3);
        await().until(() -> taken.size() == 1);
        turn(relay, 0);
        turn(relay, 1);
        await().until(() -> taken.size() == 2);
        assertThat(taken).extracting(EventBatch::first).containsExactly(3L, 6L);
        assertThat(taken).extracting(EventBatch::last).containsExactly(5L, 6L);
    }

    @Test
    void handsOverManyTurnsTogetherToATakerThatWasBusy() {
        Vertx second = Vertx.vertx();
        CountDownLatch release = block(second.getOrCreateContext());
        try {
            EventRelay relay = EventRelay.within(Long.MAX_VALUE);
            relay.attach(second.getOrCreateContext(), taken::add);
            for (int i = 0; i < 10; i++) {
                turn(relay, 2);
            }
            release.countDown();
            await().until(() -> taken.size() == 1);
            assertThat(taken.element().first()).isEqualTo(1);
            assertThat(taken.element().last()).isEqualTo(20);
        } finally {
            release.countDown();
            second.close().await();
        }
    }

    @Test
    void givesTheLatestToATakerThatIsBehindAndEverythingToOthers() {
        EventRelay relay = EventRelay.within(10 * 256);
        Queue<EventBatch> others = new ConcurrentLinkedQueue<>();
        Vertx second = Vertx.vertx();
        CountDownLatch release = block(second.getOrCreateContext());
        try {
            relay.attach(second.getOrCreateContext(), taken::add);
            relay.attach(context, others::add);
            for (int i = 1; i <= 5; i++) {
                turn(relay, 4);
                int turns = i;
                await().until(() -> others.size() == turns);
            }
            release.countDown();
            await().until(() -> taken.size() == 1);
            turn(relay, 100); // more than the bound, but nothing waits
            await().until(() -> taken.size() == 2 && others.size() == 6);
            assertThat(taken).extracting(EventBatch::first).containsExactly(17L, 21L);
            assertThat(taken).extracting(EventBatch::last).containsExactly(20L, 120L);
            assertThat(others).extracting(EventBatch::last).containsExactly(4L, 8L, 12L, 16L, 20L, 120L);
        } finally {
            release.countDown();
            second.close().await();
        }
    }

    @Test
    void tellsAllOnOneEventLoopInOneGoThoughOneOfThemThrows() {
        EventRelay relay = EventRelay.within(Long.MAX_VALUE);
        Queue<EventBatch> others = new ConcurrentLinkedQueue<>();
        relay.attach(context, batch -> {
            taken.add(batch);
            throw new IllegalStateException("a fault");
        });
        relay.attach(context, others::add);
        turn(relay, 1);
        await().until(() -> others.size() == 1);
        turn(relay, 1);
        await().until(() -> others.size() == 2);
        assertThat(others).usingElementComparator((a, b) -> a == b ? 0 : 1).containsExactlyElementsOf(taken);
    }

    @Test
    void isNotHurtByATakerThatHasEnded() {
        EventRelay relay = EventRelay.within(Long.MAX_VALUE);
        Vertx ended = Vertx.vertx();
        relay.attach(ended.getOrCreateContext(), taken::add);
        ended.close().await();
        turn(relay, 1);
        relay.attach(context, taken::add);
        turn(relay, 1);
        await().until(() -> taken.stream().anyMatch(batch -> batch.first() == 2));
    }

    @Test
    void publishesEveryEventWhereSomebodyListens() {
        EventRelay relay = EventRelay.within(Long.MAX_VALUE);
        EventPublisher publisher = new EventPublisher(vertx, "events");
        relay.attach(context, batch -> {
            publisher.take(batch);
            taken.add(batch);
        });
        turn(relay, 3);
        await().until(() -> taken.size() == 1); // and nobody heard of it
        Queue<JsonObject> heard = new ConcurrentLinkedQueue<>();
        vertx.eventBus()
                .<JsonObject>consumer("events", message -> heard.add(message.body()))
                .completion()
                .await();
        turn(relay, 2);
        turn(relay, 1);
        await().until(() -> heard.size() == 3);
        assertThat(heard).extracting(event -> event.getLong("seq")).containsExactly(4L, 5L, 6L);
        assertThat(heard.element()).isEqualTo(EventWire.encode(4, EVENT));
    }

    @Test
    void publishesOneEventATurnWhereNobodyListens() {
        AtomicInteger published = new AtomicInteger();
        vertx.eventBus().addOutboundInterceptor(message -> {
            published.incrementAndGet();
            message.next();
        });
        EventRelay relay = EventRelay.within(Long.MAX_VALUE);
        Promise<Void> done = Promise.promise();
        EventPublisher publisher = new EventPublisher(vertx, "events");
        relay.attach(context, batch -> {
            publisher.take(batch);
            done.complete();
        });
        turn(relay, 50);
        done.future().await();
        assertThat(published).hasValue(1);
    }
}
