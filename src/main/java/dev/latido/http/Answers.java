package dev.latido.http;

import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.ExecutionPage;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.FoundPage;
import dev.latido.protocol.JobPage;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.SeriesView;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How calls are answered: replies as JSON, refusals as problems, faults as a problem and one log line. */
final class Answers {

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json; charset=utf-8");
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");

    /** About how many characters a job takes, and everything else that has no list and no text of a client in it. */
    private static final int JOB_SIZE = 1_000;

    /** About how many an execution takes without its texts, and an attempt of it that failed. */
    private static final int EXECUTION_SIZE = 400;

    /** About how many a point of a series takes. */
    private static final int POINT_SIZE = 80;

    private final LongWork work;
    private final MemoryBudget memory;
    private final MemoryBudget reserve;

    Answers(LongWork work, MemoryBudget memory, MemoryBudget reserve) {
        this.work = work;
        this.memory = memory;
        this.reserve = reserve;
    }

    /** Calls, and answers with the reply as JSON; also when {@code call} throws. */
    <R extends Reply> void reply(RoutingContext context, Function<RoutingContext, Future<R>> call) {
        handle(
                context,
                same -> call.apply(same).compose(reply -> charged(context, reply) ? encode(reply) : noMemory()),
                json -> json(context.request(), 200, json));
    }

    /** Takes memory for what is long to write; what came with a long body has it already. */
    private boolean charged(RoutingContext context, Reply reply) {
        long size = size(reply);
        return size <= LongWork.SHORT
                || RequestMemory.of(context) != null
                || RequestMemory.take(context, size, memory, reserve) != null;
    }

    private Future<Buffer> noMemory() {
        memory.refuse();
        return Future.failedFuture(new CommandException(Refusal.memoryFull(memory.max())));
    }

    /** Calls, and has {@code answer} answer when it went well; also when {@code call} throws. */
    static <R> void handle(RoutingContext context, Function<RoutingContext, Future<R>> call, Consumer<R> answer) {
        RequestMemory memory = RequestMemory.of(context);
        Future<R> done;
        try {
            done = call.apply(context);
        } catch (RuntimeException | Error failure) {
            failed(context, failure);
            return;
        }
        if (memory != null) { // the client may go away before its work is done
            memory.hold();
            done.onComplete(ignored -> memory.release());
        }
        done.map(
                        reply -> { // not onSuccess: a fault in there would leave the client without an answer
                            answer.accept(reply);
                            return reply;
                        })
                .onFailure(failure -> failed(context, failure));
    }

    /** Writes a reply as JSON; an execution's payload and result exactly as they came, to the last digit. */
    Future<Buffer> encode(Reply reply) {
        return work.run(size(reply), () -> text(reply));
    }

    private static long size(Reply reply) {
        if (reply instanceof ExecutionView execution) {
            return (long) EXECUTION_SIZE
                            * (1
                                    + execution.failures().size()
                                    + execution.timeline().size())
                    + length(execution.payload())
                    + length(execution.result());
        } else if (reply instanceof ExecutionPage page) {
            return (long) page.executions().size() * EXECUTION_SIZE;
        } else if (reply instanceof FoundPage page) {
            return (long) page.executions().size() * EXECUTION_SIZE;
        } else if (reply instanceof JobPage page) {
            return (long) page.jobs().size() * JOB_SIZE;
        } else if (reply instanceof SeriesView series) {
            return (long) series.points() * POINT_SIZE
                    + (long) series.failures().size() * JOB_SIZE;
        }
        return JOB_SIZE;
    }

    private static long length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }

    private static Buffer text(Reply reply) {
        if (!(reply instanceof ExecutionView execution)) {
            return reply.toJson().toBuffer();
        }
        Buffer json = execution.withoutTexts().toJson().toBuffer();
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
        if (!(failure instanceof CommandException refused)) {
            Fault.answer(context.request(), failure);
            return;
        }
        try {
            Problem.of(refused.refusal()).send(context.request());
        } catch (RuntimeException | Error fault) {
            Fault.answer(context.request(), fault);
        }
    }

    static void json(HttpServerRequest request, int status, Buffer body) {
        json(request, status, body, Sending::end);
    }

    /** Answers in JSON whether or not there is room for the answer: a probe has to be told how things stand. */
    static void jsonInAnyCase(HttpServerRequest request, int status, Buffer body) {
        json(request, status, body, Sending::endInAnyCase);
    }

    private static void json(
            HttpServerRequest request, int status, Buffer body, BiConsumer<HttpServerRequest, Buffer> end) {
        HttpServerResponse response = request.response();
        if (!response.ended() && !response.closed()) {
            response.setStatusCode(status)
                    .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                    .putHeader(HttpHeaders.CACHE_CONTROL, NO_STORE);
            end.accept(request, body);
        }
    }
}
