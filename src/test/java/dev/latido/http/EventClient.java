package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.stream.SseText;
import dev.latido.stream.SseText.Message;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Reads {@code /api/events} as {@code curl -N} would: message by message, each as soon as it is there. */
final class EventClient implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 15_000;

    private final Socket socket;
    private final InputStream in;
    private final SseText text = new SseText();
    private final String statusLine;
    private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    /**
     * Opens a stream.
     *
     * @param query what follows the path, such as {@code "?job=a"}
     * @param fields header fields, such as {@code "Last-Event-ID: a-1"}
     */
    EventClient(int port, String query, String... fields) {
        try {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            in = new BufferedInputStream(socket.getInputStream());
            StringBuilder request = new StringBuilder("GET /api/events" + query + " HTTP/1.1\r\nHost: localhost\r\n");
            List.of(fields).forEach(field -> request.append(field).append("\r\n"));
            socket.getOutputStream().write((request + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            statusLine = line();
            for (String line = line(); !line.isEmpty(); line = line()) {
                int colon = line.indexOf(':');
                headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, List<String>> fieldsByName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.forEach((name, value) -> fieldsByName.put(name, List.of(value)));
        Contract.check("GET", "/api/events" + query, status(), fieldsByName, null);
    }

    int status() {
        return Integer.parseInt(statusLine.split(" ", 3)[1]);
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("closed after '" + line + "'");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    /** Waits for the next thing that is sent, a comment too; nothing once the stream has ended properly. */
    Optional<Message> nextOfAll() {
        try {
            for (Optional<Message> message = text.poll(); ; message = text.poll()) {
                if (message.isPresent()) {
                    return message;
                }
                int length = Integer.parseInt(line().toLowerCase(Locale.ROOT), 16);
                byte[] chunk = in.readNBytes(length);
                assertThat(line()).isEmpty();
                if (length == 0) {
                    return Optional.empty();
                }
                text.add(new String(chunk, StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the next message, which has to be of that kind. */
    Message next(String event) {
        Message message = nextOfAll().orElseThrow(() -> new AssertionError("the stream ended"));
        while (message.event().isEmpty()) {
            message = nextOfAll().orElseThrow(() -> new AssertionError("the stream ended"));
        }
        assertThat(message.event()).as(() -> message(headers)).isEqualTo(event);
        return message;
    }

    private static String message(Map<String, String> headers) {
        return "a stream with " + headers;
    }

    /** Tells whether the server has closed the connection, after waiting for that. */
    boolean isClosedByServer() {
        try {
            return in.read() < 0;
        } catch (IOException reset) {
            return true;
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
