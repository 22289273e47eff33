package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** A connection on which many requests are under way, and that is opened anew when the server closes it. */
final class PipelinedClient implements AutoCloseable {

    private final int port;
    private RawClient connection;
    private boolean isClosed;

    PipelinedClient(int port) {
        this.port = port;
        connection = RawClient.unchecked(port);
    }

    /** Sends {@code requests}, each character as a byte, and hands the status of each answer to {@code answered}. */
    void send(List<String> requests, BiConsumer<String, Integer> answered) throws EOFException {
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
                connection.close();
                connection = RawClient.unchecked(port);
            }
        }
    }

    /** Returns how many were answered until the server closed the connection. */
    private int sendOnce(List<String> requests, BiConsumer<String, Integer> answered) {
        isClosed = false;
        connection.send(String.join("", requests)); // of which some may be answered even when it is closed meanwhile
        for (int i = 0; i < requests.size(); i++) {
            Optional<RawResponse> answer = next(!requests.get(i).startsWith("HEAD "));
            isClosed = answer.isEmpty();
            if (isClosed) {
                return i;
            }
            answered.accept(requests.get(i), answer.get().status());
            isClosed = answer.get().header("Connection").filter("close"::equals).isPresent();
            if (isClosed) {
                return i + 1;
            }
        }
        return requests.size();
    }

    private Optional<RawResponse> next(boolean withBody) {
        Optional<RawResponse> answer = connection.readUnlessClosed(withBody);
        while (answer.isPresent() && answer.get().status() < 200) {
            answer = connection.readUnlessClosed(withBody);
        }
        answer.ifPresent(head -> assertThat(head.header("Transfer-Encoding"))
                .as("an endless answer")
                .isEmpty());
        return answer;
    }

    @Override
    public void close() {
        connection.close();
    }
}
