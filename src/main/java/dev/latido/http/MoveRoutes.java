package dev.latido.http;

import dev.latido.client.JobClient;
import dev.latido.job.Priority;
import dev.latido.protocol.Command;
import dev.latido.protocol.MoveView;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Set;

/** {@code /api/jobs/{job}/move}: what waits in a queue at a broker goes to where the job has its queue now. */
final class MoveRoutes {

    private static final int MAX_GROUP = 200;

    private final JobClient client;
    private final Answers answers;

    MoveRoutes(JobClient client, Answers answers) {
        this.client = client;
        this.answers = answers;
    }

    List<Route> table() {
        Route.Access key = Route.Access.KEY;
        return List.of(
                Route.get("/api/jobs/:job/move", key, context -> answers.reply(context, this::status)),
                Route.post("/api/jobs/:job/move", key, context -> answers.reply(context, this::move)),
                Route.post("/api/jobs/:job/move/end", key, context -> answers.reply(context, this::end)));
    }

    private Future<MoveView> move(RoutingContext context) {
        Query query = new Query(context.queryParams(), Set.of("lane"), "from", "group", "lane", "deadLetters");
        String from = query.text("from");
        String group = query.text("group");
        if (from == null || from.isEmpty()) {
            throw Query.bad("Query parameter 'from' must name the queue that is moved, as broker:queue.");
        } else if (group != null && (group.isEmpty() || group.length() > MAX_GROUP)) {
            throw Query.bad("Query parameter 'group' must have 1 to " + MAX_GROUP + " characters.");
        }
        List<Priority> lanes =
                query.all("lane").stream().map(MoveRoutes::lane).distinct().toList();
        return client.move(
                JobsRoutes.jobOf(context),
                from,
                group == null ? Command.Move.USUAL_GROUP : group,
                lanes,
                query.flag("deadLetters"));
    }

    private static Priority lane(String name) {
        return Priority.ofWireName(name)
                .orElseThrow(() -> Query.bad("Query parameter 'lane' must be one of low, normal, high, critical."));
    }

    private Future<MoveView> status(RoutingContext context) {
        new Query(context.queryParams());
        return client.findMove(JobsRoutes.jobOf(context));
    }

    private Future<MoveView> end(RoutingContext context) {
        new Query(context.queryParams());
        return client.endMove(JobsRoutes.jobOf(context));
    }
}
