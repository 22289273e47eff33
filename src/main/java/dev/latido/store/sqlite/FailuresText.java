package dev.latido.store.sqlite;

import dev.latido.job.FailedAttempt;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Attempts that failed as they stand in their column: {@code [[number, started, ended, "error"], …]}, null for none. */
final class FailuresText {

    private FailuresText() {}

    static @Nullable String write(List<FailedAttempt> failures) {
        if (failures.isEmpty()) {
            return null;
        }
        JsonArray all = new JsonArray();
        failures.forEach(failure -> all.add(new JsonArray()
                .add(failure.number())
                .add(failure.startedMillis())
                .add(failure.endedMillis())
                .add(failure.error())));
        return all.encode();
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws RuntimeException when it is something else
     */
    static List<FailedAttempt> read(@Nullable String text) {
        if (text == null) {
            return List.of();
        }
        List<FailedAttempt> failures = new ArrayList<>();
        for (Object each : new JsonArray(text)) {
            if (!(each instanceof JsonArray failure) || failure.size() != 4) {
                throw new IllegalArgumentException("no attempt that failed: " + each);
            }
            failures.add(new FailedAttempt(
                    Math.toIntExact(failure.getLong(0)),
                    failure.getLong(1),
                    failure.getLong(2),
                    Objects.requireNonNull(failure.getString(3), "an attempt that failed without an error")));
        }
        return List.copyOf(failures);
    }
}
