package dev.latido;

import dev.latido.config.Config;
import dev.latido.http.HttpVerticle;
import dev.latido.owner.Endings;
import dev.latido.owner.JobVerticle;
import dev.latido.store.Store;
import dev.latido.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the service stops. Once. */
final class Shutdown {

    private static final Logger LOG = LoggerFactory.getLogger(Service.class);

    /** How long the store may take for what was given back, and again to close. A disk that hangs is not waited for. */
    private static final Duration LAST_COMMIT = Duration.ofSeconds(5);

    private final Config.Shutdown config;
    private final JobVerticle owner;
    private final HttpVerticle http;
    private final BrokerSet brokers;
    private final Platform platform;
    private final Store store;
    private final Endings endings;
    private final Promise<Void> hurry = Promise.promise();

    Shutdown(
            Config.Shutdown config,
            JobVerticle owner,
            HttpVerticle http,
            BrokerSet brokers,
            Platform platform,
            Store store,
            Endings endings) {
        this.config = config;
        this.owner = owner;
        this.http = http;
        this.brokers = brokers;
        this.platform = platform;
        this.store = store;
        this.endings = endings;
    }

    /**
     * Stops all parts, in the reverse of the order in which they were started, as {@link Service#stop} says.
     *
     * @return whether all that was in flight finished in time, and everything is stored
     */
    boolean run() {
        LOG.info(
                "Stopping: not ready now; what is in flight has {} s to finish",
                config.grace().toSeconds());
        owner.end();
        http.notReady();
        waitUntilNoticed();
        boolean isDone = drain();
        boolean isStored = finished("What was put back is not stored", owner.giveBack());
        finished("The brokers did not close", brokers.close().mapEmpty());
        platform.close();
        return finished("The store did not close", closeStore()) && isDone && isStored;
    }

    private void waitUntilNoticed() {
        Duration notReadyFor = config.notReadyFor();
        if (!notReadyFor.isZero()) {
            inTime(platform.vertx().timer(notReadyFor.toMillis(), TimeUnit.MILLISECONDS));
        }
    }

    private boolean drain() {
        Duration grace = config.grace();
        Future<Void> drained = owner.drain().timeout(Math.max(1, grace.toMillis()), TimeUnit.MILLISECONDS);
        boolean isDone = inTime(Future.join(drained, http.shutdown(grace)));
        if (!isDone) {
            LOG.warn("Not all that was in flight finished in time");
        }
        return isDone;
    }

    private Future<Void> closeStore() {
        return store.close().onFailure(failure -> {
            if (failure instanceof StoreException known && known.kind() == StoreException.Kind.BROKEN) {
                endings.storeBroke().accept(known);
            }
        });
    }

    /** Has {@link #run} wait for nothing in flight any more. May be called from any thread. */
    void hurry() {
        hurry.tryComplete();
    }

    /** Waits for {@code work}; false when it fails, or there is no time for it any more. */
    private boolean inTime(Future<?> work) {
        if (hurry.future().succeeded()) {
            return false;
        }
        Promise<Boolean> first = Promise.promise();
        work.onComplete(done -> first.tryComplete(done.succeeded()));
        hurry.future().onSuccess(ignored -> first.tryComplete(false));
        return first.future().await();
    }

    private static boolean finished(String problem, Future<Void> writing) {
        try {
            writing.timeout(LAST_COMMIT.toMillis(), TimeUnit.MILLISECONDS).await();
            return true;
        } catch (Exception failure) {
            LOG.error("{}: {}", problem, failure.getMessage());
            return false;
        }
    }
}
