package dev.latido.queue.storagequeue;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the service is asked for, as its REST API has it
 * (<a href="https://learn.microsoft.com/rest/api/storageservices/queue-service-rest-api">Queue Storage REST API</a>).
 *
 * @param queue which queue
 * @param path what of it: empty for the queue itself
 * @param query the parameters, not encoded
 * @param body XML; null for none
 */
record Operation(
        HttpMethod method,
        String queue,
        String path,
        SortedMap<String, String> query,
        @Nullable Buffer body) {

    private static final String MESSAGES = "/messages";
    private static final String VISIBILITY = "visibilitytimeout";
    private static final String RECEIPT = "popreceipt";

    /** How many messages can be taken at once. */
    static final int MAX_MESSAGES = 32;

    /** For how long a message can be hidden at most. */
    static final Duration MAX_VISIBILITY = Duration.ofDays(7);

    /** Stands for a message that never expires by itself: without it, seven days are meant. */
    static final long NEVER = -1;

    private static Operation of(
            HttpMethod method, String queue, String path, Map<String, String> query, @Nullable Buffer body) {
        return new Operation(method, queue, path, new TreeMap<>(query), body);
    }

    static Operation create(String queue) {
        return of(HttpMethod.PUT, queue, "", Map.of(), null);
    }

    /** Asks how many messages there are, about. */
    static Operation metadata(String queue) {
        return of(HttpMethod.GET, queue, "", Map.of("comp", "metadata"), null);
    }

    /**
     * Submits a message.
     *
     * @param ttlSeconds after which it vanishes, or {@link #NEVER}
     */
    static Operation put(String queue, String text, Duration delay, long ttlSeconds) {
        Map<String, String> query = Map.of(VISIBILITY, seconds(delay), "messagettl", Long.toString(ttlSeconds));
        return of(HttpMethod.POST, queue, MESSAGES, query, Xml.message(text));
    }

    /** Takes messages and hides them from others for a time. */
    static Operation take(String queue, int count, Duration visibility) {
        Map<String, String> query = Map.of("numofmessages", Integer.toString(count), VISIBILITY, seconds(visibility));
        return of(HttpMethod.GET, queue, MESSAGES, query, null);
    }

    /** Looks at messages and leaves them where they are. */
    static Operation peek(String queue, int count) {
        Map<String, String> query = Map.of("peekonly", "true", "numofmessages", Integer.toString(count));
        return of(HttpMethod.GET, queue, MESSAGES, query, null);
    }

    /**
     * Hides a message for a time from now on.
     *
     * @param text what it says from now on; null for the same as before
     */
    static Operation update(String queue, String id, String receipt, Duration visibility, @Nullable String text) {
        Map<String, String> query = Map.of(RECEIPT, receipt, VISIBILITY, seconds(visibility));
        return of(HttpMethod.PUT, queue, MESSAGES + "/" + id, query, text == null ? null : Xml.message(text));
    }

    static Operation delete(String queue, String id, String receipt) {
        return of(HttpMethod.DELETE, queue, MESSAGES + "/" + id, Map.of(RECEIPT, receipt), null);
    }

    /** Returns whole seconds, not fewer, up to the most there may be. */
    private static String seconds(Duration duration) {
        Duration bounded = duration.compareTo(MAX_VISIBILITY) > 0 ? MAX_VISIBILITY : duration;
        return Long.toString(bounded.plusNanos(999_999_999).toSeconds());
    }

    /** Returns the path below the account. */
    String target() {
        return "/" + queue + path;
    }

    String encodedQuery() {
        return query.entrySet().stream()
                .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }
}
