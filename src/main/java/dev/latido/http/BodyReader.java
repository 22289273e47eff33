package dev.latido.http;

import dev.latido.command.CommandException;
import dev.latido.command.Refusal;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Lets a request go on when its body is there, and asks for it where the client waits to be asked (RFC 9110, 10.1.1).
 * Where no handler reads it, nothing of it is kept, and it may be of any type. {@link RequestGuard} bounds its size and
 * its time.
 */
final class BodyReader implements Handler<RoutingContext> {

    private static final String KEPT = "latido.body";

    private final boolean keeps;

    BodyReader(boolean keeps) {
        this.keeps = keeps;
    }

    /**
     * Returns the body that was kept, as text; empty when there was none.
     *
     * @throws CommandException 400 when it is not UTF-8, which JSON has to be (RFC 8259, 8.1)
     */
    static String textOf(RoutingContext context) {
        Buffer body = context.get(KEPT);
        if (body == null) {
            return "";
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body.getBytes()))
                    .toString();
        } catch (CharacterCodingException malformed) {
            throw new CommandException(new Refusal(400, "malformed-json", "The body is not UTF-8.", null));
        }
    }

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
        (keeps ? request.body() : request.end().map(Buffer.buffer())).onSuccess(body -> {
            if (!request.response().ended()) { // by a refusal of the body
                context.put(KEPT, body);
                context.next();
            }
        });
    }
}
