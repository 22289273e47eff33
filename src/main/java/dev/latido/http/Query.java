package dev.latido.http;

import dev.latido.protocol.CommandException;
import dev.latido.protocol.Refusal;
import dev.latido.setting.DurationText;
import io.vertx.core.MultiMap;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads a request's query parameters, and says which one is wrong: each method throws {@link CommandException} for that. */
final class Query {

    private final MultiMap parameters;

    /** Takes the parameters and refuses those that are not {@code known}, which are mistakes. */
    Query(MultiMap parameters, String... known) {
        this(parameters, Set.of(), known);
    }

    /**
     * Takes the parameters.
     *
     * @param repeatable those of the {@code known} that may be given more than once
     */
    Query(MultiMap parameters, Set<String> repeatable, String... known) {
        this.parameters = parameters;
        Set<String> names = Set.of(known);
        for (String name : parameters.names()) {
            if (!names.contains(name)) {
                throw bad("Unknown query parameter '" + Quoted.of(name) + "'"
                        + (names.isEmpty()
                                ? "; there are none here."
                                : "; known are " + names.stream().sorted().collect(Collectors.joining(", ")) + "."));
            }
            if (parameters.getAll(name).size() > 1 && !repeatable.contains(name)) {
                throw bad("Query parameter '" + name + "' is given twice.");
            }
        }
    }

    @Nullable String text(String name) {
        return parameters.get(name);
    }

    boolean has(String name) {
        return parameters.contains(name);
    }

    /** Returns what is given for a parameter that may be repeated. */
    List<String> all(String name) {
        return parameters.getAll(name);
    }

    boolean flag(String name) {
        String text = parameters.get(name);
        if (text == null || text.equals("false")) {
            return false;
        }
        if (text.equals("true")) {
            return true;
        }
        throw bad("Query parameter '" + name + "' must be true or false.");
    }

    int number(String name, int absent, int min, int max) {
        String text = parameters.get(name);
        if (text == null) {
            return absent;
        }
        if (text.matches("\\d{1,9}")) {
            int number = Integer.parseInt(text);
            if (number >= min && number <= max) {
                return number;
            }
        }
        throw bad("Query parameter '" + name + "' must be a whole number from " + min + " to " + max + ".");
    }

    @Nullable Instant time(String name) {
        String text = parameters.get(name);
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw bad("Query parameter '" + name + "' must be a UTC time such as 2026-01-31T12:00:00Z.");
        }
    }

    Duration duration(String name, Duration absent, Duration max) {
        Duration given = duration(name, max);
        return given == null ? absent : given;
    }

    /** Reads a time that is longer than none. */
    @Nullable Duration positive(String name, Duration max) {
        Duration given = duration(name, max);
        if (given != null && given.isZero()) {
            throw bad("Query parameter '" + name + "' must be longer than none.");
        }
        return given;
    }

    private @Nullable Duration duration(String name, Duration max) {
        String text = parameters.get(name);
        return text == null
                ? null
                : DurationText.parse(text)
                        .filter(duration -> duration.compareTo(max) <= 0)
                        .orElseThrow(() -> bad("Query parameter '" + name
                                + "' must be a time such as 500ms, 5s or 10m, up to "
                                + (max.toSeconds() > 0 ? max.toSeconds() + "s." : max.toMillis() + "ms.")));
    }

    <T> T oneOf(
            String name,
            @Nullable T absent,
            T[] values,
            Function<String, Optional<T>> parse,
            Function<T, String> show) {
        String text = parameters.get(name);
        if (text == null && absent != null) {
            return absent;
        }
        return parse.apply(text == null ? "" : text)
                .orElseThrow(() -> bad("Query parameter '" + name + "' must be one of "
                        + Stream.of(values).map(show).collect(Collectors.joining(", ")) + "."));
    }

    static CommandException bad(String detail) {
        return new CommandException(new Refusal(400, "bad-parameter", detail, null));
    }
}
