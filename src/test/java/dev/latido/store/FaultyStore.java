package dev.latido.store;

import dev.latido.store.StoreException.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A store whose writing fails and dawdles as that of a real one may, for tests of whoever uses one. What happens to which
 * append depends on the seed alone, on no clock and no thread. Everything but {@link #append} goes straight to the store
 * behind it.
 *
 * <p>It also sees to it that the user keeps to the contract: an append while another one is under way throws.
 */
public final class FaultyStore extends ForwardingStore {

    /**
     * How often what happens, each from 0 for never to 1 for always.
     *
     * @param failsBefore an append writes nothing and fails, with {@link Kind#FULL} or {@link Kind#UNAVAILABLE}
     * @param failsAfter of those that write: it writes everything and fails with {@link Kind#UNAVAILABLE} all the same
     * @param isLate an append is told of its end, whichever it is, later
     */
    public record Faults(double failsBefore, double failsAfter, double isLate) {

        /** As good as the store behind. */
        public static final Faults NONE = new Faults(0, 0, 0);
    }

    /**
     * What happened so far.
     *
     * @param appends how often append was called
     * @param failedBefore how many of them wrote nothing
     * @param failedAfter how many wrote and failed
     * @param late how many ended late
     */
    public record Tally(int appends, int failedBefore, int failedAfter, int late) {}

    private final Random random;
    private final Executor later;
    private final AtomicBoolean isAppending = new AtomicBoolean();

    // These belong to the thread that appends.
    private Faults faults;
    private Tally tally = new Tally(0, 0, 0, 0);

    /**
     * Makes a faulty store.
     *
     * @param store where everything is kept
     * @param seed the same one makes the same faults
     * @param later runs what completes a late append, when it sees fit: as a timer, such as {@code action ->
     *     vertx.setTimer(5, id -> action.run())}, or as a queue that the test works off itself
     */
    public FaultyStore(Store store, Faults faults, long seed, Executor later) {
        super(store);
        this.faults = faults;
        this.random = new Random(seed);
        this.later = later;
    }

    /** From the next append on, fails this often. Call it on the thread that appends. */
    public void fail(Faults faults) {
        this.faults = faults;
    }

    /** Returns what happened so far. Call it on the thread that appends. */
    public Tally tally() {
        return tally;
    }

    @Override
    public Future<Void> append(Batch batch) {
        if (!isAppending.compareAndSet(false, true)) {
            throw new IllegalStateException("an append while another one is under way");
        }
        // All is drawn always, so that other faults do not change which appends meet them.
        boolean failsBefore = random.nextDouble() < faults.failsBefore();
        boolean failsAfter = random.nextDouble() < faults.failsAfter() && !failsBefore;
        boolean isLate = random.nextDouble() < faults.isLate();
        Kind kind = random.nextBoolean() ? Kind.FULL : Kind.UNAVAILABLE;
        tally = new Tally(
                tally.appends() + 1,
                tally.failedBefore() + (failsBefore ? 1 : 0),
                tally.failedAfter() + (failsAfter ? 1 : 0),
                tally.late() + (isLate ? 1 : 0));
        Future<Void> written = failsBefore ? failure(kind, "failed before writing") : super.append(batch);
        Future<Void> told =
                failsAfter ? written.compose(done -> failure(Kind.UNAVAILABLE, "failed after committing")) : written;
        Promise<Void> promise = Promise.promise();
        told.onComplete((done, failure) -> {
            if (isLate) {
                later.execute(() -> end(promise, failure));
            } else {
                end(promise, failure);
            }
        });
        return promise.future();
    }

    private void end(Promise<Void> promise, @Nullable Throwable failure) {
        isAppending.set(false); // first, for the next append may come at once
        if (failure == null) {
            promise.complete();
        } else {
            promise.fail(failure);
        }
    }

    private static Future<Void> failure(Kind kind, String message) {
        return Future.failedFuture(new StoreException(kind, message, null));
    }
}
