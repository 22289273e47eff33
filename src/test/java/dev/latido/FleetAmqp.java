package dev.latido;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Hands messages in by AMQP, as any client does, with confirms. */
final class FleetAmqp implements FleetProducers.Stream {

    private static final int PIPELINED = 25;
    private static final int PATIENCE_MILLIS = 60_000;

    /** What cannot be work, with the reason. */
    private static final Map<String, String> UNFIT = Map.of("{\"n\":", "malformed", "huge", "too-large");

    private final FleetJournal journal;
    private final String queue;
    private final int port;
    private final int tooManyBytes;

    /**
     * Makes one.
     *
     * @param port where RabbitMQ is on this machine
     * @param tooManyBytes a payload's that is too large
     */
    FleetAmqp(FleetJournal journal, String queue, int port, int tooManyBytes) {
        this.journal = journal;
        this.queue = queue;
        this.port = port;
        this.tooManyBytes = tooManyBytes;
    }

    @Override
    public void run(Random random, int messages, String name) {
        Connection connection = null;
        List<String> unfit = new ArrayList<>(UNFIT.keySet());
        int acknowledged = 0;
        while (acknowledged < messages || !unfit.isEmpty()) {
            if (connection == null) {
                connection = connect();
                continue;
            }
            int before = acknowledged;
            int count = Math.min(1 + random.nextInt(PIPELINED), messages - acknowledged);
            boolean isAnswered = unfit.isEmpty() || addUnfit(connection, unfit.remove(0), name);
            acknowledged += isAnswered ? add(connection, random, count) : 0;
            if (!isAnswered || acknowledged < before + count) {
                connection.abort(1_000);
                connection = null;
                FleetProducers.pause();
            }
        }
        if (connection != null) {
            connection.abort(1_000);
        }
    }

    private @Nullable Connection connect() {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(port);
        factory.setAutomaticRecoveryEnabled(false);
        try {
            return factory.newConnection();
        } catch (IOException | TimeoutException notThere) {
            FleetProducers.pause();
            return null;
        }
    }

    /** Publishes some, and returns how many were confirmed: all or none. */
    private int add(Connection connection, Random random, int count) {
        List<Integer> sent = new ArrayList<>();
        boolean isConfirmed = publish(connection, channel -> {
            for (int i = 0; i < count; i++) {
                int number = journal.next();
                sent.add(number);
                String lane = random.nextInt(4) == 0 ? queue + ".high" : queue;
                publish(channel, lane, Map.of(), "{\"n\":" + number + "}");
            }
        });
        sent.forEach(number -> {
            if (isConfirmed) {
                journal.streamed(number);
            } else {
                journal.unanswered(number);
            }
        });
        return isConfirmed ? count : 0;
    }

    private boolean addUnfit(Connection connection, String payload, String name) {
        String reason = UNFIT.getOrDefault(payload, "");
        String unfit = name + "-" + reason;
        journal.sendsRefusable(unfit, reason);
        String body = payload.equals("huge") ? '"' + "x".repeat(tooManyBytes) + '"' : payload;
        boolean isConfirmed = publish(connection, channel -> publish(channel, queue, Map.of("unfit", unfit), body));
        if (isConfirmed) {
            journal.acknowledgedRefusable(unfit);
        }
        return isConfirmed;
    }

    private interface Publishing {
        void on(Channel channel) throws IOException;
    }

    private static boolean publish(Connection connection, Publishing publishing) {
        try (Channel channel = connection.createChannel()) {
            channel.confirmSelect();
            publishing.on(channel);
            channel.waitForConfirmsOrDie(PATIENCE_MILLIS);
            return true;
        } catch (IOException | TimeoutException | ShutdownSignalException lost) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void publish(Channel channel, String queue, Map<String, Object> headers, String body)
            throws IOException {
        channel.basicPublish(
                "",
                queue,
                new BasicProperties.Builder().deliveryMode(2).headers(headers).build(),
                body.getBytes(StandardCharsets.UTF_8));
    }
}
