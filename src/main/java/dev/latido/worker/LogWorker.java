package dev.latido.worker;

import dev.latido.job.Attempt;
import io.vertx.core.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The worker {@code log}: its work is one log line. */
public final class LogWorker implements Worker {

    /** The name of this worker in the configuration. */
    public static final String NAME = "log";

    private static final Logger LOG = LoggerFactory.getLogger(LogWorker.class);

    @Override
    public Future<Void> perform(Attempt attempt) {
        LOG.info("{}: execution {} ran", attempt.job(), attempt.execution());
        return Future.succeededFuture();
    }
}
