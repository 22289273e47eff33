package dev.latido.http;

import dev.latido.command.CommandException;
import dev.latido.command.ExecutionView;
import dev.latido.command.Reply;
import dev.latido.command.Wire;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How calls are answered: replies as JSON, refusals as problems, faults as a problem and one log line. */
final class Answers {

    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json; charset=utf-8");
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");

    private Answers() {}

    /** Calls, and answers with the reply as JSON; also when {@code call} throws. */
    static <R extends Reply> void reply(RoutingContext context, Function<RoutingContext, Future<R>> call) {
        handle(context, call, reply -> json(context.response(), 200, encode(reply)));
    }

    /** Calls, and has {@code answer} answer when it went well; also when {@code call} throws. */
    static <R> void handle(RoutingContext context, Function<RoutingContext, Future<R>> call, Consumer<R> answer) {
        Future<R> done;
        try {
            done = call.apply(context);
        } catch (RuntimeException failure) {
            failed(context, failure);
            return;
        }
        done.map(
                        reply -> { // not onSuccess: a fault in there would leave the client without an answer
                            answer.accept(reply);
                            return reply;
                        })
                .onFailure(failure -> failed(context, failure));
    }

    /** Writes a reply as JSON; an execution's payload and result exactly as they came, to the last digit. */
    static Buffer encode(Reply reply) {
        if (!(reply instanceof ExecutionView execution)) {
            return Wire.encode(reply).toBuffer();
        }
        Buffer json = Wire.encode(execution.withoutTexts()).toBuffer();
        Buffer whole = Buffer.buffer().appendBuffer(json, 0, json.length() - 1);
        append(whole, "payload", execution.payload());
        append(whole, "result", execution.result());
        return whole.appendString("}");
    }

    private static void append(Buffer json, String field, @Nullable String text) {
        if (text != null) {
            json.appendString(",\"").appendString(field).appendString("\":").appendString(text);
        }
    }

    static void failed(RoutingContext context, Throwable failure) {
        if (failure instanceof CommandException refused) {
            Problem.of(refused.refusal()).send(context.request());
        } else {
            LOG.error("a call ended in a fault", failure);
            Problem.FAULT.send(context.request());
        }
    }

    static void json(HttpServerResponse response, int status, Buffer body) {
        if (!response.ended() && !response.closed()) {
            response.setStatusCode(status)
                    .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                    .putHeader(HttpHeaders.CACHE_CONTROL, NO_STORE)
                    .end(body);
        }
    }
}
