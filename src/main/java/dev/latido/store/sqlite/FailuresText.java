package dev.latido.store.sqlite;

import dev.latido.job.FailedAttempt;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
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

    static List<FailedAttempt> read(@Nullable String text) {
        if (text == null) {
            return List.of();
        }
        List<FailedAttempt> failures = new ArrayList<>();
        for (Object each : new JsonArray(text)) {
            JsonArray failure = (JsonArray) each;
            failures.add(new FailedAttempt(
                    failure.getInteger(0), failure.getLong(1), failure.getLong(2), failure.getString(3)));
        }
        return List.copyOf(failures);
    }
}
