package dev.latido.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /metrics} in Prometheus's text format, version 0.0.4. */
final class MetricsRoutes {

    private static final CharSequence TEXT = HttpHeaders.createOptimized("text/plain; version=0.0.4; charset=utf-8");

    private final Vertx vertx;
    private final Supplier<String> scrape;
    private final Route.Access access;

    /** The scrape that is under way; all who ask meanwhile share it, so that there is one at a time at most. */
    private @Nullable Future<Buffer> current;

    MetricsRoutes(Vertx vertx, Supplier<String> scrape, boolean needKey) {
        this.vertx = vertx;
        this.scrape = scrape;
        this.access = needKey ? Route.Access.KEY : Route.Access.OPEN;
    }

    List<Route> table() {
        return List.of(Route.get("/metrics", access, this::metrics));
    }

    private void metrics(RoutingContext context) {
        Answers.handle(context, same -> text(), text -> {
            if (!context.response().ended() && !context.response().closed()) {
                context.response().putHeader(HttpHeaders.CONTENT_TYPE, TEXT);
                Sending.end(context.request(), text);
            }
        });
    }

    private Future<Buffer> text() {
        Future<Buffer> text = current;
        if (text == null) {
            // Off the event loop: with thousands of jobs the text takes longer than other callers should wait.
            text = vertx.executeBlocking(() -> Buffer.buffer(scrape.get()));
            current = text;
            text.onComplete(ignored -> current = null);
        }
        return text;
    }
}
