package dev.latido.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;

/**
 * One row of a route table.
 *
 * @param keepsBody whether {@code handler} reads the body, or it is of no meaning and forgotten
 */
record Route(HttpMethod method, String path, Access access, boolean keepsBody, Handler<RoutingContext> handler) {

    /** Who may call. */
    enum Access {
        /** Anybody. */
        OPEN,
        /** Who presents an API key, where keys are configured. */
        KEY
    }

    static Route get(String path, Access access, Handler<RoutingContext> handler) {
        return new Route(HttpMethod.GET, path, access, false, handler);
    }

    static Route post(String path, Access access, Handler<RoutingContext> handler) {
        return new Route(HttpMethod.POST, path, access, false, handler);
    }

    static Route patch(String path, Access access, Handler<RoutingContext> handler) {
        return new Route(HttpMethod.PATCH, path, access, false, handler);
    }

    /** Returns this route with a body that is read. */
    Route reading() {
        return new Route(method, path, access, true, handler);
    }
}
