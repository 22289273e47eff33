package dev.latido.store.sqlite;

import dev.latido.store.StoredFault;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Faults as they stand in their column: {@code [["job", millis, "why"], …]}, null for none. */
final class FaultsText {

    private FaultsText() {}

    static @Nullable String write(List<StoredFault> faults) {
        if (faults.isEmpty()) {
            return null;
        }
        JsonArray all = new JsonArray();
        faults.forEach(fault ->
                all.add(new JsonArray().add(fault.job()).add(fault.millis()).add(fault.why())));
        return all.encode();
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws RuntimeException when it is something else
     */
    static List<StoredFault> read(@Nullable String text) {
        if (text == null) {
            return List.of();
        }
        List<StoredFault> faults = new ArrayList<>();
        for (Object each : new JsonArray(text)) {
            if (!(each instanceof JsonArray fault) || fault.size() != 3) {
                throw new IllegalArgumentException("no fault: " + each);
            }
            faults.add(new StoredFault(
                    Objects.requireNonNull(fault.getString(0), "a fault of no job"),
                    fault.getLong(1),
                    Objects.requireNonNull(fault.getString(2), "a fault without a reason")));
        }
        return faults;
    }
}
