package dev.latido.protocol;

import dev.latido.job.ExecutionState;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message at a broker, at the moment of the answer.
 *
 * @param job whose it is
 * @param key its key, by which any process that shares the queue can be asked for it
 * @param state {@link #QUEUED} as long as nobody is known to be done with it, else how its execution ended
 * @param queue where it is, or was
 * @param process the name of the process that had it; null while that is not known
 * @param execution the id of its execution there; null while that is not known
 */
public record MessageView(
        String job,
        String key,
        String state,
        String queue,
        @Nullable String process,
        @Nullable String execution) implements Reply {

    /** The state of a message of which no process is known to be done. */
    public static final String QUEUED = ExecutionState.QUEUED.wireName();

    /** Makes the view of a message that is at its broker. */
    public MessageView(String job, String key, String state, String queue) {
        this(job, key, state, queue, null, null);
    }

    /** Tells whether its execution has ended. */
    public boolean hasEnded() {
        Optional<ExecutionState> known = ExecutionState.ofWireName(state);
        return known.isPresent() && known.get().isTerminal();
    }

    @Override
    public JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("key", key)
                .put("job", job)
                .put("state", state)
                .put("queue", queue);
        JsonForm.put(json, "process", process);
        JsonForm.put(json, "execution", execution);
        return json;
    }

    static MessageView fromJson(JsonObject json) {
        return new MessageView(
                json.getString("job"),
                json.getString("key"),
                json.getString("state"),
                json.getString("queue"),
                json.getString("process"),
                json.getString("execution"));
    }
}
