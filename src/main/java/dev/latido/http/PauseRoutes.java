package dev.latido.http;

import dev.latido.client.JobClient;
import dev.latido.protocol.PauseView;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/** {@code /api/pause} and {@code /api/resume}: all jobs at once. */
final class PauseRoutes {

    private final JobClient client;
    private final Answers answers;

    PauseRoutes(JobClient client, Answers answers) {
        this.client = client;
        this.answers = answers;
    }

    List<Route> table() {
        return List.of(
                Route.post("/api/pause", Route.Access.KEY, context -> answers.reply(context, this::pause)),
                Route.post("/api/resume", Route.Access.KEY, context -> answers.reply(context, this::resume)));
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
