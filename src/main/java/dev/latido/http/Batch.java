package dev.latido.http;

import com.fasterxml.jackson.core.JsonParser;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.MessageView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Many submissions in one body: an array, or a line each (NDJSON). An item is
 * {@code {"payload":…,"priority":"high","delay":"5s","expires":"1h","key":"…"}}, all optional. Each gets an answer in its place; a bad
 * one does not keep the others from being accepted.
 */
final class Batch {

    /** How many items a batch may have. */
    static final int MAX_ITEMS = 10_000;

    /** About how many characters the answer to one item has. */
    private static final int LINE_SIZE = 80;

    private final boolean lines;
    private final List<@Nullable Submission> items = new ArrayList<>();
    private final List<@Nullable Reply> answers = new ArrayList<>();

    private Batch(boolean lines) {
        this.lines = lines;
    }

    /**
     * Reads a batch.
     *
     * @param lines whether there is a line for each item
     * @param absent reads items, and knows what holds for those that do not say it
     * @throws CommandException when the body as a whole cannot be read
     */
    static Batch read(String text, boolean lines, ItemReader absent) {
        Batch batch = new Batch(lines);
        try {
            if (lines) {
                batch.readLines(text, absent);
            } else {
                batch.readArray(text, absent);
            }
        } catch (IOException e) { // there is no I/O in it, and what is not JSON was refused before
            throw new UncheckedIOException(e);
        }
        if (batch.items.isEmpty()) {
            throw refused(400, "malformed-json", "The batch is empty.");
        }
        return batch;
    }

    private void readLines(String text, ItemReader absent) throws IOException {
        for (int start = 0; start <= text.length(); ) {
            int end = text.indexOf('\n', start);
            String line = text.substring(start, end < 0 ? text.length() : end);
            start = end < 0 ? text.length() + 1 : end + 1;
            if (!line.isBlank()) {
                add(line, "The line", absent);
            }
        }
    }

    private void readArray(String text, ItemReader absent) throws IOException {
        ArrayItems all = new ArrayItems(text);
        for (String item = all.next(); item != null; item = all.next()) {
            add(item, "The item", absent);
        }
        if (!all.isWhole()) {
            JsonText.check(text, "The body"); // says where it is no array
            throw refused(400, "malformed-json", "The body must be an array of items.");
        }
    }

    /** Reads one item. Which one is bad, its index says. */
    private void add(String text, String what, ItemReader absent) throws IOException {
        if (items.size() == MAX_ITEMS) {
            throw refused(413, "batch-too-large", "A batch may have " + MAX_ITEMS + " items; send several.");
        }
        try {
            JsonText.checkItem(text, what);
            try (JsonParser parser = JsonText.parseItem(text)) {
                parser.nextToken();
                items.add(absent.read(parser, text));
            }
            answers.add(null);
        } catch (CommandException bad) {
            items.add(null);
            answers.add(bad.refusal());
        }
    }

    private static CommandException refused(int status, String type, String detail) {
        return new CommandException(new Refusal(status, type, detail, null));
    }

    /**
     * Returns the places, from {@code from} on, of items that have no answer yet: up to {@code limit}, and no more once their
     * payloads have {@code maxChars}.
     */
    List<Integer> open(int from, int limit, int maxChars) {
        List<Integer> places = new ArrayList<>();
        long chars = 0;
        for (int i = from; i < items.size() && places.size() < limit && chars < maxChars; i++) {
            if (answers.get(i) == null) {
                places.add(i);
                String payload = submission(i).payload();
                chars += payload == null ? 0 : payload.length();
            }
        }
        return places;
    }

    Submission submission(int place) {
        Submission submission = items.get(place);
        if (submission == null) {
            throw new IllegalArgumentException("the item at " + place + " was refused");
        }
        return submission;
    }

    void answer(int place, Reply answer) {
        answers.set(place, answer);
    }

    /** Notes the answer to each of {@code places}, in their order. */
    void answer(List<Integer> places, List<Reply> replies) {
        for (int i = 0; i < places.size(); i++) {
            answer(places.get(i), replies.get(i));
        }
    }

    void refuseRest(int from, Refusal refusal) {
        for (int i = from; i < answers.size(); i++) {
            if (answers.get(i) == null) {
                answers.set(i, refusal);
            }
        }
    }

    /** Returns about how many characters {@link #answer()} has. */
    long answerSize() {
        return (long) items.size() * LINE_SIZE;
    }

    /** Returns the answer, item by item, in the form in which the batch came. */
    Buffer answer() {
        Buffer text = Buffer.buffer();
        for (int i = 0; i < answers.size(); i++) {
            text.appendString(lines ? "" : i == 0 ? "[" : ",")
                    .appendBuffer(line(i, answers.get(i)).toBuffer());
            if (lines) {
                text.appendString("\n");
            }
        }
        return lines ? text : text.appendString("]");
    }

    private static JsonObject line(int index, @Nullable Reply answer) {
        JsonObject line = new JsonObject().put("index", index);
        if (answer instanceof ExecutionView execution) {
            return line.put("status", execution.state().isTerminal() ? 200 : 202)
                    .put("id", execution.id().toString())
                    .put("state", execution.state().wireName());
        }
        if (answer instanceof MessageView message) {
            return line.put("status", 202).put("key", message.key()).put("state", message.state());
        }
        Refusal refusal = answer instanceof Refusal known ? known : Refusal.fault();
        return line.put("status", refusal.code())
                .put("type", Problem.TYPE_PREFIX + refusal.type())
                .put("detail", refusal.detail());
    }
}
