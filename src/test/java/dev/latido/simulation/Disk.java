package dev.latido.simulation;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.store.Batch;
import dev.latido.store.ForwardingStore;
import dev.latido.store.StoreReader;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredService;
import dev.latido.store.StoredState;
import dev.latido.store.Unreadable;
import dev.latido.store.memory.MemoryStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What survives: rows, as the latest batch left them that was written. */
final class Disk {

    private final MemoryStore rows = new MemoryStore();
    private final Rules rules;
    private @Nullable Access newest;

    Disk(Rules rules) {
        this.rules = rules;
    }

    /** Makes a way for one owner to use it. */
    Access access(VirtualTime.Loop network, Supplier<Duration> late) {
        return new Access(rows.ofSameRows(), network, late);
    }

    /** How an owner uses the disk. What it writes may be under way when its process dies, and arrive all the same. */
    final class Access extends ForwardingStore {

        private final MemoryStore own;
        private final VirtualTime.Loop network;
        private final Supplier<Duration> late;

        private Access(MemoryStore own, VirtualTime.Loop network, Supplier<Duration> late) {
            super(own);
            this.own = own;
            this.network = network;
            this.late = late;
        }

        @Override
        public Future<Void> open() {
            newest = this;
            return own.open();
        }

        @Override
        public Future<Void> append(Batch batch) {
            Duration takes = late.get();
            if (takes.isZero()) {
                return write(batch);
            }
            Promise<Void> written = Promise.promise();
            network.schedule(takes, () -> write(batch).onComplete(written));
            return written.future();
        }

        private Future<Void> write(Batch batch) {
            batch.changed().forEach(state -> {
                String note = state.note();
                boolean isOfKey = state.state() == ExecutionState.QUEUED && note != null && note.contains("of its key");
                rules.check(!isOfKey, "what a process waits with is not stored", state + "");
            });
            Future<Void> written = own.append(batch);
            rules.check(
                    written.failed() || newest == this,
                    "nothing is written of a term that is over",
                    batch.size() + " rows");
            rules.count(written.failed() ? "commit of a term that is over" : "commit");
            return written;
        }
    }

    List<Object> find(ExecutionId id) {
        return rows.find(id);
    }

    @Nullable StoredState state(ExecutionId id) {
        List<Object> found = rows.find(id);
        return found.size() < 2 ? null : (StoredState) found.get(1);
    }

    boolean isTick(ExecutionId id) {
        List<Object> found = rows.find(id);
        return !found.isEmpty() && ((StoredExecution) found.get(0)).isTick();
    }

    boolean isDropped(ExecutionId id) {
        StoredState state = state(id);
        return state != null && state.state() == ExecutionState.DROPPED;
    }

    @Nullable StoredJob job(String name) {
        return read().jobs.get(name);
    }

    /** Returns all executions that ticks made. */
    Set<ExecutionId> ticks() {
        return read().ticks;
    }

    /** Returns the jobs that have executions which have not ended. */
    Set<String> unfinished() {
        return read().unfinished;
    }

    StoredService service() {
        return read().service;
    }

    private Reading read() {
        Reading reading = new Reading();
        rows.scan(reading);
        return reading;
    }

    private static final class Reading implements StoreReader {
        private StoredService service = StoredService.INITIAL;
        private final Map<String, StoredJob> jobs = new HashMap<>();
        private final Set<ExecutionId> ticks = new HashSet<>();
        private final Set<String> unfinished = new HashSet<>();

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
        public void execution(StoredExecution execution, @Nullable StoredState state) {
            if (state == null || !state.state().isTerminal()) {
                unfinished.add(execution.job());
            }
            if (execution.isTick()) {
                ticks.add(execution.id());
            }
        }

        @Override
        public void unreadable(Unreadable row) {}
    }
}
