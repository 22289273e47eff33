package dev.latido.http;

import dev.latido.process.ProcessEnd;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What nobody expected while a request was served, an {@link Error} too: one line in the log, 500 for that request, and
 * nothing for all others. Where not even that is possible the connection is closed.
 */
final class Fault {

    private static final Logger LOG = LoggerFactory.getLogger(Fault.class);

    private Fault() {}

    /** Answers {@code request}, unless it was before. Throws nothing. */
    static void answer(HttpServerRequest request, @Nullable Throwable failure) {
        ProcessEnd.endIfOutOfMemory(failure);
        try {
            LOG.error("{} {} failed", request.method(), Quoted.of(String.valueOf(request.path())), failure);
        } catch (RuntimeException | Error unlogged) {
            ProcessEnd.endIfOutOfMemory(unlogged);
        }
        try {
            Problem.FAULT.send(request);
        } catch (RuntimeException | Error another) {
            ProcessEnd.endIfOutOfMemory(another);
            request.connection().close();
        }
    }
}
