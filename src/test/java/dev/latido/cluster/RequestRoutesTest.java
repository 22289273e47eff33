package dev.latido.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.worker.WorkFailedException;
import dev.latido.worker.WorkerUnavailableException;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.spi.cluster.ClusteredNode;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationUpdateEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RequestRoutesTest {

    private static final String ADDRESS = "latido.work.import";
    private static final String SELF = "self";

    private final Map<String, String> members = new ConcurrentHashMap<>(Map.of(SELF, "127.0.0.1:1"));
    private final Registrations registrations = new Registrations();

    /** What the cluster knows of consumers; tells it at once, or when the test wants it. */
    private static final class Registrations implements ClusteredNode {

        private final List<RegistrationInfo> known = new ArrayList<>();
        private final List<Runnable> held = new ArrayList<>();
        private boolean holds;

        void add(String... nodes) {
            Stream.of(nodes).forEach(node -> known.add(new RegistrationInfo(node, known.size(), false)));
        }

        void tell() {
            held.forEach(Runnable::run);
        }

        @Override
        public String getNodeId() {
            return SELF;
        }

        @Override
        public void getRegistrations(String address, Completable<List<RegistrationInfo>> promise) {
            if (holds) {
                held.add(() -> promise.succeed(List.copyOf(known)));
            } else {
                promise.succeed(List.copyOf(known));
            }
        }

        @Override
        public NodeInfo getNodeInfo() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void getNodeInfo(String nodeId, Completable<NodeInfo> promise) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<String> getNodes() {
            throw new UnsupportedOperationException();
        }
    }

    private RequestRoutes routes() {
        RequestRoutes routes = new RequestRoutes(members::get);
        routes.init(registrations);
        return routes;
    }

    /** A request, as the event bus sends it. */
    private static final class Sent {

        final Promise<Message<Object>> fromBus = Promise.promise();
        final Future<Message<Object>> reply;
        volatile @Nullable Runnable giveUp;
        volatile @Nullable String node;

        Sent(RequestRoutes routes) {
            reply = routes.send(
                    ADDRESS,
                    () -> {
                        routes.selectForSend(ADDRESS, (chosen, failure) -> {
                            node = chosen;
                            if (failure != null) {
                                fromBus.fail(failure);
                            }
                        });
                        return fromBus.future();
                    },
                    late -> giveUp = late);
        }

        void assertLostWith(String node, String place) {
            assertThat(reply.isComplete()).isTrue();
            assertThat(reply.cause())
                    .isInstanceOfSatisfying(
                            WorkFailedException.class,
                            lost -> assertThat(lost.isFinal()).isFalse())
                    .hasMessage("worker-lost: the cluster member " + place + " (node " + node
                            + ") was gone before it answered, so nobody knows whether the work was done");
        }
    }

    @Test
    void requestsEndWithTheNodeThatTheyWentToAndNoOthersDo() {
        members.put("a", "127.0.0.1:2");
        members.put("b", "127.0.0.1:3");
        registrations.add("a", "b", SELF);
        RequestRoutes routes = routes();
        List<Sent> sent = Stream.generate(() -> new Sent(routes)).limit(300).toList();
        assertThat(sent).extracting(request -> request.node).containsOnly("a", "b", SELF);

        members.remove("a");
        routes.membersRemoved();
        routes.membersRemoved();
        for (Sent request : sent) {
            if ("a".equals(request.node)) {
                request.assertLostWith("a", "127.0.0.1:2");
            } else {
                assertThat(request.reply.isComplete()).isFalse();
            }
        }
    }

    @Test
    void aNodeThatWasCutOffHasLostWhatOthersHave() {
        members.put("a", "127.0.0.1:2");
        registrations.add("a", SELF);
        RequestRoutes routes = routes();
        List<Sent> sent = Stream.generate(() -> new Sent(routes)).limit(10).toList();
        routes.rejoined(SELF);
        for (Sent request : sent) {
            if (SELF.equals(request.node)) {
                assertThat(request.reply.isComplete()).isFalse();
            } else {
                assertThat(request.reply.cause())
                        .isInstanceOf(WorkFailedException.class)
                        .hasMessageStartingWith("worker-lost: this service was cut off from the cluster member"
                                + " 127.0.0.1:2 (node a) that had it");
            }
        }
    }

    @Test
    void whatTheBusSaysAfterTheLossCountsForNothing() {
        members.put("a", "127.0.0.1:2");
        registrations.add("a");
        RequestRoutes routes = routes();
        Sent request = new Sent(routes);
        members.remove("a");
        routes.membersRemoved();
        request.fromBus.fail("too late");
        request.assertLostWith("a", "127.0.0.1:2");
    }

    @Test
    void aLossAfterTheAnswerCountsForNothing() {
        members.put("a", "127.0.0.1:2");
        registrations.add("a");
        RequestRoutes routes = routes();
        Sent request = new Sent(routes);
        request.fromBus.fail("refused");
        members.remove("a");
        routes.membersRemoved();
        assertThat(request.reply.cause()).hasMessage("refused");
    }

    @Test
    void aNodeThatIsNoMemberIsPassedOver() {
        members.put("here", "127.0.0.1:2");
        registrations.add("gone", "here", "gone too");
        RequestRoutes routes = routes();
        List<Sent> sent = Stream.generate(() -> new Sent(routes)).limit(10).toList();
        assertThat(sent).extracting(request -> request.node).containsOnly("here");
    }

    @Test
    void whereAllNodesKnownAreGoneNobodyIsReached() {
        registrations.add("gone", "gone too");
        Sent request = new Sent(routes());
        assertThat(request.node).isNull();
        assertThat(request.reply.cause())
                .isInstanceOfSatisfying(
                        ReplyException.class,
                        nobody -> assertThat(nobody.failureType()).isEqualTo(ReplyFailure.NO_HANDLERS));
    }

    @Test
    void aNodeThatLeavesWhileItIsChosenIsPassedOver() {
        registrations.add("a", "b");
        members.putAll(Map.of("a", "127.0.0.1:2", "b", "127.0.0.1:3"));
        List<String> looked = new ArrayList<>();
        RequestRoutes routes = new RequestRoutes(node -> {
            String place = members.get(node);
            if (looked.isEmpty()) { // it leaves right after the first look
                looked.add(node);
                members.remove(node);
            }
            return place;
        });
        routes.init(registrations);
        Sent request = new Sent(routes);
        assertThat(request.node).isNotNull().isNotEqualTo(looked.get(0));
        routes.membersRemoved();
        assertThat(request.reply.isComplete()).isFalse();
    }

    @Test
    void aNodeThatIsChosenLaterInAnotherThreadBelongsToItsRequest() {
        members.putAll(Map.of("a", "127.0.0.1:2", "b", "127.0.0.1:3"));
        registrations.add("a", "b");
        registrations.holds = true;
        RequestRoutes routes = routes();
        List<Sent> sent = Stream.generate(() -> new Sent(routes)).limit(10).toList();
        assertThat(sent).extracting(request -> request.node).containsOnlyNulls();
        registrations.tell();
        for (String node : List.of("a", "b")) {
            members.remove(node);
            routes.membersRemoved();
            assertThat(sent)
                    .allSatisfy(request ->
                            assertThat(request.reply.isComplete()).isEqualTo(!members.containsKey(request.node)));
        }
    }

    @Test
    void aChoiceThatTakesTooLongIsGivenUpAndNobodyGetsTheRequest() {
        members.put("a", "127.0.0.1:2");
        registrations.add("a");
        registrations.holds = true;
        Sent request = new Sent(routes());
        Objects.requireNonNull(request.giveUp).run();
        assertThat(request.reply.cause())
                .isInstanceOf(WorkerUnavailableException.class)
                .hasMessage("the cluster does not say who consumes " + ADDRESS);
        registrations.tell();
        assertThat(request.node).isNull();
    }

    /** Vert.x (5.0.10) forgets whom it chooses for when both news and answer say that nobody is there any more. */
    @Test
    void aSelectorThatNeverChoosesHoldsNoRequest() {
        registrations.holds = true;
        RequestRoutes routes = routes();
        Sent request = new Sent(routes);
        routes.registrationsUpdated(new RegistrationUpdateEvent(ADDRESS, List.of()));
        registrations.tell();
        if (!request.reply.isComplete()) {
            Objects.requireNonNull(request.giveUp).run();
        }
        assertThat(request.reply.failed()).isTrue();
    }

    @Test
    void whatWasSentIsNotGivenUp() {
        members.put("a", "127.0.0.1:2");
        registrations.add("a");
        registrations.holds = true;
        Sent request = new Sent(routes());
        registrations.tell();
        assertThat(request.node).isEqualTo("a");
        Objects.requireNonNull(request.giveUp).run();
        assertThat(request.reply.isComplete()).isFalse();
    }

    @Test
    void messagesThatAreNotRequestsOfOursGoWhereVertxSendsThem() {
        registrations.add("gone");
        RequestRoutes routes = routes();
        List<@Nullable String> nodes = new ArrayList<>();
        routes.selectForSend(ADDRESS, (node, failure) -> nodes.add(node));
        assertThat(nodes).containsExactly("gone");
    }

    @Test
    void aRequestThatCannotBeSentEnds() {
        Future<Message<Object>> reply = routes().send(
                        ADDRESS,
                        () -> {
                            throw new IllegalArgumentException("no codec");
                        },
                        late -> {});
        assertThat(reply.cause()).hasMessage("no codec");
    }

    /** Sends while a node leaves, so that every order of the two comes up. */
    @Test
    void noRequestIsForgottenWheneverItsNodeLeaves() throws Exception {
        int rounds = Integer.getInteger("latido.rounds", 2_000);
        registrations.add("a");
        for (int round = 0; round < rounds; round++) {
            members.put("a", "127.0.0.1:2");
            RequestRoutes routes = routes();
            CyclicBarrier start = new CyclicBarrier(2);
            Set<Sent> sent = ConcurrentHashMap.newKeySet();
            Thread sender = new Thread(() -> {
                try {
                    start.await();
                } catch (Exception broken) {
                    throw new AssertionError(broken);
                }
                for (int i = 0; i < 5; i++) {
                    sent.add(new Sent(routes));
                }
            });
            sender.start();
            start.await();
            members.remove("a");
            routes.membersRemoved();
            sender.join();
            assertThat(sent).as("round %d", round).hasSize(5).allMatch(request -> request.reply.isComplete());
        }
    }

    @Test
    void knowsWhetherThereIsAConsumerOnAMember() {
        assertThat(routes().hasConsumer(ADDRESS).await()).isFalse();
        registrations.add("gone");
        assertThat(routes().hasConsumer(ADDRESS).await()).isFalse();
        registrations.known.add(new RegistrationInfo("other", 7, true)); // reachable in its own process only
        members.put("other", "127.0.0.1:4");
        assertThat(routes().hasConsumer(ADDRESS).await()).isFalse();
        registrations.known.add(new RegistrationInfo(SELF, 8, true));
        assertThat(routes().hasConsumer(ADDRESS).await()).isTrue();
    }
}
