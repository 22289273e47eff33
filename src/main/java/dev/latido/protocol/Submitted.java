package dev.latido.protocol;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * The answer to a submission.
 *
 * @param answers one for each item, in the order of the items: an {@link ExecutionView} for what was taken (its state
 *     says whether it was dropped), a {@link MessageView} for what a broker has, a {@link Refusal} for what was not
 */
public record Submitted(List<Reply> answers) implements Reply {
    @Override
    public JsonObject toJson() {
        return new JsonObject().put("answers", JsonForm.array(answers, Reply::toJson));
    }

    static Submitted fromJson(JsonObject json) {
        return new Submitted(
                json.containsKey("answers")
                        ? JsonForm.list(json, "answers", Submitted::answer)
                        : List.of(answer(json)));
    }

    private static Reply answer(JsonObject json) {
        if (json.containsKey("id")) {
            return ExecutionView.fromJson(json);
        }
        return json.containsKey("key") ? MessageView.fromJson(json) : Refusal.fromJson(json);
    }
}
