package dev.latido.queue.storagequeue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Stands before Azurite and answers as Azure does at times and Azurite never, or has an answer be lost. */
final class Toll {

    private final int behind;
    private final HttpServer server;
    private final HttpClient client;
    private final List<Rule> rules = new ArrayList<>();
    private final AtomicInteger requests = new AtomicInteger();

    /** What befalls some requests. */
    private static final class Rule {
        private final Predicate<HttpServerRequest> meant;
        private final @Nullable String code;
        private final int status;
        private int left;
        private @Nullable Promise<Void> held;

        Rule(Predicate<HttpServerRequest> meant, int status, @Nullable String code, int left) {
            this.meant = meant;
            this.status = status;
            this.code = code;
            this.left = left;
        }
    }

    Toll(Vertx vertx, int behind) {
        this.behind = behind;
        client = vertx.createHttpClient();
        server = vertx.createHttpServer().requestHandler(this::serve);
        var listening = server.listen(0, "127.0.0.1");
        Awaitility.await().until(listening::isComplete);
    }

    int port() {
        return server.actualPort();
    }

    int requests() {
        return requests.get();
    }

    /** Has the answers to the next {@code count} requests that are meant be lost: they are carried out. */
    void lose(Predicate<HttpServerRequest> meant, int count) {
        add(new Rule(meant, 0, null, count));
    }

    /** Has the next {@code count} requests that are meant be answered so: they are not carried out. */
    void answer(Predicate<HttpServerRequest> meant, int status, String code, int count) {
        add(new Rule(meant, status, code, count));
    }

    /** Has the answer to the next request that is meant wait for the end of the result; it is carried out before. */
    Promise<Void> hold(Predicate<HttpServerRequest> meant) {
        Rule rule = new Rule(meant, 0, null, 1);
        rule.held = Promise.promise();
        add(rule);
        return rule.held;
    }

    private void add(Rule rule) {
        synchronized (rules) {
            rules.add(rule);
        }
    }

    /** Has all be carried out again. */
    void open() {
        synchronized (rules) {
            rules.clear();
        }
    }

    /** Tells whether all that was to befall requests has. */
    boolean isOpen() {
        synchronized (rules) {
            return rules.isEmpty();
        }
    }

    private @Nullable Rule rule(HttpServerRequest request) {
        synchronized (rules) {
            for (Rule rule : List.copyOf(rules)) {
                if (rule.meant.test(request)) {
                    if (--rule.left == 0) {
                        rules.remove(rule);
                    }
                    return rule;
                }
            }
            return null;
        }
    }

    private void serve(HttpServerRequest request) {
        requests.incrementAndGet();
        Rule rule = rule(request);
        request.body().onSuccess(body -> {
            if (rule != null && rule.code != null) {
                request.response()
                        .setStatusCode(rule.status)
                        .putHeader("x-ms-error-code", rule.code)
                        .putHeader("Date", new ServerClock(System::nanoTime, System::currentTimeMillis).date())
                        .end();
            } else {
                forward(request, body, rule);
            }
        });
    }

    private void forward(HttpServerRequest request, Buffer body, @Nullable Rule rule) {
        Future<Void> released = rule == null || rule.held == null ? Future.succeededFuture() : rule.held.future();
        boolean isLost = rule != null && rule.held == null;
        client.request(new RequestOptions()
                        .setHost("127.0.0.1")
                        .setPort(behind)
                        .setMethod(request.method())
                        .setURI(request.uri()))
                .compose(onwards -> {
                    request.headers().forEach((name, value) -> onwards.putHeader(name, value));
                    return onwards.send(body);
                })
                .compose(answer -> answer.body()
                        .compose(text -> released.map(text))
                        .map(text -> {
                            if (isLost) {
                                request.connection().close();
                            } else {
                                request.response().setStatusCode(answer.statusCode());
                                answer.headers().forEach((name, value) -> {
                                    if (!name.equalsIgnoreCase("transfer-encoding")
                                            && !name.equalsIgnoreCase("connection")) {
                                        request.response().putHeader(name, value);
                                    }
                                });
                                request.response().end(text);
                            }
                            return null;
                        }))
                .onFailure(failure -> request.connection().close());
    }

    /** Waits until nobody has asked for a while. */
    void close() {
        var closed = server.close();
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(closed::isComplete);
    }
}
