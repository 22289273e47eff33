package dev.latido.http;

import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.Refusal;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Lets a request go on when its body is there, and asks for it where the client waits to be asked (RFC 9110, 10.1.1).
 * Where no handler reads it, nothing of it is kept, and it may be of any type. {@link BodyBound} bounds its size and
 * its time, and {@link RequestMemory} what all of them take: where there is no room for one, nothing of it is read.
 */
final class BodyReader {

    private static final String KEPT = "latido.body";

    private final BodyBound bound;
    private final MemoryBudget memory;
    private final MemoryBudget reserve;
    private final Problem memoryFull;

    BodyReader(BodyBound bound, MemoryBudget memory, MemoryBudget reserve) {
        this.bound = bound;
        this.memory = memory;
        this.reserve = reserve;
        this.memoryFull = Problem.of(Refusal.memoryFull(memory.max()));
    }

    /** Returns how many bytes were kept of the body. */
    static int lengthOf(RoutingContext context) {
        Body body = context.get(KEPT);
        return body == null ? 0 : body.length;
    }

    /**
     * Has {@code reading} read the body that was kept, off the event loop if it is long; an empty text when there was none.
     *
     * @return fails with what {@code reading} throws, or 400 when the body is not UTF-8, which JSON has to be (RFC 8259, 8.1)
     */
    static <T> Future<T> read(RoutingContext context, LongWork work, Function<String, T> reading) {
        Body body = context.get(KEPT);
        return body == null
                ? work.run(0, () -> reading.apply(""))
                : work.run(body.length, () -> reading.apply(body.text()));
    }

    /** Lets a request go on whose body nobody wants. */
    void forget(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (!expectsOtherThanContinue(request)) {
            goOn(context);
        }
    }

    /** Lets a request go on once its body, which is work, is here. */
    void keepWork(RoutingContext context) {
        keep(context, memory);
    }

    /** Lets a request go on once its body is here, which says how to go on, and is read while there is no room for work too. */
    void keepSettings(RoutingContext context) {
        keep(context, memory, reserve);
    }

    private void keep(RoutingContext context, MemoryBudget... budgets) {
        HttpServerRequest request = context.request();
        if (expectsOtherThanContinue(request)) {
            return;
        }
        if (RequestGuard.hasBody(request) && isCoded(request)) {
            request.response().putHeader(HttpHeaders.ACCEPT_ENCODING, HttpHeaders.IDENTITY); // RFC 9110, 15.5.16
            Problem.CODED.send(request);
            return;
        }
        if (RequestGuard.awaitsBody(request)) {
            RequestMemory charge = RequestMemory.take(context, BodyBound.announcedBytes(request), budgets);
            if (charge == null) {
                refuse(request);
                return;
            }
            Body body = new Body();
            context.put(KEPT, body);
            bound.keep(request, piece -> {
                if (charge.covers(body.length + piece.length())) {
                    body.add(piece);
                } else {
                    request.handler(null);
                    refuse(request);
                }
            });
        }
        goOn(context);
    }

    private void refuse(HttpServerRequest request) {
        memory.refuse();
        memoryFull.sendAndClose(request);
    }

    /** Tells whether a body that is to be read is compressed, or coded in another way. */
    private static boolean isCoded(HttpServerRequest request) {
        for (String line : request.headers().getAll(HttpHeaders.CONTENT_ENCODING)) {
            for (String coding : line.split(",", -1)) {
                String name = coding.strip();
                if (!name.isEmpty() && !name.equalsIgnoreCase("identity")) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean expectsOtherThanContinue(HttpServerRequest request) {
        List<String> expected = request.headers().getAll(HttpHeaders.EXPECT);
        if (expected.stream().allMatch(one -> one.equalsIgnoreCase("100-continue"))) {
            return false;
        }
        Problem.EXPECTATION.send(request);
        return true;
    }

    private static void goOn(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (!RequestGuard.awaitsBody(request)) {
            context.next();
            return;
        }
        if (request.headers().contains(HttpHeaders.EXPECT) && request.version() != HttpVersion.HTTP_1_0) {
            request.response().writeContinue();
        }
        request.end().onSuccess(ended -> {
            if (!request.response().ended()) { // by a refusal of the body
                context.next();
            }
        });
    }

    /** A body as it comes: in parts, because one buffer that grows would be copied again and again on the event loop. */
    private static final class Body {

        /** Small pieces are put together: each would cost many times its size. */
        private static final int PART_BYTES = 65_536;

        private final List<Buffer> parts = new ArrayList<>();
        private int length;

        /** True when the last part is several pieces, put together. */
        private boolean isJoined;

        void add(Buffer piece) {
            length += piece.length();
            int at = parts.size() - 1;
            if (at < 0 || parts.get(at).length() + piece.length() > PART_BYTES) {
                parts.add(piece); // most bodies are one piece
                isJoined = false;
                return;
            }
            if (!isJoined) {
                parts.set(at, Buffer.buffer().appendBuffer(parts.get(at)));
                isJoined = true;
            }
            parts.get(at).appendBuffer(piece);
        }

        String text() {
            byte[] bytes = new byte[length];
            int filled = 0;
            for (Buffer part : parts) {
                part.getBytes(bytes, filled);
                filled += part.length();
            }
            parts.clear(); // a body is read once, and held no longer than it has to be
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (text.indexOf('\ufffd') >= 0) { // this is sent, or stands for what is not UTF-8
                requireUtf8(bytes);
            }
            return text;
        }

        private static void requireUtf8(byte[] bytes) {
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            } catch (CharacterCodingException malformed) {
                throw new CommandException(new Refusal(400, "malformed-json", "The body is not UTF-8.", null));
            }
        }
    }
}
