package dev.latido.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * One row of a route table.
 *
 * @param beforeBody what is done before the body is read; null for nothing
 * @param keepsBody whether {@code handler} reads the body, or it is of no meaning and forgotten
 */
record Route(
        HttpMethod method,
        String path,
        Access access,
        @Nullable Handler<RoutingContext> beforeBody,
        boolean keepsBody,
        Handler<RoutingContext> handler) {

    /** Who may call. */
    enum Access {
        /** Anybody. */
        OPEN,
        /** Who presents an API key, where keys are configured. */
        KEY
    }

    static Route get(String path, Access access, Handler<RoutingContext> handler) {
        return new Route(HttpMethod.GET, path, access, null, false, handler);
    }

    static Route post(String path, Access access, Handler<RoutingContext> handler) {
        return new Route(HttpMethod.POST, path, access, null, false, handler);
    }

    static Route patch(String path, Access access, Handler<RoutingContext> handler) {
        return new Route(HttpMethod.PATCH, path, access, null, false, handler);
    }

    /** Returns this route with a body that is read, once {@code beforeBody} lets it go on. */
    Route reading(Handler<RoutingContext> newBeforeBody) {
        return new Route(method, path, access, newBeforeBody, true, handler);
    }
}
