package dev.latido.bench;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.util.Arrays;
import java.util.List;

/**
 * The least a Vert.x server can do: it answers a constant. Arguments: the path, the answer, then what to put in front of
 * it, of {@code body} (it has to be a POST, is read to its end and answered 202), {@code metrics} and {@code router}.
 */
public final class BareServer {

    private BareServer() {}

    public static void main(String[] args) {
        Buffer body = Buffer.buffer(args[1]);
        List<String> parts = Arrays.asList(args).subList(2, args.length);
        int status = parts.contains("body") ? 202 : 200;
        VertxBuilder builder = Vertx.builder();
        if (parts.contains("metrics")) {
            builder.with(new VertxOptions()
                            .setMetricsOptions(new MicrometerMetricsOptions()
                                    .setEnabled(true)
                                    .setJvmMetricsEnabled(true)))
                    .withMetrics(new MicrometerMetricsFactory(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT)));
        }
        Vertx vertx = builder.build();
        CharSequence type = HttpHeaders.createOptimized("application/json; charset=utf-8");
        CharSequence noStore = HttpHeaders.createOptimized("no-store");
        Handler<HttpServerRequest> answer = request -> request.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, type)
                .putHeader(HttpHeaders.CACHE_CONTROL, noStore)
                .end(body);
        Handler<HttpServerRequest> first =
                parts.contains("body") ? request -> request.bodyHandler(ignored -> answer.handle(request)) : answer;
        HttpServer server = vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setPort(0))
                .requestHandler(parts.contains("router") ? router(vertx, args[0], first) : first)
                .listen()
                .await();
        System.out.println("Bare server up at http://127.0.0.1:" + server.actualPort());
    }

    private static Router router(Vertx vertx, String path, Handler<HttpServerRequest> answer) {
        Router router = Router.router(vertx);
        router.route(path).handler(context -> answer.handle(context.request()));
        return router;
    }
}
