package dev.latido.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;

/**
 * One row of a route table.
 *
 * @param body what the body is
 */
record Route(HttpMethod method, String path, Access access, Body body, Handler<RoutingContext> handler) {

    /** What a body is. */
    enum Body {
        /** Of no meaning, and not kept. */
        FORGOTTEN,
        /** How something is to go on. */
        SETTINGS,
        /** Work, for which there may be no room. */
        WORK
    }

    /** Who may call. */
    enum Access {
        /** Anybody. */
        OPEN,
        /** Who presents an API key, where keys are configured. */
        KEY
    }

    static Route get(String path, Access access, Handler<RoutingContext> handler) {
        return new Route(HttpMethod.GET, path, access, Body.FORGOTTEN, handler);
    }

    static Route post(String path, Access access, Handler<RoutingContext> handler) {
        return new Route(HttpMethod.POST, path, access, Body.FORGOTTEN, handler);
    }

    static Route patch(String path, Access access, Handler<RoutingContext> handler) {
        return new Route(HttpMethod.PATCH, path, access, Body.FORGOTTEN, handler);
    }

    /** Returns this route with a body that is read. */
    Route reading(Body kind) {
        return new Route(method, path, access, kind, handler);
    }
}
