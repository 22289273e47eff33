package dev.latido.store.sqlite;

import dev.latido.store.StoreReader;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredService;
import dev.latido.store.StoredState;
import dev.latido.store.Unreadable;
import org.jspecify.annotations.Nullable;

/** Reads and keeps nothing; who extends it keeps what it wants. */
class IgnoringReader implements StoreReader {

    @Override
    public void service(StoredService service) {}

    @Override
    public void job(StoredJob job) {}

    @Override
    public void key(StoredKey key) {}

    @Override
    public void unreadable(Unreadable row) {}

    @Override
    public void execution(StoredExecution execution, @Nullable StoredState state) {}
}
