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
import dev.latido.store.StoredTexts;
import dev.latido.store.Text;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

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
            int most = reader.maxTextBytes();
            executions.values().forEach(execution -> {
                StoredState state = states.get(execution.id());
                reader.execution(
                        execution.with(atMost(execution.payload(), most)),
                        state == null ? null : state.with(atMost(state.result(), most)));
            });
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
        batch.accepted().forEach(this::accept);
        batch.changed().forEach(this::change);
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

    private void accept(StoredExecution execution) {
        StoredExecution before = executions.get(execution.id());
        if (!(execution.payload() instanceof Text.Stored)) {
            executions.put(execution.id(), execution);
        } else if (before != null) {
            executions.put(execution.id(), execution.with(before.payload()));
        }
    }

    private void change(StoredState state) {
        StoredState before = states.get(state.id());
        if (!(state.result() instanceof Text.Stored)) {
            states.put(state.id(), state);
        } else if (before != null) {
            states.put(state.id(), state.with(before.result()));
        }
    }

    private static @Nullable Text atMost(@Nullable Text text, int bytes) {
        return text == null || text.bytes() <= bytes ? text : new Text.Stored(text.bytes());
    }

    @Override
    public synchronized Future<@Nullable StoredTexts> texts(ExecutionId id) {
        StoredExecution execution = executions.get(id);
        StoredState state = states.get(id);
        return Future.succeededFuture(
                execution == null
                        ? null
                        : new StoredTexts(
                                Text.ifHere(execution.payload()), state == null ? null : Text.ifHere(state.result())));
    }

    @Override
    public Future<Backup> backUp(Instant deadline) {
        return Future.failedFuture(new StoreException(
                StoreException.Kind.REFUSED,
                "there is nothing to back up: this service keeps everything in memory",
                null));
    }

    @Override
    public Future<Void> check() {
        return Future.succeededFuture();
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
