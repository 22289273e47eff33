package dev.latido.owner;

import dev.latido.store.StoreReader;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredPoints;
import dev.latido.store.StoredService;
import dev.latido.store.StoredState;
import dev.latido.store.Unreadable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a store holds for two: points are not for the core.
 *
 * @param core takes all the rest
 */
record WithPoints(StoreReader core, Consumer<StoredPoints> takePoints) implements StoreReader {

    @Override
    public int maxTextBytes() {
        return core.maxTextBytes();
    }

    @Override
    public void service(StoredService service) {
        core.service(service);
    }

    @Override
    public void job(StoredJob job) {
        core.job(job);
    }

    @Override
    public void key(StoredKey key) {
        core.key(key);
    }

    @Override
    public void execution(StoredExecution execution, @Nullable StoredState state) {
        core.execution(execution, state);
    }

    @Override
    public void points(StoredPoints points) {
        takePoints.accept(points);
    }

    @Override
    public void unreadable(Unreadable row) {
        core.unreadable(row);
    }
}
