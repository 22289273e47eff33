package dev.latido.queue.servicebus;

import dev.latido.queue.servicebus.Bus.Answers;
import io.vertx.core.Future;
import io.vertx.proton.ProtonHelper;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.message.Message;

/**
 * What the management node of a queue does, as
 * <a href="https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response">AMQP request/response
 * operations</a> has it.
 *
 * @param requests asks the node
 * @param queue its queue, for people
 */
record Management(Requests requests, String queue) {

    static final String COMPLETED = "completed";
    static final String ABANDONED = "abandoned";
    static final String SUSPENDED = "suspended";

    private static final int OK = 200;
    private static final int NO_CONTENT = 204;
    private static final String STATUS = "statusCode";

    private Future<Message> ask(String operation, Map<String, Object> body) {
        Message request = ProtonHelper.message();
        Map<String, Object> properties = new HashMap<>();
        properties.put("operation", "com.microsoft:" + operation);
        properties.put("com.microsoft:server-timeout", Math.toIntExact(Bus.ANSWER.toMillis()));
        request.setApplicationProperties(new ApplicationProperties(properties));
        request.setBody(new AmqpValue(body));
        return requests.ask(request, Bus.ANSWER).compose(answer -> {
            int status = Answers.number(answer, STATUS).orElse(0);
            return status == OK || status == NO_CONTENT
                    ? Future.succeededFuture(answer)
                    : Future.failedFuture(BusException.of(
                            status,
                            Answers.text(answer, "errorCondition").orElse(null),
                            Answers.text(answer, "statusDescription").orElse(""),
                            "the queue " + queue));
        });
    }

    /** Returns a part of an answer's body. */
    private static <T> T part(Message answer, String name, Class<T> type, T absent) {
        Object part = answer.getBody() instanceof AmqpValue value && value.getValue() instanceof Map<?, ?> map
                ? map.get(name)
                : null;
        return type.isInstance(part) ? type.cast(part) : absent;
    }

    /** Renews locks, all or none of them; returns until when they last, by the service's clock, in milliseconds since 1970. */
    Future<List<Long>> renew(List<UUID> locks) {
        return ask("renew-lock", Map.of("lock-tokens", locks.toArray(UUID[]::new)))
                .map(answer -> {
                    List<Long> ends = new ArrayList<>();
                    for (Object end : part(answer, "expirations", Object[].class, new Object[0])) {
                        ends.add(end instanceof Date date ? date.toInstant().toEpochMilli() : 0L);
                    }
                    return ends;
                });
    }

    /**
     * Ends a lock whose message came by a link that is no more.
     *
     * @param status how
     * @param said what becomes part of the message
     */
    Future<Void> settle(UUID lock, String status, Map<String, Object> said) {
        Map<String, Object> body = new HashMap<>();
        body.put("disposition-status", status);
        body.put("lock-tokens", new UUID[] {lock});
        if (status.equals(SUSPENDED)) {
            Map<String, Object> others = new HashMap<>(said);
            body.put("deadletter-reason", others.remove(Wire.REASON));
            body.put("deadletter-description", others.remove(Wire.ERROR));
            body.put("properties-to-modify", others);
        }
        return ask("update-disposition", body).mapEmpty();
    }

    /**
     * Looks at messages without locking them: what is ready, locked, delayed or set aside.
     *
     * @param from the least number that the service gave them
     * @param count how many at most; there may be more than come
     */
    Future<List<Message>> peek(long from, int count) {
        Map<String, Object> body = new HashMap<>();
        body.put("from-sequence-number", from);
        body.put("message-count", count);
        return ask("peek-message", body)
                .map(Management::messages)
                .recover(failure -> BusException.is(failure, BusException.Kind.LOCK_LOST)
                        ? Future.succeededFuture(List.of()) // it said that none was found
                        : Future.failedFuture(failure));
    }

    private static List<Message> messages(Message answer) {
        List<Message> messages = new ArrayList<>();
        for (Object each : part(answer, "messages", List.class, List.of())) {
            if (each instanceof Map<?, ?> entry && entry.get("message") instanceof Binary bytes) {
                Message message = Proton.message();
                message.decode(bytes.getArray(), bytes.getArrayOffset(), bytes.getLength());
                messages.add(message);
            }
        }
        return messages;
    }
}
