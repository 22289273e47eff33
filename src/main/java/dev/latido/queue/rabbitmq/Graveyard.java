package dev.latido.queue.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.LongString;
import dev.latido.job.Priority;
import dev.latido.queue.DeadLetter;
import dev.latido.queue.DeadLetters;
import dev.latido.queue.MessageFields;
import dev.latido.queue.QueueException;
import dev.latido.queue.QueueException.Kind;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The dead letters of a queue. RabbitMQ lists no messages: up to {@value #MOST} are taken from the head, looked at, and given
 * back in their order, so that another process sees fewer meanwhile. Calls block.
 *
 * @param on whose connection is used
 * @param topology the names
 */
record Graveyard(Link on, Topology topology) {

    /** How many are looked at. */
    static final int MOST = 500;

    /** How many characters of a payload are listed. */
    private static final int MAX_LISTED = 4_096;

    /** Submits what is work again. */
    interface Publisher {
        Future<Void> publish(Priority lane, BasicProperties properties, byte[] body);
    }

    private interface Visitor {
        /** Returns whether to go on. */
        boolean visit(Channel channel, GetResponse letter) throws Exception;
    }

    /** Visits dead letters from the head; what is not acknowledged meanwhile is given back. */
    private long visit(Visitor visitor) throws Exception {
        try (Channel channel = on.connection().createChannel()) {
            long total = channel.messageCount(topology.dead());
            long last = 0;
            for (int n = 0; n < MOST; n++) {
                GetResponse letter = channel.basicGet(topology.dead(), false);
                if (letter == null) {
                    break;
                }
                last = letter.getEnvelope().getDeliveryTag();
                if (!visitor.visit(channel, letter)) {
                    break;
                }
            }
            if (last > 0) {
                channel.basicNack(0, true, true); // all that are not acknowledged
                channel.messageCount(topology.dead()); // answered once they are on their way back
            }
            return total;
        }
    }

    /** Lists those behind {@code after}; one that is not there any more is passed by its time. */
    DeadLetters list(String after, int limit) throws Exception {
        List<DeadLetter> all = new ArrayList<>();
        long total = visit((channel, letter) -> all.add(read(letter)));
        int begin = 0;
        if (!after.isEmpty()) {
            begin = indexOf(all, after);
        }
        return new DeadLetters(all.subList(begin, Math.min(all.size(), begin + limit)), total, 0);
    }

    private static int indexOf(List<DeadLetter> all, String after) {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).id().equals(after)) {
                return i + 1;
            }
        }
        long time = time(after);
        int begin = 0;
        while (begin < all.size() && all.get(begin).diedAt() <= time) {
            begin++;
        }
        return begin;
    }

    private static long time(String id) {
        int end = id.indexOf('-');
        String digits = end < 0 ? "" : id.substring(0, end);
        return digits.matches("\\d{1,18}") ? Long.parseLong(digits) : 0;
    }

    /** Has those of these ids be work again; returns how many. */
    int replay(Set<String> ids, Publisher publisher) throws Exception {
        Set<String> left = new HashSet<>(ids);
        int[] replayed = {0};
        boolean[] isFull = {false};
        visit((channel, letter) -> {
            String id = read(letter).id();
            if (left.remove(id)) {
                if (!replay(letter, publisher)) {
                    isFull[0] = true;
                    return false;
                }
                channel.basicAck(letter.getEnvelope().getDeliveryTag(), false);
                replayed[0]++;
            }
            return !left.isEmpty();
        });
        if (replayed[0] == 0 && isFull[0]) {
            throw new QueueException(
                    Kind.FULL, "the queue " + topology.binding().name() + " has no room for them");
        }
        return replayed[0];
    }

    /** Submits one; false when there is no room. */
    private boolean replay(GetResponse letter, Publisher publisher) throws Exception {
        BasicProperties properties = letter.getProps();
        Priority lane = lane(properties);
        Wire wire = Wire.of(
                properties,
                letter.getBody(),
                Integer.MAX_VALUE,
                () -> read(letter).id());
        Future<Void> published = publisher.publish(
                topology.binding().lanes().contains(lane) ? lane : Priority.NORMAL,
                Wire.replayed(properties, wire.key()),
                letter.getBody());
        try {
            published
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(2 * Connector.ANSWER.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof QueueException known && known.kind() == Kind.FULL) {
                return false;
            }
            throw failed.getCause() instanceof QueueException known ? known : failed;
        }
    }

    private DeadLetter read(GetResponse letter) {
        BasicProperties properties = letter.getProps();
        Map<String, Object> headers = properties.getHeaders() == null ? Map.of() : properties.getHeaders();
        Map<String, String> texts = new LinkedHashMap<>();
        headers.forEach((name, value) -> {
            if (!name.startsWith("x-") && !name.startsWith(MessageFields.OWN)) {
                texts.put(name, String.valueOf(value));
            }
        });
        Death death = Death.of(headers);
        Wire wire = Wire.of(properties, letter.getBody(), Integer.MAX_VALUE, () -> "unnamed");
        String payload = new String(letter.getBody(), StandardCharsets.UTF_8);
        return new DeadLetter(
                death.at + "-" + (death.id.isEmpty() ? digest(letter) : death.id),
                wire.key(),
                lane(properties),
                payload.length() <= MAX_LISTED ? payload : payload.substring(0, MAX_LISTED),
                letter.getBody().length,
                death.reason,
                death.error,
                death.at,
                texts);
    }

    /**
     * How it became one.
     *
     * @param id what names it, where it was made one here; else empty
     */
    private record Death(String id, String reason, String error, long at) {

        static Death of(Map<String, Object> headers) {
            Object reason = headers.get(Wire.REASON);
            if (reason != null) {
                return new Death(
                        text(headers.get(Wire.DEAD_ID)),
                        text(reason),
                        text(headers.get(Wire.ERROR)),
                        headers.get(Wire.DIED_AT) instanceof Long at ? at : 0);
            }
            Map<?, ?> latestDeath = headers.get("x-death") instanceof List<?> deaths
                            && !deaths.isEmpty()
                            && deaths.get(0) instanceof Map<?, ?> latest
                    ? latest
                    : Map.of();
            String why = text(latestDeath.get("reason"));
            return new Death(
                    "",
                    why.replace('_', '-'),
                    "RabbitMQ made it one (" + why + ")",
                    latestDeath.get("time") instanceof Date time
                            ? time.toInstant().toEpochMilli()
                            : 0);
        }
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value instanceof LongString text ? text.toString() : String.valueOf(value);
    }

    private Priority lane(BasicProperties properties) {
        Map<String, Object> headers = properties.getHeaders() == null ? Map.of() : properties.getHeaders();
        String lane = text(headers.get(Topology.LANE));
        if (lane.isEmpty()
                && headers.get("x-death") instanceof List<?> deaths
                && !deaths.isEmpty()
                && deaths.get(0) instanceof Map<?, ?> latest) {
            String queue = text(latest.get("queue"));
            return topology.binding().lanes().stream()
                    .filter(each -> topology.lane(each).equals(queue))
                    .findFirst()
                    .orElse(Priority.NORMAL);
        }
        return Priority.ofWireName(lane).orElse(Priority.NORMAL);
    }

    /** Tells those apart that RabbitMQ made dead letters itself: two that are alike may stand for each other. */
    private static String digest(GetResponse letter) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(text(letter.getProps().getMessageId()).getBytes(StandardCharsets.UTF_8));
            digest.update(letter.getBody());
            return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
