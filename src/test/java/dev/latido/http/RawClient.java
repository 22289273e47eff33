package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A connection that sends exactly the bytes it is told to, and reads what comes back, which has to be as the {@link Contract} says. */
public final class RawClient implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 15_000;
    private static final int UNCHECKED_TIMEOUT_MILLIS = 60_000;

    private final Socket socket;
    private final InputStream in;

    /** Null where nobody looks whether answers are as the contract says. */
    private final @Nullable SentRequests sent;

    public RawClient(int port) {
        this(port, TIMEOUT_MILLIS, new SentRequests());
    }

    private RawClient(int port, int timeoutMillis, @Nullable SentRequests sent) {
        this.sent = sent;
        try {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(timeoutMillis);
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Opens a connection whose answers may be as they like, for many and large ones: the check would take longer than they do. */
    static RawClient unchecked(int port) {
        return new RawClient(port, UNCHECKED_TIMEOUT_MILLIS, null);
    }

    /** Sends {@code text} on a connection of its own and reads one answer. */
    public static RawResponse exchange(int port, String text) {
        try (RawClient client = new RawClient(port)) {
            return client.send(text).read();
        }
    }

    /** Sends {@code text}, each character as one byte. A connection that the server has closed is no error. */
    public RawClient send(String text) {
        trySend(text);
        return this;
    }

    /** Sends {@code text} like {@link #send} and tells whether the connection still took it. */
    public boolean trySend(String text) {
        if (sent != null) {
            sent.add(text);
        }
        try {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            return true;
        } catch (IOException closed) {
            return false;
        }
    }

    /** Reads one answer, with its body. */
    public RawResponse read() {
        return read(true);
    }

    /** Reads one answer to a HEAD. */
    public RawResponse readHead() {
        return read(false);
    }

    private RawResponse read(boolean withBody) {
        try {
            return answer(withBody);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads one answer, with its body or without; nothing where the server has closed the connection instead. */
    Optional<RawResponse> readUnlessClosed(boolean withBody) {
        try {
            in.mark(1);
            if (in.read() < 0) {
                return Optional.empty();
            }
            in.reset();
            return Optional.of(answer(withBody));
        } catch (SocketException reset) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private RawResponse answer(boolean withBody) throws IOException {
        String statusLine = line();
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.computeIfAbsent(line.substring(0, colon), name -> new ArrayList<>())
                    .add(line.substring(colon + 1).strip());
        }
        RawResponse head = new RawResponse(statusLine, headers, "");
        boolean hasBody = withBody && head.status() >= 200 && head.status() != 304;
        int length =
                hasBody ? head.header("Content-Length").map(Integer::parseInt).orElse(0) : 0;
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("closed after " + body.length + " of " + length + " bytes");
        }
        RawResponse answer = new RawResponse(statusLine, headers, new String(body, StandardCharsets.UTF_8));
        check(answer, withBody);
        return answer;
    }

    /** Reads the next chunk of an answer whose head was read; nothing once it has ended properly. */
    Optional<String> readChunk() {
        try {
            int length = Integer.parseInt(line(), 16);
            byte[] chunk = in.readNBytes(length);
            assertThat(line()).isEmpty();
            return length == 0 ? Optional.empty() : Optional.of(new String(chunk, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void check(RawResponse answer, boolean withBody) {
        if (answer.status() >= 200) {
            answer.assertKeptFromPages();
        }
        if (sent != null && answer.status() >= 200) { // else it is asked to go on
            SentRequests.Request request = sent.answered();
            Contract.check(
                    request.method(),
                    request.target(),
                    answer.status(),
                    answer.headers(),
                    withBody ? answer.body() : null);
        }
    }

    /** Tells whether the server has sent something that was not read. */
    public boolean hasSomethingToRead() {
        try {
            return in.available() > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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

    /** Waits until the server closes the connection, and returns what it sent before. */
    public String readUntilClosed() {
        StringBuilder rest = new StringBuilder();
        try {
            for (int c = in.read(); c >= 0; c = in.read()) {
                rest.append((char) c);
            }
        } catch (SocketException reset) {
            // closed as well
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rest.toString();
    }

    /** Makes the connection so small that the server soon cannot write to a client that does not read. */
    public static RawClient withSmallBuffer(int port) {
        RawClient client = new RawClient(port);
        try {
            client.socket.setReceiveBufferSize(1_024);
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
        return client;
    }

    /** Breaks the connection off with a reset. */
    public void reset() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
