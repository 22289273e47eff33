package dev.latido.worker;

import static dev.latido.worker.Outcomes.failure;
import static dev.latido.worker.Outcomes.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import dev.latido.http.LogRecorder;
import dev.latido.job.ResultBound;
import dev.latido.setting.PrefixedSecret;
import dev.latido.setting.Secret;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.WebClientOptions;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpWorkerTest {

    private static final InetAddress HERE = address("127.0.0.1");
    private static final InetAddress NOBODY_HERE = address("127.0.0.2");

    private static final int MAX_RESULT = 65_536;
    private static final Results RESULTS = new Results(new ResultBound(MAX_RESULT));
    private static final Instant NOW = Instant.parse("2026-10-21T07:28:00Z");

    /** A call that is answered by hand, and the body that came with it. */
    private record Call(HttpServerRequest request, String body, AtomicBoolean isClosed) {}

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final HttpClients clients = HttpClients.of(vertx, new WebClientOptions());
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final AtomicInteger connections = new AtomicInteger();

    private volatile @Nullable Consumer<HttpServerResponse> answer;
    private int port;

    @BeforeEach
    void serve() {
        HttpServer server = vertx.createHttpServer()
                .connectionHandler(connection -> connections.incrementAndGet())
                .requestHandler(this::serve);
        port = server.listen(0, "127.0.0.1").await().actualPort();
    }

    private void serve(HttpServerRequest request) {
        AtomicBoolean isClosed = new AtomicBoolean();
        request.connection().closeHandler(ignored -> isClosed.set(true));
        request.body().onSuccess(body -> {
            calls.add(new Call(request, body.toString(), isClosed));
            Consumer<HttpServerResponse> now = answer;
            if (now != null) {
                now.accept(request.response());
            }
        });
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** Calls a name that no resolver knows but this one. */
    private HttpWorker worker(String pathAndQuery, InetAddress... addresses) {
        return workerAt("worker.test", pathAndQuery, addresses);
    }

    private HttpWorker workerAt(String name, String pathAndQuery, InetAddress... addresses) {
        return new HttpWorker(
                clients,
                host -> Future.succeededFuture(List.of(addresses)),
                any -> true,
                URI.create("http://" + name + ":" + port + pathAndQuery),
                new HeaderValues(vertx, "jobs.import.worker", List.of()),
                Duration.ofMinutes(1),
                RESULTS,
                InstantSource.fixed(NOW));
    }

    private Future<@Nullable String> perform() {
        return worker("/", HERE).perform(new FakeTask(1, null));
    }

    private Call called() {
        await().until(() -> !calls.isEmpty());
        return calls.remove();
    }

    /** As Docker Compose names containers; by RFC 952 it is no host name. */
    @Test
    void callsHostsWithAnUnderscore() {
        answer = HttpServerResponse::end;
        result(workerAt("my_service", "/run", HERE).perform(new FakeTask(7, "1")));
        Call call = called();
        assertThat(call.request().uri()).isEqualTo("/run");
        assertThat(call.request().getHeader("Host")).isEqualTo("my_service:" + port);
        workerAt("my_service", "/run", HERE).checkReachable().await();
    }

    @Test
    void postsThePayloadAndWhatItBelongsTo() {
        answer = HttpServerResponse::end;
        result(worker("/a%20b?c=%26d", HERE).perform(new FakeTask(7, "{\"n\":\"ñ\"}")));
        Call call = called();
        assertThat(call.request().method().name()).isEqualTo("POST");
        assertThat(call.request().uri()).isEqualTo("/a%20b?c=%26d");
        assertThat(call.body()).isEqualTo("{\"n\":\"ñ\"}");
        assertThat(call.request().getHeader("Host")).isEqualTo("worker.test:" + port);
        assertThat(call.request().getHeader("Content-Type")).isEqualTo("application/json");
        assertThat(call.request().getHeader("Idempotency-Key")).isEqualTo("0000000000007");
        assertThat(call.request().getHeader("Latido-Job")).isEqualTo("import");
        assertThat(call.request().getHeader("Latido-Execution")).isEqualTo("0000000000007");
        assertThat(call.request().getHeader("Latido-Attempt")).isEqualTo("2");
    }

    @Test
    void postsNothingWhenThereIsNoPayload() {
        answer = HttpServerResponse::end;
        result(worker("", HERE).perform(new FakeTask(1, null)));
        Call call = called();
        assertThat(call.request().uri()).isEqualTo("/");
        assertThat(call.body()).isEmpty();
        assertThat(call.request().getHeader("Content-Length")).isEqualTo("0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            quoteCharacter = '\'',
            value = {
                "application/json | { \"n\" : [1, 2] } | { \"n\" : [1, 2] }",
                "Application/JSON; charset=utf-8 | \"text\" | \"text\"",
                "application/problem+json | {} | {}",
                "application/json | null | null",
                "application/json | {no json | {no json",
                "application/json | '' | none",
                "text/plain | it's \"done\" | \"it's \\\"done\\\"\"",
                "text/plain | {} | \"{}\"",
                "text/plain | '' | none",
                "none | plain | \"plain\"",
            })
    void theBodyOfASuccessIsTheResult(@Nullable String contentType, String body, @Nullable String expected) {
        answer = response -> {
            if (contentType != null) {
                response.putHeader("Content-Type", contentType);
            }
            response.setStatusCode(201).end(body);
        };
        assertThat(result(perform())).isEqualTo(expected);
    }

    @Test
    void noContentIsASuccessWithoutAResult() {
        answer = response -> response.setStatusCode(204).end();
        assertThat(result(perform())).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 429, 500, 503})
    void anotherStatusIsAFailureWithTheBeginningOfTheBody(int status) {
        answer = response -> response.setStatusCode(status).end("no\r\n\u0007way " + "x".repeat(300));
        assertThat(failure(perform()))
                .isNotInstanceOf(WorkerUnavailableException.class)
                .hasMessage("HTTP " + status + " from worker.test:" + port + ": no way " + "x".repeat(193) + "…");
    }

    private WorkFailedException workFailure() {
        Throwable failure = failure(perform());
        assertThat(failure).isInstanceOf(WorkFailedException.class);
        return (WorkFailedException) failure;
    }

    @ParameterizedTest
    @CsvSource({
        "400, true",
        "404, true",
        "409, true",
        "422, true",
        "408, false",
        "429, false",
        "302, false",
        "500, false",
        "503, false"
    })
    void whatIsWrongWithTheRequestIsNotTriedAgain(int status, boolean isFinal) {
        answer = response -> response.setStatusCode(status).end();
        assertThat(workFailure().isFinal()).isEqualTo(isFinal);
        assertThat(workFailure().retryAfter()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "429, 7, 7",
        "503, 7, 7",
        "408, 0, 0",
        "500, 120, 120",
        "502, 'Wed, 21 Oct 2026 07:29:30 GMT', 90",
        "429, 'Wed, 21 Oct 2026 07:29:30 GMT', 90",
        "503, 'Wed, 21 Oct 2026 07:27:00 GMT', 0"
    })
    void obeysRetryAfter(int status, String retryAfter, long seconds) {
        answer = response -> response.setStatusCode(status)
                .putHeader("Retry-After", retryAfter)
                .end("busy");
        assertThat(workFailure().retryAfter()).isEqualTo(Duration.ofSeconds(seconds));
        assertThat(workFailure().isFinal()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"503, soon, false", "503, -5, false", "404, 7, true"})
    void leavesThePauseToThePolicyWhereRetryAfterSaysNothing(int status, String retryAfter, boolean isFinal) {
        answer = response -> response.setStatusCode(status)
                .putHeader("Retry-After", retryAfter)
                .end();
        assertThat(workFailure().retryAfter()).isNull();
        assertThat(workFailure().isFinal()).isEqualTo(isFinal);
    }

    /** The pause was lost with the body that was broken off. */
    @Test
    void obeysRetryAfterOfARefusalThatIsTooLarge() {
        answer = response ->
                response.setStatusCode(429).putHeader("Retry-After", "9").end("x".repeat(HttpCall.MAX_REFUSAL + 1));
        assertThat(workFailure().retryAfter()).isEqualTo(Duration.ofSeconds(9));
        answer = response -> response.setStatusCode(404).end("x".repeat(HttpCall.MAX_REFUSAL + 1));
        assertThat(workFailure().isFinal()).isTrue();
    }

    @Test
    void aResponseThatDoesNotComeIsTriedAgain() {
        Future<@Nullable String> outcome = perform();
        called().request().connection().close();
        assertThat(failure(outcome)).isInstanceOfSatisfying(WorkFailedException.class, failure -> {
            assertThat(failure.isFinal()).isFalse();
            assertThat(failure.retryAfter()).isNull();
        });
    }

    @Test
    void anotherStatusWithoutABodyIsAFailure() {
        answer = response -> response.setStatusCode(502).end();
        assertThat(failure(perform())).hasMessage("HTTP 502 from worker.test:" + port);
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void redirectsAreNotFollowed(int status) {
        answer = response -> response.setStatusCode(status)
                .putHeader("Location", "http://worker.test:" + port + "/elsewhere")
                .end();
        assertThat(failure(perform()))
                .hasMessage("HTTP " + status + " from worker.test:" + port
                        + ": redirects are not followed, to http://worker.test:" + port + "/elsewhere");
        assertThat(calls).hasSize(1);
    }

    @Test
    void readsAResponseOfTheLargestSize() {
        answer = response -> response.end("x".repeat(MAX_RESULT));
        assertThat(result(perform())).isEqualTo("\"" + "x".repeat(MAX_RESULT) + "\"");
        assertThat(called().isClosed()).isFalse();
    }

    /** It is a success all the same: the work is done. The owner sees by one character more that there was more. */
    @Test
    void breaksOffAResponseThatIsTooLong() {
        answer = response -> response.end("x".repeat(MAX_RESULT + 1));
        assertThat(result(perform())).isEqualTo("\"" + "x".repeat(MAX_RESULT + 1) + "\"");
        await().untilTrue(called().isClosed());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/json",
                "text/plain; charset=utf-16",
                "application/json; charset=utf-16"
            })
    void breaksOffAnEndlessResponse(String contentType) {
        answer = response -> pour(response.setChunked(true).putHeader("Content-Type", contentType));
        assertThat(result(perform())).hasSize(contentType.startsWith("text") ? MAX_RESULT + 3 : MAX_RESULT + 1);
        await().untilTrue(called().isClosed());
    }

    /** A cancel that comes while the rest is thrown away finds that the work is done. */
    @Test
    void aCancelAfterTheBoundChangesNothing() {
        answer = response -> pour(response.setChunked(true));
        FakeTask task = new FakeTask(1, null);
        Future<@Nullable String> outcome = worker("/", HERE).perform(task);
        result(outcome);
        task.cancel();
        assertThat(outcome.succeeded()).isTrue();
    }

    private void pour(HttpServerResponse response) {
        response.write("x".repeat(10_000)).onSuccess(ignored -> vertx.runOnContext(next -> pour(response)));
    }

    @Test
    void tellsTheStatusOfAnEndlessRefusal() {
        answer = response -> pour(response.setStatusCode(500).setChunked(true));
        assertThat(failure(perform())).hasMessageStartingWith("HTTP 500 from worker.test:" + port + ": xxx");
        await().untilTrue(called().isClosed());
    }

    @Test
    void waitsForAResponseThatComesInPieces() {
        Future<@Nullable String> outcome = perform();
        HttpServerResponse response = called().request().response().setChunked(true);
        response.write("one ").await();
        assertThat(outcome.isComplete()).isFalse();
        response.write("two").await();
        assertThat(outcome.isComplete()).isFalse();
        response.end();
        assertThat(result(outcome)).isEqualTo("\"one two\"");
    }

    @Test
    void cancelClosesTheConnectionOfACallThatIsNeverAnswered() {
        FakeTask task = new FakeTask(1, null);
        Future<@Nullable String> outcome = worker("/", HERE).perform(task);
        Call call = called();
        task.cancel();
        assertThat(failure(outcome)).hasMessage("cancelled");
        await().untilTrue(call.isClosed());
    }

    @Test
    void cancelClosesTheConnectionInTheMiddleOfAResponse() {
        FakeTask task = new FakeTask(1, null);
        Future<@Nullable String> outcome = worker("/", HERE).perform(task);
        Call call = called();
        call.request().response().setChunked(true).write("part").await();
        task.cancel();
        assertThat(failure(outcome)).hasMessage("cancelled");
        await().untilTrue(call.isClosed());
    }

    @Test
    void looksWhetherSomebodyTakesConnectionsWithoutSendingAnything() {
        worker("/", HERE).checkReachable().await();
        assertThat(calls).isEmpty();
    }

    @Test
    void looksAtOneAddressAfterTheOther() {
        worker("/", address("127.0.0.77"), HERE).checkReachable().await();
        assertThat(failure(worker("/", address("127.0.0.77")).checkReachable()))
                .isInstanceOf(WorkerUnavailableException.class)
                .hasMessageStartingWith("no connection to worker.test:" + port);
    }

    @Test
    void looksInVainForANameWithoutAddresses() {
        assertThat(failure(worker("/").checkReachable()))
                .isInstanceOf(WorkerUnavailableException.class)
                .hasMessage("no address is known of worker.test");
    }

    @Test
    void cancelDuringTheLookUpCallsNobody() {
        Promise<List<InetAddress>> lookUp = Promise.promise();
        HttpWorker worker = new HttpWorker(
                clients,
                host -> lookUp.future(),
                any -> true,
                URI.create("http://worker.test:" + port),
                new HeaderValues(vertx, "jobs.import.worker", List.of()),
                Duration.ofMinutes(1),
                RESULTS,
                InstantSource.system());
        FakeTask task = new FakeTask(1, null);
        Future<@Nullable String> outcome = worker.perform(task);
        task.cancel();
        assertThat(failure(outcome)).hasMessage("cancelled");
        lookUp.complete(List.of(HERE));
        answer = HttpServerResponse::end;
        result(perform());
        assertThat(calls).hasSize(1);
    }

    @Test
    void cancelAfterTheEndLeavesTheConnectionAlone() {
        answer = HttpServerResponse::end;
        FakeTask task = new FakeTask(1, null);
        result(worker("/", HERE).perform(task));
        task.cancel();
        result(perform());
        assertThat(connections).hasValue(1);
    }

    @Test
    void aConnectionClosedBeforeTheResponseIsAFailure() {
        Future<@Nullable String> outcome = perform();
        called().request().connection().close();
        assertThat(failure(outcome))
                .isNotInstanceOf(WorkerUnavailableException.class)
                .hasMessageStartingWith("no whole response from worker.test:" + port);
    }

    @Test
    void aConnectionClosedInTheMiddleOfAResponseIsAFailure() {
        Future<@Nullable String> outcome = perform();
        Call call = called();
        call.request()
                .response()
                .putHeader("Content-Length", "100")
                .write("part")
                .onComplete(written -> call.request().connection().close());
        assertThat(failure(outcome))
                .isNotInstanceOf(WorkerUnavailableException.class)
                .hasMessageStartingWith("no whole response from worker.test:" + port);
    }

    @Test
    void aResponseThatIsNoHttpIsAFailure() {
        var garbage = vertx.createNetServer()
                .connectHandler(socket -> socket.handler(ignored -> socket.write("SSH-2.0-x\r\n\r\n")))
                .listen(0, "127.0.0.1")
                .await();
        port = garbage.actualPort();
        assertThat(failure(perform())).hasMessageStartingWith("no whole response from worker.test:" + port);
    }

    @Test
    void aRefusedConnectionMeansThatNothingWasTried() {
        assertThat(failure(worker("/", NOBODY_HERE).perform(new FakeTask(1, null))))
                .isInstanceOf(WorkerUnavailableException.class)
                .hasMessageStartingWith("no connection to worker.test:" + port);
    }

    @Test
    void triesTheAddressesUntilOneCanBeConnectedTo() {
        answer = HttpServerResponse::end;
        result(worker("/", NOBODY_HERE, HERE).perform(new FakeTask(1, null)));
        assertThat(calls).hasSize(1);
    }

    @Test
    void doesNotTryAnotherAddressOnceItSentSomething() {
        Future<@Nullable String> outcome = worker("/", HERE, HERE).perform(new FakeTask(1, null));
        called().request().connection().close();
        assertThat(failure(outcome)).hasMessageStartingWith("no whole response");
        assertThat(connections).hasValue(1);
    }

    @Test
    void anUnknownHostMeansThatNothingWasTried() {
        HttpWorker failing = new HttpWorker(
                clients,
                host -> Future.failedFuture(new UnknownHostException(host)),
                any -> true,
                URI.create("http://worker.test/"),
                new HeaderValues(vertx, "jobs.import.worker", List.of()),
                Duration.ofMinutes(1),
                RESULTS,
                InstantSource.system());
        for (HttpWorker worker : List.of(failing, worker("/"))) {
            assertThat(failure(worker.perform(new FakeTask(1, null))))
                    .isInstanceOf(WorkerUnavailableException.class)
                    .hasMessage("no address is known of worker.test");
        }
    }

    @Test
    void boundsConnectionsAndWhatWaitsForThem() {
        int room = HttpClients.MAX_CONNECTIONS + HttpClients.MAX_WAITING;
        List<Future<@Nullable String>> outcomes = new ArrayList<>();
        HttpWorker worker = worker("/", HERE);
        for (int i = 0; i <= room; i++) {
            outcomes.add(worker.perform(new FakeTask(i, null)));
        }
        await().until(() -> outcomes.stream().anyMatch(Future::isComplete));
        Future<@Nullable String> refused =
                outcomes.stream().filter(Future::isComplete).findFirst().orElseThrow();
        assertThat(failure(refused)).isInstanceOf(WorkerUnavailableException.class);
        await().until(() -> calls.size() == HttpClients.MAX_CONNECTIONS);
        assertThat(connections).hasValue(HttpClients.MAX_CONNECTIONS);
    }

    @Test
    void aCallCancelledWhileItWaitsForAConnectionIsNotSentAndHoldsNone() {
        HttpWorker worker = worker("/", HERE);
        List<Future<@Nullable String>> sent = new ArrayList<>();
        for (int i = 0; i < HttpClients.MAX_CONNECTIONS; i++) {
            sent.add(worker.perform(new FakeTask(i, null)));
        }
        await().until(() -> calls.size() == sent.size());
        List<FakeTask> waiting = new ArrayList<>();
        for (int i = 0; i < HttpClients.MAX_CONNECTIONS; i++) {
            FakeTask task = new FakeTask(1_000 + i, null);
            waiting.add(task);
            worker.perform(task);
        }
        waiting.forEach(FakeTask::cancel);
        answer = HttpServerResponse::end;
        calls.forEach(call -> call.request().response().end());
        sent.forEach(Outcomes::result);
        result(worker.perform(new FakeTask(2_000, null)));
        assertThat(calls).hasSize(HttpClients.MAX_CONNECTIONS + 1);
    }

    @Test
    void resolvesTheNamesOfTheMachine() {
        answer = response -> response.end(new JsonObject().toString());
        HttpWorker worker = new HttpWorker(
                clients,
                HostResolver.system(vertx),
                any -> true,
                URI.create("http://localhost:" + port),
                new HeaderValues(vertx, "jobs.import.worker", List.of()),
                Duration.ofMinutes(1),
                RESULTS,
                InstantSource.system());
        result(worker.perform(new FakeTask(1, null)));
        assertThat(called().request().getHeader("Host")).isEqualTo("localhost:" + port);
    }

    // The guard

    private HttpWorker guarded(String url, List<List<InetAddress>> answers) {
        ArrayDeque<List<InetAddress>> next = new ArrayDeque<>(answers);
        return new HttpWorker(
                clients,
                host -> Future.succeededFuture(next.remove()),
                PublicAddress::is,
                URI.create(url),
                new HeaderValues(vertx, "jobs.import.worker", List.of()),
                Duration.ofMinutes(1),
                RESULTS,
                InstantSource.system());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "::ffff:127.0.0.1"})
    void aPrivateTargetIsRefusedBeforeAnyConnection(String literal) {
        HttpWorker worker = guarded("http://worker.test:" + port, List.of(List.of(address(literal))));
        assertThat(failure(worker.perform(new FakeTask(1, null))))
                .isNotInstanceOf(WorkerUnavailableException.class)
                .hasMessageStartingWith("not called: worker.test has the address ")
                .hasMessageEndingWith("which is not public; the setting allowPrivate allows it");
        assertThat(connections).hasValue(0);
    }

    @Test
    void onePrivateAddressAmongPublicOnesIsEnoughToRefuse() {
        HttpWorker worker = guarded(
                "http://worker.test:" + port, List.of(List.of(address("8.8.8.8"), address("2606:4700::1111"), HERE)));
        assertThat(failure(worker.perform(new FakeTask(1, null))))
                .hasMessageContaining("worker.test has the address 127.0.0.1");
        assertThat(connections).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0"})
    void literalsAndLocalNamesAreResolvedAndRefusedToo(String host) {
        URI url = URI.create("http://" + host + ":" + port);
        if (url.getHost() == null) {
            return; // the configuration refuses it
        }
        HttpWorker worker = new HttpWorker(
                clients,
                HostResolver.system(vertx),
                PublicAddress::is,
                url,
                new HeaderValues(vertx, "jobs.import.worker", List.of()),
                Duration.ofMinutes(1),
                RESULTS,
                InstantSource.system());
        assertThat(failure(worker.perform(new FakeTask(1, null)))).hasMessageStartingWith("not called: ");
        assertThat(connections).hasValue(0);
    }

    /** A name that was fine at the first call and points inside at the second. Here 127.0.0.1 plays a public address. */
    @Test
    void eachCallIsCheckedAnew() {
        answer = HttpServerResponse::end;
        ArrayDeque<List<InetAddress>> next = new ArrayDeque<>(List.of(List.of(HERE), List.of(NOBODY_HERE)));
        HttpWorker worker = new HttpWorker(
                clients,
                host -> Future.succeededFuture(next.remove()),
                HERE::equals,
                URI.create("http://worker.test:" + port),
                new HeaderValues(vertx, "jobs.import.worker", List.of()),
                Duration.ofMinutes(1),
                RESULTS,
                InstantSource.system());
        result(worker.perform(new FakeTask(1, null)));
        assertThat(failure(worker.perform(new FakeTask(2, null)))).hasMessageContaining("127.0.0.2");
        assertThat(calls).hasSize(1);
    }

    /** The name is looked up once a call, so that no second answer can differ from the one that was checked. */
    @Test
    void theConnectionGoesToTheAddressThatWasChecked() {
        answer = HttpServerResponse::end;
        AtomicInteger lookUps = new AtomicInteger();
        HttpWorker worker = new HttpWorker(
                clients,
                host -> {
                    lookUps.incrementAndGet();
                    return Future.succeededFuture(List.of(HERE));
                },
                HERE::equals,
                URI.create("http://no-such-name.invalid:" + port),
                new HeaderValues(vertx, "jobs.import.worker", List.of()),
                Duration.ofMinutes(1),
                RESULTS,
                InstantSource.system());
        result(worker.perform(new FakeTask(1, null)));
        assertThat(lookUps).hasValue(1);
        assertThat(called().request().getHeader("Host")).isEqualTo("no-such-name.invalid:" + port);
    }

    // Header fields

    private HttpWorker withHeaders(HttpHeader... headers) {
        return new HttpWorker(
                clients,
                host -> Future.succeededFuture(List.of(HERE)),
                any -> true,
                URI.create("http://worker.test:" + port + "/"),
                new HeaderValues(vertx, "jobs.import.worker", List.of(headers)),
                Duration.ofMinutes(1),
                RESULTS,
                InstantSource.fixed(NOW));
    }

    private static HttpHeader token(Path file) {
        return new HttpHeader("Authorization", new PrefixedSecret("Bearer ", Secret.in(file)));
    }

    private @Nullable String tokenOf(HttpWorker worker) {
        result(worker.perform(new FakeTask(1, null)));
        return called().request().getHeader("Authorization");
    }

    @Test
    void sendsHeaderFieldsBesideItsOwn() {
        answer = HttpServerResponse::end;
        HttpHeader team = new HttpHeader("X-Team", new PrefixedSecret("", Secret.of("shop")));
        result(withHeaders(team).perform(new FakeTask(7, "1")));
        Call call = called();
        assertThat(call.request().getHeader("X-Team")).isEqualTo("shop");
        assertThat(call.request().getHeader("Latido-Job")).isEqualTo("import");
        assertThat(call.request().headers().names())
                .containsExactlyInAnyOrder(
                        "Content-Type",
                        "Idempotency-Key",
                        "Latido-Job",
                        "Latido-Execution",
                        "Latido-Attempt",
                        "X-Team",
                        "content-length",
                        "host",
                        "user-agent");
    }

    @Test
    void sendsWhatStandsInTheFileNowAndLastWhileItCannotBeUsed(@TempDir Path directory) throws Exception {
        answer = HttpServerResponse::end;
        Path file = Files.writeString(directory.resolve("token"), "first\n");
        HttpWorker worker = withHeaders(token(file));
        assertThat(tokenOf(worker)).isEqualTo("Bearer first");
        Files.writeString(file, "second");
        assertThat(tokenOf(worker)).isEqualTo("Bearer second");
        try (LogRecorder log = new LogRecorder()) {
            Files.writeString(file, "secret\u0001");
            assertThat(tokenOf(worker)).isEqualTo("Bearer second");
            assertThat(tokenOf(worker)).isEqualTo("Bearer second");
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .contains(
                            "jobs.import.worker: a header field keeps the value that it had", "Authorization: " + file)
                    .doesNotContain("secret");
            Files.delete(file);
            assertThat(tokenOf(worker)).isEqualTo("Bearer second");
            assertThat(log.lines()).hasSize(2).last().asString().contains("no such file");
        }
        Files.writeString(file, "third");
        assertThat(tokenOf(worker)).isEqualTo("Bearer third");
    }

    /** It would be refused, for a reason that is not the work's. */
    @Test
    void sendsNothingWithoutAHeaderFieldThatItNeverHad(@TempDir Path directory) throws Exception {
        answer = HttpServerResponse::end;
        Path file = directory.resolve("token");
        HttpWorker worker = withHeaders(token(file));
        assertThat(failure(worker.perform(new FakeTask(1, null))))
                .isInstanceOf(WorkerUnavailableException.class)
                .hasMessage("not called, as a header field is missing: Authorization: " + file + ": no such file");
        assertThat(calls).isEmpty();
        Files.writeString(file, "there");
        assertThat(tokenOf(worker)).isEqualTo("Bearer there");
    }

    /** Some servers say what they were sent, and errors are shown to many. */
    @Test
    void showsNoValueThatAServerRepeats(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("token"), "hunter2");
        HttpWorker worker = withHeaders(token(file));
        answer = response -> response.setStatusCode(401).end("no such token: hunter2 (Bearer hunter2)");
        assertThat(failure(worker.perform(new FakeTask(1, null))))
                .hasMessageEndingWith("no such token: *** (Bearer ***)");
        answer = response -> response.setStatusCode(302)
                .putHeader("Location", "/?token=hunter2")
                .end();
        assertThat(failure(worker.perform(new FakeTask(1, null))))
                .hasMessageContaining("?token=***")
                .hasMessageNotContaining("hunter2");
    }
}
