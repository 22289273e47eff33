package dev.latido.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;

/** One row of a route table. */
record Route(HttpMethod method, String path, Access access, Handler<RoutingContext> handler) {

    /** Who may call. */
    enum Access {
        /** Anybody. */
        OPEN,
        /** Who presents an API key, where keys are configured. */
        KEY
    }

    static Route get(String path, Access access, Handler<RoutingContext> handler) {
        return new Route(HttpMethod.GET, path, access, handler);
    }

    static Route post(String path, Access access, Handler<RoutingContext> handler) {
        return new Route(HttpMethod.POST, path, access, handler);
    }
}
