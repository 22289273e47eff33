package dev.latido.http;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;

/** A connection on which many requests are under way, and that is opened anew when the server closes it. */
final class PipelinedClient implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 60_000;

    private final int port;
    private Socket socket;
    private InputStream in;
    private boolean isClosed;

    PipelinedClient(int port) throws IOException {
        this.port = port;
        open();
    }

    private void open() throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 65_536);
    }

    /** Sends {@code requests}, each character as a byte, and hands the status of each answer to {@code answered}. */
    void send(List<String> requests, BiConsumer<String, Integer> answered) throws IOException {
        boolean isAlone = requests.size() == 1;
        for (int from = 0; from < requests.size(); ) {
            int sent = sendOnce(requests.subList(from, isAlone ? from + 1 : requests.size()), answered);
            if (sent == 0 && isAlone) {
                throw new EOFException("closed without an answer to " + requests.get(from));
            }
            // A server that closes while more comes has the system break the connection off, and what it sent may be
            // lost.
            isAlone = sent == 0 || requests.size() == 1;
            from += sent;
            if (isClosed) {
                socket.close();
                open();
            }
        }
    }

    /** Returns how many were answered until the server closed the connection. */
    private int sendOnce(List<String> requests, BiConsumer<String, Integer> answered) throws IOException {
        isClosed = false;
        try {
            socket.getOutputStream().write(String.join("", requests).getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException closed) {
            // what was answered before can be read
        }
        for (int i = 0; i < requests.size(); i++) {
            boolean isHead = requests.get(i).startsWith("HEAD ");
            int status;
            boolean closes;
            do {
                String line = line();
                if (line.isEmpty()) {
                    isClosed = true;
                    return i;
                }
                status = Integer.parseInt(line.split(" ", 3)[1]);
                closes = skip(isHead || status < 200 || status == 304);
            } while (status < 200);
            answered.accept(requests.get(i), status);
            if (closes) {
                isClosed = true;
                return i + 1;
            }
        }
        return requests.size();
    }

    /** Skips the rest of an answer, and tells whether it is the last on this connection. */
    private boolean skip(boolean withoutBody) throws IOException {
        int length = 0;
        boolean closes = false;
        for (String field = line(); !field.isEmpty(); field = line()) {
            String lower = field.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = Integer.parseInt(lower.substring(15).strip());
            } else if (lower.startsWith("transfer-encoding:")) {
                throw new IOException("an endless answer");
            }
            closes |= lower.equals("connection: close");
        }
        if (!withoutBody) {
            in.skipNBytes(length);
        }
        return closes;
    }

    /** Reads a line; empty at the end, too. */
    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        try {
            for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
                if (c != '\r') {
                    line.append((char) c);
                }
            }
        } catch (IOException reset) {
            return "";
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
