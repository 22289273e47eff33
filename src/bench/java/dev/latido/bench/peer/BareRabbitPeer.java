package dev.latido.bench.peer;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * RabbitMQ's own client, used as its documentation has it where nothing may be lost: a quorum queue, persistent messages whose
 * confirms are waited for, and acknowledgements by hand, each as soon as its work is done.
 */
final class BareRabbitPeer implements Peer {

    private static final String QUEUE = "bare";
    private static final int PATIENCE_SECONDS = 60;

    private final Connection publishing;
    private final Connection taking;
    private final Channel publisher;
    private final Channel consumer;
    private final Semaphore unconfirmed;
    private final int producers;
    private final AtomicLong acknowledged = new AtomicLong();
    private long handedIn;

    /**
     * Connects to the RabbitMQ on port {@code -Dbench.broker}.
     *
     * @param producers how many messages are not confirmed at once
     */
    BareRabbitPeer(int producers) throws Exception {
        this.producers = producers;
        unconfirmed = new Semaphore(producers);
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(Integer.getInteger("bench.broker"));
        publishing = factory.newConnection();
        taking = factory.newConnection();
        publisher = publishing.createChannel();
        publisher.confirmSelect();
        publisher.addConfirmListener(new ConfirmCount());
        consumer = taking.createChannel();
        consumer.queueDeclare(QUEUE, true, false, false, Map.of("x-queue-type", "quorum"));
        consumer.basicQos(2 * Integer.getInteger("bench.concurrency"));
        consumer.basicConsume(QUEUE, false, new DefaultConsumer(consumer) {
            @Override
            public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body)
                    throws IOException {
                Work.run(new String(body, StandardCharsets.UTF_8));
                consumer.basicAck(envelope.getDeliveryTag(), false);
                acknowledged.incrementAndGet();
            }
        });
    }

    /** Lets as many more go as were confirmed. */
    private final class ConfirmCount implements com.rabbitmq.client.ConfirmListener {
        private long confirmed;

        @Override
        public synchronized void handleAck(long tag, boolean isAllUpToIt) {
            unconfirmed.release(isAllUpToIt ? (int) (tag - confirmed) : 1);
            confirmed = isAllUpToIt ? tag : confirmed + 1;
        }

        @Override
        public void handleNack(long tag, boolean isAllUpToIt) {
            throw new IllegalStateException("RabbitMQ refused " + tag);
        }
    }

    @Override
    public void submit(int first, int count) throws Exception {
        handedIn += count;
        BasicProperties properties = new BasicProperties.Builder()
                .deliveryMode(2)
                .contentType("application/json")
                .build();
        for (int number = first; number < first + count; number++) {
            await(1);
            publisher.basicPublish("", QUEUE, properties, Work.payload(number).getBytes(StandardCharsets.UTF_8));
        }
        await(producers); // all are confirmed
        unconfirmed.release(producers);
    }

    private void await(int permits) throws InterruptedException {
        if (!unconfirmed.tryAcquire(permits, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("RabbitMQ confirms nothing");
        }
    }

    @Override
    public boolean isIdle() throws IOException {
        return acknowledged.get() == handedIn && consumer.messageCount(QUEUE) == 0;
    }

    @Override
    public void close() {
        try {
            publishing.close();
            taking.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
