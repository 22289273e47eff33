package dev.latido.store.sqlite;

import dev.latido.job.Course;
import dev.latido.job.ExecutionId;
import dev.latido.job.FailedAttempt;
import dev.latido.job.Gate;
import dev.latido.job.Hold;
import dev.latido.job.ProgressNote;
import dev.latido.job.Successor;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What happened to an execution as it stands in its column: a JSON array, null for nothing. Its elements are attempts that failed,
 * {@code [number, started, ended, "error"]} with {@code "worker"} where that is known; times for which it was held up, {@code ["hold",
 * "gate", from, millis]}; notes, {@code ["note", at, fraction, "text"]}; who took its result, {@code ["to", "job", "id"]} or
 * {@code ["to", "queue"]}; and {@code ["fallback"]} where its latest attempt is that of the fallback worker.
 */
final class CourseText {

    private CourseText() {}

    static @Nullable String write(Course course) {
        if (course.isEmpty()) {
            return null;
        }
        JsonArray all = new JsonArray();
        for (FailedAttempt failure : course.failures()) {
            JsonArray attempt =
                    JsonArray.of(failure.number(), failure.startedMillis(), failure.endedMillis(), failure.error());
            all.add(failure.worker() == null ? attempt : attempt.add(failure.worker()));
        }
        for (Hold hold : course.holds()) {
            all.add(JsonArray.of("hold", hold.gate().wireName(), hold.fromMillis(), hold.millis()));
        }
        for (ProgressNote note : course.notes()) {
            all.add(JsonArray.of("note", note.millis(), note.fraction(), note.text()));
        }
        for (Successor successor : course.successors()) {
            JsonArray to = JsonArray.of("to", successor.name());
            all.add(successor.id() == null ? to : to.add(successor.id().toString()));
        }
        if (course.isByFallback()) {
            all.add(JsonArray.of("fallback"));
        }
        return all.encode();
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws RuntimeException when it is something else
     */
    static Course read(@Nullable String text) {
        if (text == null) {
            return Course.NONE;
        }
        List<FailedAttempt> failures = new ArrayList<>();
        List<Hold> holds = new ArrayList<>();
        List<ProgressNote> notes = new ArrayList<>();
        List<Successor> successors = new ArrayList<>();
        boolean isByFallback = false;
        for (Object each : new JsonArray(text)) {
            if (!(each instanceof JsonArray entry) || entry.isEmpty()) {
                throw new IllegalArgumentException("no attempt that failed: " + each);
            }
            switch (String.valueOf(entry.getValue(0))) {
                case "hold" -> holds.add(hold(entry));
                case "note" -> notes.add(note(entry));
                case "to" -> successors.add(successor(entry));
                case "fallback" -> isByFallback = true;
                default -> failures.add(failure(entry));
            }
        }
        return new Course(
                List.copyOf(failures), List.copyOf(holds), List.copyOf(notes), List.copyOf(successors), isByFallback);
    }

    private static FailedAttempt failure(JsonArray entry) {
        if (entry.size() != 4 && entry.size() != 5) {
            throw new IllegalArgumentException("no attempt that failed: " + entry);
        }
        return new FailedAttempt(
                Math.toIntExact(entry.getLong(0)),
                entry.getLong(1),
                entry.getLong(2),
                Objects.requireNonNull(entry.getString(3), "an attempt that failed without an error"),
                entry.size() == 5 ? entry.getString(4) : null);
    }

    private static Hold hold(JsonArray entry) {
        return new Hold(
                Gate.ofWireName(String.valueOf(entry.getValue(1)))
                        .orElseThrow(() -> new IllegalArgumentException("nothing holds like " + entry)),
                entry.getLong(2),
                entry.getLong(3));
    }

    private static ProgressNote note(JsonArray entry) {
        return new ProgressNote(
                entry.getLong(1),
                entry.getDouble(2),
                Objects.requireNonNull(entry.getString(3), "a note without a text"));
    }

    private static Successor successor(JsonArray entry) {
        String name = Objects.requireNonNull(entry.getString(1), "a result that went to nobody");
        return new Successor(
                name,
                entry.size() < 3
                        ? null
                        : ExecutionId.parse(entry.getString(2))
                                .orElseThrow(() -> new IllegalArgumentException("no execution: " + entry)));
    }
}
