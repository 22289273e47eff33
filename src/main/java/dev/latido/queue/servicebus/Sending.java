package dev.latido.queue.servicebus;

import dev.latido.loop.EventLoop;
import dev.latido.queue.servicebus.BusException.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.proton.ProtonDelivery;
import io.vertx.proton.ProtonSender;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/** Sends messages to one queue, by the credit that the service gives. On the broker's loop. */
final class Sending {

    /** How many messages may be on their way or wait for credit, and how many bytes they may have. */
    private static final int MAX_PENDING = 16_384;

    private static final long MAX_PENDING_BYTES = 64L * 1024 * 1024;

    private static final Duration SWEEP = Duration.ofSeconds(1);

    private final String queue;
    private final EventLoop loop;
    private final LongSupplier nanos;
    private final Consumer<String> silent;
    private final ArrayDeque<Entry> waiting = new ArrayDeque<>();
    private final Set<Entry> sent = new LinkedHashSet<>();
    private @Nullable ProtonSender sender;
    private long pendingBytes;
    private boolean isSweeping;

    /** A message that is to be confirmed. */
    private static final class Entry {
        private final Message message;
        private final Promise<Void> promise = Promise.promise();

        /** Since when it waits for credit, and then for an answer. */
        private long since;

        Entry(Message message, long since) {
            this.message = message;
            this.since = since;
        }
    }

    /**
     * Makes one that has no link yet.
     *
     * @param queue its name, for people
     * @param silent told when the service does not answer
     */
    Sending(String queue, EventLoop loop, LongSupplier nanos, Consumer<String> silent) {
        this.queue = queue;
        this.loop = loop;
        this.nanos = nanos;
        this.silent = silent;
    }

    void begin(ProtonSender begun) {
        sender = begun;
        begun.sendQueueDrainHandler(ready -> loop.execute(() -> {
            if (sender == begun) {
                send();
            }
        }));
    }

    /** There is no link any more: what was sent may be there or not. */
    void end(String why) {
        sender = null;
        List<Entry> unsent = List.copyOf(waiting);
        waiting.clear();
        List<Entry> unknown = List.copyOf(sent);
        sent.clear();
        unsent.forEach(each -> each.promise.tryFail(new BusException(Kind.NOT_SENT, why)));
        unknown.forEach(each -> each.promise.tryFail(new BusException(Kind.UNANSWERED, why)));
    }

    /**
     * Sends a message.
     *
     * @param bytes about how many it has
     * @return completes when the service has it
     */
    Future<Void> send(Message message, int bytes) {
        ProtonSender by = sender;
        if (by == null) {
            return Future.failedFuture(Links.gone());
        }
        long most = by.getRemoteMaxMessageSize() == null
                ? 0
                : by.getRemoteMaxMessageSize().longValue();
        if (most > 0 && bytes > most) {
            return Future.failedFuture(new BusException(
                    Kind.TOO_LARGE, "the message has " + bytes + " bytes, and " + queue + " takes " + most));
        }
        if (waiting.size() + sent.size() >= MAX_PENDING || pendingBytes + bytes > MAX_PENDING_BYTES) {
            return Future.failedFuture(new BusException(Kind.NOT_SENT, "too much is on its way to Service Bus"));
        }
        Entry entry = new Entry(message, nanos.getAsLong());
        pendingBytes += bytes;
        waiting.add(entry);
        sweepLater();
        send();
        return entry.promise.future().onComplete(done -> pendingBytes -= bytes);
    }

    private void send() {
        ProtonSender by = sender;
        while (by != null && !waiting.isEmpty() && !by.sendQueueFull()) {
            Entry entry = waiting.remove();
            entry.since = nanos.getAsLong();
            sent.add(entry);
            by.send(entry.message, delivery -> {
                DeliveryState state = delivery.getRemoteState();
                if (delivery.remotelySettled() || state instanceof Accepted || state instanceof Rejected) {
                    settled(delivery, entry, state);
                }
            });
        }
    }

    private void settled(ProtonDelivery delivery, Entry entry, @Nullable DeliveryState state) {
        delivery.settle();
        loop.execute(() -> {
            if (!sent.remove(entry)) {
                return;
            }
            if (state instanceof Accepted) {
                entry.promise.tryComplete();
            } else if (state instanceof Rejected rejected) {
                entry.promise.tryFail(BusException.of(rejected.getError(), "the queue " + queue));
            } else {
                entry.promise.tryFail(new BusException(Kind.OTHER, "the queue " + queue + " took no message"));
            }
        });
    }

    private void sweepLater() {
        if (isSweeping) {
            return;
        }
        isSweeping = true;
        loop.schedule(SWEEP, () -> {
            isSweeping = false;
            long oldest = nanos.getAsLong() - Bus.ANSWER.toNanos();
            if (sent.stream().anyMatch(each -> each.since - oldest < 0)) {
                silent.accept("the queue " + queue);
            }
            while (!waiting.isEmpty() && waiting.element().since - oldest < 0) {
                waiting.remove()
                        .promise
                        .tryFail(new BusException(Kind.NOT_SENT, "the queue " + queue + " gives no credit to send"));
            }
            if (!sent.isEmpty() || !waiting.isEmpty()) {
                sweepLater();
            }
        });
    }
}
