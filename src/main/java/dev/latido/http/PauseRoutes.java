package dev.latido.http;

import dev.latido.command.JobClient;
import dev.latido.command.PauseView;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/** {@code /api/pause} and {@code /api/resume}: all jobs at once. */
final class PauseRoutes {

    private final JobClient client;

    PauseRoutes(JobClient client) {
        this.client = client;
    }

    List<Route> table() {
        return List.of(
                Route.post("/api/pause", Route.Access.KEY, context -> Answers.reply(context, this::pause)),
                Route.post("/api/resume", Route.Access.KEY, context -> Answers.reply(context, this::resume)));
    }

    private Future<PauseView> pause(RoutingContext context) {
        new Query(context.queryParams());
        return client.pauseAll();
    }

    private Future<PauseView> resume(RoutingContext context) {
        new Query(context.queryParams());
        return client.resumeAll();
    }
}
