package dev.latido.store.memory;

import dev.latido.job.ExecutionId;
import dev.latido.store.Backup;
import dev.latido.store.Batch;
import dev.latido.store.NewPoints;
import dev.latido.store.Store;
import dev.latido.store.StoreException;
import dev.latido.store.StoreReader;
import dev.latido.store.StoreStatus;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredPoints;
import dev.latido.store.StoredService;
import dev.latido.store.StoredState;
import dev.latido.store.StoredTexts;
import dev.latido.store.Text;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Keeps rows in maps, for as long as an object has them; everything is done when the call returns. */
public final class MemoryStore implements Store {

    private record KeyName(String job, String key) {}

    /** The latest comes first. */
    private record PointsName(long minuteMillis, int stepSeconds) implements Comparable<PointsName> {
        private static final Comparator<PointsName> LATEST_FIRST = Comparator.comparingLong(PointsName::minuteMillis)
                .thenComparingInt(PointsName::stepSeconds)
                .reversed();

        @Override
        public int compareTo(PointsName other) {
            return LATEST_FIRST.compare(this, other);
        }
    }

    private final Rows rows;

    /** Of the rows, when this was opened. */
    private long term;

    /** What is stored. Guarded by its own monitor. */
    private static final class Rows {
        private StoredService service = StoredService.INITIAL;
        private final Map<String, StoredJob> jobs = new TreeMap<>();
        private final Map<KeyName, StoredKey> keys = new LinkedHashMap<>();
        private final Map<ExecutionId, StoredExecution> executions = new TreeMap<>();
        private final Map<ExecutionId, StoredState> states = new TreeMap<>();
        private final Map<PointsName, StoredPoints> points = new TreeMap<>();
        private long sequence;

        /** Grows with each owner. */
        private long term;
    }

    /** Makes a store without rows. */
    public MemoryStore() {
        this(new Rows());
    }

    private MemoryStore(Rows rows) {
        this.rows = rows;
    }

    /** Makes another store of the same rows, as another process has one of the same database. */
    public MemoryStore ofSameRows() {
        return new MemoryStore(rows);
    }

    @Override
    public Future<Void> open() {
        synchronized (rows) {
            term = ++rows.term;
        }
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> scan(StoreReader reader) {
        synchronized (rows) {
            try {
                read(reader);
            } catch (RuntimeException | Error thrown) {
                return Future.failedFuture(
                        new StoreException(StoreException.Kind.BROKEN, "what is stored could not be taken in", thrown));
            }
        }
        return Future.succeededFuture();
    }

    private void read(StoreReader reader) {
        reader.service(rows.service);
        rows.jobs.values().forEach(reader::job);
        rows.keys.values().forEach(reader::key);
        int most = reader.maxTextBytes();
        rows.executions.values().forEach(execution -> {
            StoredState state = rows.states.get(execution.id());
            reader.execution(
                    execution.with(atMost(execution.payload(), most)),
                    state == null ? null : state.with(atMost(state.result(), most)));
        });
        rows.points.values().forEach(reader::points);
    }

    @Override
    public Future<Void> append(Batch batch) {
        synchronized (rows) {
            if (term < rows.term) {
                return fenced();
            }
            write(batch);
        }
        return Future.succeededFuture();
    }

    private Future<Void> fenced() {
        return Future.failedFuture(new StoreException(
                StoreException.Kind.FENCED, "another owner has taken over, in term " + rows.term, null));
    }

    private void write(Batch batch) {
        rows.service = batch.service() == null ? rows.service : batch.service();
        batch.jobs().forEach(job -> rows.jobs.put(job.name(), job));
        batch.accepted().forEach(this::accept);
        batch.changed().forEach(this::change);
        batch.forgotten().forEach(id -> {
            rows.executions.remove(id);
            rows.states.remove(id);
        });
        batch.forgottenKeys().forEach(key -> rows.keys.remove(new KeyName(key.job(), key.key())));
        batch.keys().forEach(key -> {
            KeyName name = new KeyName(key.job(), key.key());
            rows.keys.remove(name);
            rows.keys.put(name, key);
        });
        batch.points().forEach(this::put);
        rows.sequence++;
    }

    private void put(NewPoints points) {
        StoredPoints row = points.row();
        rows.points.values().removeIf(other -> other.stepSeconds() == row.stepSeconds() && !points.keeps(other));
        rows.points.put(new PointsName(row.minuteMillis(), row.stepSeconds()), row);
    }

    private void accept(StoredExecution execution) {
        StoredExecution before = rows.executions.get(execution.id());
        if (!(execution.payload() instanceof Text.Stored)) {
            rows.executions.put(execution.id(), execution);
        } else if (before != null) {
            rows.executions.put(execution.id(), execution.with(before.payload()));
        }
    }

    private void change(StoredState state) {
        StoredState before = rows.states.get(state.id());
        if (!(state.result() instanceof Text.Stored)) {
            rows.states.put(state.id(), state);
        } else if (before != null) {
            rows.states.put(state.id(), state.with(before.result()));
        }
    }

    private static @Nullable Text atMost(@Nullable Text text, int bytes) {
        return text == null || text.bytes() <= bytes ? text : new Text.Stored(text.bytes());
    }

    @Override
    public Future<@Nullable StoredTexts> texts(ExecutionId id) {
        synchronized (rows) {
            StoredExecution execution = rows.executions.get(id);
            StoredState state = rows.states.get(id);
            return Future.succeededFuture(
                    execution == null
                            ? null
                            : new StoredTexts(
                                    Text.ifHere(execution.payload()),
                                    state == null ? null : Text.ifHere(state.result())));
        }
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
        synchronized (rows) {
            return term < rows.term ? fenced() : Future.succeededFuture();
        }
    }

    @Override
    public StoreStatus status() {
        synchronized (rows) {
            return new StoreStatus("memory", "", rows.sequence, 0);
        }
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }

    /** Returns how an execution is stored, for tests. */
    public List<Object> find(ExecutionId id) {
        synchronized (rows) {
            StoredExecution execution = rows.executions.get(id);
            StoredState state = rows.states.get(id);
            return execution == null ? List.of() : state == null ? List.of(execution) : List.of(execution, state);
        }
    }
}
