package dev.latido.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import dev.latido.metric.VertxMeters;
import dev.latido.worker.WorkFailedException;
import dev.latido.worker.WorkerUnavailableException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServer;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests in a cluster whose members are in this JVM. */
class ClusterBusTest {

    private static final String NAME = "latido-bus";
    private static final String ADDRESS = "latido.work.import";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final DeliveryOptions AN_HOUR =
            new DeliveryOptions().setSendTimeout(Duration.ofHours(1).toMillis());

    private final Vertx local = Vertx.vertx();
    private final Queue<Message<Object>> open = new ConcurrentLinkedQueue<>();
    private int port;
    private ClusterNode node;

    @BeforeEach
    void join() throws IOException {
        port = freePort();
        node = join(port);
    }

    @AfterEach
    void leave() {
        node.vertx().close().await();
        local.close().await();
    }

    private ClusterNode join(int own) {
        return ClusterNode.join(
                        config(own),
                        BlockedThreadGuard.strict().setEventBusOptions(new EventBusOptions().setHost("127.0.0.1")),
                        new VertxMeters(new SimpleMeterRegistry()),
                        null)
                .await();
    }

    private ClusterConfig config(int own) {
        return new ClusterConfig(true, NAME, "127.0.0.1", own, List.of("127.0.0.1:" + port), false);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Future<Message<Object>> request(Object body) {
        return node.bus().request(ADDRESS, new JsonObject().put("n", body), AN_HOUR);
    }

    private MessageConsumer<Object> consumer(Vertx on) {
        MessageConsumer<Object> consumer = on.eventBus().consumer(ADDRESS, open::add);
        consumer.completion().await();
        return consumer;
    }

    private void awaitConsumer(boolean isThere) {
        await().atMost(PATIENCE).until(() -> node.bus().hasConsumer(ADDRESS).await() == isThere);
    }

    private Message<Object> opened() {
        await().atMost(PATIENCE).until(() -> !open.isEmpty());
        return open.remove();
    }

    private static Throwable failure(Future<?> outcome) {
        await().atMost(PATIENCE).until(outcome::isComplete);
        return outcome.cause();
    }

    @Test
    void withoutAConsumerNobodyIsReached() {
        assertThat(failure(request(1)))
                .isInstanceOfSatisfying(
                        ReplyException.class,
                        nobody -> assertThat(nobody.failureType()).isEqualTo(ReplyFailure.NO_HANDLERS));
    }

    @Test
    void aMemberThatTakesNoConnectionIsNotReached() throws IOException {
        int own = freePort();
        BareMember member = new BareMember(local, config(own), freePort());
        member.register(ADDRESS);
        awaitConsumer(true);
        for (int i = 0; i < 2; i++) {
            assertThat(failure(request(i)))
                    .isInstanceOf(WorkerUnavailableException.class)
                    .hasMessageStartingWith(
                            "no connection to the consumer at " + ADDRESS + " on 127.0.0.1:" + own + ": ");
        }
        member.leave();
    }

    @Test
    void whatIsWithAMemberThatLeavesIsLost() throws IOException {
        Queue<Integer> received = new ConcurrentLinkedQueue<>();
        NetServer bus = local.createNetServer()
                .connectHandler(socket -> socket.handler(bytes -> received.add(bytes.length())))
                .listen(0, "127.0.0.1")
                .await();
        int own = freePort();
        BareMember member = new BareMember(local, config(own), bus.actualPort());
        member.register(ADDRESS);
        awaitConsumer(true);
        List<Future<Message<Object>>> sent =
                IntStream.range(0, 10).mapToObj(this::request).toList();
        await().atMost(PATIENCE).until(() -> !received.isEmpty());
        assertThat(sent).noneMatch(Future::isComplete);

        member.leave();
        for (Future<Message<Object>> request : sent) {
            assertThat(failure(request))
                    .isInstanceOf(WorkFailedException.class)
                    .hasMessageStartingWith("worker-lost: the cluster member 127.0.0.1:" + own + " (node ");
        }
    }

    @Test
    void aLateReplyCountsForNothing() throws IOException {
        ClusterNode other = join(freePort());
        consumer(other.vertx());
        awaitConsumer(true);
        // Once it has answered it has a connection to answer through, also when it is no member any more.
        Future<Message<Object>> before = request(0);
        opened().reply("in time");
        assertThat(before.await().body()).isEqualTo("in time");
        Queue<Object> replies = new ConcurrentLinkedQueue<>();
        node.vertx().eventBus().addInboundInterceptor(delivery -> {
            replies.add(delivery.message().body());
            delivery.next();
        });
        Future<Message<Object>> lost = request(1);
        Message<Object> kept = opened();

        ((HazelcastClusterManager) other.manager())
                .getHazelcastInstance()
                .getLifecycleService()
                .terminate();
        assertThat(failure(lost)).isInstanceOf(WorkFailedException.class).hasMessageStartingWith("worker-lost: ");
        kept.reply("late");
        await().atMost(PATIENCE).until(() -> replies.contains("late"));
        assertThat(lost.cause()).hasMessageStartingWith("worker-lost: ");
        other.vertx().close().await();
    }

    @Test
    void whatIsInThisProcessIsNotLostWithAnyMember() throws IOException {
        ClusterNode other = join(freePort());
        consumer(node.vertx());
        awaitConsumer(true);
        Future<Message<Object>> request = request(1);
        Message<Object> kept = opened();
        other.vertx().close().await();
        await().atMost(PATIENCE).until(() -> node.manager().getNodes().size() == 1);
        kept.reply("done");
        await().atMost(PATIENCE).until(request::isComplete);
        assertThat(request.result().body()).isEqualTo("done");
    }

    @Test
    void consumersOnAnyMemberAreKnownAndReachedByNothing() throws IOException {
        assertThat(node.bus().hasConsumer(ADDRESS).await()).isFalse();
        MessageConsumer<Object> here = consumer(node.vertx());
        awaitConsumer(true);
        here.unregister().await();
        awaitConsumer(false);

        MessageConsumer<Object> onlyHere = node.vertx().eventBus().localConsumer(ADDRESS, open::add);
        onlyHere.completion().await();
        awaitConsumer(true);
        onlyHere.unregister().await();
        awaitConsumer(false);

        ClusterNode other = join(freePort());
        consumer(other.vertx());
        awaitConsumer(true);
        MessageConsumer<Object> notForUs = other.vertx().eventBus().localConsumer("latido.work.other", open::add);
        notForUs.completion().await();
        assertThat(node.bus().hasConsumer("latido.work.other").await()).isFalse();
        other.vertx().close().await();
        awaitConsumer(false);
        assertThat(open).isEmpty();
    }
}
