package dev.latido;

import static org.awaitility.Awaitility.await;

import dev.latido.store.Batch;
import dev.latido.store.ForwardingStore;
import dev.latido.store.Store;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A store that writes nothing, and does not close, before the test lets it. */
public final class HeldStore extends ForwardingStore {

    private final Queue<Promise<Void>> held = new ConcurrentLinkedQueue<>();
    private volatile boolean isHolding;

    public HeldStore(Store store) {
        super(store);
    }

    /** Writes nothing from now on. */
    public void hold() {
        isHolding = true;
    }

    /** Waits until there is a batch that waits to be written. */
    public void awaitAppend() {
        await().until(() -> !held.isEmpty());
    }

    /** Has one batch written, once it is there. */
    public void releaseOne() {
        awaitAppend();
        held.remove().complete();
    }

    /** Writes everything from now on. */
    public synchronized void release() {
        isHolding = false;
        for (Promise<Void> next = held.poll(); next != null; next = held.poll()) {
            next.complete();
        }
    }

    @Override
    public synchronized Future<Void> append(Batch batch) {
        if (!isHolding) {
            return super.append(batch);
        }
        Promise<Void> promise = Promise.promise();
        held.add(promise);
        return promise.future().compose(released -> super.append(batch));
    }

    @Override
    public synchronized Future<Void> close() {
        if (!isHolding) {
            return super.close();
        }
        Promise<Void> promise = Promise.promise();
        held.add(promise);
        return promise.future().compose(released -> super.close());
    }
}
