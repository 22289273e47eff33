package dev.latido.http;

import dev.latido.client.JobClient;
import dev.latido.job.TimeSource;
import dev.latido.protocol.SummaryView;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /api/summary}: what all jobs come to together. */
final class SummaryRoutes {

    /** For so long an answer is good enough for whoever asks next: adding up looks at every job. */
    private static final Duration FRESH = Duration.ofMillis(500);

    private final JobClient client;
    private final Answers answers;
    private final TimeSource time;

    private @Nullable Future<SummaryView> latest;
    private long askedNanos;

    SummaryRoutes(JobClient client, Answers answers, TimeSource time) {
        this.client = client;
        this.answers = answers;
        this.time = time;
    }

    List<Route> table() {
        return List.of(Route.get("/api/summary", Route.Access.KEY, context -> answers.reply(context, this::summary)));
    }

    private Future<SummaryView> summary(RoutingContext context) {
        new Query(context.queryParams());
        Future<SummaryView> known = latest;
        long now = time.nanos();
        if (known == null || known.failed() || now - askedNanos > FRESH.toNanos()) {
            known = client.summary();
            latest = known;
            askedNanos = now;
        }
        return known;
    }
}
