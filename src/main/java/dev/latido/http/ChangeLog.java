package dev.latido.http;

import dev.latido.event.Repeats;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the log say who changed what: each change that was made over HTTP, but for work that was submitted. */
final class ChangeLog {

    private static final Logger LOG = LoggerFactory.getLogger(ChangeLog.class);

    private static final int MAX_CHARS = 200;

    private final Repeats repeats;

    ChangeLog(Vertx vertx) {
        repeats = new Repeats(
                (delay, task) -> vertx.setTimer(delay.toMillis(), fired -> task.run()),
                count -> LOG.info("{} more changes over HTTP in {} s", count, Repeats.QUIET.toSeconds()));
    }

    /** Tells whether calls of {@code route} are told of. */
    static boolean isOf(Route route) {
        return !route.method().equals(HttpMethod.GET) && route.body() != Route.Body.WORK;
    }

    /** Has told what becomes of a request for {@code route}, once it is answered. */
    void watch(Route route, RoutingContext context) {
        context.addEndHandler(ended -> {
            int status = context.response().getStatusCode();
            if (ended.succeeded() && status < 300) {
                answered(route, context.request(), status);
            }
        });
        context.next();
    }

    private void answered(Route route, HttpServerRequest request, int status) {
        boolean isOfOne = route.path().contains("/:id"); // of thousands, which are told of together
        String what = request.method() + " " + Quoted.of(String.valueOf(request.uri()), MAX_CHARS);
        SocketAddress from = request.remoteAddress();
        String who = from == null ? "an unknown address" : from.hostAddress();
        repeats.happened(
                (isOfOne ? route.path() : what) + " " + who,
                () -> LOG.info("{} from {}: {}", what, who, status),
                count -> LOG.info(
                        "{} from {}: {} more times in {} s",
                        isOfOne ? route.method() + " " + route.path() : what,
                        who,
                        count,
                        Repeats.QUIET.toSeconds()));
    }
}
