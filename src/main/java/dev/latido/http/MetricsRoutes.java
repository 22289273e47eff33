package dev.latido.http;

import dev.latido.process.ProcessEnd;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code /metrics} in Prometheus's text format, version 0.0.4. It is written once for all who ask meanwhile, compressed, and
 * sent piece by piece, so that looking costs what is sent once and no more, however many look and however slowly they read.
 */
final class MetricsRoutes {

    /** How long a reader may take; Prometheus waits for ten seconds unless told otherwise. */
    static final Duration READ_WITHIN = Duration.ofSeconds(60);

    private static final CharSequence TEXT = HttpHeaders.createOptimized("text/plain; version=0.0.4; charset=utf-8");
    private static final CharSequence GZIP = HttpHeaders.createOptimized("gzip");
    private static final int PIECE_BYTES = AnswerBound.PIECE_BYTES;

    private final Vertx vertx;
    private final Supplier<Future<Void>> levels;
    private final Scrape.Source source;
    private final Route.Access access;

    /** The scrape that is under way; all who ask meanwhile share it, so that there is one at a time at most. */
    private @Nullable Future<Scrape> current;

    /**
     * Makes the route.
     *
     * @param levels reads how the jobs stand; when that fails, what was read before is shown
     */
    MetricsRoutes(Vertx vertx, Supplier<Future<Void>> levels, Scrape.Source source, boolean needKey) {
        this.vertx = vertx;
        this.levels = levels;
        this.source = source;
        this.access = needKey ? Route.Access.KEY : Route.Access.OPEN;
    }

    List<Route> table() {
        return List.of(Route.get("/metrics", access, this::metrics));
    }

    private void metrics(RoutingContext context) {
        Answers.handle(context, same -> scrape(), scrape -> {
            HttpServerResponse response = context.response();
            if (response.ended() || response.closed()) {
                return;
            }
            boolean isCompressed = AcceptedCoding.isGzip(context.request());
            long length = isCompressed ? scrape.bytes() : scrape.bytesOfText();
            AnswerBound bound = AnswerBound.of(context.request());
            int charge = (int) Math.min(length, PIECE_BYTES);
            boolean isHead = context.request().method().equals(HttpMethod.HEAD);
            if (!isHead && !bound.admit(context.request(), charge)) {
                return;
            }
            response.putHeader(HttpHeaders.CONTENT_TYPE, TEXT)
                    .putHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING)
                    .putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(length));
            if (isCompressed) {
                response.putHeader(HttpHeaders.CONTENT_ENCODING, GZIP);
            }
            if (isHead || length == 0) {
                response.end().onFailure(ProcessEnd::endIfOutOfMemory);
            } else {
                bound(context);
                Sending.pieces(
                        context.request(),
                        bound,
                        charge,
                        length,
                        isCompressed ? compressed(scrape) : new Plain(scrape));
            }
        });
    }

    private void bound(RoutingContext context) {
        long timer = vertx.setTimer(
                READ_WITHIN.toMillis(),
                ignored -> AnswerBound.closeNow(context.request().connection()));
        context.addEndHandler(ignored -> vertx.cancelTimer(timer));
    }

    private Future<Scrape> scrape() {
        Future<Scrape> scrape = current;
        if (scrape == null) {
            // Off the event loop: with thousands of jobs it takes longer than other callers should wait.
            scrape = levels.get().transform(read -> vertx.executeBlocking(() -> Scrape.of(source), false));
            current = scrape;
            scrape.onComplete(ignored -> current = null);
        }
        return scrape;
    }

    private static Sending.Source compressed(Scrape scrape) {
        int[] sent = {0};
        return () -> Future.succeededFuture(scrape.piece(sent[0]++));
    }

    /** Inflates a scrape piece by piece. */
    private final class Plain implements Sending.Source {
        private final Scrape scrape;
        private @Nullable InputStream text;

        Plain(Scrape scrape) {
            this.scrape = scrape;
        }

        @Override
        public Future<Buffer> next() {
            return vertx.executeBlocking(this::read, false);
        }

        private Buffer read() throws IOException {
            InputStream open = text == null ? scrape.text() : text;
            text = open;
            byte[] piece = open.readNBytes(PIECE_BYTES);
            if (piece.length == 0) {
                throw new EOFException("a scrape is shorter than it was");
            }
            return Buffer.buffer(piece);
        }
    }
}
