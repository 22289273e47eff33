package dev.latido.queue.servicebus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.amqp.AmqpRetryOptions;
import com.azure.core.amqp.exception.AmqpErrorCondition;
import com.azure.core.amqp.exception.AmqpException;
import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusException;
import com.azure.messaging.servicebus.ServiceBusFailureReason;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import com.azure.messaging.servicebus.models.DeadLetterOptions;
import com.azure.messaging.servicebus.models.SubQueue;
import dev.latido.job.Priority;
import dev.latido.queue.Delivery;
import dev.latido.queue.Member;
import dev.latido.queue.Message;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueBinding.Existing;
import dev.latido.queue.Settlement;
import dev.latido.room.FullMode;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Microsoft's own client of Azure Service Bus finds at the stand-in what it finds at Azure. */
@Timeout(240)
class ServiceBusSdkTest {

    private static final String QUEUE = "orders";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static ServiceBusServer server;
    private final List<AutoCloseable> clients = new ArrayList<>();

    @BeforeAll
    static void start() {
        server = ServiceBusServer.start();
    }

    @AfterAll
    static void end() {
        server.close();
    }

    @AfterEach
    void clear() throws Exception {
        for (AutoCloseable client : clients) {
            client.close();
        }
        assertThat(server.faults()).isEmpty();
        server.clear();
    }

    private static ServiceBusClientBuilder builder() {
        return new ServiceBusClientBuilder()
                .connectionString(server.connectionString())
                .retryOptions(new AmqpRetryOptions().setMaxRetries(0).setTryTimeout(PATIENCE));
    }

    private ServiceBusSenderClient sender() {
        ServiceBusSenderClient sender = builder().sender().queueName(QUEUE).buildClient();
        clients.add(sender);
        return sender;
    }

    private ServiceBusReceiverClient receiver(SubQueue part) {
        ServiceBusReceiverClient receiver = builder()
                .receiver()
                .queueName(QUEUE)
                .subQueue(part)
                .maxAutoLockRenewDuration(Duration.ZERO)
                .buildClient();
        clients.add(receiver);
        return receiver;
    }

    private static ServiceBusReceivedMessage one(ServiceBusReceiverClient receiver) {
        return receiver.receiveMessages(1, PATIENCE).stream().findFirst().orElseThrow();
    }

    private static void usual() {
        server.queue(QUEUE, BusEntity.Settings.USUAL);
    }

    @Test
    void sendsAndCompletes() {
        usual();
        ServiceBusMessage message = new ServiceBusMessage("{\"ä\":1}");
        message.setMessageId("k");
        message.getApplicationProperties().put("p", "q");
        sender().sendMessage(message);
        ServiceBusReceiverClient receiver = receiver(SubQueue.NONE);
        ServiceBusReceivedMessage taken = one(receiver);
        assertThat(taken.getBody().toString()).isEqualTo("{\"ä\":1}");
        assertThat(taken.getMessageId()).isEqualTo("k");
        assertThat(taken.getApplicationProperties()).containsEntry("p", "q");
        assertThat(taken.getSequenceNumber()).isEqualTo(1);
        assertThat(taken.getDeliveryCount()).isZero();
        assertThat(taken.getLockedUntil()).isAfter(OffsetDateTime.now(ZoneOffset.UTC));
        receiver.complete(taken);
        assertThat(server.counts(QUEUE)).containsExactly(0, 0, 0);
    }

    @Test
    void renewsALock() {
        usual();
        sender().sendMessage(new ServiceBusMessage("1"));
        ServiceBusReceiverClient receiver = receiver(SubQueue.NONE);
        ServiceBusReceivedMessage taken = one(receiver);
        OffsetDateTime before = taken.getLockedUntil();
        OffsetDateTime after = receiver.renewMessageLock(taken);
        assertThat(after).isAfterOrEqualTo(before);
        receiver.complete(taken);
    }

    @Test
    void isToldOfALockThatIsOver() {
        server.queue(QUEUE, BusEntity.Settings.USUAL.withLock(Duration.ofSeconds(1)));
        sender().sendMessage(new ServiceBusMessage("1"));
        ServiceBusReceiverClient receiver = receiver(SubQueue.NONE);
        ServiceBusReceivedMessage taken = one(receiver);
        ServiceBusReceivedMessage again = one(receiver);
        assertThat(again.getDeliveryCount()).isEqualTo(1);
        assertThat(again.getLockToken()).isNotEqualTo(taken.getLockToken());
        assertThatThrownBy(() -> receiver.complete(taken))
                .isInstanceOfSatisfying(
                        ServiceBusException.class,
                        lost -> assertThat(lost.getReason()).isEqualTo(ServiceBusFailureReason.MESSAGE_LOCK_LOST));
    }

    @Test
    void abandonsUntilItIsADeadLetter() {
        server.queue(QUEUE, BusEntity.Settings.USUAL.withMaxDeliveries(2));
        sender().sendMessage(new ServiceBusMessage("1"));
        ServiceBusReceiverClient receiver = receiver(SubQueue.NONE);
        receiver.abandon(one(receiver));
        receiver.abandon(one(receiver));
        ServiceBusReceivedMessage dead = one(receiver(SubQueue.DEAD_LETTER_QUEUE));
        assertThat(dead.getDeadLetterReason()).isEqualTo("MaxDeliveryCountExceeded");
    }

    @Test
    void makesADeadLetter() {
        usual();
        sender().sendMessage(new ServiceBusMessage("1"));
        ServiceBusReceiverClient receiver = receiver(SubQueue.NONE);
        receiver.deadLetter(
                one(receiver),
                new DeadLetterOptions().setDeadLetterReason("failed").setDeadLetterErrorDescription("no"));
        ServiceBusReceiverClient graveyard = receiver(SubQueue.DEAD_LETTER_QUEUE);
        ServiceBusReceivedMessage dead = one(graveyard);
        assertThat(dead.getDeadLetterReason()).isEqualTo("failed");
        assertThat(dead.getDeadLetterErrorDescription()).isEqualTo("no");
        graveyard.complete(dead);
        assertThat(server.peek(QUEUE + "/$deadletterqueue")).isEmpty();
    }

    @Test
    void schedulesAndCancels() {
        usual();
        ServiceBusSenderClient sender = sender();
        OffsetDateTime later = OffsetDateTime.now(ZoneOffset.UTC).plusMinutes(10);
        long first = sender.scheduleMessage(new ServiceBusMessage("1"), later);
        sender.scheduleMessage(new ServiceBusMessage("2"), later);
        sender.scheduleMessage(
                new ServiceBusMessage("3"), OffsetDateTime.now(ZoneOffset.UTC).plusSeconds(1));
        assertThat(server.counts(QUEUE)).containsExactly(0, 0, 3);
        sender.cancelScheduledMessage(first);
        ServiceBusReceiverClient receiver = receiver(SubQueue.NONE);
        ServiceBusReceivedMessage taken = one(receiver);
        assertThat(taken.getBody().toString()).isEqualTo("3");
        receiver.complete(taken);
        assertThat(server.counts(QUEUE)).containsExactly(0, 0, 1);
    }

    @Test
    void peeks() {
        usual();
        ServiceBusSenderClient sender = sender();
        sender.sendMessage(new ServiceBusMessage("1"));
        sender.sendMessage(new ServiceBusMessage("2"));
        ServiceBusReceiverClient receiver = receiver(SubQueue.NONE);
        assertThat(receiver.peekMessages(10))
                .extracting(each -> each.getBody().toString())
                .containsExactly("1", "2");
        assertThat(server.counts(QUEUE)).containsExactly(2, 0, 0);
    }

    @Test
    void detectsDuplicates() {
        server.queue(QUEUE, BusEntity.Settings.USUAL.withDedup(Duration.ofMinutes(10)));
        ServiceBusSenderClient sender = sender();
        for (int n = 0; n < 2; n++) {
            sender.sendMessage(new ServiceBusMessage("1").setMessageId("k"));
        }
        assertThat(server.counts(QUEUE)).containsExactly(1, 0, 0);
    }

    @Test
    void isRefusedWithAnotherKeyAndFindsNoQueueThatIsNotThere() {
        usual();
        ServiceBusClientBuilder other = new ServiceBusClientBuilder()
                .connectionString(server.connectionString().replace(ServiceBusServer.KEY, "YW5vdGhlciBrZXk="))
                .retryOptions(new AmqpRetryOptions().setMaxRetries(0).setTryTimeout(PATIENCE));
        ServiceBusSenderClient refused = other.sender().queueName(QUEUE).buildClient();
        clients.add(refused);
        assertThatThrownBy(() -> refused.sendMessage(new ServiceBusMessage("1")))
                .hasMessageContaining("InvalidSignature");
        ServiceBusSenderClient lost = builder().sender().queueName("nobody").buildClient();
        clients.add(lost);
        assertThatThrownBy(() -> lost.sendMessage(new ServiceBusMessage("1")))
                .isInstanceOfSatisfying(
                        ServiceBusException.class,
                        failure -> assertThat(failure.getReason())
                                .isEqualTo(ServiceBusFailureReason.MESSAGING_ENTITY_NOT_FOUND));
    }

    @Test
    void isToldWhenTheServiceIsBusy() {
        usual();
        ServiceBusSenderClient sender = sender();
        server.beBusy(QUEUE, 1);
        assertThatThrownBy(() -> sender.sendMessage(new ServiceBusMessage("1")))
                .rootCause()
                .isInstanceOfSatisfying(
                        AmqpException.class,
                        failure -> assertThat(failure.getErrorCondition())
                                .isEqualTo(AmqpErrorCondition.SERVER_BUSY_ERROR));
        sender.sendMessage(new ServiceBusMessage("2"));
        assertThat(server.counts(QUEUE)).containsExactly(1, 0, 0);
    }

    // ---- with what is here

    private static Member join(ServiceBusBed bed) {
        QueueBinding binding = new QueueBinding(
                QUEUE,
                "latido",
                List.of(Priority.NORMAL),
                Duration.ofMinutes(5),
                0,
                FullMode.REJECT,
                1_000,
                Duration.ZERO,
                Duration.ofHours(1),
                Existing.ASK,
                true);
        Member shop = bed.member("shop", binding);
        shop.open();
        bed.await("it to be up", shop::isUp);
        return shop;
    }

    @Test
    void whatItSendsIsTakenHere() {
        ServiceBusBed bed = new ServiceBusBed(server);
        Member shop = join(bed);
        ServiceBusMessage message = new ServiceBusMessage("{\"ä\":[1.0,\"<€>\"]}").setMessageId("k");
        message.getApplicationProperties().put(Delivery.TRACEPARENT, "00-1");
        sender().sendMessage(message);
        shop.dequeue(1);
        bed.await("it to come", () -> !shop.arrived().isEmpty());
        Delivery delivery = shop.arrived().get(0);
        assertThat(delivery.key()).isEqualTo("k");
        assertThat(delivery.payload()).isEqualTo("{\"ä\":[1.0,\"<€>\"]}");
        assertThat(delivery.properties()).containsEntry(Delivery.TRACEPARENT, "00-1");
        bed.get(shop.settle(delivery, new Settlement.Dead("failed", "it was Monday", null)));
        ServiceBusReceiverClient graveyard = receiver(SubQueue.DEAD_LETTER_QUEUE);
        ServiceBusReceivedMessage dead = one(graveyard);
        assertThat(dead.getDeadLetterReason()).isEqualTo("failed");
        assertThat(dead.getDeadLetterErrorDescription()).isEqualTo("it was Monday");
        graveyard.complete(dead);
        bed.get(shop.close());
        bed.close();
    }

    @Test
    void readsWhatIsSentHere() {
        ServiceBusBed bed = new ServiceBusBed(server);
        Member shop = join(bed);
        bed.get(shop.enqueue(new Message(
                "k",
                false,
                "{\"ä\":[1.0,\"<€>\"]}",
                Priority.NORMAL,
                Duration.ZERO,
                Map.of(Delivery.TRACEPARENT, "00-1"))));
        bed.get(shop.enqueue(new Message("later", false, "1", Priority.NORMAL, Duration.ofMinutes(10), Map.of())));
        ServiceBusReceiverClient receiver = receiver(SubQueue.NONE);
        ServiceBusReceivedMessage taken = one(receiver);
        assertThat(taken.getMessageId()).isEqualTo("k");
        assertThat(taken.getBody().toString()).isEqualTo("{\"ä\":[1.0,\"<€>\"]}");
        assertThat(taken.getContentType()).isEqualTo("application/json");
        assertThat(taken.getApplicationProperties()).containsEntry(Delivery.TRACEPARENT, "00-1");
        receiver.complete(taken);
        ServiceBusReceivedMessage scheduled = receiver.peekMessage();
        assertThat(scheduled.getMessageId()).isEqualTo("later");
        assertThat(scheduled.getScheduledEnqueueTime())
                .isAfter(OffsetDateTime.now(ZoneOffset.UTC).plusMinutes(9));
        bed.get(shop.close());
        bed.close();
    }
}
