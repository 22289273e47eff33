package dev.latido.http;

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
import java.util.TreeMap;

/** A connection that sends exactly the bytes it is told to, and reads what comes back, which has to be as the {@link Contract} says. */
public final class RawClient implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 15_000;

    private final Socket socket;
    private final InputStream in;
    private final SentRequests sent = new SentRequests();

    public RawClient(int port) {
        try {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
        sent.add(text);
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
            String statusLine = line();
            Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            for (String line = line(); !line.isEmpty(); line = line()) {
                int colon = line.indexOf(':');
                headers.computeIfAbsent(line.substring(0, colon), name -> new ArrayList<>())
                        .add(line.substring(colon + 1).strip());
            }
            int length = Integer.parseInt(
                    headers.getOrDefault("Content-Length", List.of("0")).get(0));
            byte[] body = withBody ? in.readNBytes(length) : new byte[0];
            if (withBody && body.length < length) {
                throw new EOFException("closed after " + body.length + " of " + length + " bytes");
            }
            RawResponse answer = new RawResponse(statusLine, headers, new String(body, StandardCharsets.UTF_8));
            check(answer, withBody);
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void check(RawResponse answer, boolean withBody) {
        if (answer.status() >= 200) { // else it is asked to go on
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
