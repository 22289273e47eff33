package dev.latido.http;

import dev.latido.client.JobClient;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.TimeSource;
import dev.latido.protocol.BulkView;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.ExecutionFilter;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.FoundPage;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looking for executions, and doing something with those that are found. */
final class SearchRoutes {

    private static final String[] FILTER = {"job", "state", "key", "error", "at", "value", "since", "until", "cursor"};

    /** With how many something is done at once: control commands of others find room beside them. */
    private static final int AT_ONCE = 8;

    /** How many are told of on a page. */
    private static final int PAGE = 200;

    /** With how many one request does something at most; then it says where to go on. */
    private static final int MAX_CHANGES = 5_000;

    /** After this time a request says where to go on. */
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private static final Set<ExecutionState> OPEN =
            EnumSet.of(ExecutionState.WAITING, ExecutionState.QUEUED, ExecutionState.RUNNING);

    private final JobClient client;
    private final Answers answers;
    private final TimeSource time;

    SearchRoutes(JobClient client, Answers answers, TimeSource time) {
        this.client = client;
        this.answers = answers;
        this.time = time;
    }

    List<Route> table() {
        Route.Access key = Route.Access.KEY;
        return List.of(
                Route.get("/api/executions", key, context -> answers.reply(context, this::find)),
                Route.post("/api/bulk/cancel", key, context -> answers.reply(context, this::cancel)),
                Route.post("/api/bulk/retry", key, context -> answers.reply(context, this::retry)));
    }

    private Future<FoundPage> find(RoutingContext context) {
        Query query = query(context, "limit");
        return client.find(
                filter(query, EnumSet.allOf(ExecutionState.class), query.time("until")),
                false,
                query.text("cursor"),
                query.number("limit", 100, 1, 1_000));
    }

    private static Query query(RoutingContext context, String more) {
        String[] known = Stream.concat(Stream.of(FILTER), Stream.of(more)).toArray(String[]::new);
        return new Query(context.queryParams(), Set.of("state"), known);
    }

    /**
     * Reads which executions are meant.
     *
     * @param possible the states in which they may be
     */
    private static ExecutionFilter filter(Query query, Set<ExecutionState> possible, @Nullable Instant until) {
        Set<ExecutionState> states = EnumSet.noneOf(ExecutionState.class);
        for (String name : query.all("state")) {
            states.add(ExecutionState.ofWireName(name)
                    .filter(possible::contains)
                    .orElseThrow(() -> Query.bad("Query parameter 'state' must be one of "
                            + possible.stream().map(ExecutionState::wireName).collect(Collectors.joining(", "))
                            + ".")));
        }
        ExecutionFilter filter = new ExecutionFilter(
                query.text("job"),
                states.isEmpty() && possible.size() < ExecutionState.values().length ? possible : states,
                query.text("key"),
                query.text("error"),
                query.text("at"),
                query.text("value"),
                query.time("since"),
                until);
        String problem = filter.problem();
        if (problem != null) {
            throw Query.bad("Query parameter " + problem);
        }
        return filter;
    }

    private Future<BulkView> cancel(RoutingContext context) {
        return change(context, OPEN, client::cancel);
    }

    private Future<BulkView> retry(RoutingContext context) {
        return change(context, EnumSet.of(ExecutionState.FAILED), client::retry);
    }

    private Future<BulkView> change(
            RoutingContext context, Set<ExecutionState> possible, Function<ExecutionId, Future<ExecutionView>> action) {
        Query query = query(context, "dryRun");
        Instant until = query.time("until");
        Instant now = time.now().wall();
        Bulk bulk = new Bulk(
                filter(query, possible, until == null ? now : until),
                query.flag("dryRun") ? null : action,
                time.nanos() + LONGEST.toNanos());
        return bulk.goOn(BulkView.NONE, query.text("cursor"));
    }

    /** One request for many. What is accepted after it came, or after the time that it names, is not meant. */
    private final class Bulk {
        private final ExecutionFilter filter;
        private final @Nullable Function<ExecutionId, Future<ExecutionView>> action;
        private final long endNanos;

        /**
         * Makes one.
         *
         * @param action what is done with each; null to count them
         */
        Bulk(ExecutionFilter filter, @Nullable Function<ExecutionId, Future<ExecutionView>> action, long endNanos) {
            this.filter = filter;
            this.action = action;
            this.endNanos = endNanos;
        }

        /** Goes on from {@code cursor}, page by page. */
        Future<BulkView> goOn(BulkView sofar, @Nullable String cursor) {
            return client.find(filter, action == null, cursor, PAGE)
                    .compose(page -> act(sofar, page))
                    .compose(view -> view.cursor() == null
                                    || view.changed() + view.skipped() >= MAX_CHANGES
                                    || time.nanos() - endNanos >= 0
                            ? Future.succeededFuture(view)
                            : goOn(view, view.cursor()));
        }

        private Future<BulkView> act(BulkView sofar, FoundPage page) {
            if (action == null) {
                return Future.succeededFuture(sofar.and(page, 0, 0, null));
            }
            Tally tally = new Tally(page.executions().iterator(), action);
            List<Future<Void>> lines = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                lines.add(tally.next());
            }
            return Future.join(lines).map(done -> sofar.and(page, tally.changed, tally.skipped, tally.why));
        }
    }

    /** Does something with some executions, and counts. */
    private static final class Tally {
        private final Iterator<ExecutionView> rest;
        private final Function<ExecutionId, Future<ExecutionView>> action;
        private int changed;
        private int skipped;
        private @Nullable String why;

        Tally(Iterator<ExecutionView> rest, Function<ExecutionId, Future<ExecutionView>> action) {
            this.rest = rest;
            this.action = action;
        }

        /** Does it with the next one, and with those after it; each is checked anew by the owner. */
        Future<Void> next() {
            if (!rest.hasNext()) {
                return Future.succeededFuture();
            }
            return action.apply(rest.next().id()).transform(done -> {
                if (done.succeeded()) {
                    changed++;
                } else {
                    skipped++;
                    why = done.cause() instanceof CommandException refused
                            ? refused.refusal().detail()
                            : String.valueOf(done.cause().getMessage());
                }
                return next();
            });
        }
    }
}
