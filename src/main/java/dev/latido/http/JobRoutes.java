package dev.latido.http;

import dev.latido.command.CommandException;
import dev.latido.command.JobClient;
import dev.latido.command.JobStatus;
import dev.latido.command.Wire;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /api/job}: the default job. */
final class JobRoutes {

    private static final Logger LOG = LoggerFactory.getLogger(JobRoutes.class);
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json; charset=utf-8");
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");

    private final JobClient client;

    /** The latest status and its text: callers who share one answer of the owner share its text too. */
    private @Nullable JobStatus encoded;

    private Buffer text = Buffer.buffer();

    JobRoutes(JobClient client) {
        this.client = client;
    }

    List<Route> table() {
        return List.of(
                Route.get("/api/job/status", Route.Access.KEY, context -> answer(client.status(null), context)),
                Route.post("/api/job/start", Route.Access.KEY, context -> answer(client.start(null), context)),
                Route.post("/api/job/stop", Route.Access.KEY, context -> answer(client.stop(null), context)));
    }

    private void answer(Future<JobStatus> status, RoutingContext context) {
        status.onComplete(done -> answer(done, context));
    }

    private void answer(AsyncResult<JobStatus> done, RoutingContext context) {
        HttpServerResponse response = context.response();
        if (done.succeeded()) {
            if (!response.ended() && !response.closed()) {
                response.putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                        .putHeader(HttpHeaders.CACHE_CONTROL, NO_STORE)
                        .end(text(done.result()));
            }
        } else if (done.cause() instanceof CommandException refused) {
            Problem.of(refused.refusal()).send(context.request());
        } else {
            LOG.error("a command ended in a fault", done.cause());
            Problem.FAULT.send(context.request());
        }
    }

    private Buffer text(JobStatus status) {
        if (!status.equals(encoded)) {
            encoded = status;
            text = Wire.encode(status).toBuffer();
        }
        return text;
    }
}
