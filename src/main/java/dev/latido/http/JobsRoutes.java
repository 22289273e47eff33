package dev.latido.http;

import dev.latido.client.JobClient;
import dev.latido.protocol.Counted;
import dev.latido.protocol.FailureFilter;
import dev.latido.protocol.JobFilter;
import dev.latido.protocol.JobGroup;
import dev.latido.protocol.JobOrder;
import dev.latido.protocol.JobPage;
import dev.latido.protocol.JobStatus;
import dev.latido.protocol.JobView;
import dev.latido.protocol.StopMode;
import dev.latido.protocol.TicksView;
import dev.latido.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code /api/jobs}: all jobs, and control of one. */
final class JobsRoutes {

    /** Instead of a group: have jobs counted by groups, and none listed. */
    private static final String NO_GROUP = "none";

    private final JobClient client;
    private final Answers answers;
    private final LongWork work;
    private final Duration longestWait;

    JobsRoutes(JobClient client, Answers answers, LongWork work, Duration longestWait) {
        this.client = client;
        this.answers = answers;
        this.work = work;
        this.longestWait = longestWait;
    }

    List<Route> table() {
        Route.Access key = Route.Access.KEY;
        return List.of(
                Route.get("/api/jobs", key, context -> answers.reply(context, this::list)),
                Route.get("/api/jobs/:job", key, context -> answers.reply(context, this::one)),
                Route.patch("/api/jobs/:job", key, context -> answers.reply(context, this::change))
                        .reading(Route.Body.SETTINGS),
                Route.get("/api/jobs/:job/status", key, context -> answers.reply(context, this::status)),
                Route.get("/api/jobs/:job/ticks", key, context -> answers.reply(context, this::ticks)),
                Route.post("/api/jobs/:job/start", key, context -> answers.reply(context, this::start)),
                Route.post("/api/jobs/:job/stop", key, context -> answers.reply(context, this::stop)),
                Route.post("/api/jobs/:job/complete", key, context -> answers.reply(context, this::complete)),
                Route.post("/api/jobs/:job/purge", key, context -> answers.reply(context, this::purge)),
                Route.post("/api/jobs/:job/retry-failed", key, context -> answers.reply(context, this::retryFailed)));
    }

    static String jobOf(RoutingContext context) {
        return context.pathParam("job");
    }

    private Future<JobPage> list(RoutingContext context) {
        Query query = new Query(
                context.queryParams(), Set.of("group"), "cursor", "limit", "name", "only", "sort", "page", "group");
        JobFilter.Only only = query.oneOf(
                "only",
                JobFilter.Only.ANY,
                JobFilter.Only.values(),
                JobFilter.Only::ofWireName,
                JobFilter.Only::wireName);
        int limit = query.number("limit", 100, 1, 1_000);
        JobFilter filter = new JobFilter(query.text("name"), only);
        if (!query.has("sort") && !query.has("page") && !query.has("group")) {
            return client.jobs(query.text("cursor"), limit, filter);
        }
        if (query.has("cursor")) {
            throw Query.bad("Query parameter 'cursor' does not go together with 'sort', 'page' or 'group'.");
        }
        JobOrder.Sort sort = query.oneOf(
                "sort", JobOrder.Sort.NAME, JobOrder.Sort.values(), JobOrder.Sort::ofWireName, JobOrder.Sort::wireName);
        int page = query.number("page", 1, 1, JobOrder.MAX_PAGE);
        return client.sortedJobs(new JobOrder(sort, page, query.has("group") ? groups(query) : null), limit, filter);
    }

    private static Set<JobGroup> groups(Query query) {
        Set<JobGroup> groups = EnumSet.noneOf(JobGroup.class);
        for (String name : query.all("group")) {
            if (!name.equals(NO_GROUP)) {
                groups.add(JobGroup.ofWireName(name)
                        .orElseThrow(() -> Query.bad("Query parameter 'group' must be one of "
                                + Stream.of(JobGroup.values())
                                        .map(JobGroup::wireName)
                                        .collect(Collectors.joining(", "))
                                + ", " + NO_GROUP + ".")));
            }
        }
        return groups;
    }

    private Future<JobView> one(RoutingContext context) {
        new Query(context.queryParams());
        return client.job(jobOf(context));
    }

    private Future<JobView> change(RoutingContext context) {
        new Query(context.queryParams());
        SubmitRoutes.requireType(context.request(), "application/json", "application/merge-patch+json");
        return BodyReader.read(context, work, text -> Wire.decodeSettings(JsonText.object(text)))
                .compose(settings -> client.change(jobOf(context), settings));
    }

    private Future<JobStatus> status(RoutingContext context) {
        new Query(context.queryParams());
        return client.status(jobOf(context));
    }

    private Future<TicksView> ticks(RoutingContext context) {
        int count = new Query(context.queryParams(), "count").number("count", TicksView.USUAL, 1, TicksView.MAX);
        return client.ticks(jobOf(context), count);
    }

    private Future<JobStatus> start(RoutingContext context) {
        new Query(context.queryParams());
        return client.start(jobOf(context));
    }

    private Future<JobStatus> stop(RoutingContext context) {
        Query query = new Query(context.queryParams(), "mode", "wait");
        StopMode mode =
                query.oneOf("mode", StopMode.PLAIN, StopMode.values(), StopMode::ofWireName, StopMode::wireName);
        int wait = query.number("wait", 30, 0, (int) JobClient.MAX_WAIT.toSeconds());
        Duration atMost = Duration.ofSeconds(wait);
        return client.stop(jobOf(context), mode, atMost.compareTo(longestWait) < 0 ? atMost : longestWait);
    }

    private Future<JobStatus> complete(RoutingContext context) {
        new Query(context.queryParams());
        return client.complete(jobOf(context));
    }

    private Future<Counted> purge(RoutingContext context) {
        boolean countOnly = new Query(context.queryParams(), "dryRun").flag("dryRun");
        return inSteps(() -> client.purge(jobOf(context), countOnly));
    }

    private Future<Counted> retryFailed(RoutingContext context) {
        Query query = new Query(context.queryParams(), "dryRun", "error", "since", "until");
        FailureFilter filter = new FailureFilter(query.text("error"), query.time("since"), query.time("until"));
        boolean countOnly = query.flag("dryRun");
        return inSteps(() -> client.retryFailed(jobOf(context), filter, countOnly));
    }

    /** The owner changes some at a time, so that others get their turn; as many are changed as there were at first. */
    private static Future<Counted> inSteps(Supplier<Future<Counted>> step) {
        return step.get().compose(first -> inSteps(step, first));
    }

    private static Future<Counted> inSteps(Supplier<Future<Counted>> step, Counted sofar) {
        if (sofar.changed() == 0 || sofar.changed() >= sofar.matched()) {
            return Future.succeededFuture(sofar);
        }
        return step.get()
                .compose(more -> more.changed() == 0
                        ? Future.succeededFuture(sofar)
                        : inSteps(step, new Counted(sofar.matched(), sofar.changed() + more.changed())));
    }
}
