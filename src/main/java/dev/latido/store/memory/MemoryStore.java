package dev.latido.store.memory;

import dev.latido.job.ExecutionId;
import dev.latido.store.Backup;
import dev.latido.store.Batch;
import dev.latido.store.Store;
import dev.latido.store.StoreException;
import dev.latido.store.StoreReader;
import dev.latido.store.StoreStatus;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredService;
import dev.latido.store.StoredState;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Keeps rows in maps, for as long as the object lives; everything is done when the call returns. */
public final class MemoryStore implements Store {

    private record KeyName(String job, String key) {}

    private StoredService service = StoredService.INITIAL;
    private final Map<String, StoredJob> jobs = new TreeMap<>();
    private final Map<KeyName, StoredKey> keys = new LinkedHashMap<>();
    private final Map<ExecutionId, StoredExecution> executions = new TreeMap<>();
    private final Map<ExecutionId, StoredState> states = new TreeMap<>();
    private long sequence;

    @Override
    public Future<Void> open() {
        return Future.succeededFuture();
    }

    @Override
    public synchronized Future<Void> scan(StoreReader reader) {
        try {
            reader.service(service);
            jobs.values().forEach(reader::job);
            keys.values().forEach(reader::key);
            executions.values().forEach(execution -> reader.execution(execution, states.get(execution.id())));
        } catch (RuntimeException | Error thrown) {
            return Future.failedFuture(
                    new StoreException(StoreException.Kind.BROKEN, "what is stored could not be taken in", thrown));
        }
        return Future.succeededFuture();
    }

    @Override
    public synchronized Future<Void> append(Batch batch) {
        service = batch.service() == null ? service : batch.service();
        batch.jobs().forEach(job -> jobs.put(job.name(), job));
        batch.accepted().forEach(execution -> executions.put(execution.id(), execution));
        batch.changed().forEach(state -> states.put(state.id(), state));
        batch.forgotten().forEach(id -> {
            executions.remove(id);
            states.remove(id);
        });
        batch.forgottenKeys().forEach(key -> keys.remove(new KeyName(key.job(), key.key())));
        batch.keys().forEach(key -> {
            KeyName name = new KeyName(key.job(), key.key());
            keys.remove(name);
            keys.put(name, key);
        });
        sequence++;
        return Future.succeededFuture();
    }

    @Override
    public Future<Backup> backUp() {
        return Future.failedFuture(new StoreException(
                StoreException.Kind.REFUSED,
                "there is nothing to back up: this service keeps everything in memory",
                null));
    }

    @Override
    public synchronized StoreStatus status() {
        return new StoreStatus("memory", "", sequence, 0);
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }

    /** Returns how an execution is stored, for tests. */
    public synchronized List<Object> find(ExecutionId id) {
        StoredExecution execution = executions.get(id);
        StoredState state = states.get(id);
        return execution == null ? List.of() : state == null ? List.of(execution) : List.of(execution, state);
    }
}
