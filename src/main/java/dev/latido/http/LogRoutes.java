package dev.latido.http;

import dev.latido.protocol.CommandException;
import dev.latido.protocol.Refusal;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@code /api/log}: how much is logged, read and changed while the service runs. */
final class LogRoutes {

    private static final String LEVELS = "levels";

    /** How many loggers one request may set. */
    private static final int MAX_LOGGERS = 20;

    private final LogLevels log;
    private final LongWork work;

    LogRoutes(LogLevels log, LongWork work) {
        this.log = log;
        this.work = work;
    }

    List<Route> table() {
        return List.of(
                Route.get("/api/log", Route.Access.KEY, context -> answer(context, this::read)),
                Route.patch("/api/log", Route.Access.KEY, context -> answer(context, this::change))
                        .reading(Route.Body.SETTINGS));
    }

    private static void answer(RoutingContext context, Function<RoutingContext, Future<JsonObject>> call) {
        Answers.handle(context, call, json -> Answers.json(context.request(), 200, json.toBuffer()));
    }

    private Future<JsonObject> read(RoutingContext context) {
        new Query(context.queryParams());
        return Future.succeededFuture(view());
    }

    private JsonObject view() {
        JsonObject levels = new JsonObject();
        log.levels().forEach(levels::put);
        return new JsonObject().put(LEVELS, levels);
    }

    private Future<JsonObject> change(RoutingContext context) {
        new Query(context.queryParams());
        SubmitRoutes.requireType(context.request(), "application/json", "application/merge-patch+json");
        return BodyReader.read(context, work, text -> levels(JsonText.object(text)))
                .map(levels -> {
                    try {
                        log.set(levels);
                    } catch (IllegalArgumentException wrong) {
                        throw new CommandException(Refusal.invalid(String.valueOf(wrong.getMessage())));
                    }
                    return view();
                });
    }

    private static Map<String, @Nullable String> levels(JsonObject body) {
        if (!body.fieldNames().equals(Set.of(LEVELS)) || !(body.getValue(LEVELS) instanceof JsonObject wanted)) {
            throw new CommandException(Refusal.invalid(
                    "The body has one field, 'levels', with the names of loggers and their levels, such as"
                            + " {\"levels\": {\"dev.latido\": \"debug\"}}."));
        }
        if (wanted.size() > MAX_LOGGERS) {
            throw new CommandException(Refusal.invalid("Field 'levels' must not hold more than " + MAX_LOGGERS + "."));
        }
        Map<String, @Nullable String> levels = new HashMap<>();
        for (String logger : wanted.fieldNames()) {
            Object level = wanted.getValue(logger);
            if (level != null && !(level instanceof String)) {
                throw new CommandException(
                        Refusal.invalid("Field 'levels." + Quoted.of(logger) + "' must be a level, or null."));
            }
            levels.put(logger, (String) level);
        }
        return levels;
    }
}
