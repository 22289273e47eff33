package dev.latido.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.latido.command.CommandException;
import dev.latido.command.ExecutionView;
import dev.latido.command.Refusal;
import dev.latido.command.Reply;
import dev.latido.command.Submission;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
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
        } catch (IOException e) { // there is no I/O in it, and what is no JSON was refused before
            throw new UncheckedIOException(e);
        }
        if (batch.items.isEmpty()) {
            throw refused(400, "malformed-json", "The batch is empty.");
        }
        return batch;
    }

    private void readLines(String text, ItemReader absent) throws IOException {
        int number = 0;
        for (int start = 0; start <= text.length(); ) {
            int end = text.indexOf('\n', start);
            String line = text.substring(start, end < 0 ? text.length() : end);
            start = end < 0 ? text.length() + 1 : end + 1;
            number++;
            if (!line.isBlank()) {
                int place = number;
                add(() -> {
                    JsonText.check(line, "Line " + place);
                    try (JsonParser parser = JsonText.parse(line)) {
                        parser.nextToken();
                        return absent.read(parser, line);
                    }
                });
            }
        }
    }

    private void readArray(String text, ItemReader absent) throws IOException {
        JsonText.check(text, "The body");
        try (JsonParser parser = JsonText.parse(text)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw refused(400, "malformed-json", "The body must be an array of items.");
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                add(() -> absent.read(parser, text));
            }
        }
    }

    @FunctionalInterface
    private interface Reader {
        Submission read() throws IOException;
    }

    private void add(Reader item) throws IOException {
        if (items.size() == MAX_ITEMS) {
            throw refused(413, "batch-too-large", "A batch may have " + MAX_ITEMS + " items; send several.");
        }
        try {
            items.add(item.read());
            answers.add(null);
        } catch (CommandException bad) {
            items.add(null);
            answers.add(bad.refusal());
        }
    }

    private static CommandException refused(int status, String type, String detail) {
        return new CommandException(new Refusal(status, type, detail, null));
    }

    /** Returns the places, from {@code from} on, of up to {@code limit} items that have no answer yet. */
    List<Integer> open(int from, int limit) {
        List<Integer> places = new ArrayList<>();
        for (int i = from; i < items.size() && places.size() < limit; i++) {
            if (answers.get(i) == null) {
                places.add(i);
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
        open(from, Integer.MAX_VALUE).forEach(place -> answers.set(place, refusal));
    }

    /** Answers item by item, in the form in which the batch came. */
    void send(HttpServerResponse response) {
        if (response.closed()) {
            return;
        }
        JsonArray array = new JsonArray();
        Buffer text = Buffer.buffer();
        for (int i = 0; i < answers.size(); i++) {
            JsonObject line = line(i, answers.get(i));
            if (lines) {
                text.appendBuffer(line.toBuffer()).appendString("\n");
            } else {
                array.add(line);
            }
        }
        if (lines) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, "application/x-ndjson").end(text);
        } else {
            Answers.json(response, 200, array.toBuffer());
        }
    }

    private static JsonObject line(int index, @Nullable Reply answer) {
        JsonObject line = new JsonObject().put("index", index);
        if (answer instanceof ExecutionView execution) {
            return line.put("status", execution.state().isTerminal() ? 200 : 202)
                    .put("id", execution.id().toString())
                    .put("state", execution.state().wireName());
        }
        Refusal refusal = answer instanceof Refusal known ? known : Refusal.fault();
        return line.put("status", refusal.code())
                .put("type", Problem.TYPE_PREFIX + refusal.type())
                .put("detail", refusal.detail());
    }
}
