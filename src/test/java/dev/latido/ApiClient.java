package dev.latido;

import dev.latido.http.RawClient;
import dev.latido.http.RawResponse;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A keep-alive connection to a service that may die at any moment. */
final class ApiClient implements AutoCloseable {

    /** How many requests are sent before their answers are read. */
    private static final int PIPELINED = 50;

    private final int port;
    private RawClient connection;
    private boolean isClosing;

    /** The connection ended before the answer came: nobody knows whether the request had any effect. */
    static final class Died extends Exception {
        private static final long serialVersionUID = 1L;

        Died(Throwable cause) {
            super(cause);
        }
    }

    @FunctionalInterface
    private interface Exchange<T> {
        T run();
    }

    ApiClient(int port) throws Died {
        this.port = port;
        connection = orDied(() -> new RawClient(port));
    }

    private static <T> T orDied(Exchange<T> exchange) throws Died {
        try {
            return exchange.run();
        } catch (UncheckedIOException failure) {
            if (failure.getCause() instanceof SocketTimeoutException) {
                throw new AssertionError("a request was not answered", failure);
            }
            throw new Died(failure);
        }
    }

    RawResponse get(String path) throws Died {
        return getAll(List.of(path)).get(0);
    }

    /** Asks for many paths without waiting for one answer before the next question. */
    List<RawResponse> getAll(List<String> paths) throws Died {
        reconnect();
        return orDied(() -> {
            List<RawResponse> answers = new ArrayList<>(paths.size());
            for (int from = 0; from < paths.size(); from += PIPELINED) {
                List<String> part = paths.subList(from, Math.min(paths.size(), from + PIPELINED));
                StringBuilder requests = new StringBuilder();
                part.forEach(path -> requests.append("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
                connection.send(requests.toString());
                part.forEach(path -> answers.add(connection.read()));
            }
            return answers;
        });
    }

    /**
     * Posts {@code body} as JSON.
     *
     * @param headers header fields, such as {@code "Prefer: wait=5"}; a content type takes the place of JSON
     */
    RawResponse post(String path, String body, String... headers) throws Died {
        String bytes = new String(body.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        StringBuilder request = new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: localhost\r\n");
        boolean typed = bytes.isEmpty();
        for (String header : headers) {
            typed |= header.toLowerCase(Locale.ROOT).startsWith("content-type:");
            request.append(header).append("\r\n");
        }
        request.append(typed ? "" : "Content-Type: application/json\r\n")
                .append("Content-Length: " + bytes.length() + "\r\n\r\n")
                .append(bytes);
        reconnect();
        RawResponse answer = orDied(() -> connection.send(request.toString()).read());
        isClosing = answer.header("Connection").filter("close"::equals).isPresent();
        return answer;
    }

    private void reconnect() throws Died {
        if (isClosing) {
            connection.close();
            connection = orDied(() -> new RawClient(port));
            isClosing = false;
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
