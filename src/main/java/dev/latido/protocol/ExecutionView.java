package dev.latido.protocol;

import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An execution at the moment of the answer.
 *
 * @param id its id
 * @param job its job
 * @param state where in its life it is
 * @param priority how urgent it is
 * @param attempt how often it was handed to a worker
 * @param createdAt when it was accepted
 * @param dueAt when its delay is over; null when it has none
 * @param startedAt when its latest attempt began; null before the first
 * @param endedAt when it ended; null before
 * @param progress how far it is, from 0 to 1; null when its worker did not say
 * @param note what its worker says of its progress, or why it has this state; null when there is nothing to say
 * @param payload JSON text; null when there is none, or in a list
 * @param result JSON text; null when there is none, or in a list
 * @param error why it failed; null when it did not
 * @param expiresAt when it is not started any more; null for never
 * @param failures the attempts that failed, the oldest first; empty in a list
 * @param durability what becomes of it when the process dies
 * @param isForgotten whether it is not kept any more, and nothing is known but how it ended
 * @param isResultCut whether the result is a string of only the beginning of what the worker gave; false in a list
 * @param timeline what else happened to it; {@link Timeline#NONE} in a list
 * @param inStore which texts are to be read from the store before this is told to anybody; null for none
 */
public record ExecutionView(
        ExecutionId id,
        String job,
        ExecutionState state,
        Priority priority,
        int attempt,
        Instant createdAt,
        @Nullable Instant dueAt,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt,
        @Nullable Double progress,
        @Nullable String note,
        @Nullable String payload,
        @Nullable String result,
        @Nullable String error,
        @Nullable Instant expiresAt,
        List<Failure> failures,
        Durability durability,
        boolean isForgotten,
        boolean isResultCut,
        Timeline timeline,
        @Nullable InStore inStore)
        implements Reply {

    /**
     * Texts that are there and not here.
     *
     * @param payloadBytes how long the payload is in UTF-8; 0 when it is here, or there is none
     * @param resultBytes the same of the result
     */
    public record InStore(int payloadBytes, int resultBytes) {

        /** Makes one; null where all is here. */
        public static @Nullable InStore of(int payloadBytes, int resultBytes) {
            return payloadBytes == 0 && resultBytes == 0 ? null : new InStore(payloadBytes, resultBytes);
        }
    }

    /** Makes the view of an execution whose texts are all here. */
    public ExecutionView(
            ExecutionId id,
            String job,
            ExecutionState state,
            Priority priority,
            int attempt,
            Instant createdAt,
            @Nullable Instant dueAt,
            @Nullable Instant startedAt,
            @Nullable Instant endedAt,
            @Nullable Double progress,
            @Nullable String note,
            @Nullable String payload,
            @Nullable String result,
            @Nullable String error,
            @Nullable Instant expiresAt,
            List<Failure> failures,
            Durability durability,
            boolean isForgotten,
            boolean isResultCut) {
        this(
                id,
                job,
                state,
                priority,
                attempt,
                createdAt,
                dueAt,
                startedAt,
                endedAt,
                progress,
                note,
                payload,
                result,
                error,
                expiresAt,
                failures,
                durability,
                isForgotten,
                isResultCut,
                Timeline.NONE,
                null);
    }

    /** Makes the view of an execution whose result, if it has one, is whole, and which is not forgotten. */
    public ExecutionView(
            ExecutionId id,
            String job,
            ExecutionState state,
            Priority priority,
            int attempt,
            Instant createdAt,
            @Nullable Instant dueAt,
            @Nullable Instant startedAt,
            @Nullable Instant endedAt,
            @Nullable Double progress,
            @Nullable String note,
            @Nullable String payload,
            @Nullable String result,
            @Nullable String error,
            @Nullable Instant expiresAt,
            List<Failure> failures,
            Durability durability) {
        this(
                id,
                job,
                state,
                priority,
                attempt,
                createdAt,
                dueAt,
                startedAt,
                endedAt,
                progress,
                note,
                payload,
                result,
                error,
                expiresAt,
                failures,
                durability,
                false,
                false);
    }

    /**
     * An attempt that failed.
     *
     * @param attempt its number
     * @param startedAt when it began
     * @param endedAt when it ended
     * @param error what went wrong
     * @param worker whose it was, for people; null where that was not noted
     */
    public record Failure(
            int attempt,
            Instant startedAt,
            Instant endedAt,
            String error,
            @Nullable String worker) {

        JsonObject toJson() {
            JsonObject json = new JsonObject()
                    .put("attempt", attempt)
                    .put("startedAt", JsonForm.text(startedAt))
                    .put("endedAt", JsonForm.text(endedAt))
                    .put("error", error);
            JsonForm.put(json, "worker", worker);
            return json;
        }

        static Failure fromJson(JsonObject json) {
            return new Failure(
                    json.getInteger("attempt"),
                    Instant.parse(json.getString("startedAt")),
                    Instant.parse(json.getString("endedAt")),
                    json.getString("error"),
                    json.getString("worker"));
        }
    }

    /** Returns this view without payload and result. */
    public ExecutionView withoutTexts() {
        return withTexts(null, null);
    }

    /** Returns this view with these texts in the place of its own, and none to be read from the store. */
    public ExecutionView withTexts(@Nullable String otherPayload, @Nullable String otherResult) {
        return new ExecutionView(
                id,
                job,
                state,
                priority,
                attempt,
                createdAt,
                dueAt,
                startedAt,
                endedAt,
                progress,
                note,
                otherPayload,
                otherResult,
                error,
                expiresAt,
                failures,
                durability,
                isForgotten,
                isResultCut,
                timeline,
                null);
    }

    /** Returns the view of one of which nothing is kept but how it ended, and its id, which begins with the time of its creation. */
    public static ExecutionView forgotten(
            ExecutionId id, String job, ExecutionState state, Priority priority, Durability durability) {
        return new ExecutionView(
                id,
                job,
                state,
                priority,
                0,
                id.createdAt(),
                null,
                null,
                null,
                null,
                "it has ended, and no more is kept of it",
                null,
                null,
                null,
                null,
                List.of(),
                durability,
                true,
                false);
    }

    @Override
    public JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("id", id.toString())
                .put("job", job)
                .put("state", state.wireName())
                .put("priority", priority.wireName())
                .put("attempt", attempt)
                .put("createdAt", JsonForm.text(createdAt));
        JsonForm.put(json, "dueAt", JsonForm.text(dueAt));
        JsonForm.put(json, "startedAt", JsonForm.text(startedAt));
        JsonForm.put(json, "endedAt", JsonForm.text(endedAt));
        JsonForm.put(json, "progress", progress);
        JsonForm.put(json, "note", note);
        JsonForm.putText(json, "payload", payload);
        JsonForm.putText(json, "result", result);
        if (isResultCut) {
            json.put("isResultCut", true);
        }
        JsonForm.put(json, "error", error);
        JsonForm.put(json, "expiresAt", JsonForm.text(expiresAt));
        timeline.write(json);
        if (!failures.isEmpty()) {
            json.put("failures", JsonForm.array(failures, Failure::toJson));
        }
        if (durability != Durability.FULL) { // it is what everybody expects
            json.put("durability", durability.wireName());
        }
        if (isForgotten) {
            json.put("isForgotten", true);
        }
        return json;
    }

    static ExecutionView fromJson(JsonObject json) {
        return new ExecutionView(
                ExecutionId.parse(json.getString("id")).orElseThrow(),
                json.getString("job"),
                ExecutionState.ofWireName(json.getString("state")).orElseThrow(),
                Priority.ofWireName(json.getString("priority")).orElseThrow(),
                json.getInteger("attempt"),
                Instant.parse(json.getString("createdAt")),
                JsonForm.time(json, "dueAt"),
                JsonForm.time(json, "startedAt"),
                JsonForm.time(json, "endedAt"),
                json.getDouble("progress"),
                json.getString("note"),
                JsonForm.jsonText(json, "payload"),
                JsonForm.jsonText(json, "result"),
                json.getString("error"),
                JsonForm.time(json, "expiresAt"),
                json.containsKey("failures") ? JsonForm.list(json, "failures", Failure::fromJson) : List.of(),
                Durability.ofWireName(json.getString("durability", Durability.FULL.wireName()))
                        .orElseThrow(),
                json.getBoolean("isForgotten", false),
                json.getBoolean("isResultCut", false),
                Timeline.read(json),
                null);
    }
}
