package dev.latido.owner;

import dev.latido.core.Decision;
import dev.latido.core.Effect;
import dev.latido.core.Input;
import dev.latido.core.JobEngine;
import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import dev.latido.protocol.Refusal;
import dev.latido.store.Batch;
import dev.latido.store.NewPoints;
import dev.latido.store.Store;
import dev.latido.store.StoreConfig;
import dev.latido.store.StoreException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what the core changed into the store, one batch after the other, and lets go what waited for that. Whatever
 * changes while a batch is written goes into the next one, so one sync of the disk serves many (group commit).
 *
 * <p>A store that is full or cannot write gets the same batch again until it takes it; one that does not answer is waited
 * for. Meanwhile the core refuses what would need the store, so what waits is bounded by what was in flight.
 */
final class GroupCommit {

    /** How long to wait before a batch that was not taken is tried again. */
    static final Duration RETRY_EVERY = Duration.ofMillis(500);

    /** How long a batch may be under way until the store counts as one that does not answer. */
    static final Duration SILENCE = Duration.ofSeconds(5);

    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

    private final JobEngine engine;
    private final Store store;
    private final SeriesRows series;
    private final StoreConfig config;
    private final EventLoop owner;
    private final TimeSource time;
    private final Listener listener;
    private final ArrayDeque<Decision> waiting = new ArrayDeque<>();
    private @Nullable Batch writing;
    private long writingPosition;
    private long writingSince;

    /** How many looks in a row found the same write under way, and which that was. */
    private int looks;

    private long lookedAt;
    private long stored;
    private @Nullable StoreException lost;
    private Phase phase = Phase.OPEN;

    /** True when what is being written may be written already: a try was, or is, of unknown outcome. */
    private boolean isInDoubt;

    private boolean isChecking;
    private @Nullable Runnable whenIdle;

    /** What is to be written last of all; there in {@link Phase#LAST}. */
    private @Nullable Last last;

    /** What may still be written. */
    private enum Phase {
        /** Whatever changes. */
        OPEN,
        /** What is being written, then the last batch. */
        LAST,
        /** Nothing: the store is broken, or another owner's. */
        SHUT
    }

    /** The last batch, and what to do when it is written or cannot be. */
    private record Last(Batch batch, Runnable then) {}

    /**
     * What one decision waits with that will never be stored from here.
     *
     * @param isInDoubt whether it may be stored all the same
     */
    record Unstored(List<Effect> effects, boolean isInDoubt) {}

    /** Who is told of what happens to the store; on the owner's event loop. */
    interface Listener {

        /** A batch was written: some of what waited may go on. */
        void written(int rows, Duration took);

        /** The core is to be told. */
        void changed(Input input);

        /** The core failed. */
        void faulted(Throwable fault);

        /** The store is broken, and nothing that is not stored yet may be promised any more. */
        void broken(StoreException failure);

        /** Another owner has the store. */
        void fenced(StoreException failure);
    }

    /**
     * Makes one.
     *
     * @param series what is written beside what the core changed
     */
    GroupCommit(
            JobEngine engine,
            SeriesRows series,
            Store store,
            StoreConfig config,
            EventLoop owner,
            TimeSource time,
            Listener listener) {
        this.engine = engine;
        this.series = series;
        this.store = store;
        this.config = config;
        this.owner = owner;
        this.time = time;
        this.listener = listener;
        owner.schedule(LOOK_EVERY, this::lookWhetherItAnswers);
    }

    /** Keeps what a decision wants done once it is stored. */
    void add(Decision decision) {
        if (!decision.onceStored().isEmpty()) {
            waiting.add(decision);
        }
    }

    /** Returns what is to be done next of what was waiting and is stored now; null when there is nothing. */
    @Nullable List<Effect> next() {
        Decision first = waiting.peek();
        if (first == null || first.position() > stored) {
            return null;
        }
        waiting.remove();
        return first.onceStored();
    }

    /** Returns what waits next for what will not be stored any more; null when nothing does. To be asked in place of {@link #next}. */
    @Nullable Unstored nextUnstored() {
        Decision first = waiting.poll();
        return first == null
                ? null
                : new Unstored(first.onceStored(), writing != null && isInDoubt && first.position() <= writingPosition);
    }

    /** Begins to write what changed, unless something is being written. What nobody waits for is written when it is too much. */
    void flush() {
        if (writing == null
                && phase == Phase.OPEN
                && (engine.hasUrgentChanges() || series.isDue() || isFull() || isLast())) {
            Batch changed = engine.takeBatch();
            List<NewPoints> points = series.take();
            writing = points.isEmpty() ? changed : changed.with(points);
            writingPosition = engine.position();
            write(writing);
        }
    }

    /** Tells whether what nobody waits for is to be written too, because there will be no other occasion. */
    private boolean isLast() {
        return whenIdle != null && engine.pendingRows() > 0;
    }

    /**
     * Writes {@code batch} after what is being written, and nothing of what the core says has changed, now or later.
     *
     * @param then run once it is written, or cannot be
     */
    void end(Batch batch, Runnable then) {
        last = new Last(batch, then);
        phase = Phase.LAST;
        if (writing == null) {
            writeLast(last);
        }
    }

    private void writeLast(Last end) {
        append(end.batch).onComplete(done -> owner.execute(end.then));
    }

    private Future<Void> append(Batch batch) {
        try {
            return store.append(batch);
        } catch (RuntimeException thrown) {
            return Future.failedFuture(thrown);
        }
    }

    private void write(Batch batch) {
        if (phase == Phase.SHUT) {
            return;
        }
        writingSince = time.nanos();
        append(batch).onComplete(done -> owner.execute(() -> written(batch, done)));
    }

    private void written(Batch batch, AsyncResult<Void> done) {
        Last end = last;
        if (phase == Phase.SHUT) {
            return; // everybody who waited was told
        } else if (end != null) {
            writing = null;
            if (done.succeeded()) {
                stored = writingPosition; // what waited for that may still be told
                listener.written(batch.size(), Duration.ofNanos(time.nanos() - writingSince));
            }
            writeLast(end);
            return;
        }
        if (done.failed()) {
            failed(batch, done.cause());
            return;
        }
        writing = null;
        isInDoubt = false;
        stored = writingPosition;
        try {
            engine.stored(stored, time.now());
        } catch (RuntimeException | Error fault) {
            listener.faulted(fault);
            return;
        }
        if (lost != null) {
            LOG.info("The store accepts writes again");
            lost = null;
            listener.changed(new Input.StoreBack());
        }
        listener.written(batch.size(), Duration.ofNanos(time.nanos() - writingSince));
    }

    private void failed(Batch batch, Throwable cause) {
        StoreException failure = broken(cause);
        boolean mayPass =
                failure.kind() == StoreException.Kind.FULL || failure.kind() == StoreException.Kind.UNAVAILABLE;
        if (mayPass && lost == null && batch.size() == batch.points().size()) {
            writing = null; // nobody waits for points, and what somebody waits for tells whether the store is lost
            series.putBack(batch.points());
            flush();
            checkIdle();
            return;
        }
        switch (failure.kind()) {
            case UNAVAILABLE -> isInDoubt = true;
            case FULL -> {} // nothing was written
            default -> {
                tell(failure);
                return;
            }
        }
        lose(failure);
        owner.schedule(RETRY_EVERY, () -> write(batch));
    }

    /** A disk that hangs tells nobody; what is written comes to its end some time, or never. */
    private void lookWhetherItAnswers() {
        if (isSilent() && lost == null && phase != Phase.SHUT) {
            String what = "the store has not answered for " + SILENCE.toSeconds() + " s";
            lose(new StoreException(StoreException.Kind.UNAVAILABLE, what, null));
        }
        if (writing == null && !isChecking && phase == Phase.OPEN) { // whoever writes looks by itself
            isChecking = true;
            store.check().onComplete(done -> owner.execute(() -> checked(done)));
        }
        owner.schedule(LOOK_EVERY, this::lookWhetherItAnswers);
    }

    /** Tells whether a write takes too long. A process that stood still looks once for all that time: the silence was its own. */
    private boolean isSilent() {
        looks = writing == null ? 0 : lookedAt == writingSince ? looks + 1 : 1;
        lookedAt = writingSince;
        return looks >= SILENCE.dividedBy(LOOK_EVERY) && time.nanos() - writingSince > SILENCE.toNanos();
    }

    private void checked(AsyncResult<Void> done) {
        isChecking = false;
        if (done.failed() && phase == Phase.OPEN) {
            isInDoubt |= writing != null; // what began meanwhile is not answered yet
            tell(broken(done.cause()));
        }
    }

    /** Writes nothing any more. */
    void close() {
        phase = Phase.SHUT;
    }

    private void tell(StoreException failure) {
        if (failure.kind() == StoreException.Kind.FENCED) {
            listener.fenced(failure);
        } else {
            listener.broken(failure);
        }
    }

    private static StoreException broken(Throwable cause) {
        return cause instanceof StoreException known
                ? known
                : new StoreException(StoreException.Kind.BROKEN, String.valueOf(cause.getMessage()), cause);
    }

    private void lose(StoreException failure) {
        if (lost == null || lost.kind() != failure.kind()) {
            LOG.error("Nothing can be stored until further notice: {}", failure.getMessage());
            lost = failure;
            listener.changed(new Input.StoreLost(refusal(failure)));
        }
    }

    private static Refusal refusal(StoreException failure) {
        String what = String.valueOf(failure.getMessage());
        return failure.kind() == StoreException.Kind.FULL ? Refusal.storeFull(what) : Refusal.storeUnavailable(what);
    }

    /** Tells whether so much waits to be written that no more work should be taken in. */
    boolean isFull() {
        return lost == null && pendingRows() >= config.maxPending();
    }

    /** Returns how many rows wait to be written, about. */
    int pendingRows() {
        return engine.pendingRows() + (writing == null ? 0 : writing.size());
    }

    /** Says why nothing can be written; null when it can. */
    @Nullable String problem() {
        return lost == null ? null : lost.getMessage();
    }

    /** Has {@code action} run once, by {@link #checkIdle}, when everything is written and all that waited was let go. */
    void whenIdle(Runnable action) {
        whenIdle = action;
        flush();
    }

    /** To be called whenever there is nothing to do for the moment. */
    void checkIdle() {
        Runnable action = whenIdle;
        if (action != null && writing == null && engine.pendingRows() == 0 && !series.isDue() && waiting.isEmpty()) {
            whenIdle = null;
            action.run();
        }
    }
}
