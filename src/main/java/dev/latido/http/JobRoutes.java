package dev.latido.http;

import dev.latido.client.JobClient;
import dev.latido.protocol.JobStatus;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /api/job}: the default job. */
final class JobRoutes {

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
        if (done.failed()) {
            Answers.failed(context, done.cause());
            return;
        }
        try {
            Answers.json(context.request(), 200, text(done.result()));
        } catch (RuntimeException | Error fault) {
            Fault.answer(context.request(), fault);
        }
    }

    private Buffer text(JobStatus status) {
        if (!status.equals(encoded)) {
            encoded = status;
            text = status.toJson().toBuffer();
        }
        return text;
    }
}
