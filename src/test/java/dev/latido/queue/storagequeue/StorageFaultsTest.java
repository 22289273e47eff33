package dev.latido.queue.storagequeue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Priority;
import dev.latido.queue.DeadLetter;
import dev.latido.queue.Delivery;
import dev.latido.queue.Member;
import dev.latido.queue.Message;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueBinding.Existing;
import dev.latido.queue.QueueException;
import dev.latido.queue.Settlement;
import dev.latido.room.FullMode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What only happens at Azure Queue Storage, at Azurite, and what Azurite never does, before it. */
@Timeout(240)
class StorageFaultsTest {

    private static final Settlement ACK = new Settlement.Ack(null);
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration SHORT = Duration.ofSeconds(3);

    private static AzuriteServer server;
    private StorageBed bed;
    private Toll toll;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() {
        server = AzuriteServer.start();
    }

    @AfterAll
    static void end() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void begin() {
        bed = new StorageBed(server);
        toll = new Toll(bed.vertx, server.port());
    }

    @AfterEach
    void clear() {
        bed.close();
    }

    private static QueueBinding binding(Duration lease, int maxPayloadBytes, Priority... lanes) {
        return new QueueBinding(
                StorageBed.QUEUE,
                "latido",
                List.of(lanes),
                lease,
                0,
                FullMode.REJECT,
                maxPayloadBytes,
                Duration.ofHours(24),
                Duration.ofHours(1),
                Existing.ASK,
                true);
    }

    private static QueueBinding binding(Duration lease) {
        return binding(lease, StorageBroker.CAPABILITIES.maxPayloadBytes(), Priority.NORMAL);
    }

    private Member opened(String process, Duration lease, StorageConfig config) {
        Member member = bed.member(process, binding(lease), config);
        member.open();
        return member;
    }

    private Member join(String process, Duration lease, StorageConfig config) {
        Member member = opened(process, lease, config);
        bed.await(process + " to be up", member::isUp);
        return member;
    }

    private Member join(String process) {
        return join(process, LONG, AzuriteServer.config(server.port()));
    }

    /** Has a process come by the toll. */
    private Member joinByToll(String process, Duration lease) {
        return join(process, lease, AzuriteServer.config(toll.port()));
    }

    private static Message message(String key) {
        return new Message(key, false, "1", Priority.NORMAL, Duration.ZERO, Map.of());
    }

    private Delivery arrival(Member member, int count) {
        bed.await(member.process + " to have " + count, () -> member.arrived().size() >= count);
        assertThat(member.arrived()).hasSize(count);
        return member.arrived().get(count - 1);
    }

    private Delivery taken(Member member, String key) {
        int before = member.arrived().size();
        bed.get(member.enqueue(message(key)));
        member.dequeue(1);
        return arrival(member, before + 1);
    }

    private String down(Member member) {
        bed.await("word of it", () -> !member.isUp() && !member.downs().isEmpty());
        return lastOf(member.downs());
    }

    private static <T> T lastOf(List<T> list) {
        return list.get(list.size() - 1);
    }

    private static Predicate<HttpServerRequest> of(HttpMethod method, String... parts) {
        return request -> request.method().equals(method)
                && List.of(parts).stream().allMatch(part -> request.uri().contains(part));
    }

    // ---- foreign programs

    @Test
    void takesWhatAnyProgramPutsThere() {
        Member shop = join("shop");
        bed.put(Priority.NORMAL, "{\"n\":\"<1> & \\\"2\\\"\"}");
        bed.put(Priority.NORMAL, Base64.getEncoder().encodeToString("[2]".getBytes(StandardCharsets.UTF_8)));
        bed.put(
                Priority.NORMAL,
                "{\"latido\":\"1\",\"specversion\":\"1.0\",\"id\":\"k\",\"traceparent\":\"00-1\",\"data\":3}");
        shop.dequeue(10);
        arrival(shop, 3);
        assertThat(shop.arrived())
                .extracting(Delivery::payload)
                .containsExactly("{\"n\":\"<1> & \\\"2\\\"\"}", "[2]", "3");
        assertThat(shop.keys().get(2)).isEqualTo("k");
        assertThat(shop.arrived().get(2).properties()).isEqualTo(Map.of(Delivery.TRACEPARENT, "00-1"));
        shop.arrived().forEach(delivery -> bed.get(shop.settle(delivery, ACK)));
        assertThat(server.count(StorageBed.QUEUE)).isZero();
    }

    @Test
    void makesADeadLetterOfWhatIsLargerThanAnEnvelopeAndKeepsAllOfIt() {
        Member shop = join("shop");
        String huge = '"' + "x".repeat(60_000) + '"';
        bed.put(Priority.NORMAL, huge);
        shop.dequeue(1);
        bed.await("the refusal", () -> shop.refused().size() == 1);
        DeadLetter letter = bed.get(shop.deadLetters("", 10)).letters().get(0);
        assertThat(letter.reason()).isEqualTo("too-large");
        assertThat(letter.payloadBytes()).isEqualTo(huge.length());
        assertThat(letter.diedAt()).isPositive();
        assertThat(server.peek("orders-dead").get(0).text()).isEqualTo(huge);
    }

    @Test
    void neverPutsWhatExpires() {
        Member shop = join("shop");
        bed.get(shop.enqueue(message("a")));
        String answer = server.call("GET", "/orders/messages", Map.of("peekonly", "true"), "")
                .body();
        assertThat(answer).containsPattern("<ExpirationTime>[^<]* 9999 ");
    }

    // ---- leases

    @Test
    void keepsALeaseThatWasOverAndThatNobodyTook() {
        Member shop = join("shop", SHORT, AzuriteServer.config(server.port()));
        Delivery held = taken(shop, "a");
        bed.freeze(shop);
        bed.await("it to be visible", () -> !server.peek(StorageBed.QUEUE).isEmpty());
        bed.thaw(shop);
        bed.get(shop.settle(held, ACK));
        assertThat(shop.lost()).isEmpty();
        assertThat(server.count(StorageBed.QUEUE)).isZero();
    }

    /** It asks for more when the lease of what it has is over, and gets just that. */
    @Test
    void takesNoMessageTwiceWhoseLeaseItWasTooLateToRenew() {
        Member shop = joinByToll("shop", SHORT);
        toll.answer(of(HttpMethod.PUT, "/orders/messages/"), 400, "InvalidHeaderValue", 1_000);
        Delivery held = taken(shop, "a");
        bed.await("it to be visible", () -> !server.peek(StorageBed.QUEUE).isEmpty());
        shop.dequeue(5);
        bed.await("it to be taken again", () -> server.peek(StorageBed.QUEUE).isEmpty());
        toll.open();
        bed.get(shop.enqueue(message("b")));
        bed.await("the other", () -> shop.keys().contains("b"));
        bed.get(shop.settle(held, ACK));
        assertThat(shop.keys()).containsExactly("a", "b");
        assertThat(shop.lost()).isEmpty();
        assertThat(server.count(StorageBed.QUEUE)).isEqualTo(1);
    }

    /** The receipt that it was taken with is void by then. */
    @Test
    void settlesWhatIsBeingRenewedByTheReceiptThatComes() {
        Member shop = joinByToll("shop", Duration.ofSeconds(30));
        Promise<Void> renewed = toll.hold(of(HttpMethod.PUT, "/orders/messages/"));
        Delivery held = taken(shop, "a");
        bed.await("a renewal", toll::isOpen);
        Future<Void> settled = shop.settle(held, ACK);
        bed.get(shop.depth()); // what was asked before was sent, unless it waits
        renewed.complete();
        bed.get(settled);
        assertThat(shop.lost()).isEmpty();
        assertThat(server.count(StorageBed.QUEUE)).isZero();
    }

    @Test
    void losesALeaseWhoseRenewalWasNotAnswered() {
        Member shop = joinByToll("shop", SHORT);
        Delivery held = taken(shop, "a");
        toll.lose(of(HttpMethod.PUT, "/orders/messages/"), 1);
        bed.await("word of it", () -> !shop.lost().isEmpty());
        assertThat(shop.lost()).containsExactly(held.handle());
        assertThat(bed.failure(shop.settle(held, ACK))).isEqualTo(QueueException.Kind.LEASE_LOST);
        shop.dequeue(1);
        bed.get(shop.settle(arrival(shop, 2), ACK));
        assertThat(server.count(StorageBed.QUEUE)).isZero();
    }

    @Test
    void settlesOnceWhatIsRepeatedBecauseItsAnswerWasLost() {
        Member shop = joinByToll("shop", LONG);
        Delivery a = taken(shop, "a");
        Delivery b = taken(shop, "b");
        Delivery c = taken(shop, "c");
        Map<Delivery, Settlement> how =
                Map.of(a, ACK, b, new Settlement.Later(LONG, 3, "no"), c, new Settlement.Release());
        how.forEach((delivery, settlement) -> {
            HttpMethod method = settlement.equals(ACK) ? HttpMethod.DELETE : HttpMethod.PUT;
            toll.lose(of(method, "/orders/messages/" + idOf(delivery)), 1);
            assertThat(bed.failure(shop.settle(delivery, settlement))).isEqualTo(QueueException.Kind.UNKNOWN);
            assertThat(toll.isOpen()).isTrue();
            bed.await("it to be back", shop::isUp);
        });
        how.forEach((delivery, settlement) -> bed.get(shop.settle(delivery, settlement)));
        assertThat(shop.lost()).isEmpty();
        assertThat(server.count(StorageBed.QUEUE)).isEqualTo(2);
        shop.dequeue(5);
        assertThat(arrival(shop, 4).key()).isEqualTo("c");
    }

    private static String idOf(Delivery delivery) {
        return ((StorageHandle) delivery.handle()).id();
    }

    @Test
    void makesOneDeadLetterWhereOnlyTheLastAnswerWasLost() {
        Member shop = joinByToll("shop", LONG);
        Delivery held = taken(shop, "a");
        toll.lose(of(HttpMethod.DELETE, "/orders/messages/"), 1);
        Settlement dead = new Settlement.Dead("failed", "no", null);
        assertThat(bed.failure(shop.settle(held, dead))).isEqualTo(QueueException.Kind.UNKNOWN);
        bed.await("it to be back", shop::isUp);
        bed.get(shop.settle(held, dead));
        assertThat(server.count(StorageBed.QUEUE)).isZero();
        assertThat(server.count("orders-dead")).isEqualTo(1);
    }

    @Test
    void losesNothingWhereTheAnswerOfADeadLetterWasLost() {
        Member shop = joinByToll("shop", LONG);
        Delivery held = taken(shop, "a");
        toll.lose(of(HttpMethod.POST, "/orders-dead/messages"), 1);
        Settlement dead = new Settlement.Dead("failed", "no", null);
        assertThat(bed.failure(shop.settle(held, dead))).isEqualTo(QueueException.Kind.UNKNOWN);
        bed.await("it to be back", shop::isUp);
        bed.get(shop.settle(held, dead));
        assertThat(server.count(StorageBed.QUEUE)).isZero();
        assertThat(server.count("orders-dead")).as("the repeated one, too").isEqualTo(2);
    }

    @Test
    void makesNoDeadLetterOfWhatIsNotItsAnyMore() {
        Member shop = join("shop");
        Delivery held = taken(shop, "a");
        server.call("DELETE", "/orders/messages", Map.of(), "");
        assertThat(bed.failure(shop.settle(held, new Settlement.Dead("failed", "no", null))))
                .isEqualTo(QueueException.Kind.LEASE_LOST);
        assertThat(server.count("orders-dead")).isZero();
        assertThat(shop.lost()).containsExactly(held.handle());
    }

    @Test
    void pausesThreeTimesAndThenSucceeds() {
        Member shop = join("shop");
        bed.put(Priority.NORMAL, "{\"n\":1}");
        shop.dequeue(1);
        String key = arrival(shop, 1).key();
        for (int attempt = 1; attempt <= 3; attempt++) {
            bed.get(shop.settle(
                    lastOf(shop.arrived()), new Settlement.Later(Duration.ofSeconds(1), attempt, "e".repeat(5_000))));
            shop.dequeue(1);
            Delivery again = arrival(shop, attempt + 1);
            assertThat(again.key()).isEqualTo(key);
            assertThat(again.attempts()).isEqualTo(attempt);
            assertThat(again.payload()).isEqualTo("{\"n\":1}");
        }
        bed.get(shop.settle(lastOf(shop.arrived()), ACK));
        assertThat(server.count(StorageBed.QUEUE)).isZero();
        assertThat(server.count("orders-dead")).isZero();
    }

    // ---- what the service answers

    @Test
    void asksAgainWhereTheServiceIsBusy() {
        Member shop = joinByToll("shop", LONG);
        toll.answer(of(HttpMethod.POST, "/orders/messages"), 503, "ServerBusy", 2);
        bed.get(shop.enqueue(message("a")));
        toll.answer(of(HttpMethod.POST, "/orders/messages"), 429, "TooManyRequests", 1);
        bed.get(shop.enqueue(message("b")));
        assertThat(shop.downs()).isEmpty();
        assertThat(server.count(StorageBed.QUEUE)).isEqualTo(2);
    }

    @Test
    void isDownWhileTheServiceStaysBusyAndComesBack() {
        Member shop = joinByToll("shop", LONG);
        toll.answer(request -> true, 503, "ServerBusy", 1_000_000);
        assertThat(bed.failure(shop.enqueue(message("a")))).isEqualTo(QueueException.Kind.UNAVAILABLE);
        assertThat(down(shop)).contains("busy").contains("503 ServerBusy");
        toll.open();
        bed.await("it to be back", shop::isUp);
        bed.get(shop.enqueue(message("a")));
    }

    @Test
    void doesNotKnowWhetherItWasDoneWhereTheServiceHasAFault() {
        Member shop = joinByToll("shop", LONG);
        toll.answer(of(HttpMethod.POST, "/orders/messages"), 500, "InternalError", 1);
        assertThat(bed.failure(shop.enqueue(message("a")))).isEqualTo(QueueException.Kind.UNKNOWN);
        bed.await("it to be back", shop::isUp);
    }

    @Test
    void saysThatAMessageIsTooLargeWhereTheServiceDoes() {
        Member shop = joinByToll("shop", LONG);
        toll.answer(of(HttpMethod.POST, "/orders/messages"), 413, "RequestBodyTooLarge", 1);
        assertThat(bed.failure(shop.enqueue(message("a")))).isEqualTo(QueueException.Kind.TOO_LARGE);
        assertThat(shop.downs()).isEmpty();
    }

    @Test
    void goesOnTakingAfterWhatIsWrongWithOneAnswerAlone() {
        Member shop = joinByToll("shop", LONG);
        toll.answer(of(HttpMethod.GET, "/orders/messages"), 400, "InvalidQueryParameterValue", 1);
        bed.get(shop.enqueue(message("a")));
        shop.dequeue(1);
        arrival(shop, 1);
        assertThat(shop.downs()).isEmpty();
    }

    @Test
    void makesAQueueAnewThatWasDeleted() {
        Member shop = join("shop");
        server.call("DELETE", "/orders", Map.of(), "");
        assertThat(bed.failure(shop.enqueue(message("a")))).isEqualTo(QueueException.Kind.UNAVAILABLE);
        bed.await("it to be back", shop::isUp);
        bed.get(shop.enqueue(message("a")));
        shop.dequeue(1);
        arrival(shop, 1);
    }

    @Test
    void isHeldUpByNothingWhileAzureStandsStill() {
        Member shop = join("shop");
        Delivery held = taken(shop, "a");
        shop.dequeue(1);
        server.freeze(true);
        try {
            Future<?> unanswered = shop.enqueue(message("b"));
            assertThat(down(shop)).contains("does not answer within");
            assertThat(bed.failure(unanswered)).isIn(QueueException.Kind.UNKNOWN, QueueException.Kind.UNAVAILABLE);
            assertThat(bed.failure(shop.settle(held, ACK))).isEqualTo(QueueException.Kind.UNAVAILABLE);
        } finally {
            server.freeze(false);
        }
        bed.await("it to be back", shop::isUp);
        bed.get(shop.settle(held, ACK));
        assertThat(shop.lost()).isEmpty();
    }

    /** Azure answers 411 where a request that could have a body does not say that it has none; Azurite does not. */
    @Test
    void saysHowLongEachBodyIs() {
        toll.answer(
                request -> !request.method().equals(HttpMethod.GET)
                        && !request.method().equals(HttpMethod.DELETE)
                        && request.getHeader("Content-Length") == null,
                411,
                "MissingContentLengthHeader",
                1_000_000);
        Member shop = joinByToll("shop", LONG);
        Delivery held = taken(shop, "a");
        bed.get(shop.settle(held, new Settlement.Release()));
        assertThat(shop.downs()).isEmpty();
    }

    // ---- what opens the account

    private StorageConfig config(JsonObject access) {
        return AzuriteServer.config(new JsonObject()
                .put("type", "storage-queue")
                .put("account", AzuriteServer.ACCOUNT)
                .put("url", "http://127.0.0.1:" + server.port() + "/" + AzuriteServer.ACCOUNT)
                .mergeIn(access));
    }

    @Test
    void readsTheKeyAnewWhenItIsRefused() throws Exception {
        Path file = Files.writeString(directory.resolve("key"), "AAAA\n");
        Member shop = opened("shop", LONG, config(new JsonObject().put("keyFile", file.toString())));
        assertThat(down(shop)).contains("refuses the login").doesNotContain("AAAA");
        Files.writeString(file, "no base64!");
        bed.await("word of it", () -> lastOf(shop.downs()).contains("not in base64"));
        Files.writeString(file, AzuriteServer.KEY + "\n");
        bed.await("it to be up", shop::isUp);
        bed.get(shop.enqueue(message("a")));
        assertThat(shop.downs()).noneMatch(why -> why.contains("base64!"));
    }

    @Test
    void readsASharedAccessSignatureAnewWhenItIsRefused() throws Exception {
        Path file = Files.writeString(directory.resolve("sas"), Sas.of("raup", -60));
        Member shop = opened("shop", LONG, config(new JsonObject().put("sasFile", file.toString())));
        assertThat(down(shop)).contains("HTTP 403").doesNotContain("sig=");
        Files.writeString(file, Sas.of("raup", 3_600));
        bed.await("word of it", () -> lastOf(shop.downs()).contains("is not there, and may not be made"));
        Files.writeString(
                file, "https://" + AzuriteServer.ACCOUNT + ".queue.core.windows.net/?" + Sas.of("raupc", 3_600) + "\n");
        bed.await("it to be up", shop::isUp);
        Files.writeString(file, Sas.of("raup", 3_600)); // the least that is needed where the queues are there
        Member till = join("till", LONG, config(new JsonObject().put("sasFile", file.toString())));
        for (Settlement how :
                List.of(ACK, new Settlement.Dead("failed", "no", null), new Settlement.Later(LONG, 1, null))) {
            bed.get(till.settle(taken(till, "a"), how));
        }
        String id = bed.get(till.deadLetters("", 1)).letters().get(0).id();
        assertThat(bed.get(till.replay(List.of(id)))).isEqualTo(1);
        assertThat(bed.get(till.depth()).dead()).isZero();
    }

    /** Azure refuses what is off by a quarter of an hour, and says what its clock shows; Azurite looks at no clock. */
    @Test
    void goesByTheClockOfTheService() {
        toll.answer(
                request -> Math.abs(ServerClock.millisOf(request.getHeader("x-ms-date")) - System.currentTimeMillis())
                        > 900_000,
                403,
                "AuthenticationFailed",
                1_000_000);
        Member shop = bed.member(
                "shop",
                binding(LONG),
                AzuriteServer.config(toll.port()),
                () -> System.currentTimeMillis() + Duration.ofHours(3).toMillis());
        shop.open();
        bed.await("it to be up", shop::isUp);
        assertThat(Math.abs(bed.get(shop.time()) - System.currentTimeMillis())).isLessThan(600_000);
        assertThat(shop.downs()).isEmpty();
    }

    // ---- how much is asked for

    @Test
    void asksLessAndLessWhileThereIsNothing() {
        Member shop = joinByToll("shop", LONG);
        shop.dequeue(5);
        bed.pass(Duration.ofSeconds(1));
        int before = toll.requests();
        bed.pass(Duration.ofSeconds(8));
        assertThat(toll.requests() - before).as("calls in 8 s").isLessThan(14);
        bed.get(shop.enqueue(message("a")));
        arrival(shop, 1);
    }

    @Test
    void listsAndReplaysMoreDeadLettersThanCanBeLookedAtInPlace() {
        Member shop = join("shop");
        int count = 70;
        IntStream.range(0, count)
                .mapToObj(n -> shop.enqueue(message("m" + n)))
                .toList()
                .forEach(bed::get);
        shop.dequeue(count);
        arrival(shop, count);
        shop.arrived().stream()
                .map(delivery -> shop.settle(delivery, new Settlement.Dead("failed", delivery.key(), null)))
                .toList()
                .forEach(bed::get);
        List<DeadLetter> first = bed.get(shop.deadLetters("", 50)).letters();
        List<DeadLetter> second =
                bed.get(shop.deadLetters(lastOf(first).id(), 50)).letters();
        assertThat(first).hasSize(50);
        assertThat(second).hasSize(20);
        List<String> ids = first.stream().map(DeadLetter::id).toList();
        assertThat(ids).isSorted();
        assertThat(bed.get(shop.replay(ids))).isEqualTo(50);
        assertThat(bed.get(shop.depth()).dead()).isEqualTo(20);
        assertThat(bed.get(shop.replay(ids))).as("these are none any more").isZero();
        shop.dequeue(100);
        arrival(shop, count + 50);
    }
}
