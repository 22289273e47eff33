package dev.latido.simulation;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.store.ForwardingStore;
import dev.latido.store.StoreReader;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredService;
import dev.latido.store.StoredState;
import dev.latido.store.Unreadable;
import dev.latido.store.memory.MemoryStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What survives: rows, as the latest batch left them that was written. */
final class Disk extends ForwardingStore {

    private final MemoryStore rows;

    private Disk(MemoryStore rows) {
        super(rows);
        this.rows = rows;
    }

    static Disk empty() {
        return new Disk(new MemoryStore());
    }

    List<Object> find(ExecutionId id) {
        return rows.find(id);
    }

    @Nullable StoredState state(ExecutionId id) {
        List<Object> found = rows.find(id);
        return found.size() < 2 ? null : (StoredState) found.get(1);
    }

    boolean isDropped(ExecutionId id) {
        StoredState state = state(id);
        return state != null && state.state() == ExecutionState.DROPPED;
    }

    @Nullable StoredJob job(String name) {
        return read().jobs.get(name);
    }

    StoredService service() {
        return read().service;
    }

    private Reading read() {
        Reading reading = new Reading();
        scan(reading);
        return reading;
    }

    private static final class Reading implements StoreReader {
        private StoredService service = StoredService.INITIAL;
        private final Map<String, StoredJob> jobs = new HashMap<>();

        @Override
        public void service(StoredService stored) {
            service = stored;
        }

        @Override
        public void job(StoredJob job) {
            jobs.put(job.name(), job);
        }

        @Override
        public void key(StoredKey key) {}

        @Override
        public void execution(StoredExecution execution, @Nullable StoredState state) {}

        @Override
        public void unreadable(Unreadable row) {}
    }
}
