package dev.latido.queue.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.ShutdownSignalException;
import dev.latido.loop.EventLoop;
import dev.latido.queue.QueueException;
import dev.latido.queue.QueueException.Kind;
import dev.latido.queue.Route;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Submits messages for one queue, on a channel of its own, so that RabbitMQ's refusal of one closes no other queue's. Each
 * message is confirmed, or is submitted again by whoever asked. On the broker's loop.
 */
final class Publishing {

    /** How many messages may be on their way, and how many bytes they may have. */
    private static final int MAX_PENDING = 16_384;

    private static final long MAX_PENDING_BYTES = 64L * 1024 * 1024;
    private static final Duration SWEEP = Duration.ofSeconds(1);

    private final Topology topology;
    private final EventLoop loop;
    private final LongSupplier nanos;
    private final Set<Integer> declared = new HashSet<>();
    private @Nullable Link link;
    private @Nullable Confirms confirms;
    private int pending;
    private long pendingBytes;
    private boolean isSweeping;

    /** A message that is to be confirmed. */
    private static final class Entry {
        private final Promise<Void> promise = Promise.promise();
        private final long sentAt;

        /** Whether it came back, as no queue was there for it; set before it is confirmed, on the thread that reads. */
        private boolean isReturned;

        Entry(long sentAt) {
            this.sentAt = sentAt;
        }
    }

    Publishing(Topology topology, EventLoop loop, LongSupplier nanos) {
        this.topology = topology;
        this.loop = loop;
        this.nanos = nanos;
    }

    void begin(Link begun) {
        end();
        link = begun;
        confirms = new Confirms(begun);
    }

    /** There is no connection any more: what was submitted may be there or not. */
    void end() {
        Confirms ended = confirms;
        link = null;
        confirms = null;
        declared.clear();
        if (ended != null) {
            ended.failAll();
        }
    }

    /** Submits a message for a queue at once, or for a lane after a delay of so many units. */
    Future<Void> publish(String queue, int units, BasicProperties properties, byte[] body) {
        return publish(
                body,
                (now, on) -> delay(now, units)
                        .compose(ignored -> units == 0
                                ? on.publish(Topology.DEFAULT_EXCHANGE, queue, properties, body)
                                : on.publish(
                                        topology.step(Topology.steps(units).get(0)),
                                        Topology.digits(units),
                                        properties,
                                        body)));
    }

    /** Submits a message at an exchange, which has to have a queue for it. */
    Future<Void> publish(Route route, BasicProperties properties, byte[] body) {
        return publish(body, (now, on) -> on.publish(route.exchange(), route.routingKey(), properties, body));
    }

    private interface Sending {
        Future<Void> send(Link now, Confirms on);
    }

    private Future<Void> publish(byte[] body, Sending sending) {
        Link now = link;
        Confirms on = confirms;
        if (now == null || on == null) {
            return refuse(Kind.UNAVAILABLE, "RabbitMQ is not connected");
        }
        String blocked = now.blocked();
        if (blocked != null) {
            return refuse(Kind.UNAVAILABLE, "RabbitMQ takes no messages now: " + blocked);
        }
        if (pending >= MAX_PENDING || pendingBytes + body.length > MAX_PENDING_BYTES) {
            return refuse(Kind.UNAVAILABLE, "too much is on its way to RabbitMQ");
        }
        pending++;
        pendingBytes += body.length;
        sweepLater();
        return sending.send(now, on).onComplete(done -> {
            pending--;
            pendingBytes -= body.length;
        });
    }

    /** Declares what a delay needs, once for each connection. */
    private Future<Void> delay(Link now, int units) {
        List<Integer> steps = Topology.steps(units);
        if (declared.containsAll(steps)) {
            return Future.succeededFuture();
        }
        return now.<Void>call(() -> {
                    try (Channel channel = now.connection().createChannel()) {
                        topology.declareDelay(channel, units);
                    }
                    return null;
                })
                .onSuccess(done -> {
                    if (now == link) {
                        declared.addAll(steps);
                    }
                })
                .recover(failure -> refuse(Kind.UNAVAILABLE, Failure.of(failure).why()));
    }

    /** Returns the steps that are known to be there. */
    Set<Integer> steps() {
        return Set.copyOf(declared);
    }

    private void sweepLater() {
        if (!isSweeping) {
            isSweeping = true;
            loop.schedule(SWEEP, () -> {
                isSweeping = false;
                if (confirms != null) {
                    confirms.giveUpOld();
                }
                if (pending > 0) {
                    sweepLater();
                }
            });
        }
    }

    private String noQueue() {
        Route route = topology.published();
        return route == null
                ? "the queue was removed from RabbitMQ"
                : "no queue gets what is published to " + route + ": bind one to it";
    }

    private String full() {
        Route route = topology.published();
        return route == null
                ? "the queue " + topology.binding().name() + " has "
                        + topology.binding().capacity() + " messages, or RabbitMQ cannot write it"
                : "a queue that gets what is published to " + route + " is full, or RabbitMQ cannot write it";
    }

    static <T> Future<T> refuse(Kind kind, String message) {
        return Future.failedFuture(new QueueException(kind, message));
    }

    /** One channel after the other, on one connection. All but the entries are of the connection's thread. */
    private final class Confirms {
        private final Link on;
        private final Map<Long, Entry> all = new ConcurrentHashMap<>();
        private @Nullable Opened opened;
        private long nextNumber;

        Confirms(Link on) {
            this.on = on;
        }

        Future<Void> publish(String exchange, String key, BasicProperties properties, byte[] body) {
            Entry entry = new Entry(nanos.getAsLong());
            long number = nextNumber++;
            all.put(number, entry);
            on.<Void>call(() -> {
                        open().publish(number, entry, exchange, key, Wire.numbered(properties, number), body);
                        return null;
                    })
                    .onFailure(failure ->
                            fail(number, Kind.UNKNOWN, Failure.of(failure).why()));
            return entry.promise.future();
        }

        private Opened open() throws IOException {
            Opened now = opened;
            if (now == null || !now.channel.isOpen()) {
                now = new Opened(on.connection().createChannel());
                opened = now;
            }
            return now;
        }

        private void fail(long number, Kind kind, String why) {
            Entry entry = all.remove(number);
            if (entry != null) {
                entry.promise.tryFail(new QueueException(kind, why));
            }
        }

        private void confirmed(long number, boolean isTaken) {
            Entry entry = all.remove(number);
            if (entry == null) {
                return;
            }
            if (entry.isReturned) {
                entry.promise.tryFail(new QueueException(Kind.UNAVAILABLE, noQueue()));
            } else if (isTaken) {
                entry.promise.tryComplete();
            } else {
                entry.promise.tryFail(new QueueException(Kind.FULL, full()));
            }
        }

        private void failAll() {
            List.copyOf(all.keySet())
                    .forEach(number -> fail(number, Kind.UNKNOWN, "the connection to RabbitMQ was lost"));
        }

        private void giveUpOld() {
            long oldest = nanos.getAsLong() - Connector.ANSWER.toNanos();
            all.forEach((number, entry) -> {
                if (entry.sentAt - oldest < 0) {
                    fail(number, Kind.UNKNOWN, "RabbitMQ does not confirm");
                }
            });
        }

        /** One channel. */
        private final class Opened implements ConfirmListener {
            private final Channel channel;

            /** The numbers of what is to be confirmed, by those that the channel counts. */
            private final ConcurrentSkipListMap<Long, Long> numbers = new ConcurrentSkipListMap<>();

            Opened(Channel channel) throws IOException {
                this.channel = channel;
                channel.confirmSelect();
                channel.addConfirmListener(this);
                channel.addReturnListener(returned -> {
                    Object number = returned.getProperties().getHeaders().get(Wire.NUMBER);
                    Entry entry = number instanceof Long known ? all.get(known) : null;
                    if (entry != null) {
                        entry.isReturned = true;
                    }
                });
                channel.addShutdownListener(this::closed);
            }

            void publish(long number, Entry entry, String exchange, String key, BasicProperties properties, byte[] body)
                    throws IOException {
                if (entry.promise.future().isComplete()) {
                    return; // it took too long to come to this
                }
                numbers.put(channel.getNextPublishSeqNo(), number);
                channel.basicPublish(exchange, key, true, properties, body);
            }

            @Override
            public void handleAck(long tag, boolean isMultiple) {
                confirmed(tag, isMultiple, true);
            }

            @Override
            public void handleNack(long tag, boolean isMultiple) {
                confirmed(tag, isMultiple, false);
            }

            private void confirmed(long tag, boolean isMultiple, boolean isTaken) {
                Map<Long, Long> those = isMultiple ? numbers.headMap(tag, true) : numbers.subMap(tag, true, tag, true);
                List<Long> told = List.copyOf(those.values());
                those.clear();
                loop.execute(() -> told.forEach(number -> Confirms.this.confirmed(number, isTaken)));
            }

            private void closed(ShutdownSignalException ended) {
                List<Long> open = List.copyOf(numbers.values());
                String why = Failure.of(ended).why();
                loop.execute(() -> open.forEach(number -> fail(number, Kind.UNKNOWN, why)));
            }
        }
    }
}
