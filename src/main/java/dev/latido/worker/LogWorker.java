package dev.latido.worker;

import dev.latido.job.Excerpt;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The worker {@code log}: its work is one log line, and its result is its payload, for jobs that come next. */
public final class LogWorker implements Worker {

    private static final Logger LOG = LoggerFactory.getLogger(LogWorker.class);
    private static final int MAX_SHOWN = 200;

    @Override
    public Future<@Nullable String> perform(Task task) {
        LOG.info("{}: execution {} ran{}", task.attempt().job(), task.attempt().execution(), shown(task.payload()));
        return Future.succeededFuture(task.payload());
    }

    private static String shown(@Nullable String payload) {
        return payload == null ? "" : " with " + Excerpt.of(payload, MAX_SHOWN);
    }
}
