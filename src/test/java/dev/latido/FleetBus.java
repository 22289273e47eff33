package dev.latido;

import com.azure.core.amqp.AmqpRetryOptions;
import com.azure.core.amqp.exception.AmqpException;
import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusException;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Sends messages by Microsoft's own client of Azure Service Bus. */
final class FleetBus implements FleetProducers.Stream {

    private static final int PIPELINED = 25;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** What cannot be work, with the reason. */
    private static final Map<String, String> UNFIT = Map.of("{\"n\":", "malformed", "huge", "too-large");

    private final FleetJournal journal;
    private final String queue;
    private final String connectionString;
    private final int tooManyBytes;

    /**
     * Makes one.
     *
     * @param tooManyBytes a payload's that is too large
     */
    FleetBus(FleetJournal journal, String queue, String connectionString, int tooManyBytes) {
        this.journal = journal;
        this.queue = queue;
        this.connectionString = connectionString;
        this.tooManyBytes = tooManyBytes;
    }

    @Override
    public void run(Random random, int messages, String name) {
        Map<String, ServiceBusSenderClient> senders = new HashMap<>();
        List<String> unfit = new ArrayList<>(UNFIT.keySet());
        int acknowledged = 0;
        while (acknowledged < messages || !unfit.isEmpty()) {
            if (!unfit.isEmpty()) {
                sendUnfit(senders, unfit.remove(0), name);
                continue;
            }
            String lane = random.nextInt(4) == 0 ? queue + ".high" : queue;
            int count = Math.min(1 + random.nextInt(PIPELINED), messages - acknowledged);
            List<Integer> numbers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                numbers.add(journal.next());
            }
            List<ServiceBusMessage> all = numbers.stream()
                    .map(number -> new ServiceBusMessage("{\"n\":" + number + "}"))
                    .toList();
            int done = send(senders, lane, all);
            numbers.subList(0, done).forEach(journal::streamed);
            numbers.subList(done, count).forEach(journal::unanswered);
            acknowledged += done;
            if (done < count) {
                FleetProducers.pause();
            }
        }
        senders.values().forEach(ServiceBusSenderClient::close);
    }

    private void sendUnfit(Map<String, ServiceBusSenderClient> senders, String payload, String name) {
        String reason = UNFIT.getOrDefault(payload, "");
        String unfit = name + "-" + reason;
        journal.sendsRefusable(unfit, reason);
        ServiceBusMessage message =
                new ServiceBusMessage(payload.equals("huge") ? '"' + "x".repeat(tooManyBytes) + '"' : payload);
        message.getApplicationProperties().put("unfit", unfit);
        if (send(senders, queue, List.of(message)) == 1) {
            journal.acknowledgedRefusable(unfit);
        }
    }

    /** Sends some, one after the other, and returns how many were acknowledged. */
    private int send(Map<String, ServiceBusSenderClient> senders, String lane, List<ServiceBusMessage> messages) {
        ServiceBusSenderClient sender = senders.computeIfAbsent(
                lane,
                ignored -> new ServiceBusClientBuilder()
                        .connectionString(connectionString)
                        .retryOptions(new AmqpRetryOptions().setMaxRetries(0).setTryTimeout(PATIENCE))
                        .sender()
                        .queueName(lane)
                        .buildClient());
        int done = 0;
        try {
            for (ServiceBusMessage message : messages) {
                sender.sendMessage(message);
                done++;
            }
        } catch (ServiceBusException | AmqpException | IllegalStateException lost) {
            sender.close();
            senders.remove(lane);
        }
        return done;
    }
}
