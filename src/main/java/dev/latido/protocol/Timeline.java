package dev.latido.protocol;

import dev.latido.job.ExecutionId;
import dev.latido.job.Gate;
import dev.latido.job.Hold;
import dev.latido.job.ProgressNote;
import dev.latido.job.Successor;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happened to an execution besides its state and the attempts that failed.
 *
 * @param worker who does its latest attempt, or did, as its job is configured now; null before the first
 * @param holds what held it up, in the order in which it began
 * @param notes what its workers said of their progress, the oldest first
 * @param successors who took its result
 */
public record Timeline(
        @Nullable String worker, List<Hold> holds, List<ProgressNote> notes, List<Successor> successors) {

    /** That of an execution of which nothing is told. */
    public static final Timeline NONE = new Timeline(null, List.of(), List.of(), List.of());

    /** Returns how many entries there are. */
    public int size() {
        return holds.size() + notes.size() + successors.size();
    }

    /** Writes what there is into the JSON form of an execution. */
    void write(JsonObject json) {
        JsonForm.put(json, "worker", worker);
        if (!holds.isEmpty()) {
            json.put("holds", JsonForm.array(holds, Timeline::json));
        }
        if (!notes.isEmpty()) {
            json.put("notes", JsonForm.array(notes, Timeline::json));
        }
        if (!successors.isEmpty()) {
            json.put("handedTo", JsonForm.array(successors, Timeline::json));
        }
    }

    private static JsonObject json(Hold hold) {
        return new JsonObject()
                .put("gate", hold.gate().wireName())
                .put("from", JsonForm.text(Instant.ofEpochMilli(hold.fromMillis())))
                .put("millis", hold.millis());
    }

    private static JsonObject json(ProgressNote note) {
        return new JsonObject()
                .put("at", JsonForm.text(Instant.ofEpochMilli(note.millis())))
                .put("progress", note.fraction())
                .put("note", note.text());
    }

    private static JsonObject json(Successor successor) {
        ExecutionId id = successor.id();
        return id == null
                ? new JsonObject().put("queue", successor.name())
                : new JsonObject().put("job", successor.name()).put("id", id.toString());
    }

    /** Reads what {@link #write} wrote. */
    static Timeline read(JsonObject json) {
        return new Timeline(
                json.getString("worker"),
                json.containsKey("holds")
                        ? JsonForm.list(
                                json,
                                "holds",
                                hold -> new Hold(
                                        Gate.ofWireName(hold.getString("gate")).orElseThrow(),
                                        millis(hold, "from"),
                                        hold.getLong("millis")))
                        : List.of(),
                json.containsKey("notes")
                        ? JsonForm.list(
                                json,
                                "notes",
                                note -> new ProgressNote(
                                        millis(note, "at"), note.getDouble("progress"), note.getString("note")))
                        : List.of(),
                json.containsKey("handedTo") ? JsonForm.list(json, "handedTo", Timeline::successor) : List.of());
    }

    private static long millis(JsonObject json, String field) {
        return Instant.parse(json.getString(field)).toEpochMilli();
    }

    private static Successor successor(JsonObject json) {
        return json.containsKey("queue")
                ? new Successor(json.getString("queue"), null)
                : new Successor(
                        json.getString("job"),
                        ExecutionId.parse(json.getString("id")).orElseThrow());
    }
}
