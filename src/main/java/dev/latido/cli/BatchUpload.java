package dev.latido.cli;

import dev.latido.cli.Tally.RefusedLine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Submits lines, a chunk after the other, each when the one before it was answered: so a service that is slow slows
 * down the one who reads, and nothing piles up here. A chunk goes when it is full, or when the next line is not there yet.
 */
final class BatchUpload {

    static final int MAX_LINES = 1_000;
    static final int MAX_BYTES = 262_144;

    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(1);
    private static final Map<String, String> HEADERS = Map.of("Content-Type", "application/x-ndjson");

    private final Session session;
    private final String job;
    private final String path;
    private final @Nullable String key;
    private final Duration patience;
    private final Progress progress;

    /** Guarded by this, like {@link #sent}, because an interruption is told by another thread. */
    private final Tally tally = new Tally();

    /** What was sent and is not answered yet. */
    private List<Line> sent = List.of();

    /** What is tried again in a moment. */
    private List<Line> waiting = List.of();

    private record Line(long number, String text) {}

    /**
     * Makes an upload.
     *
     * @param job the path of the job
     * @param path where to submit
     * @param key what the idempotency keys of lines without one begin with; null for none
     * @param patience how long to go on trying lines for which there is no room
     */
    BatchUpload(Session session, String job, String path, @Nullable String key, Duration patience, Progress progress) {
        this.key = key;
        this.session = session;
        this.job = job;
        this.path = path;
        this.patience = patience;
        this.progress = progress;
    }

    /**
     * Submits all lines, and returns the exit code.
     *
     * @throws IOException when the lines cannot be read; those before were submitted
     */
    int run(Lines lines) throws IOException {
        long droppedBefore = dropped();
        Runnable done = session.surroundings().interruption().telling(this::tellInterruption);
        try {
            upload(lines);
        } catch (CliException | IOException failure) {
            progress.end();
            session.printer().note("Before it failed: " + tally.inWords() + unknown());
            throw failure;
        } finally {
            done.run();
        }
        progress.end();
        tally.droppedInAll(dropped() - droppedBefore);
        if (session.json()) {
            session.printer().json(tally.json());
        } else {
            session.printer().line(tally.inWords());
        }
        return tally.exitCode();
    }

    /** Returns how many executions of the job were dropped so far; 0 where that cannot be asked. */
    private long dropped() {
        try {
            return session.connection().get(job).fields().object("counters").number("dropped");
        } catch (CliException unknown) {
            return 0; // what is wrong is told when lines are submitted
        }
    }

    private void tellInterruption() {
        progress.end();
        session.printer().note("interrupted: " + soFar());
        if (key == null) {
            session.printer().note("  With --key, a batch that was interrupted can be submitted again safely.");
        } else {
            session.printer().note("  Submit it again, with the same --key: no line is taken twice.");
        }
    }

    private synchronized String soFar() {
        return tally.soFar() + unknown();
    }

    /** Says of which lines nobody knows whether they were taken, and which were not; empty when there are none. */
    private synchronized String unknown() {
        return named(sent, " unknown") + named(waiting, " not accepted yet");
    }

    private static String named(List<Line> lines, String what) {
        return lines.isEmpty()
                ? ""
                : "; " + LineNumbers.inWords(lines.stream().map(Line::number).toList()) + what;
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
                chunk.add(new Line(number, key == null ? text : LineKey.put(text, key + "-" + number)));
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

    /** Submits what is in {@code chunk}, and empties it. */
    private void send(List<Line> chunk) {
        Deadline deadline = Deadline.after(patience, session.surroundings());
        List<Line> open = trySend(List.copyOf(chunk), !deadline.isOver());
        while (!open.isEmpty()) {
            waits(open);
            deadline.pause(BETWEEN_TRIES);
            waits(List.of());
            open = trySend(open, !deadline.isOver());
        }
        chunk.clear();
    }

    /** Submits {@code chunk}, and returns those lines that found no room, if they are to be tried again. */
    private List<Line> trySend(List<Line> chunk, boolean again) {
        Answer answer;
        note(chunk);
        try {
            answer = session.connection().post(path, HEADERS, body(chunk), Duration.ZERO);
        } catch (CliException refused) {
            if (refused.isOutcomeUnknown()) {
                throw refused;
            }
            note(List.of());
            if (again && isForLater(refused)) {
                return chunk;
            }
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
        return took(chunk, answer, again);
    }

    private synchronized void waits(List<Line> forRoom) {
        waiting = forRoom;
    }

    private synchronized void note(List<Line> newlySent) {
        sent = newlySent;
    }

    /** Tells whether all of a request was refused for a while: the service starts or stops, or nobody listens any more. */
    private static boolean isForLater(CliException refused) {
        return refused.status() == 429 || refused.status() == 503 || refused.exitCode() == ExitCode.UNREACHABLE;
    }

    private synchronized List<Line> took(List<Line> chunk, Answer answer, boolean again) {
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
        sent = List.of();
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
