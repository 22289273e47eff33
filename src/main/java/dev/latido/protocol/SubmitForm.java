package dev.latido.protocol;

import dev.latido.json.JsonValue;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The JSON form of work that is submitted, at an address of its own and therefore without a type:
 * {@code {"job":"name","payload":…,"priority":"high","delayMillis":0,"expiresMillis":60000,"key":"…"}}, all optional, or
 * {@code {"job":"name","items":[…]}} for several at once; both with {@code "mayWait":false} for who does not want to wait for
 * room.
 */
final class SubmitForm {

    /** How many items one message may hold. */
    static final int MAX_ITEMS = 1_000;

    static final CommandForm<Command.Submit> FORM =
            new CommandForm<>(Command.Submit.class, SubmitForm::write, SubmitForm::read, Set.of());

    private static final Set<String> SUBMISSION = Set.of("payload", "priority", "delayMillis", "expiresMillis", "key");

    private SubmitForm() {}

    private static void write(Command.Submit submit, JsonObject json) {
        CommandForm.putJob(json, submit);
        JsonArray items = new JsonArray();
        for (Submission item : submit.items()) {
            items.add(new JsonObject()
                    .put("payload", item.payload() == null ? null : JsonValue.of(item.payload()))
                    .put("priority", item.priority().wireName())
                    .put("delayMillis", item.delay().toMillis())
                    .put(
                            "expiresMillis",
                            item.expires() == null ? null : item.expires().toMillis())
                    .put("key", item.key()));
        }
        json.put("items", items);
        if (!submit.mayWait()) {
            json.put("mayWait", false);
        }
    }

    /** Reads what came to {@code latido.submit}. */
    private static Command.Submit read(JsonFields in, Instant deadline) {
        JsonObject json = in.json();
        Object items = json.getValue("items");
        if (items == null) {
            Set<String> known = new HashSet<>(SUBMISSION);
            known.add("job");
            known.add("mayWait");
            known.add("deadline");
            in.onlyKnown(known);
            return new Command.Submit(
                    in.string("job"), List.of(submission(json)), in.bool("mayWait", true), deadline, null);
        }
        in.onlyKnown(Set.of("job", "items", "mayWait", "deadline"));
        if (!(items instanceof JsonArray array) || array.size() > MAX_ITEMS) {
            throw JsonFields.malformed("Field 'items' must be an array of at most " + MAX_ITEMS + " objects.");
        }
        List<Submission> submissions = new ArrayList<>(array.size());
        for (Object item : array) {
            if (!(item instanceof JsonObject object)) {
                throw JsonFields.malformed("Field 'items' must hold objects only.");
            }
            new JsonFields(object).onlyKnown(SUBMISSION);
            submissions.add(submission(object));
        }
        return new Command.Submit(in.string("job"), submissions, in.bool("mayWait", true), deadline, null);
    }

    private static Submission submission(JsonObject json) {
        JsonFields in = new JsonFields(json);
        Object payload = json.getValue("payload");
        String key = in.string("key");
        if (key != null && (key.isEmpty() || key.length() > Submission.MAX_KEY_LENGTH)) {
            throw JsonFields.malformed("Field 'key' must have 1 to " + Submission.MAX_KEY_LENGTH + " characters.");
        }
        return new Submission(
                payload == null ? null : JsonValue.textOf(payload),
                in.priority("priority"),
                Duration.ofMillis(in.number("delayMillis", 0, 0, Submission.MAX_DELAY.toMillis())),
                json.getValue("expiresMillis") == null
                        ? null
                        : Duration.ofMillis(in.number("expiresMillis", 0, 1, Submission.MAX_DELAY.toMillis())),
                key);
    }
}
