package dev.latido.queue.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import dev.latido.job.Priority;
import dev.latido.queue.BrokerConfig.Login;
import dev.latido.queue.DeadLetter;
import dev.latido.queue.Delivery;
import dev.latido.queue.Member;
import dev.latido.queue.Message;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueBinding.Existing;
import dev.latido.queue.QueueException;
import dev.latido.queue.Receipt;
import dev.latido.queue.Route;
import dev.latido.queue.Settlement;
import dev.latido.room.FullMode;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What only happens at RabbitMQ, at a real one. */
@Timeout(240)
class RabbitFaultsTest {

    private static final Settlement ACK = new Settlement.Ack(null);

    private static final byte[] ONE = {'1'};

    private static RabbitServer server;
    private RabbitBed bed;

    @BeforeAll
    static void start() {
        server = RabbitServer.start();
    }

    @AfterAll
    static void end() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void begin() {
        bed = new RabbitBed(server);
    }

    @AfterEach
    void clear() {
        bed.close();
    }

    private static QueueBinding binding(long capacity, boolean isDeclared, Duration maxHold, Priority... lanes) {
        return new QueueBinding(
                RabbitBed.QUEUE,
                "latido",
                List.of(lanes),
                Duration.ofSeconds(30),
                capacity,
                FullMode.REJECT,
                100_000,
                Duration.ofHours(24),
                Duration.ofHours(1),
                Existing.ASK,
                true,
                isDeclared,
                maxHold,
                null);
    }

    private static QueueBinding binding() {
        return binding(0, true, QueueBinding.USUAL_HOLD, Priority.NORMAL);
    }

    private Member opened(String process, QueueBinding binding) {
        Member member = bed.member(process, binding);
        member.open();
        return member;
    }

    private Member join(String process, QueueBinding binding) {
        Member member = opened(process, binding);
        bed.await(process + " to be up", member::isUp);
        return member;
    }

    private Member join(String process) {
        return join(process, binding());
    }

    private static Message message(String key) {
        return delayed(key, Duration.ZERO);
    }

    private static Message delayed(String key, Duration delay) {
        return new Message(key, false, "1", Priority.NORMAL, delay, Map.of());
    }

    private Delivery arrival(Member member, int count) {
        bed.await(member.process + " to have " + count, () -> member.arrived().size() >= count);
        assertThat(member.arrived()).hasSize(count);
        return member.arrived().get(count - 1);
    }

    private String down(Member member) {
        bed.await("word of it", () -> !member.isUp() && !member.downs().isEmpty());
        return member.downs().get(member.downs().size() - 1);
    }

    // ---- foreign programs

    @Test
    void takesWhatAnyProgramPublishes() {
        Member shop = join("shop");
        bed.put(Priority.NORMAL, MessageProperties.BASIC, "{\"n\":1}");
        bed.put(
                Priority.NORMAL,
                new BasicProperties.Builder()
                        .messageId("m2")
                        .contentType("application/json")
                        .correlationId("c")
                        .replyTo("answers")
                        .headers(Map.of("traceparent", "00-1", "retries", 3, "x-tenant", "acme"))
                        .build(),
                "2");
        bed.put(
                Priority.NORMAL,
                new BasicProperties.Builder()
                        .headers(Map.of("cloudEvents:id", "7", "cloudEvents:source", "/shop"))
                        .build(),
                "[3]");
        bed.put(
                Priority.NORMAL,
                new BasicProperties.Builder()
                        .contentType("application/cloudevents+json; charset=utf-8")
                        .build(),
                "{\"specversion\":\"1.0\",\"id\":\"8\",\"source\":\"/shop\",\"type\":\"t\",\"data\":4}");
        shop.dequeue(10);
        arrival(shop, 4);
        assertThat(shop.arrived()).extracting(Delivery::payload).containsExactly("{\"n\":1}", "2", "[3]", "4");
        assertThat(shop.keys().subList(1, 4)).containsExactly("m2", "7", "8");
        assertThat(shop.keys().get(0)).isNotEmpty();
        assertThat(shop.arrived().get(1).properties())
                .isEqualTo(Map.of(
                        "traceparent",
                        "00-1",
                        "retries",
                        "3",
                        "x-tenant",
                        "acme",
                        "correlation-id",
                        "c",
                        "reply-to",
                        "answers"));
        assertThat(shop.arrived().get(2).properties()).containsEntry(Delivery.SOURCE, "/shop");
        shop.arrived().forEach(delivery -> bed.get(shop.settle(delivery, ACK)));
        assertThat(server.<Long>use(channel -> channel.messageCount(RabbitBed.QUEUE)))
                .isZero();
    }

    @Test
    void refusesWhatIsNotTextOrOfANewerVersion() {
        Member shop = join("shop");
        server.act(channel -> {
            channel.basicPublish("", RabbitBed.QUEUE, MessageProperties.BASIC, new byte[] {'"', (byte) 0xc3, '"'});
            channel.basicPublish("", RabbitBed.QUEUE, headers(Map.of("h", new byte[] {(byte) 0xff})), ONE);
            channel.basicPublish("", RabbitBed.QUEUE, headers(Map.of("latido-version", "x")), ONE);
            channel.basicPublish("", RabbitBed.QUEUE, headers(Map.of("latido-version", 2)), ONE);
        });
        shop.dequeue(1);
        bed.await("all refusals", () -> shop.refused().size() >= 4);
        assertThat(shop.refused())
                .extracting(each -> each.reason())
                .containsExactlyInAnyOrder("malformed", "malformed", "malformed", "newer-version");
        assertThat(bed.get(shop.depth()).dead()).isEqualTo(4);
        assertThat(shop.arrived()).isEmpty();
    }

    private static BasicProperties headers(Map<String, Object> headers) {
        return new BasicProperties.Builder().headers(headers).build();
    }

    @Test
    void listsAndReplaysWhatRabbitMqMadeADeadLetterItself() {
        Member shop = join("shop", binding(0, true, QueueBinding.USUAL_HOLD, Priority.HIGH, Priority.NORMAL));
        bed.put(Priority.HIGH, new BasicProperties.Builder().messageId("k").build(), "1");
        server.act(channel -> {
            GetResponse taken = channel.basicGet(RabbitBed.QUEUE + ".high", false);
            channel.basicNack(taken.getEnvelope().getDeliveryTag(), false, false);
        });
        bed.await("the dead letter", () -> bed.get(shop.depth()).dead() == 1);
        DeadLetter letter = bed.get(shop.deadLetters("", 10)).letters().get(0);
        assertThat(letter.key()).isEqualTo("k");
        assertThat(letter.lane()).isEqualTo(Priority.HIGH);
        assertThat(letter.reason()).isEqualTo("rejected");
        assertThat(letter.diedAt()).isPositive();
        assertThat(bed.get(shop.replay(List.of(letter.id())))).isEqualTo(1);
        shop.dequeue(1);
        Delivery again = arrival(shop, 1);
        assertThat(again.lane()).isEqualTo(Priority.HIGH);
        assertThat(again.properties()).isEqualTo(Map.of(Delivery.ROUND, "1"));
        bed.get(shop.settle(again, ACK));
    }

    // ---- what is declared

    @Test
    void saysWhichValuesDifferWhereTheCapacityWasChanged() {
        Member shop = join("shop", binding(5, true, QueueBinding.USUAL_HOLD, Priority.NORMAL));
        Member till = opened("till", binding(7, true, QueueBinding.USUAL_HOLD, Priority.NORMAL));
        assertThat(down(till)).contains(RabbitBed.QUEUE, "capacity", "5", "7", "delete it");
        bed.get(shop.close());
        server.use(channel -> channel.queueDelete(RabbitBed.QUEUE));
        bed.await("it to be up once it was deleted", till::isUp);
        bed.get(till.enqueue(message("a")));
    }

    @Test
    void usesWhatOthersDeclaredWithoutAsking() {
        Member shop = opened("shop", binding(5, false, QueueBinding.USUAL_HOLD, Priority.NORMAL));
        assertThat(down(shop)).contains("NOT_FOUND", RabbitBed.QUEUE);
        server.act(channel -> {
            channel.queueDeclare(RabbitBed.QUEUE, true, false, false, Map.of("x-queue-type", "quorum"));
            channel.queueDeclare(RabbitBed.QUEUE + ".dead", true, false, false, Map.of());
        });
        bed.await("it to be up", shop::isUp);
        bed.get(shop.enqueue(message("a")));
        shop.dequeue(1);
        bed.get(shop.settle(arrival(shop, 1), new Settlement.Dead("failed", "no", null)));
        assertThat(bed.get(shop.depth()).dead()).isEqualTo(1);
    }

    @Test
    void refusesMoreThanItsCapacityMoreOrLess() {
        Member shop = join("shop", binding(3, true, QueueBinding.USUAL_HOLD, Priority.NORMAL));
        List<QueueException.Kind> refusals = new ArrayList<>();
        for (int n = 0; n < 10; n++) {
            Future<?> answer = shop.enqueue(message("m" + n));
            bed.await("an answer", answer::isComplete);
            if (answer.failed()) {
                refusals.add(bed.failure(answer));
            }
        }
        assertThat(refusals).hasSizeBetween(4, 7).containsOnly(QueueException.Kind.FULL);
    }

    @Test
    void comesBackWhenItsQueueIsDeleted() {
        Member shop = join("shop");
        bed.get(shop.enqueue(message("a")));
        shop.dequeue(2);
        Delivery held = arrival(shop, 1);
        server.use(channel -> channel.queueDelete(RabbitBed.QUEUE));
        bed.await("word of it", () -> !shop.lost().isEmpty());
        assertThat(shop.lost()).containsExactly(held.handle());
        bed.await("it to be up again", () -> shop.isUp() && shop.ups() > 1);
        bed.get(shop.enqueue(message("b")));
        assertThat(arrival(shop, 2).key()).isEqualTo("b");
    }

    // ---- credit

    @Test
    void whatIsNotWantedAnyMoreDoesNotComeByHere() {
        Member shop = join("shop");
        Member till = join("till");
        shop.dequeue(10);
        bed.get(shop.depth());
        shop.dequeue(0);
        bed.get(shop.depth());
        IntStream.range(0, 10).forEach(n -> bed.get(till.enqueue(message("m" + n))));
        till.dequeue(10);
        arrival(till, 10);
        assertThat(till.arrived()).allMatch(delivery -> delivery.deliveries() == 1);
        assertThat(shop.arrived()).isEmpty();
    }

    @Test
    void deliversAsMuchAsIsSettledWithoutFetchingMore() {
        Member shop = join("shop");
        Member till = join("till");
        IntStream.range(0, 200).forEach(n -> bed.get(till.enqueue(message("m" + n))));
        shop.dequeue(4);
        arrival(shop, 4);
        for (int done = 0; done < 100; done++) {
            shop.dequeue(1);
            bed.get(shop.settle(shop.arrived().get(done), ACK));
            arrival(shop, done + 5);
        }
        till.dequeue(200);
        arrival(till, 96);
        assertThat(Stream.concat(shop.arrived().stream(), till.arrived().stream()))
                .allMatch(delivery -> delivery.deliveries() == 1)
                .extracting(Delivery::key)
                .doesNotHaveDuplicates()
                .hasSize(200);
    }

    @Test
    void givesBackWhatIsHeldForTooLong() {
        Duration hold = Duration.ofSeconds(2);
        Member shop = join("shop", binding(0, true, hold, Priority.NORMAL));
        Member till = join("till", binding(0, true, hold, Priority.NORMAL));
        bed.get(shop.enqueue(message("a")));
        shop.dequeue(1);
        Delivery held = arrival(shop, 1);
        till.dequeue(1);
        Delivery again = arrival(till, 1);
        assertThat(again.key()).isEqualTo("a");
        bed.await("word of it", () -> !shop.lost().isEmpty());
        assertThat(shop.lost()).containsExactly(held.handle());
        assertThat(bed.failure(shop.settle(held, ACK))).isEqualTo(QueueException.Kind.LEASE_LOST);
        bed.get(till.settle(again, ACK));
    }

    // ---- delays

    @Test
    void aShortDelayDoesNotWaitForALongOne() {
        Member shop = join("shop");
        shop.dequeue(10);
        bed.get(shop.enqueue(delayed("long", Duration.ofMinutes(10))));
        bed.get(shop.enqueue(delayed("short", Duration.ofMillis(1_300)))); // of several steps
        assertThat(arrival(shop, 1).key()).isEqualTo("short");
        assertThat(bed.get(shop.depth()).delayed()).isEqualTo(1);
    }

    @Test
    void whatIsMovedOnAgainAndAgainIsAMessageOfItsOwnEachTime() {
        Member shop = join("shop");
        shop.dequeue(10);
        bed.get(shop.enqueue(message("a")));
        for (int n = 1; n <= 3; n++) {
            Delivery delivery = arrival(shop, n);
            assertThat(delivery.deliveries()).isEqualTo(1);
            assertThat(delivery.attempts()).isEqualTo(n - 1);
            assertThat(delivery.properties()).isEmpty();
            bed.get(shop.settle(delivery, new Settlement.Later(Duration.ofMillis(500), n, "no")));
        }
        Delivery last = arrival(shop, 4);
        bed.get(shop.settle(last, new Settlement.Dead("failed", "no", null)));
        Map<String, Object> headers = server.use(channel -> new HashMap<>(
                channel.basicGet(RabbitBed.QUEUE + ".dead", true).getProps().getHeaders()));
        assertThat(headers.keySet()).noneMatch(name -> name.contains("death"));
        assertThat(headers.get(Wire.ERROR)).hasToString("no");
    }

    // ---- the server

    @Test
    void holdsProducersOffWhileRabbitMqIsShortOfMemoryAndSettlesNonetheless() {
        Member shop = join("shop");
        bed.get(shop.enqueue(message("a")));
        shop.dequeue(1);
        Delivery held = arrival(shop, 1);
        server.ctl("set_vm_memory_high_watermark", "0.0000001");
        try {
            Future<?> first = shop.enqueue(message("b")); // the first message has RabbitMQ tell
            bed.await("a refusal", () -> {
                Future<?> next = shop.enqueue(message("c"));
                bed.await("an answer", next::isComplete);
                return next.failed() && String.valueOf(next.cause()).contains("takes no messages");
            });
            assertThat(bed.failure(shop.enqueue(message("d")))).isEqualTo(QueueException.Kind.UNAVAILABLE);
            bed.get(shop.settle(held, ACK));
            assertThat(shop.isUp()).isTrue();
            bed.await("an answer", first::isComplete);
        } finally {
            server.ctl("set_vm_memory_high_watermark", "0.4");
        }
        bed.await("it to take messages again", () -> {
            Future<?> answer = shop.enqueue(message("d"));
            bed.await("an answer", answer::isComplete);
            return answer.succeeded();
        });
    }

    @Test
    void comesInOnceItsPasswordIsRight() {
        server.ctl("add_user", "late", "first");
        server.ctl("set_permissions", "late", ".*", ".*", ".*");
        AtomicReference<String> password = new AtomicReference<>("wrong");
        RabbitConfig config = server.config();
        Member shop = bed.member(
                "shop",
                binding(),
                new RabbitConfig(
                        config.place(),
                        config.host(),
                        config.port(),
                        false,
                        config.vhost(),
                        () -> new Login("late", password.get()),
                        null));
        shop.open();
        assertThat(down(shop)).contains("refuses user or password").doesNotContain("wrong");
        password.set("first");
        bed.await("it to be up", shop::isUp);
        bed.get(shop.enqueue(message("a")));
    }

    @Test
    void needsNoMoreThanTheDocumentedRights() {
        server.ctl("add_user", "least", "p");
        String own = "^orders(\\..*)?$";
        server.ctl("set_permissions", "least", own, "^(orders(\\..*)?|amq\\.default)$", own);
        RabbitConfig config = server.config();
        Member shop = bed.member(
                "shop",
                binding(0, true, QueueBinding.USUAL_HOLD, Priority.HIGH, Priority.NORMAL),
                new RabbitConfig(
                        config.place(),
                        config.host(),
                        config.port(),
                        false,
                        config.vhost(),
                        () -> new Login("least", "p"),
                        null));
        shop.open();
        bed.await("it to be up", shop::isUp);
        shop.dequeue(10);
        bed.get(shop.enqueue(delayed("a", Duration.ofMillis(600))));
        bed.get(shop.settle(arrival(shop, 1), new Settlement.Later(Duration.ZERO, 1, null)));
        bed.get(shop.settle(arrival(shop, 2), new Settlement.Dead("failed", "no", null)));
        String id = bed.get(shop.deadLetters("", 1)).letters().get(0).id();
        bed.get(shop.replay(List.of(id)));
        bed.get(shop.settle(arrival(shop, 3), ACK));
        bed.get(shop.depth());
        assertThat(shop.downs()).isEmpty();
    }

    @Test
    void saysThatAMessageIsTooLargeToBeReadAndOthersGoOn() {
        Cable cable = new Cable(server.port());
        Member shop = bed.member("shop", binding(), RabbitServer.config(cable.port()), 200_000);
        Member till = join("till");
        shop.open();
        bed.await("it to be up", shop::isUp);
        bed.put(Priority.NORMAL, MessageProperties.BASIC, "\"" + "x".repeat(300_000) + "\"");
        shop.dequeue(1);
        bed.await(
                "the reason",
                () -> shop.downs().stream().anyMatch(why -> why.contains("larger than the 200000 bytes")));
        int told = shop.downs().size();
        bed.get(till.enqueue(message("b")));
        till.dequeue(10);
        bed.await("what is good", () -> till.keys().contains("b"));
        bed.pass(Duration.ofSeconds(3));
        assertThat(shop.downs()).as("it does not connect in vain").hasSize(told);
        cable.close();
    }

    @Test
    void whoIsCutOffLosesWhatItHasAndComesBack() {
        Member shop = join("shop");
        Member till = join("till");
        Stream.of("a", "b").forEach(key -> bed.get(till.enqueue(message(key))));
        shop.dequeue(2);
        arrival(shop, 2);
        till.dequeue(2);
        bed.cable(shop).cut();
        arrival(till, 2);
        bed.await("word of it", () -> shop.lost().size() == 2 && !shop.isUp());
        bed.cable(shop).mend();
        bed.await("it to be back", shop::isUp);
        till.arrived().forEach(delivery -> bed.get(till.settle(delivery, ACK)));
        assertThat(server.<Long>use(channel -> channel.messageCount(RabbitBed.QUEUE)))
                .isZero();
    }

    @Test
    void sendsResultsToAQueueWithAnAge() {
        QueueBinding results = new QueueBinding(
                RabbitBed.QUEUE,
                QueueBinding.NO_GROUP,
                List.of(Priority.NORMAL),
                Duration.ofSeconds(30),
                2,
                FullMode.DROP_OLDEST,
                1_000,
                Duration.ofHours(24),
                Duration.ofSeconds(3),
                Existing.TAKE,
                true);
        Member shop = join("shop", results);
        bed.get(shop.enqueue(message("a")));
        assertThat(server.<String>use(channel ->
                        new String(channel.basicGet(RabbitBed.QUEUE, true).getBody(), StandardCharsets.UTF_8)))
                .isEqualTo("1");
        bed.get(shop.enqueue(message("b")));
        bed.await("it to be thrown away", () -> bed.get(shop.depth()).ready().equals(Map.of(Priority.NORMAL, 0L)));
    }

    private static QueueBinding routed(String group, Route route) {
        return new QueueBinding(
                group.equals(QueueBinding.NO_GROUP) ? "orders/out" : RabbitBed.QUEUE,
                group,
                List.of(Priority.NORMAL),
                Duration.ofSeconds(30),
                0,
                FullMode.REJECT,
                1_000,
                Duration.ofHours(24),
                Duration.ofHours(1),
                Existing.ASK,
                true,
                true,
                QueueBinding.USUAL_HOLD,
                route);
    }

    @Test
    void takesWhatAnExchangeOfOthersHasForIt() {
        Member shop = opened("shop", routed("latido", new Route("events", "order.*")));
        assertThat(down(shop)).contains("no exchange 'events'");
        server.act(channel -> channel.exchangeDeclare("events", BuiltinExchangeType.TOPIC, true));
        bed.await("it to be up", shop::isUp);
        server.act(channel -> {
            channel.basicPublish("events", "order.new", null, "1".getBytes(StandardCharsets.UTF_8));
            channel.basicPublish("events", "invoice.new", null, "2".getBytes(StandardCharsets.UTF_8));
        });
        shop.dequeue(2);
        bed.await("it to come", () -> !shop.arrived().isEmpty());
        bed.get(shop.enqueue(message("own")));
        bed.await("its own", () -> shop.arrived().size() == 2);
        assertThat(shop.arrived()).extracting(Delivery::payload).containsExactly("1", "1");
        assertThat(shop.arrived().get(1).key()).isEqualTo("own");
    }

    @Test
    void publishesToAnExchangeOfOthers() {
        Member shop = opened("shop", routed(QueueBinding.NO_GROUP, new Route("results", "order.done")));
        assertThat(down(shop)).contains("no exchange 'results'");
        server.act(channel -> channel.exchangeDeclare("results", BuiltinExchangeType.TOPIC, true));
        bed.await("it to be up", shop::isUp);
        Future<Receipt> unheard = shop.enqueue(message("a"));
        assertThat(bed.failure(unheard)).isEqualTo(QueueException.Kind.UNAVAILABLE);
        assertThat(unheard.cause())
                .hasMessageContaining("no queue gets what is published to the exchange results with the routing key");
        server.act(channel -> {
            channel.queueDeclare("others", true, false, false, Map.of("x-queue-type", "quorum"));
            channel.queueBind("others", "results", "order.#");
        });
        bed.get(shop.enqueue(message("b")));
        GetResponse got = server.use(channel -> channel.basicGet("others", true));
        assertThat(got.getProps().getMessageId()).isEqualTo("b");
        assertThat(got.getEnvelope().getRoutingKey()).isEqualTo("order.done");
    }
}
