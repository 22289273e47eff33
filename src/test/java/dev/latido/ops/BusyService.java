package dev.latido.ops;

import dev.latido.Service;
import dev.latido.Services;
import dev.latido.http.Contract;
import dev.latido.protocol.Addresses;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** A service with something to see in every metric: runs, commands answered and refused, requests, a collection. */
final class BusyService implements AutoCloseable {

    private final HttpClient client = HttpClient.newHttpClient();
    private final Service service;

    BusyService() {
        service = Services.start(
                "jobs.heartbeat.every",
                "100ms",
                "jobs.heartbeat.autoStart",
                "true",
                "jobs.heartbeat.rateLimit.permits",
                "5", // so that it holds something up
                "jobs.heartbeat.rateLimit.algorithm",
                "leaky",
                "jobs.heartbeat.breaker.enabled",
                "true");
        System.gc(); // before the first, the JVM has no metric of its pauses
    }

    /** Returns where it serves, which is also how Prometheus names it. */
    String instance() {
        return "127.0.0.1:" + service.port();
    }

    void makeTraffic() throws IOException, InterruptedException {
        for (String path : List.of("/api/job/start", "/api/job/stop", "/api/job/start")) {
            send(request(path).POST(HttpRequest.BodyPublishers.noBody()).build());
        }
        send(request("/api/job/status").build());
        send(request("/nothing").build());
        try {
            service.vertx()
                    .eventBus()
                    .request(
                            Addresses.CONTROL,
                            new JsonObject().put("type", "GetStatus").put("job", "nobody"))
                    .await(10, TimeUnit.SECONDS);
            throw new AssertionError("a job that does not exist was found");
        } catch (Exception refused) {
            // as it should
        }
    }

    /** Returns the names of all series in {@code /metrics}. */
    Set<String> metrics() throws IOException, InterruptedException {
        Set<String> names = new TreeSet<>();
        send(request("/metrics").build())
                .lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> names.add(line.split("[{ ]", 2)[0]));
        return names;
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + instance() + path));
    }

    private String send(HttpRequest request) throws IOException, InterruptedException {
        return Contract.checked(client.send(request, HttpResponse.BodyHandlers.ofString()))
                .body();
    }

    @Override
    public void close() {
        service.stop();
    }
}
