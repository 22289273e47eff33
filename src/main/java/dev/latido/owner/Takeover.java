package dev.latido.owner;

import dev.latido.core.Recovery;
import dev.latido.job.ExecutionId;
import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import dev.latido.store.Store;
import dev.latido.store.StoredPoints;
import dev.latido.store.StoredTexts;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes up what the process before left in the store, and says how far it is. Until it is done, the core belongs to it. */
final class Takeover {

    /** How often progress is told. */
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(JobVerticle.class); // the name that operators know

    private final Store store;
    private final Recovery reader;
    private final Consumer<StoredPoints> points;
    private final EventLoop loop;
    private final TimeSource time;
    private boolean isDone;

    /**
     * Makes one.
     *
     * @param points takes points of time series, on the store's thread
     */
    Takeover(Store store, Recovery reader, Consumer<StoredPoints> points, EventLoop loop, TimeSource time) {
        this.store = store;
        this.reader = reader;
        this.points = points;
        this.loop = loop;
        this.time = time;
    }

    /** Reads everything and puts it where it belongs; {@code done} is told on the event loop. */
    void run(Completable<Void> done) {
        long begun = time.nanos();
        loop.schedule(PROGRESS_EVERY, this::tellProgress);
        store.scan(new WithPoints(reader, points))
                .compose(read -> readOn())
                .compose(read -> {
                    reader.place(); // not on the event loop: there may be a million
                    return Future.<Void>succeededFuture();
                })
                .onComplete((nothing, failure) -> loop.execute(() -> {
                    isDone = true;
                    if (failure == null) {
                        report(time.nanos() - begun);
                    }
                    done.complete(null, failure);
                }));
    }

    /** Reads the texts that are needed at once, one after the other, though they are long. */
    private Future<Void> readOn() {
        ExecutionId next = reader.nextUnread();
        return next == null
                ? Future.succeededFuture()
                : store.texts(next).compose(texts -> {
                    reader.read(texts == null ? new StoredTexts(null, null) : texts);
                    return readOn();
                });
    }

    private void tellProgress() {
        if (!isDone) {
            LOG.info("Starting: {} executions read from the store so far", reader.executions());
            loop.schedule(PROGRESS_EVERY, this::tellProgress);
        }
    }

    private void report(long nanos) {
        if (reader.executions() > 0) {
            LOG.info("Took up {} executions from the store in {} ms", reader.executions(), nanos / 1_000_000);
        }
        reader.orphans()
                .forEach((job, count) -> LOG.warn(
                        "The store holds {} executions of job '{}', which is no longer in the configuration; none of them"
                                + " is run. Define the job again under this name, or purge it",
                        count,
                        job));
        reader.damage()
                .forEach((kind, damage) -> LOG.warn(
                        "The store holds rows that cannot be read, and stay as they are: {} of kind '{}', the first is"
                                + " {}: {}",
                        damage.count(),
                        kind.name().toLowerCase(Locale.ROOT),
                        damage.first().name(),
                        damage.first().why()));
    }
}
