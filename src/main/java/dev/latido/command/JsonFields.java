package dev.latido.command;

import dev.latido.job.ExecutionId;
import dev.latido.job.Priority;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the fields of a message, and says which one is wrong: each method throws {@link CommandException} for that. */
final class JsonFields {

    private static final int MAX_ECHO = 64;

    private final JsonObject json;

    JsonFields(JsonObject json) {
        this.json = json;
    }

    /** Refuses fields that nobody reads: they are mistakes of which the sender should know. */
    void onlyKnown(Set<String> known) {
        for (String field : json.fieldNames()) {
            if (!known.contains(field)) {
                throw malformed("Unknown field '" + shorten(field) + "'; known are "
                        + String.join(", ", known.stream().sorted().toList()) + ".");
            }
        }
    }

    @Nullable String string(String field) {
        Object value = json.getValue(field);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw malformed("Field '" + field + "' must be a string.");
    }

    String required(String field) {
        String value = string(field);
        if (value == null) {
            throw malformed("Field '" + field + "' is missing.");
        }
        return value;
    }

    boolean bool(String field, boolean absent) {
        Object value = json.getValue(field);
        if (value == null) {
            return absent;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw malformed("Field '" + field + "' must be true or false.");
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
        throw malformed("Field '" + field + "' must be a whole number from " + min + " to " + max + ".");
    }

    Instant time(String field, Instant absent) {
        String text = string(field);
        if (text == null) {
            return absent;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw malformed("Field '" + field + "' must be a UTC time such as 2026-01-31T12:00:00Z.");
        }
    }

    Priority priority(String field) {
        String text = string(field);
        if (text == null) {
            return Priority.NORMAL;
        }
        return Priority.ofWireName(text)
                .orElseThrow(() -> malformed("Field '" + field + "' must be one of low, normal, high, critical."));
    }

    ExecutionId execution(String field) {
        return ExecutionId.parse(required(field))
                .orElseThrow(() -> malformed("Field '" + field + "' is not the id of an execution."));
    }

    static CommandException malformed(String detail) {
        return new CommandException(Refusal.malformed(detail));
    }

    private static String shorten(String text) {
        return text.length() <= MAX_ECHO ? text : text.substring(0, MAX_ECHO) + "…";
    }
}
