package dev.latido.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.multimap.MultiMap;
import dev.latido.Service;
import dev.latido.Services;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Somebody who reaches the cluster's port and has the service read objects. */
@Timeout(120)
class IntruderTest {

    private static final String NAME = "latido-intruded";
    private static final String SUBSCRIPTIONS = "__vertx.subs";
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static int port;
    private static Service service;

    @BeforeAll
    static void startService() throws IOException {
        port = freePort();
        service = Services.start(
                new JsonObject()
                        .put(
                                "jobs",
                                new JsonObject()
                                        .put("heartbeat", new JsonObject())
                                        .put("lured", new JsonObject().put("worker", "event-bus"))),
                "cluster.enabled",
                "true",
                "cluster.name",
                NAME,
                "cluster.port",
                "" + port,
                "cluster.members",
                "127.0.0.1:" + port);
    }

    @AfterAll
    static void stopService() {
        service.stop();
    }

    /** How an intruder gets in: both at the same port. */
    enum Way {
        MEMBER {
            @Override
            HazelcastInstance enter() throws IOException {
                return Hazelcast.newHazelcastInstance(PlainApplication.config(NAME, freePort(), "127.0.0.1:" + port));
            }
        },
        CLIENT {
            @Override
            HazelcastInstance enter() {
                ClientConfig config = new ClientConfig().setClusterName(NAME);
                config.getNetworkConfig().addAddress("127.0.0.1:" + port);
                return HazelcastClient.newHazelcastClient(config);
            }
        };

        abstract HazelcastInstance enter() throws IOException;
    }

    /** What keeps its reader busy: with sets in sets. No record, whose own hash would take as long. */
    private static final class Busy implements Callable<String>, Serializable {

        private static final long serialVersionUID = 1;

        @SuppressWarnings("UnusedVariable") // read by whoever deserialises
        private final Set<Object> sets;

        Busy(Set<Object> sets) {
            this.sets = sets;
        }

        @Override
        public String call() {
            return "done";
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void runsNothingOfAnObjectThatItIsSent(Way way, @TempDir Path directory) throws Exception {
        HazelcastInstance intruder = way.enter();
        try {
            Path trace = directory.resolve("was-read");
            var running = intruder.getExecutorService("any")
                    .submitToMember((Callable<String> & Serializable) () -> "ran", serviceMember(intruder));
            assertThatThrownBy(() -> running.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("a lambda")
                    .isInstanceOf(ExecutionException.class);
            var read = intruder.getExecutorService("any")
                    .submitToMember(new GadgetTask(new Gadget(trace)), serviceMember(intruder));
            assertThatThrownBy(() -> read.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasRootCauseInstanceOf(SecurityException.class);
            assertThat(trace).doesNotExist();

            var bomb =
                    intruder.getExecutorService("any").submitToMember(new Busy(Gadget.bomb()), serviceMember(intruder));
            assertThatThrownBy(() -> bomb.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class);
            assertAnswersAndIsIdle();
        } finally {
            intruder.shutdown();
        }
    }

    /** What a task carries is read with it. */
    private record GadgetTask(Gadget gadget) implements Callable<String>, Serializable {
        @Override
        public String call() {
            return "done";
        }
    }

    /** The service reads who consumes an address when it has work for it, and all addresses when a member has left. */
    @Test
    void readsNoObjectThatWasLeftInTheMapsOfTheEventBus(@TempDir Path directory) throws Exception {
        Path trace = directory.resolve("was-read");
        HazelcastInstance intruder = Way.MEMBER.enter();
        MultiMap<Object, Object> subscriptions = intruder.getMultiMap(SUBSCRIPTIONS);
        subscriptions.put("latido.work.lured", new Gadget(trace));
        subscriptions.put("latido.work.lured", new Busy(Gadget.bomb()));
        assertThat(http(HttpRequest.newBuilder(api("jobs/lured/executions"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString("1")))
                        .statusCode())
                .isEqualTo(202);
        intruder.shutdown();
        assertAnswersAndIsIdle();
        assertThat(trace).doesNotExist();
    }

    private static Member serviceMember(HazelcastInstance intruder) {
        return intruder.getCluster().getMembers().stream()
                .filter(member -> member.getAddress().getPort() == port)
                .findFirst()
                .orElseThrow();
    }

    private static void assertAnswersAndIsIdle() throws Exception {
        assertThat(http(HttpRequest.newBuilder(api("job/status")).GET()).statusCode())
                .isEqualTo(200);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces())
                        .as("threads that compute the hash of a set of sets")
                        .noneSatisfy((thread, frames) -> assertThat(Arrays.stream(frames)
                                        .filter(frame -> frame.getClassName().equals("java.util.AbstractSet")
                                                && frame.getMethodName().equals("hashCode"))
                                        .count())
                                .isGreaterThan(5)));
    }

    private static URI api(String path) {
        return URI.create("http://127.0.0.1:" + service.port() + "/api/" + path);
    }

    private static HttpResponse<String> http(HttpRequest.Builder request) throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
