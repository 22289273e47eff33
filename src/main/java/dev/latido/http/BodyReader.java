package dev.latido.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;

/**
 * Lets a request go on when its body is there, and asks for it where the client waits to be asked (RFC 9110, 10.1.1).
 * No command has a body yet, so nothing of it is kept, and it may be of any type. {@link RequestGuard} bounds its size
 * and its time.
 */
final class BodyReader implements Handler<RoutingContext> {

    @Override
    public void handle(RoutingContext context) {
        HttpServerRequest request = context.request();
        String expected = request.getHeader(HttpHeaders.EXPECT);
        if (expected != null && !expected.equalsIgnoreCase("100-continue")) {
            Problem.EXPECTATION.send(request);
            return;
        }
        if (!RequestGuard.awaitsBody(request)) {
            context.next();
            return;
        }
        if (expected != null && request.version() != HttpVersion.HTTP_1_0) {
            request.response().writeContinue();
        }
        request.end().onSuccess(ignored -> {
            if (!request.response().ended()) { // by a refusal of the body
                context.next();
            }
        });
    }
}
