package dev.latido.http;

import dev.latido.client.JobClient;
import dev.latido.protocol.Health;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.healthchecks.CheckResult;
import io.vertx.ext.healthchecks.HealthChecks;
import io.vertx.ext.healthchecks.Status;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * {@code /health/live} says that this process answers at all, however loaded it is; {@code /health/ready} says whether
 * to send it work: it is not shutting down and the owner of the jobs answers over the bus. What works, but not as it
 * should, is named under {@code degraded} and does not make the service unready; an owner that is long overdue with its work does.
 *
 * <p>Anybody is told the status, by whatever host the service is called: a probe calls it by an address that nobody knows
 * beforehand, and has no key. What the checks found, with names of jobs in it, is for those who may ask for these too.
 */
final class HealthRoutes {

    private static final String LIVE = "/health/live";
    private static final String READY = "/health/ready";
    private static final String DEGRADED = "degraded";
    private static final long OWNER_TIMEOUT_MILLIS = 2_000;

    private final HealthChecks liveness;
    private final HealthChecks readiness;
    private final Predicate<HttpServerRequest> mayKnow;

    /**
     * Makes the checks.
     *
     * @param probe asks the owner; its own client, so that callers who fill theirs do not make the service unready
     * @param accepting false once the service is shutting down
     * @param mayKnow tells who is told more than the status
     */
    HealthRoutes(Vertx vertx, JobClient probe, BooleanSupplier accepting, Predicate<HttpServerRequest> mayKnow) {
        this.mayKnow = mayKnow;
        liveness = HealthChecks.create(vertx);
        liveness.register("event-loop", promise -> promise.complete(Status.OK()));
        readiness = HealthChecks.create(vertx);
        readiness.register(
                "accepting", promise -> promise.complete(accepting.getAsBoolean() ? Status.OK() : Status.KO()));
        readiness.register(
                "owner",
                OWNER_TIMEOUT_MILLIS,
                promise -> probe.health()
                        .onComplete(
                                done -> promise.tryComplete(done.succeeded() ? owner(done.result()) : Status.KO())));
    }

    private static Status owner(Health health) {
        JsonArray lines = new JsonArray(new ArrayList<>(health.degraded()));
        if (health.down() != null) {
            lines.add(health.down());
        }
        JsonObject data = new JsonObject().put(DEGRADED, lines);
        return health.isStalled() || health.down() != null ? Status.KO(data) : Status.OK(data);
    }

    List<Route> table() {
        return List.of(
                Route.get(LIVE, Route.Access.OPEN, context -> check(liveness, context)),
                Route.get(READY, Route.Access.OPEN, context -> check(readiness, context)));
    }

    /** Tells whether what the router knows as {@code path} is answered here. */
    static boolean isAt(@Nullable String path) {
        return LIVE.equals(path) || READY.equals(path);
    }

    private void check(HealthChecks checks, RoutingContext context) {
        Answers.handle(
                context,
                same -> checks.checkStatus(),
                result -> Answers.jsonInAnyCase(
                        context.request(), CheckResult.isUp(result) ? 200 : 503, body(context.request(), result)));
    }

    private Buffer body(HttpServerRequest request, CheckResult result) {
        JsonObject body = new JsonObject().put("status", upOrDown(result));
        return (mayKnow.test(request) ? withDetails(body, result) : body).toBuffer();
    }

    private static JsonObject withDetails(JsonObject body, CheckResult result) {
        JsonArray checks = new JsonArray();
        JsonArray degraded = new JsonArray();
        for (CheckResult check : result.getChecks()) {
            checks.add(new JsonObject().put("id", check.getId()).put("status", upOrDown(check)));
            JsonObject data = check.getData();
            if (data != null) {
                degraded.addAll(data.getJsonArray(DEGRADED, new JsonArray()));
            }
        }
        body.put("checks", checks);
        if (!degraded.isEmpty()) {
            body.put(DEGRADED, degraded);
        }
        return body;
    }

    private static String upOrDown(CheckResult check) {
        return CheckResult.isUp(check) ? "UP" : "DOWN";
    }
}
