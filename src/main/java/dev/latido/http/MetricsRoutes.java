package dev.latido.http;

import dev.latido.process.ProcessEnd;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
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
    private static final int PIECE_BYTES = 131_072;

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
            response.putHeader(HttpHeaders.CONTENT_TYPE, TEXT).putHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
            Answer answer;
            if (takesGzip(context)) {
                response.putHeader(HttpHeaders.CONTENT_ENCODING, GZIP)
                        .putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(scrape.bytes()));
                answer = new Compressed(context, scrape);
            } else {
                response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(scrape.bytesOfText()));
                answer = new Plain(context, scrape);
            }
            if (context.request().method().equals(HttpMethod.HEAD)) {
                response.end().onFailure(ProcessEnd::endIfOutOfMemory);
            } else {
                answer.begin();
            }
        });
    }

    private static boolean takesGzip(RoutingContext context) {
        return context.parsedHeaders().acceptEncoding().stream()
                .anyMatch(encoding -> encoding.value().equalsIgnoreCase("gzip") && encoding.weight() > 0);
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

    /** Sends a scrape, each piece when the network has taken the one before. */
    private abstract class Answer {
        private final RoutingContext context;
        private final HttpServerResponse response;

        Answer(RoutingContext context) {
            this.context = context;
            this.response = context.response();
        }

        void begin() {
            long timer = vertx.setTimer(READ_WITHIN.toMillis(), ignored -> response.reset());
            context.addEndHandler(ignored -> vertx.cancelTimer(timer));
            next();
        }

        final void next() {
            if (!response.closed() && !response.ended()) {
                piece().onSuccess(this::send).onFailure(failure -> {
                    ProcessEnd.endIfOutOfMemory(failure);
                    response.reset();
                });
            }
        }

        private void send(@Nullable Buffer piece) {
            if (response.closed() || response.ended()) {
                return;
            } else if (piece == null) {
                response.end().onFailure(ProcessEnd::endIfOutOfMemory);
                return;
            }
            response.write(piece)
                    .onSuccess(
                            taken -> Vertx.currentContext().runOnContext(ignored -> next())) // others have their turn
                    .onFailure(ProcessEnd::endIfOutOfMemory);
        }

        /** Returns the next piece, null when there is none. */
        abstract Future<@Nullable Buffer> piece();
    }

    private final class Compressed extends Answer {
        private final Scrape scrape;
        private int sent;

        Compressed(RoutingContext context, Scrape scrape) {
            super(context);
            this.scrape = scrape;
        }

        @Override
        Future<@Nullable Buffer> piece() {
            return Future.succeededFuture(sent < scrape.size() ? scrape.piece(sent++) : null);
        }
    }

    private final class Plain extends Answer {
        private final Scrape scrape;
        private @Nullable InputStream text;

        Plain(RoutingContext context, Scrape scrape) {
            super(context);
            this.scrape = scrape;
        }

        @Override
        Future<@Nullable Buffer> piece() {
            return vertx.executeBlocking(this::read, false);
        }

        private @Nullable Buffer read() throws IOException {
            InputStream open = text == null ? scrape.text() : text;
            text = open;
            byte[] piece = open.readNBytes(PIECE_BYTES);
            if (piece.length == 0) {
                open.close();
                return null;
            }
            return Buffer.buffer(piece);
        }
    }
}
