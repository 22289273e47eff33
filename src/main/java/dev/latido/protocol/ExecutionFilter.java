package dev.latido.protocol;

import dev.latido.job.ExecutionState;
import dev.latido.json.JsonPath;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which executions are meant: those that meet all that is given.
 *
 * @param job the name of their job; null for any
 * @param states the states in which they are; empty for any
 * @param key the idempotency key of their submission; null for any
 * @param error what an error of theirs contains, in whatever case; null for any
 * @param at where in the payload the value is, as a JSON pointer; null for anywhere
 * @param value the value there; without a place, what the text of the payload contains; null for any
 * @param since they were accepted at this time or later; null for any
 * @param until they were accepted before this time; null for any
 */
public record ExecutionFilter(
        @Nullable String job,
        Set<ExecutionState> states,
        @Nullable String key,
        @Nullable String error,
        @Nullable String at,
        @Nullable String value,
        @Nullable Instant since,
        @Nullable Instant until) {

    /** How long a text that is looked for may be. */
    public static final int MAX_TEXT = 256;

    /** All executions. */
    public static final ExecutionFilter ANY = new ExecutionFilter(null, Set.of(), null, null, null, null, null, null);

    public ExecutionFilter {
        states = states.isEmpty() ? Set.of() : Set.copyOf(states);
    }

    /**
     * Says what is wrong with what is given, beginning with the name of the parameter in quotes; null when nothing is.
     */
    public @Nullable String problem() {
        String tooLong = tooLong("key", key);
        tooLong = tooLong == null ? tooLong("error", error) : tooLong;
        tooLong = tooLong == null ? tooLong("at", at) : tooLong;
        tooLong = tooLong == null ? tooLong("value", value) : tooLong;
        if (tooLong != null) {
            return tooLong;
        } else if (at != null && value == null) {
            return "'at' says where in the payload 'value' is, and needs one.";
        } else if (value != null && value.isEmpty()) {
            return "'value' must have 1 to " + MAX_TEXT + " characters.";
        } else if (since != null && until != null && !since.isBefore(until)) {
            return "'until' must be later than 'since'.";
        }
        try {
            JsonPath.of(at == null ? "/" : at);
            return null;
        } catch (IllegalArgumentException none) {
            return "'at' must be a JSON pointer such as /customer/id.";
        }
    }

    private static @Nullable String tooLong(String name, @Nullable String text) {
        return text != null && text.length() > MAX_TEXT
                ? "'" + name + "' must have at most " + MAX_TEXT + " characters."
                : null;
    }

    void write(JsonObject json) {
        JsonForm.put(json, "job", job);
        if (!states.isEmpty()) {
            JsonArray names = new JsonArray();
            states.stream().sorted().forEach(state -> names.add(state.wireName()));
            json.put("states", names);
        }
        JsonForm.put(json, "key", key);
        JsonForm.put(json, "error", error);
        JsonForm.put(json, "at", at);
        JsonForm.put(json, "value", value);
        JsonForm.put(json, "since", JsonForm.text(since));
        JsonForm.put(json, "until", JsonForm.text(until));
    }

    static ExecutionFilter read(JsonFields in) {
        Set<ExecutionState> states = EnumSet.noneOf(ExecutionState.class);
        for (String name : in.strings("states", ExecutionState.values().length)) {
            states.add(ExecutionState.ofWireName(name)
                    .orElseThrow(() -> in.bad("Field 'states' holds what is no state of an execution.")));
        }
        ExecutionFilter filter = new ExecutionFilter(
                in.string("job"),
                states,
                in.string("key"),
                in.string("error"),
                in.string("at"),
                in.string("value"),
                in.time("since"),
                in.time("until"));
        String problem = filter.problem();
        if (problem != null) {
            throw in.bad("Field " + problem);
        }
        return filter;
    }
}
