package dev.latido.store;

import dev.latido.job.ExecutionId;
import io.vertx.core.Future;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Does what the store behind it does, for tests that change one thing of it. */
public class ForwardingStore implements Store {

    private final Store store;

    public ForwardingStore(Store store) {
        this.store = store;
    }

    @Override
    public Future<Void> open() {
        return store.open();
    }

    @Override
    public Future<Void> scan(StoreReader reader) {
        return store.scan(reader);
    }

    @Override
    public Future<Void> append(Batch batch) {
        return store.append(batch);
    }

    @Override
    public Future<@Nullable StoredTexts> texts(ExecutionId id) {
        return store.texts(id);
    }

    @Override
    public Future<Backup> backUp(Instant deadline) {
        return store.backUp(deadline);
    }

    @Override
    public Future<Void> check() {
        return store.check();
    }

    @Override
    public StoreStatus status() {
        return store.status();
    }

    @Override
    public Future<Void> close() {
        return store.close();
    }
}
