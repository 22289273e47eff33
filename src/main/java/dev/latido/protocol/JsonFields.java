package dev.latido.protocol;

import dev.latido.job.Excerpt;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the fields of a message, and says which one is wrong: each method throws {@link CommandException} for that. */
final class JsonFields {

    private static final int MAX_ECHO = 64;

    private final JsonObject json;
    private final String path;
    private final Function<String, Refusal> refusal;

    /** Takes the fields of a message, which is {@link Refusal#MALFORMED} where one of them is wrong. */
    JsonFields(JsonObject json) {
        this(json, Refusal::malformed);
    }

    /** Takes fields, with how to refuse a wrong one. */
    JsonFields(JsonObject json, Function<String, Refusal> refusal) {
        this(json, "", refusal);
    }

    private JsonFields(JsonObject json, String path, Function<String, Refusal> refusal) {
        this.json = json;
        this.path = path;
        this.refusal = refusal;
    }

    /** Returns the fields of {@code inner}, whose names begin with {@code innerPath} where they are told. */
    JsonFields of(JsonObject inner, String innerPath) {
        return new JsonFields(inner, innerPath, refusal);
    }

    /** Refuses fields that nobody reads: they are mistakes of which the sender should know. */
    void onlyKnown(Set<String> known) {
        for (String field : json.fieldNames()) {
            if (!known.contains(field)) {
                throw bad("Unknown field '" + path + Excerpt.shown(field, MAX_ECHO) + "'; known are "
                        + String.join(", ", known.stream().sorted().toList()) + ".");
            }
        }
    }

    /** Returns what the fields are of. */
    JsonObject json() {
        return json;
    }

    JsonObject requiredObject(String field) {
        JsonObject value = object(field);
        if (value == null) {
            throw bad("Field '" + path + field + "' is missing.");
        }
        return value;
    }

    @Nullable JsonObject object(String field) {
        Object value = json.getValue(field);
        if (value == null || value instanceof JsonObject) {
            return (JsonObject) value;
        }
        throw bad("Field '" + path + field + "' must be an object.");
    }

    @Nullable String string(String field) {
        Object value = json.getValue(field);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw bad("Field '" + path + field + "' must be a string.");
    }

    String required(String field) {
        String value = string(field);
        if (value == null) {
            throw bad("Field '" + path + field + "' is missing.");
        }
        return value;
    }

    boolean has(String field) {
        return json.getValue(field) != null;
    }

    boolean bool(String field, boolean absent) {
        Object value = json.getValue(field);
        if (value == null) {
            return absent;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw bad("Field '" + path + field + "' must be true or false.");
    }

    long number(String field, long absent, long min, long max) {
        Object value = json.getValue(field);
        if (value == null) {
            return absent;
        }
        if (value instanceof Integer || value instanceof Long) {
            long number = ((Number) value).longValue();
            if (number >= min && number <= max) {
                return number;
            }
        }
        throw bad("Field '" + path + field + "' must be a whole number from " + min + " to " + max + ".");
    }

    Instant time(String field, Instant absent) {
        Instant time = time(field);
        return time == null ? absent : time;
    }

    @Nullable Instant time(String field) {
        String text = string(field);
        if (text == null) {
            return null;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw bad("Field '" + path + field + "' must be a UTC time such as 2026-01-31T12:00:00Z.");
        }
    }

    Priority priority(String field) {
        String text = string(field);
        if (text == null) {
            return Priority.NORMAL;
        }
        return Priority.ofWireName(text)
                .orElseThrow(() -> bad("Field '" + path + field + "' must be one of low, normal, high, critical."));
    }

    /** Reads a list of priorities; an absent one is empty. */
    List<Priority> priorities(String field) {
        return strings(field, Priority.values().length).stream()
                .map(text -> Priority.ofWireName(text)
                        .orElseThrow(() ->
                                bad("Field '" + path + field + "' must hold some of low, normal, high, critical.")))
                .toList();
    }

    /** Reads how many somebody wants at most. */
    int limit() {
        return (int) number("limit", 100, 1, 1_000);
    }

    ExecutionState state(String field) {
        return ExecutionState.ofWireName(required(field))
                .orElseThrow(() -> bad("Field '" + path + field + "' must be one of waiting, queued, running,"
                        + " succeeded, failed, cancelled, dropped."));
    }

    StopMode stopMode(String field) {
        String text = string(field);
        if (text == null) {
            return StopMode.PLAIN;
        }
        return StopMode.ofWireName(text)
                .orElseThrow(() -> bad("Field '" + path + field + "' must be one of plain, now, drain."));
    }

    SeriesRange seriesRange(String field) {
        String text = string(field);
        if (text == null) {
            return SeriesRange.HOUR;
        }
        return SeriesRange.ofWireName(text)
                .orElseThrow(() -> bad("Field '" + path + field + "' must be one of 1h, 24h."));
    }

    JobFilter jobFilter() {
        String name = string("name");
        String only = string("only");
        if (only == null) {
            return new JobFilter(name, JobFilter.Only.ANY);
        }
        return new JobFilter(
                name,
                JobFilter.Only.ofWireName(only)
                        .orElseThrow(() -> bad(
                                "Field '" + path + "only' must be one of any, running, stopped, degraded, failed.")));
    }

    ExecutionId execution(String field) {
        return ExecutionId.parse(required(field))
                .orElseThrow(() -> bad("Field '" + path + field + "' is not the id of an execution."));
    }

    /** Makes the exception that says what is wrong. */
    CommandException bad(String detail) {
        return new CommandException(refusal.apply(detail));
    }

    /** Reads a list of strings; an absent one is empty. */
    List<String> strings(String field, int max) {
        Object value = json.getValue(field);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof JsonArray array)
                || array.size() > max
                || !array.stream().allMatch(String.class::isInstance)) {
            throw malformed("Field '" + field + "' must be an array of at most " + max + " strings.");
        }
        return array.stream().map(String.class::cast).toList();
    }

    /** Reads a list of ids; an absent one is empty. */
    List<ExecutionId> executions(String field, int max) {
        return strings(field, max).stream()
                .map(text -> ExecutionId.parse(text)
                        .orElseThrow(
                                () -> malformed("Field '" + field + "' holds what is not the id of an execution.")))
                .toList();
    }

    static CommandException malformed(String detail) {
        return new CommandException(Refusal.malformed(detail));
    }
}
