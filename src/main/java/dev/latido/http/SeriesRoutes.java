package dev.latido.http;

import dev.latido.client.JobClient;
import dev.latido.protocol.SeriesRange;
import dev.latido.protocol.SeriesView;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/** {@code /api/series}: what a job did lately, or all jobs together. */
final class SeriesRoutes {

    private final JobClient client;
    private final Answers answers;

    SeriesRoutes(JobClient client, Answers answers) {
        this.client = client;
        this.answers = answers;
    }

    List<Route> table() {
        return List.of(Route.get("/api/series", Route.Access.KEY, context -> answers.reply(context, this::series)));
    }

    private Future<SeriesView> series(RoutingContext context) {
        Query query = new Query(context.queryParams(), "job", "range", "after");
        SeriesRange range = query.oneOf(
                "range", SeriesRange.HOUR, SeriesRange.values(), SeriesRange::ofWireName, SeriesRange::wireName);
        return client.series(query.text("job"), range, query.time("after"));
    }
}
