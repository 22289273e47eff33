package dev.latido.protocol;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a move of messages to a job's queue stands.
 *
 * @param job whose queue they are moved to
 * @param from where they are moved from: the name of the broker, a colon, the name of the queue
 * @param state whether it goes on
 * @param moved how many are in the job's queue, and not where they were
 * @param refused how many became dead letters where they were, because they cannot be work
 * @param left how much was left when that was last looked at; null before
 * @param problem what holds it up, or why it failed; null for nothing
 * @param startedAt when it began
 * @param endedAt when it ended; null while it goes on
 */
public record MoveView(
        String job,
        String from,
        State state,
        long moved,
        long refused,
        @Nullable Left left,
        @Nullable String problem,
        Instant startedAt,
        @Nullable Instant endedAt)
        implements Reply {

    /** Whether a move goes on. */
    public enum State {
        /** It goes on, or tries to. */
        MOVING,
        /** There is nothing left. */
        DONE,
        /** Somebody ended it, or the service ended. */
        ENDED,
        /** It met a message that cannot be moved. */
        FAILED;

        /** Returns its name in JSON. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * How much is left, as the broker told.
     *
     * @param ready how many wait
     * @param leased how many somebody has, this service included
     * @param delayed how many are not due yet
     * @param dead how many dead letters there are
     * @param newer how many only a newer version knows
     * @param isExact whether the broker counts exactly
     */
    public record Left(long ready, long leased, long delayed, long dead, long newer, boolean isExact) {

        JsonObject toJson() {
            return new JsonObject()
                    .put("ready", ready)
                    .put("leased", leased)
                    .put("delayed", delayed)
                    .put("dead", dead)
                    .put("newer", newer)
                    .put("isExact", isExact);
        }

        static @Nullable Left fromJson(@Nullable JsonObject json) {
            return json == null
                    ? null
                    : new Left(
                            json.getLong("ready"),
                            json.getLong("leased"),
                            json.getLong("delayed"),
                            json.getLong("dead"),
                            json.getLong("newer"),
                            json.getBoolean("isExact"));
        }
    }

    @Override
    public JsonObject toJson() {
        return new JsonObject()
                .put("job", job)
                .put("from", from)
                .put("state", state.wireName())
                .put("moved", moved)
                .put("refused", refused)
                .put("left", left == null ? null : left.toJson())
                .put("problem", problem)
                .put("startedAt", startedAt.toString())
                .put("endedAt", JsonForm.text(endedAt));
    }

    static MoveView fromJson(JsonObject json) {
        return new MoveView(
                json.getString("job"),
                json.getString("from"),
                State.valueOf(json.getString("state").toUpperCase(Locale.ROOT)),
                json.getLong("moved"),
                json.getLong("refused"),
                Left.fromJson(json.getJsonObject("left")),
                json.getString("problem"),
                Instant.parse(json.getString("startedAt")),
                JsonForm.time(json, "endedAt"));
    }
}
