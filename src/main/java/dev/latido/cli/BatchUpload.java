package dev.latido.cli;

import dev.latido.cli.Tally.RefusedLine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Hands in lines, a chunk after the other, each when the one before it was answered: so a service that is slow slows
 * down the one who reads, and nothing piles up here. A chunk goes when it is full, or when the next line is not there yet.
 */
final class BatchUpload {

    static final int MAX_LINES = 1_000;
    static final int MAX_BYTES = 262_144;

    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(1);
    private static final Map<String, String> HEADERS = Map.of("Content-Type", "application/x-ndjson");

    private final Session session;
    private final String path;
    private final Duration patience;
    private final Progress progress;
    private final Tally tally = new Tally();

    private record Line(long number, String text) {}

    /**
     * Makes an upload.
     *
     * @param patience how long to go on trying lines for which there is no room
     */
    BatchUpload(Session session, String path, Duration patience, Progress progress) {
        this.session = session;
        this.path = path;
        this.patience = patience;
        this.progress = progress;
    }

    /**
     * Hands in all lines, and returns the exit code.
     *
     * @throws IOException when the lines cannot be read; those before were handed in
     */
    int run(Lines lines) throws IOException {
        try {
            upload(lines);
        } catch (CliException | IOException failure) {
            progress.end();
            session.printer().note("Before it failed: " + tally.inWords());
            throw failure;
        }
        progress.end();
        if (session.json()) {
            session.printer().json(tally.json());
        } else {
            session.printer().line(tally.inWords());
        }
        return tally.exitCode();
    }

    private void upload(Lines lines) throws IOException {
        List<Line> chunk = new ArrayList<>();
        int bytes = 0;
        long number = 0;
        for (var next = lines.next(); next.isPresent(); next = lines.next()) {
            number++;
            String text = Lines.text(next.get()).orElse(null);
            if (text == null) {
                refuse(new RefusedLine(number, 400, "not-utf-8", "The line is not UTF-8."));
            } else if (!text.isBlank()) {
                if (!chunk.isEmpty() && bytes + next.get().length >= MAX_BYTES) {
                    send(chunk);
                    bytes = 0;
                }
                chunk.add(new Line(number, text));
                bytes += next.get().length + 1;
            }
            if (chunk.size() == MAX_LINES || (!chunk.isEmpty() && !lines.isReady())) {
                send(chunk);
                bytes = 0;
            }
            progress.show(lines.consumed(), tally);
        }
        if (!chunk.isEmpty()) {
            send(chunk);
        }
    }

    /** Hands in what is in {@code chunk}, and empties it. */
    private void send(List<Line> chunk) {
        Deadline deadline = Deadline.after(patience, session.surroundings());
        List<Line> open = trySend(List.copyOf(chunk), !deadline.isOver());
        while (!open.isEmpty()) {
            deadline.pause(BETWEEN_TRIES);
            open = trySend(open, !deadline.isOver());
        }
        chunk.clear();
    }

    /** Hands in {@code chunk}, and returns those lines that found no room, if they are to be tried again. */
    private List<Line> trySend(List<Line> chunk, boolean again) {
        Answer answer;
        try {
            answer = session.connection().post(path, HEADERS, body(chunk), Duration.ZERO);
        } catch (CliException refused) {
            if (refused.status() != 413) {
                throw refused;
            }
            if (chunk.size() == 1) {
                refuse(new RefusedLine(
                        chunk.get(0).number(), 413, "body-too-large", String.valueOf(refused.getMessage())));
                return List.of();
            }
            int half = chunk.size() / 2;
            List<Line> open = new ArrayList<>(trySend(chunk.subList(0, half), again));
            open.addAll(trySend(chunk.subList(half, chunk.size()), again));
            return open;
        }
        List<Line> open = new ArrayList<>();
        for (String text : answer.body().lines().toList()) {
            Fields fields = Answer.fields(text);
            Line line = chunk.get((int) fields.number("index"));
            int status = (int) fields.number("status");
            if (status / 100 == 2) {
                tally.taken(fields.textOr("state", ""));
            } else if (again && (status == 429 || status == 503)) {
                open.add(line);
            } else {
                refuse(new RefusedLine(line.number(), status, fields.textOr("type", ""), fields.textOr("detail", "")));
            }
        }
        return open;
    }

    private void refuse(RefusedLine line) {
        if (tally.refused(line)) {
            progress.end();
            session.printer().note("line " + line.number() + ": " + line.detail());
        } else if (tally.refused() == Tally.MAX_TOLD + 1) {
            progress.end();
            session.printer().note("Further refusals are counted only.");
        }
    }

    private static byte[] body(List<Line> chunk) {
        return chunk.stream().map(Line::text).collect(Collectors.joining("\n")).getBytes(StandardCharsets.UTF_8);
    }
}
