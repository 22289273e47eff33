package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.protocol.Addresses;
import dev.latido.stream.SseText.Message;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code /api/events}, over HTTP and with the owner behind it. */
class EventsApiTest {

    private static final String JOBS = "{'a': {}, 'b': {}}";

    private WorkingService service = new WorkingService(JOBS);

    @AfterEach
    void close() {
        service.close();
    }

    private void use(String... settings) {
        service.close();
        service = new WorkingService(JOBS, settings);
    }

    private EventClient open(String query, String... fields) {
        EventClient client = new EventClient(service.port(), query, fields);
        assertThat(client.status()).isEqualTo(200);
        return client;
    }

    @Test
    void tellsASnapshotAndThenWhatIsPublishedOnTheBus() {
        Queue<JsonObject> published = new ConcurrentLinkedQueue<>();
        service.vertx()
                .eventBus()
                .<JsonObject>consumer(Addresses.EVENTS, message -> published.add(message.body()))
                .completion()
                .await();
        try (EventClient client = open("")) {
            assertThat(client.header("Content-Type")).contains("text/event-stream");
            assertThat(client.header("Cache-Control")).contains("no-store");
            assertThat(client.header("Content-Encoding")).isEmpty();
            assertThat(client.nextOfAll().orElseThrow().fields()).containsEntry("retry", "1000");
            JsonObject snapshot = client.next("snapshot").data();
            assertThat(snapshot.getJsonArray("jobs").getJsonObject(0)).isEqualTo(service.read("/api/jobs/a"));

            service.bench("a").succeedAtOnce();
            service.submit("a", "1", "");
            List<JsonObject> told = new ArrayList<>();
            for (String type : List.of("execution.queued", "execution.began", "execution.succeeded")) {
                Message message = client.next(type);
                assertThat(message.sequence()).isEqualTo(message.data().getLong("seq"));
                told.add(message.data());
            }
            long first = told.get(0).getLong("seq"); // the bus may still tell what the snapshot holds
            await().untilAsserted(() -> assertThat(published)
                    .filteredOn(event -> event.getLong("seq") >= first)
                    .containsExactlyElementsOf(told));
        }
    }

    @Test
    void goesOnWhereAReaderWasByHeaderOrParameter() {
        String id;
        try (EventClient client = open("?job=a")) {
            id = client.next("snapshot").id().orElseThrow();
        }
        service.submit("a", "1", "");
        try (EventClient client = open("?job=a", "Last-Event-ID: " + id);
                EventClient other = open("?job=a&lastEventId=" + id);
                EventClient both = open("?job=a&lastEventId=old-1", "Last-Event-ID: " + id)) {
            client.next("execution.queued");
            other.next("execution.queued");
            both.next("execution.queued");
        }
        try (EventClient restarted = open("?lastEventId=old-1")) {
            assertThat(restarted.next("gap").data().getString("requested")).isEqualTo("old-1");
            restarted.next("snapshot");
        }
    }

    @Test
    void showsInIntervalsHowJobsAndExecutionsStand() {
        service.bench("a").succeedAtOnce();
        try (EventClient client = open("?interval=50ms&job=a")) {
            client.next("snapshot");
            String id = service.submit("a", "1", "?priority=high");
            service.submit("b", "1", "");
            JsonObject shown = client.next("jobs").data();
            while (!shown.getJsonArray("jobs")
                    .getJsonObject(0)
                    .getJsonObject("counters")
                    .getInteger("succeeded")
                    .equals(1)) {
                shown = client.next("jobs").data();
            }
            assertThat(shown.getJsonArray("jobs")).hasSize(1);
            assertThat(shown.getJsonArray("jobs").getJsonObject(0)).isEqualTo(service.read("/api/jobs/a"));
            JsonObject execution = service.execution(id);
            List.of("payload", "result", "worker", "holds", "notes", "handedTo")
                    .forEach(execution::remove); // not in lists
            assertThat(shown.getJsonArray("executions").getJsonObject(0)).isEqualTo(execution);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "?type=nothing|'type'",
                "?type=job.started&type=x|'type'",
                "?interval=49ms|'interval'",
                "?interval=61s|'interval'",
                "?interval=5|'interval'",
                "?interval=1s&interval=1s|'interval'",
                "?interval=1s&type=job.started|'interval'",
                "?lastEventId=x|'lastEventId'",
                "?foo=1|'foo'",
            })
    void saysWhichParameterIsWrong(String query, String named) {
        String detail = service.get("/api/events" + query)
                .assertProblem(400, "bad-parameter")
                .json()
                .getString("detail");
        assertThat(detail).contains(named);
    }

    @Test
    void saysThatTheHeaderIsWrongAndThatThereIsNoSuchJob() {
        RawResponse wrong = RawClient.exchange(
                service.port(), "GET /api/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: what?\r\n\r\n");
        assertThat(wrong.assertProblem(400, "bad-parameter").json().getString("detail"))
                .contains("'Last-Event-ID'");
        service.get("/api/events?job=a&job=none").assertProblem(404, "unknown-job");
        assertThat(service.readers()).isZero();
    }

    @Test
    void answersHeadWithoutOpeningAStream() {
        try (RawClient client = new RawClient(service.port())) {
            RawResponse head = client.send("HEAD /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .readHead();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("Content-Type")).contains("text/event-stream");
            assertThat(client.send("GET /api/jobs/a HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(200);
        }
        assertThat(service.readers()).isZero();
    }

    @Test
    void refusesReadersBeyondTheBound() {
        use("stream.maxReaders", "2");
        try (EventClient one = open("");
                EventClient two = open("?interval=1s")) {
            one.next("snapshot");
            two.next("snapshot");
            RawResponse refused = service.get("/api/events");
            refused.assertProblem(503, "too-many-readers");
            assertThat(refused.header("Retry-After")).contains("10");
        }
        await().until(() -> service.readers() == 0);
        open("").close();
    }

    @Test
    void asksForTheKeyLikeTheRest() {
        use("http.apiKeys", "0123456789abcdef");
        service.get("/api/events").assertProblem(401, "unauthorized");
        service.get("/api/events?key=0123456789abcdef").assertProblem(401, "unauthorized");
        try (EventClient client = open("", "Authorization: Bearer 0123456789abcdef")) {
            client.next("snapshot");
        }
    }

    @Test
    void beatsOftenEnoughForTheConnectionToStayOpen() {
        use("stream.heartbeat", "200ms");
        try (EventClient client = open("")) {
            client.next("snapshot");
            assertThat(client.nextOfAll().orElseThrow().isComment("heartbeat")).isTrue();
            assertThat(client.nextOfAll().orElseThrow().isComment("heartbeat")).isTrue();
        }
    }

    @Test
    void forgetsClientsThatVanish() {
        EventClient quiet = open("");
        quiet.next("snapshot");
        EventClient inIntervals = open("?interval=50ms");
        inIntervals.next("snapshot");
        assertThat(service.readers()).isEqualTo(2);
        quiet.close();
        inIntervals.close();
        await().until(() -> service.readers() == 0);
        service.submit("a", "1", "");
        assertThat(service.cutOffs()).isEmpty();
    }

    @Test
    void endsStreamsAtShutdownWithoutWaitingForThem() throws Exception {
        try (EventClient reads = open("");
                EventClient inIntervals = open("?interval=50ms");
                EventClient readsNot = open("")) {
            reads.next("snapshot");
            inIntervals.next("snapshot");
            readsNot.next("snapshot");
            long begun = System.nanoTime();
            Future<Void> closed = service.http().shutdown(Duration.ofSeconds(30));
            assertThat(reads.next("end").data().getString("reason")).isEqualTo("stopping");
            assertThat(reads.nextOfAll()).as("a proper end").isEmpty();
            assertThat(reads.isClosedByServer()).isTrue();
            inIntervals.next("end");
            closed.await(10, TimeUnit.SECONDS);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
        }
    }
}
