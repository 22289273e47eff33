package dev.latido.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.micrometer.MicrometerMetricsFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

class HttpServerMetersTest {

    @Test
    void showsWhatTheMetersOfVertxShow() {
        PrometheusMeterRegistry ours = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        PrometheusMeterRegistry theirs = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        List<HttpMethod> methods = List.of(HttpMethod.GET, HttpMethod.GET, HttpMethod.POST);

        assertThat(serve(new VertxMeters(ours), ours, methods))
                .isNotEmpty()
                .containsExactlyElementsOf(serve(new MicrometerMetricsFactory(theirs), theirs, methods));
    }

    @Test
    void inventedMethodsShareOneSeries() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        List<HttpMethod> methods = List.of(HttpMethod.valueOf("M1"), HttpMethod.valueOf("M2"));

        assertThat(serve(new VertxMeters(registry), registry, methods))
                .contains("vertx_http_server_requests_total{code=\"200\",method=\"other\",route=\"/x\"} 2.0")
                .noneMatch(line -> line.contains("\"M1\""));
    }

    /** Serves one request for each of {@code methods} and returns what is shown of it, but for times. */
    private static List<String> serve(
            VertxMetricsFactory factory, PrometheusMeterRegistry registry, List<HttpMethod> methods) {
        Vertx vertx = Vertx.builder()
                .with(BlockedThreadGuard.strict().setMetricsOptions(VertxMeters.options()))
                .withMetrics(factory)
                .build();
        try {
            HttpServer server = vertx.createHttpServer(
                            new HttpServerOptions().setHost("127.0.0.1").setPort(0))
                    .requestHandler(router(vertx))
                    .listen()
                    .await();
            Vertx client = Vertx.vertx();
            HttpClient requests = client.createHttpClient(); // which closes itself when nobody holds it any more
            for (HttpMethod method : methods) {
                requests.request(method, server.actualPort(), "127.0.0.1", "/x")
                        .compose(request -> request.send("question"))
                        .compose(response -> response.body())
                        .await();
            }
            requests.close().await();
            client.close().await();
            await().until(() -> shown(registry).contains("vertx_http_server_active_connections 0.0"));
            return shown(registry);
        } finally {
            vertx.close().await();
        }
    }

    private static Router router(Vertx vertx) {
        Router router = Router.router(vertx);
        router.get("/x").handler(RoutingContext::next);
        router.route("/x").handler(context -> context.request().body().onSuccess(body -> context.end("answer")));
        return router;
    }

    private static List<String> shown(PrometheusMeterRegistry registry) {
        return registry.scrape()
                .lines()
                .filter(line -> line.contains("vertx_http_server"))
                .filter(line -> line.startsWith("#") || !line.contains("_time_seconds_"))
                .sorted()
                .toList();
    }
}
