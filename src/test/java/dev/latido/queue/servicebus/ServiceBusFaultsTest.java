package dev.latido.queue.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.job.Priority;
import dev.latido.queue.BrokerConfig;
import dev.latido.queue.Certificates;
import dev.latido.queue.DeadLetter;
import dev.latido.queue.Delivery;
import dev.latido.queue.Member;
import dev.latido.queue.Message;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueBinding.Existing;
import dev.latido.queue.QueueException;
import dev.latido.queue.Receipt;
import dev.latido.queue.Settlement;
import dev.latido.room.FullMode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemKeyCertOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.messaging.AmqpSequence;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What only happens at Azure Service Bus. */
@Timeout(240)
class ServiceBusFaultsTest {

    private static final Settlement ACK = new Settlement.Ack(null);
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofSeconds(3);
    private static final String QUEUE = ServiceBusBed.QUEUE;
    private static final String DEAD = QUEUE + "/$deadletterqueue";

    private static ServiceBusServer server;
    private ServiceBusBed bed;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() {
        server = ServiceBusServer.start();
    }

    @AfterAll
    static void end() {
        server.close();
    }

    @BeforeEach
    void begin() {
        bed = new ServiceBusBed(server);
    }

    @AfterEach
    void clear() {
        bed.close();
    }

    private static QueueBinding binding(Duration lease, Duration dedup, Priority... lanes) {
        return new QueueBinding(
                QUEUE,
                "latido",
                List.of(lanes),
                lease,
                0,
                FullMode.REJECT,
                ServiceBusBroker.CAPABILITIES.maxPayloadBytes(),
                dedup,
                Duration.ofHours(1),
                Existing.ASK,
                true);
    }

    private static QueueBinding binding(Duration lease) {
        return binding(lease, Duration.ZERO, Priority.NORMAL);
    }

    private Member join(String process, Duration lease) {
        return opened(bed.member(process, binding(lease)));
    }

    private Member join(String process) {
        return join(process, LONG);
    }

    private Member opened(Member member) {
        member.open();
        bed.await(member.process + " to be up", member::isUp);
        return member;
    }

    /** Has a process use a queue that somebody made, with the configuration in a file. */
    private Member member(Path file, Duration tokenLifetime) {
        return bed.member(
                "shop",
                binding(LONG),
                ServiceBusBed.config(new JsonObject().put("connectionStringFile", file.toString())),
                tokenLifetime,
                System::currentTimeMillis);
    }

    private Path file(String connectionString) throws Exception {
        return Files.writeString(directory.resolve("access"), connectionString);
    }

    private static Message message(String key) {
        return new Message(key, false, "1", Priority.NORMAL, Duration.ZERO, Map.of());
    }

    private static org.apache.qpid.proton.message.Message foreign(String body) {
        org.apache.qpid.proton.message.Message message = Proton.message();
        message.setBody(new AmqpValue(body));
        return message;
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
        bed.await("word of it", () -> !member.downs().isEmpty()); // it may be up again by now
        return member.downs().get(member.downs().size() - 1);
    }

    // ---- foreign programs

    @Test
    void takesWhatAnyProgramSends() {
        Member shop = join("shop");
        org.apache.qpid.proton.message.Message message = foreign("{\"n\":1}");
        message.setMessageId("m1");
        message.setSubject("a subject");
        message.setCorrelationId("c");
        message.setApplicationProperties(new ApplicationProperties(
                Map.of("number", 7, "flag", true, "cloudEvents:id", "e1", "cloudEvents:source", "/till")));
        server.send(QUEUE, message);
        shop.dequeue(1);
        Delivery delivery = arrival(shop, 1);
        assertThat(delivery.key()).isEqualTo("e1");
        assertThat(delivery.payload()).isEqualTo("{\"n\":1}");
        assertThat(delivery.properties())
                .containsEntry("number", "7")
                .containsEntry("flag", "true")
                .containsEntry("subject", "a subject")
                .containsEntry("correlation-id", "c")
                .containsEntry("message-id", "m1")
                .containsEntry(Delivery.SOURCE, "/till");
        bed.get(shop.settle(delivery, new Settlement.Later(Duration.ZERO, 1, null)));
        Delivery again = arrivalAfterAsking(shop, 2);
        assertThat(again.key()).isEqualTo("e1");
        assertThat(again.properties()).isEqualTo(delivery.properties());
    }

    private Delivery arrivalAfterAsking(Member member, int count) {
        member.dequeue(1);
        return arrival(member, count);
    }

    @Test
    void makesABodyThatIsNoTextADeadLetter() {
        Member shop = join("shop");
        org.apache.qpid.proton.message.Message numbers = Proton.message();
        numbers.setBody(new AmqpSequence(List.of(1, 2)));
        server.send(QUEUE, numbers);
        org.apache.qpid.proton.message.Message newer = foreign("1");
        newer.setApplicationProperties(new ApplicationProperties(Map.of("latido-version", 2)));
        server.send(QUEUE, newer);
        shop.dequeue(1);
        bed.await("both to be dead", () -> shop.refused().size() == 2);
        assertThat(shop.refused()).extracting(each -> each.reason()).containsExactly("malformed", "newer-version");
        assertThat(shop.arrived()).isEmpty();
    }

    @Test
    void listsAndReplaysWhatTheServiceMadeADeadLetter() {
        Member shop = join("shop");
        server.queue(QUEUE, BusEntity.Settings.USUAL.withLock(SHORT).withMaxDeliveries(1));
        bed.get(shop.enqueue(message("k")));
        Member dying = join("dying", SHORT);
        server.queue(QUEUE, BusEntity.Settings.USUAL.withLock(SHORT).withMaxDeliveries(1));
        dying.dequeue(1);
        arrival(dying, 1);
        bed.kill(dying);
        bed.await("it to be dead", () -> server.peek(DEAD).size() == 1);
        DeadLetter letter = bed.get(shop.deadLetters("", 10)).letters().get(0);
        assertThat(letter.key()).isEqualTo("k");
        assertThat(letter.reason()).isEqualTo("MaxDeliveryCountExceeded");
        assertThat(letter.diedAt()).isPositive();
        assertThat(bed.get(shop.replay(List.of(letter.id())))).isEqualTo(1);
        shop.dequeue(1);
        Delivery again = arrival(shop, 1);
        assertThat(again.key()).isEqualTo("k");
        assertThat(again.properties()).doesNotContainKeys("DeadLetterReason", "DeadLetterErrorDescription");
    }

    @Test
    void whatIsGivenBackComesNoNearerToTheDeadLetters() {
        Member shop = join("shop");
        server.queue(QUEUE, BusEntity.Settings.USUAL.withLock(LONG).withMaxDeliveries(2));
        bed.get(shop.enqueue(message("k")));
        for (int n = 1; n <= 5; n++) {
            shop.dequeue(1);
            bed.get(shop.settle(arrival(shop, n), new Settlement.Release()));
        }
        assertThat(server.counts(QUEUE)).containsExactly(1, 0, 0);
        assertThat(server.peek(DEAD)).isEmpty();
    }

    @Test
    void twoQueuesShareAConnectionAndNoNameOfALink() {
        Member shop = join("shop");
        server.queue("invoices", BusEntity.Settings.USUAL);
        QueueBinding other = new QueueBinding(
                "invoices",
                "latido",
                List.of(Priority.NORMAL),
                LONG,
                0,
                FullMode.REJECT,
                1_000,
                Duration.ZERO,
                Duration.ofHours(1),
                Existing.ASK,
                true);
        Member till = opened(bed.beside(shop, other));
        assertThat(server.connections()).isEqualTo(1);
        bed.get(shop.enqueue(message("a")));
        bed.get(till.enqueue(message("b")));
        shop.dequeue(1);
        till.dequeue(1);
        assertThat(arrival(shop, 1).key()).isEqualTo("a");
        assertThat(arrival(till, 1).key()).isEqualTo("b");
        assertThat(server.faults()).isEmpty();
    }

    // ---- duplicate detection

    @Test
    void theServiceDropsWhatIsRepeatedAndNothingElse() {
        Member shop = opened(bed.member("shop", binding(LONG, Duration.ofMinutes(10), Priority.NORMAL)));
        for (String payload : List.of("1", "1", "2")) {
            Receipt receipt = bed.get(
                    shop.enqueue(new Message("k", true, payload, Priority.NORMAL, Duration.ZERO, Map.of("p", "q"))));
            assertThat(receipt).as("nobody tells").isEqualTo(new Receipt(false));
        }
        shop.dequeue(10);
        arrival(shop, 2);
        assertThat(shop.arrived()).extracting(Delivery::payload).containsExactly("1", "2");
        assertThat(shop.keys()).containsExactly("k", "k");
        for (int round = 0; round < 3; round++) { // copies are others
            Delivery last = shop.arrived().get(shop.arrived().size() - 1);
            bed.get(shop.settle(last, new Settlement.Later(Duration.ZERO, round, null)));
            arrival(shop, 3 + round);
        }
    }

    // ---- locks

    @Test
    void goesByTheLockThatTheServiceTells() {
        Member shop = join("shop");
        server.queue(QUEUE, BusEntity.Settings.USUAL.withLock(SHORT)); // shorter than is said here
        Delivery delivery = taken(shop, "k");
        bed.pass(SHORT.multipliedBy(3));
        assertThat(shop.lost()).isEmpty();
        bed.get(shop.settle(delivery, ACK));
    }

    @Test
    void aWrongClockLosesNoLock() {
        for (long wrong : new long[] {-600_000, 600_000}) {
            server.queue(QUEUE, BusEntity.Settings.USUAL.withLock(SHORT));
            Member shop = opened(bed.member(
                    "shop" + wrong,
                    binding(SHORT),
                    bed.config(),
                    ServiceBusBroker.TOKEN_LIFETIME,
                    () -> System.currentTimeMillis() + wrong));
            Delivery delivery = taken(shop, "k" + wrong);
            bed.pass(SHORT.multipliedBy(2));
            assertThat(shop.lost()).isEmpty();
            bed.get(shop.settle(delivery, ACK));
        }
    }

    @Test
    void settlesByTheOtherWayWhatCameByALinkThatIsGone() {
        Member shop = join("shop");
        Delivery acked = taken(shop, "a");
        Delivery dead = taken(shop, "d");
        Delivery later = taken(shop, "l");
        Delivery released = taken(shop, "r");
        server.detach(QUEUE, "amqp:link:detach-forced", "The link is idle");
        bed.await("links again", () -> isAnswered(shop.depth()));
        assertThat(shop.downs()).as("no outage").isEmpty();
        assertThat(shop.ups()).isEqualTo(1);
        assertThat(server.counts(QUEUE)).containsExactly(0, 4, 0);
        bed.get(shop.settle(acked, ACK));
        bed.get(shop.settle(dead, new Settlement.Dead("failed", "no", null)));
        bed.get(shop.settle(later, new Settlement.Later(LONG, 1, "not yet")));
        bed.get(shop.settle(released, new Settlement.Release()));
        assertThat(server.counts(QUEUE)).containsExactly(1, 0, 1);
        DeadLetter letter = bed.get(shop.deadLetters("", 10)).letters().get(0);
        assertThat(letter.reason()).isEqualTo("failed");
        assertThat(letter.error()).isEqualTo("no");
        assertThat(letter.key()).isEqualTo("d");
        assertThat(shop.lost()).isEmpty();
    }

    private boolean isAnswered(Future<?> future) {
        bed.await("an answer", future::isComplete);
        return future.succeeded();
    }

    @Test
    void aSettlementThatNobodyAnsweredIsFoundDone() {
        Member shop = join("shop");
        Delivery delivery = taken(shop, "a");
        server.swallow(true); // it is done, and the answer lost
        Future<Void> first = shop.settle(delivery, ACK);
        bed.await("it to be done", () -> server.counts(QUEUE).equals(List.of(0, 0, 0)));
        bed.breakDown();
        assertThat(bed.failure(first)).isEqualTo(QueueException.Kind.UNKNOWN);
        server.swallow(false);
        bed.bringBack();
        bed.await("it to be back", shop::isUp);
        bed.get(shop.settle(delivery, ACK));
        assertThat(shop.lost()).isEmpty();
    }

    // ---- what the service does

    @Test
    void waitsWhileTheServiceIsBusy() {
        Member shop = join("shop");
        server.beBusy(QUEUE, 1);
        assertThat(bed.failure(shop.enqueue(message("a")))).isEqualTo(QueueException.Kind.UNAVAILABLE);
        assertThat(down(shop)).contains("busy").doesNotContain("Reference");
        bed.await("it to be up again", shop::isUp);
        bed.get(shop.enqueue(message("a")));
    }

    @Test
    void isFullWhenTheServiceSaysSo() {
        Member shop = join("shop");
        server.queue(QUEUE, BusEntity.Settings.USUAL.withMaxMessages(1));
        bed.get(shop.enqueue(message("a")));
        assertThat(bed.failure(shop.enqueue(message("b")))).isEqualTo(QueueException.Kind.FULL);
        assertThat(shop.isUp()).isTrue();
        shop.dequeue(1);
        Delivery delivery = arrival(shop, 1);
        assertThat(bed.failure(shop.settle(delivery, new Settlement.Later(LONG, 1, null))))
                .as("it can be repeated")
                .isEqualTo(QueueException.Kind.UNAVAILABLE);
        bed.get(shop.settle(delivery, ACK));
    }

    @Test
    void aServiceThatSaysNothingIsGivenUp() {
        Member shop = join("shop");
        server.mute(true);
        Future<Receipt> sent = shop.enqueue(message("a"));
        assertThat(down(shop)).contains("does not answer");
        assertThat(bed.failure(sent)).isEqualTo(QueueException.Kind.UNKNOWN);
        server.mute(false);
        bed.await("it to be up again", shop::isUp);
        taken(shop, "b");
    }

    @Test
    void saysThatAQueueIsNotThereUntilItIs() {
        Member shop = bed.member(
                "shop", binding(LONG), bed.config(), ServiceBusBroker.TOKEN_LIFETIME, System::currentTimeMillis);
        shop.open();
        assertThat(down(shop))
                .contains("the queue orders")
                .contains("it is not there")
                .doesNotContain("TrackingId");
        server.queue(QUEUE, BusEntity.Settings.USUAL);
        bed.await("it to be up", shop::isUp);
        assertThat(shop.downs()).as("told once").hasSize(1);
    }

    @Test
    void refusesAQueueWithSessionsByName() {
        server.queue(QUEUE, BusEntity.Settings.USUAL.withSessions());
        Member shop = bed.member(
                "shop", binding(LONG), bed.config(), ServiceBusBroker.TOKEN_LIFETIME, System::currentTimeMillis);
        shop.open();
        assertThat(down(shop)).contains("sessions, which are not supported");
    }

    // ---- rights

    @Test
    void readsTheFileAnewWhenTheKeyIsRefused() throws Exception {
        server.queue(QUEUE, BusEntity.Settings.USUAL);
        Path file = file(server.connectionString());
        server.changeKey("YW5vdGhlcg==");
        Member shop = member(file, ServiceBusBroker.TOKEN_LIFETIME);
        shop.open();
        assertThat(down(shop)).contains("refuses the key").doesNotContain(ServiceBusServer.KEY);
        file(server.connectionString());
        bed.await("it to be up", shop::isUp);
        taken(shop, "a");
    }

    @Test
    void renewsItsTokensInTime() throws Exception {
        server.queue(QUEUE, BusEntity.Settings.USUAL);
        Member shop = opened(member(file(server.connectionString()), Duration.ofSeconds(3)));
        int first = server.putTokens();
        Delivery delivery = taken(shop, "a");
        bed.await("tokens to be renewed", () -> server.putTokens() >= first + 6);
        assertThat(shop.downs()).isEmpty();
        assertThat(shop.ups()).isEqualTo(1);
        bed.get(shop.settle(delivery, ACK));
    }

    @Test
    void aTokenThatIsOverIsAnOutage() throws Exception {
        server.queue(QUEUE, BusEntity.Settings.USUAL.withLock(LONG));
        Path file = file(server.connectionString());
        Member shop = opened(member(file, Duration.ofSeconds(4)));
        Delivery delivery = taken(shop, "a");
        server.changeKey("YW5vdGhlcg==");
        assertThat(down(shop)).contains("refuses the key");
        file(server.connectionString());
        bed.await("it to be up again", shop::isUp);
        bed.get(shop.settle(delivery, ACK));
        assertThat(shop.lost()).isEmpty();
    }

    @Test
    void aConnectionStringForAnotherQueueSaysSo() throws Exception {
        server.queue(QUEUE, BusEntity.Settings.USUAL);
        Member shop = member(file(server.connectionString() + ";EntityPath=invoices"), ServiceBusBroker.TOKEN_LIFETIME);
        shop.open();
        assertThat(down(shop)).contains("is for invoices alone (EntityPath), and not for orders");
    }

    @Test
    void aConnectionStringIsReadAnewAndMustNotLeadElsewhere() throws Exception {
        String first = "Endpoint=sb://h;SharedAccessKeyName=a;SharedAccessKey=hunter2";
        Path file = file(first + "\n");
        ServiceBusConfig config = ServiceBusBed.config(new JsonObject().put("connectionStringFile", file.toString()));
        file(first.replace("hunter2", "c"));
        assertThat(config.access().call().key()).isEqualTo("c");
        file(first.replace("//h", "//hunter2"));
        assertThatThrownBy(config.access()::call)
                .isInstanceOf(BrokerConfig.LoginException.class)
                .hasMessageContaining("leads elsewhere than to sb://h")
                .hasMessageNotContaining("hunter2");
        file("hunter2");
        assertThatThrownBy(config.access()::call)
                .isInstanceOf(BrokerConfig.LoginException.class)
                .hasMessageContaining("must be a connection string")
                .hasMessageNotContaining("hunter2");
    }

    // ---- TLS

    @Test
    void checksTheCertificateAndItsName() throws Exception {
        Certificates authority = new Certificates(directory.resolve("ca"));
        Certificates.Signed signed = authority.signed("bus", "ip:127.0.0.1");
        Certificates.Signed other = authority.signed("other", "dns:elsewhere");
        try (ServiceBusServer secure = ServiceBusServer.start(options(signed));
                ServiceBusServer elsewhere = ServiceBusServer.start(options(other))) {
            secure.queue(QUEUE, BusEntity.Settings.USUAL);
            JsonObject section = new JsonObject().put("connectionString", secure.connectionString());
            Member stranger = secured("stranger", section.copy());
            stranger.open();
            assertThat(down(stranger)).contains("its certificate is of nobody who is trusted");
            Member lost = secured(
                    "lost",
                    new JsonObject()
                            .put("connectionString", elsewhere.connectionString())
                            .put("caFile", authority.authority.toString()));
            lost.open();
            assertThat(down(lost)).contains("its certificate is of another host");
            Member shop = opened(secured("shop", section.put("caFile", authority.authority.toString())));
            bed.get(shop.enqueue(message("a")));
            bed.get(shop.close());
            bed.get(stranger.close());
            bed.get(lost.close());
        }
    }

    private static PemKeyCertOptions options(Certificates.Signed signed) {
        return new PemKeyCertOptions()
                .addCertPath(signed.certificate().toString())
                .addKeyPath(signed.key().toString());
    }

    private Member secured(String process, JsonObject section) {
        return bed.member(
                process,
                binding(LONG),
                ServiceBusBed.config(section),
                ServiceBusBroker.TOKEN_LIFETIME,
                System::currentTimeMillis);
    }
}
