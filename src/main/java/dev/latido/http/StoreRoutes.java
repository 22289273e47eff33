package dev.latido.http;

import dev.latido.client.JobClient;
import dev.latido.protocol.BackupView;
import dev.latido.protocol.StoreView;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/** {@code /api/store}: how the store is, and backups of it. */
final class StoreRoutes {

    private final JobClient client;
    private final Answers answers;

    StoreRoutes(JobClient client, Answers answers) {
        this.client = client;
        this.answers = answers;
    }

    List<Route> table() {
        return List.of(
                Route.get("/api/store", Route.Access.KEY, context -> answers.reply(context, this::status)),
                Route.post("/api/store/backup", Route.Access.KEY, context -> answers.reply(context, this::backUp)));
    }

    private Future<StoreView> status(RoutingContext context) {
        new Query(context.queryParams());
        return client.store();
    }

    private Future<BackupView> backUp(RoutingContext context) {
        new Query(context.queryParams());
        return client.backUp();
    }
}
