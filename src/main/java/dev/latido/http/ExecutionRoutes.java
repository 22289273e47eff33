package dev.latido.http;

import dev.latido.client.JobClient;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.DeadLetterPage;
import dev.latido.protocol.ExecutionPage;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.MessageView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Submission;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/** Looking up executions and operating on them. */
final class ExecutionRoutes {

    private final JobClient client;
    private final Answers answers;

    ExecutionRoutes(JobClient client, Answers answers) {
        this.client = client;
        this.answers = answers;
    }

    List<Route> table() {
        Route.Access key = Route.Access.KEY;
        return List.of(
                Route.get("/api/jobs/:job/executions", key, context -> answers.reply(context, this::list)),
                Route.get("/api/jobs/:job/history", key, context -> answers.reply(context, this::history)),
                Route.get("/api/jobs/:job/messages", key, context -> answers.reply(context, this::message)),
                Route.get("/api/jobs/:job/dead-letters", key, context -> answers.reply(context, this::deadLetters)),
                Route.get("/api/executions/:id", key, context -> answers.reply(context, this::one)),
                Route.post("/api/executions/:id/cancel", key, context -> answers.reply(context, this::cancel)),
                Route.post("/api/executions/:id/retry", key, context -> answers.reply(context, this::retry)));
    }

    private Future<ExecutionPage> list(RoutingContext context) {
        Query query = new Query(context.queryParams(), "state", "cursor", "limit");
        return client.executions(
                JobsRoutes.jobOf(context), stateOf(query), query.text("cursor"), query.number("limit", 100, 1, 1_000));
    }

    private Future<ExecutionPage> history(RoutingContext context) {
        Query query = new Query(context.queryParams(), "state", "cursor", "limit");
        ExecutionState state = query.text("state") == null ? null : stateOf(query);
        return client.history(
                JobsRoutes.jobOf(context), state, query.text("cursor"), query.number("limit", 100, 1, 1_000));
    }

    private Future<MessageView> message(RoutingContext context) {
        String key = new Query(context.queryParams(), "key").text("key"); // no path can hold all that a key can
        if (key == null || key.isEmpty() || key.length() > Submission.MAX_KEY_LENGTH) {
            throw Query.bad("Query parameter 'key' must have 1 to " + Submission.MAX_KEY_LENGTH + " characters.");
        }
        return client.message(JobsRoutes.jobOf(context), key);
    }

    private Future<DeadLetterPage> deadLetters(RoutingContext context) {
        Query query = new Query(context.queryParams(), "cursor", "limit");
        return client.deadLetters(JobsRoutes.jobOf(context), query.text("cursor"), query.number("limit", 100, 1, 100));
    }

    private static ExecutionState stateOf(Query query) {
        return query.oneOf(
                "state", null, ExecutionState.values(), ExecutionState::ofWireName, ExecutionState::wireName);
    }

    private Future<ExecutionView> one(RoutingContext context) {
        return client.execution(idOf(context));
    }

    private Future<ExecutionView> cancel(RoutingContext context) {
        return client.cancel(idOf(context));
    }

    private Future<ExecutionView> retry(RoutingContext context) {
        return client.retry(idOf(context));
    }

    private static ExecutionId idOf(RoutingContext context) {
        new Query(context.queryParams());
        return ExecutionId.parse(context.pathParam("id"))
                .orElseThrow(() -> new CommandException(new Refusal(
                        404, Refusal.UNKNOWN_EXECUTION, "The id in the path is not that of an execution.", null)));
    }
}
