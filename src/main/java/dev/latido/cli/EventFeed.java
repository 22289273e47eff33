package dev.latido.cli;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Follows {@code /api/events}, over lost connections: it comes back with the last id it got, and the service tells what was
 * missed meanwhile, or that there is a gap.
 */
final class EventFeed {

    /** Services beat more often than this; where one does not, coming back costs nothing. */
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(60);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final Session session;
    private final String path;
    private final Consumer<Message> taker;
    private Duration retry = Duration.ofSeconds(1);
    private Duration pause = retry;
    private @Nullable String lastId;
    private boolean wasConnected;

    /**
     * Makes a feed.
     *
     * @param query the parameters, each as {@code name=value}
     */
    EventFeed(Session session, List<String> query, Consumer<Message> taker) {
        this.session = session;
        this.path = "/api/events" + (query.isEmpty() ? "" : query.stream().collect(Collectors.joining("&", "?", "")));
        this.taker = taker;
    }

    /** Goes on until the process ends, or something is thrown: by the taker, or because the service refuses. */
    void follow() {
        while (true) {
            String why;
            try {
                read();
                why = "the service ended the stream";
            } catch (CliException failure) {
                if (!wasConnected || !failure.isTemporary()) {
                    throw failure;
                }
                why = String.valueOf(failure.getMessage());
            } catch (IOException lost) {
                why = "the connection was lost";
            }
            session.printer().note("latido: " + why + "; trying again in " + pause.toMillis() / 1000.0 + " s");
            session.surroundings().pause().forTime(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    private void read() throws IOException {
        Map<String, String> headers = lastId == null ? Map.of() : Map.of("Last-Event-ID", lastId);
        try (InputStream in = session.connection().stream(path, headers, LONGEST_SILENCE)) {
            if (wasConnected) {
                session.printer().note("latido: connected again");
            }
            wasConnected = true;
            pause = retry;
            readMessages(new Lines(in));
        }
    }

    /** Reads what HTML Living Standard, 9.2.6 defines; of data of several lines, which this service never sends, the last. */
    private void readMessages(Lines lines) throws IOException {
        String id = null;
        String event = "message";
        String data = null;
        for (Optional<byte[]> next = lines.next(); next.isPresent(); next = lines.next()) {
            String line = Lines.text(next.get()).orElseThrow(() -> new IOException("not UTF-8"));
            if (line.isEmpty()) {
                if (id != null) {
                    lastId = id;
                }
                if (data != null) {
                    taker.accept(new Message(id, event, data));
                }
                id = null;
                event = "message";
                data = null;
                continue;
            }
            int colon = line.indexOf(':');
            String value = colon < 0 ? "" : line.substring(colon + 1).strip();
            switch (colon < 0 ? line : line.substring(0, colon)) {
                case "id" -> id = value;
                case "event" -> event = value;
                case "data" -> data = value;
                case "retry" -> retryAfter(value);
                default -> {} // comments, which are heartbeats
            }
        }
    }

    private void retryAfter(String millis) {
        if (millis.matches("\\d{1,9}")) {
            Duration told = Duration.ofMillis(Long.parseLong(millis));
            retry = told.compareTo(LONGEST_PAUSE) < 0 ? told : LONGEST_PAUSE;
            pause = retry;
        }
    }
}
