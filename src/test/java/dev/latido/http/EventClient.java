package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.stream.SseText;
import dev.latido.stream.SseText.Message;
import java.util.List;
import java.util.Optional;

/** Reads {@code /api/events} as {@code curl -N} would: message by message, each as soon as it is there. */
final class EventClient implements AutoCloseable {

    private final RawClient connection;
    private final RawResponse head;
    private final SseText text = new SseText();

    /**
     * Opens a stream.
     *
     * @param query what follows the path, such as {@code "?job=a"}
     * @param fields header fields, such as {@code "Last-Event-ID: a-1"}
     */
    EventClient(int port, String query, String... fields) {
        connection = new RawClient(port);
        StringBuilder request = new StringBuilder("GET /api/events" + query + " HTTP/1.1\r\nHost: localhost\r\n");
        List.of(fields).forEach(field -> request.append(field).append("\r\n"));
        head = connection.send(request + "\r\n").readHead();
    }

    int status() {
        return head.status();
    }

    Optional<String> header(String name) {
        return head.header(name);
    }

    /** Waits for the next thing that is sent, a comment too; nothing once the stream has ended properly. */
    Optional<Message> nextOfAll() {
        Optional<Message> message = text.poll();
        while (message.isEmpty()) {
            Optional<String> chunk = connection.readChunk();
            if (chunk.isEmpty()) {
                return Optional.empty();
            }
            text.add(chunk.get());
            message = text.poll();
        }
        return message;
    }

    /** Waits for the next message, which has to be of that kind. */
    Message next(String event) {
        Message message = nextOfAll().orElseThrow(() -> new AssertionError("the stream ended"));
        while (message.event().isEmpty()) {
            message = nextOfAll().orElseThrow(() -> new AssertionError("the stream ended"));
        }
        assertThat(message.event()).as(() -> "a stream with " + head.headers()).isEqualTo(event);
        return message;
    }

    /** Tells whether the server has closed the connection and sent nothing more, after waiting for that. */
    boolean isClosedByServer() {
        return connection.readUntilClosed().isEmpty();
    }

    @Override
    public void close() {
        connection.close();
    }
}
