package dev.latido.queue.servicebus;

import dev.latido.loop.EventLoop;
import dev.latido.queue.servicebus.BusException.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.proton.ProtonLinkOptions;
import io.vertx.proton.ProtonReceiver;
import io.vertx.proton.ProtonSender;
import io.vertx.proton.ProtonSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * Asks a node of the service, such as {@code $cbs}, which answers by a second link, as the draft "AMQP Management" of OASIS says:
 * an answer has the id of what it answers as its correlation id. On the broker's loop.
 */
final class Requests {

    /** How many may wait for their answers. */
    private static final int MAX_PENDING = 4_096;

    private static final int CREDIT = 100;

    private final ProtonSession session;
    private final String node;
    private final String replyTo;
    private final Supplier<ProtonLinkOptions> names;
    private final EventLoop loop;
    private final Told told;
    private final Map<String, Pending> pending = new LinkedHashMap<>();
    private final List<Pending> unsent = new ArrayList<>();
    private @Nullable ProtonSender sender;
    private @Nullable ProtonReceiver receiver;
    private long nextId;
    private boolean isEnded;

    /** What comes of it. */
    interface Told {

        /** A link of it is no more. */
        void closed(BusException why);

        /** It does not answer, and so nothing else will. */
        void silent(String what);
    }

    private record Pending(String id, Message request, Duration patience, Promise<Message> answer) {}

    /**
     * Makes one that is still to be opened.
     *
     * @param replyTo how this side is called there
     * @param names gives each link a name of its own
     */
    Requests(
            ProtonSession session,
            String node,
            String replyTo,
            Supplier<ProtonLinkOptions> names,
            EventLoop loop,
            Told told) {
        this.session = session;
        this.node = node;
        this.replyTo = replyTo;
        this.names = names;
        this.loop = loop;
        this.told = told;
    }

    /** Opens both links; completes when the service has, too. */
    Future<Void> open() {
        ProtonReceiver in = session.createReceiver(node, names.get());
        Target target = new Target();
        target.setAddress(replyTo);
        in.setTarget(target);
        in.setPrefetch(CREDIT);
        in.handler((delivery, message) -> loop.execute(() -> answered(message)));
        ProtonSender out = session.createSender(node, names.get());
        out.setAutoSettle(true);
        out.sendQueueDrainHandler(ready -> loop.execute(this::send));
        receiver = in;
        sender = out;
        return Future.all(
                        Links.open(in, "the node " + node, loop, told::closed),
                        Links.open(out, "the node " + node, loop, told::closed))
                .mapEmpty();
    }

    /**
     * Asks.
     *
     * @param patience how long the answer may take
     */
    Future<Message> ask(Message request, Duration patience) {
        if (isEnded || pending.size() >= MAX_PENDING) {
            return Future.failedFuture(new BusException(
                    Kind.NOT_SENT, isEnded ? "Service Bus is not connected" : "too much is on its way to Service Bus"));
        }
        String id = Long.toString(nextId++);
        request.setMessageId(id);
        request.setReplyTo(replyTo);
        Pending asked = new Pending(id, request, patience, Promise.promise());
        pending.put(id, asked);
        unsent.add(asked);
        EventLoop.Timer timer = loop.schedule(patience, () -> {
            if (pending.containsKey(id)) {
                told.silent("the node " + node);
            }
        });
        send();
        return asked.answer.future().onComplete(done -> timer.cancel());
    }

    private void send() {
        ProtonSender out = sender;
        while (out != null && !isEnded && !unsent.isEmpty() && !out.sendQueueFull()) {
            Pending next = unsent.remove(0);
            out.send(next.request, delivery -> {});
        }
    }

    private void answered(Message message) {
        Object id = message.getCorrelationId();
        Pending asked = id == null ? null : pending.remove(id.toString());
        if (asked != null) {
            asked.answer.complete(message);
        }
    }

    /** It cannot be used any more: what was asked may have been done or not. */
    void end(String why) {
        isEnded = true;
        List<Pending> left = List.copyOf(pending.values());
        pending.clear();
        List<Pending> never = List.copyOf(unsent);
        unsent.clear();
        left.forEach(each ->
                each.answer.fail(new BusException(never.contains(each) ? Kind.NOT_SENT : Kind.UNANSWERED, why)));
    }

    /** Closes both links. */
    void close() {
        if (sender != null) {
            sender.close();
        }
        if (receiver != null) {
            receiver.close();
        }
    }
}
