package dev.latido.worker;

import dev.latido.job.Attempt;
import io.vertx.core.Future;

/** Performs executions. Called on the owner's event loop and must not block it. */
@FunctionalInterface
public interface Worker {

    /** Performs one attempt. The future succeeds when the work is done and fails when it is not. */
    Future<Void> perform(Attempt attempt);
}
