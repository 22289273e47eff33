package dev.latido.ops;

import dev.latido.Service;
import dev.latido.Services;
import dev.latido.http.CheckedClient;
import dev.latido.protocol.Addresses;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** A service with something to see in every metric: runs, commands answered and refused, requests, a collection. */
final class BusyService implements AutoCloseable {

    private final Service service;
    private final CheckedClient client;
    private int refused;

    /** How many executions the job that is stopped has. */
    static final int STUCK_CAPACITY = 4;

    /** One that works and is held up, one that is stopped and full, one for which producers wait, one that fails whatever it does. */
    private static final String JOBS = """
            {'jobs': {
              'heartbeat': {'every': '100ms', 'autoStart': true, 'breaker': {'enabled': true},
                            'rateLimit': {'permits': 5, 'algorithm': 'leaky'}},
              'stuck': {'autoStart': false, 'queue': {'capacity': 4, 'whenFull': 'reject'}},
              'narrow': {'autoStart': false, 'queue': {'capacity': 1}},
              'failing': {'every': '200ms', 'autoStart': true, 'worker': {'type': 'http', 'url': 'http://127.0.0.1:1/'},
                          'retry': {'attempts': 2, 'delay': '50ms'}}}}
            """;

    BusyService() throws IOException, InterruptedException {
        service = Services.start(
                new JsonObject(JOBS.replace('\'', '"')), "concurrency", "50", "history.deadLetters.maxPerJob", "3");
        client = new CheckedClient(service.port());
        System.gc(); // before the first, the JVM has no metric of its pauses
        post("/api/jobs/narrow/executions", 202);
        post("/api/jobs/stuck/executions?delay=1h", 202);
        for (int i = 1; i < STUCK_CAPACITY; i++) {
            post("/api/jobs/stuck/executions", 202);
        }
    }

    /** Returns how many submissions to the job {@code stuck} were refused. */
    int refused() {
        return refused;
    }

    /** Returns what the service itself says. */
    JsonObject read(String path) throws IOException, InterruptedException {
        return new JsonObject(client.get(path).body());
    }

    void post(String path, int expected) throws IOException, InterruptedException {
        HttpResponse<String> response = client.post(path, "{}");
        if (response.statusCode() != expected) {
            throw new AssertionError(path + ": " + response.statusCode() + " " + response.body());
        }
    }

    /** Returns where it serves, which is also how Prometheus names it. */
    String instance() {
        return "127.0.0.1:" + service.port();
    }

    void makeTraffic() throws IOException, InterruptedException {
        for (String path : List.of("/api/job/start", "/api/job/stop", "/api/job/start")) {
            client.post(path, "");
        }
        post("/api/jobs/stuck/executions", 429);
        refused++;
        // waits for room for some seconds, in vain
        var unused = client.sendLater(client.posting("/api/jobs/narrow/executions", "{}"));
        client.get("/api/job/status");
        client.get("/nothing");
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
        client.get("/metrics")
                .body()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> names.add(line.split("[{ ]", 2)[0]));
        return names;
    }

    @Override
    public void close() {
        service.stop();
    }
}
