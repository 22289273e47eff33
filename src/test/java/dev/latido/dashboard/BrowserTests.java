package dev.latido.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.Services;
import dev.latido.http.Contract;
import dev.latido.ops.Nginx;
import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/**
 * What tests with a browser share: one browser for a class, a service for each test, and at the end of each the question
 * whether the page kept to its own origin and complained of nothing.
 */
abstract class BrowserTests {

    /** Text that would do something if it were taken for markup. */
    static final String MARKUP = "<img src=x onerror=\"globalThis.hacked = true\">";

    private static @Nullable Browser shared;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Service> services = new ArrayList<>();

    /** What a test may provoke: parts of such messages. */
    private final List<String> expected = new ArrayList<>();

    private String origin = "";
    private String api = "";
    private @Nullable Nginx proxy;

    @BeforeAll
    static void openBrowser() {
        shared = new Browser();
    }

    @AfterAll
    static void closeBrowser() {
        if (shared != null) {
            shared.close();
        }
    }

    static Browser browser() {
        if (shared == null) {
            throw new IllegalStateException();
        }
        return shared;
    }

    @AfterEach
    void endAndLookBack() {
        Browser browser = browser();
        try {
            assertThat(browser.complaints())
                    .filteredOn(line -> expected.stream().noneMatch(line::contains))
                    .isEmpty();
            assertThat(browser.requests()).allMatch(url -> url.startsWith(origin + "/") || url.startsWith("data:"));
            assertThat(browser.run("return globalThis.hacked === undefined")).isEqualTo(true);
        } finally {
            browser.forget();
            browser.command("Emulation.clearDeviceMetricsOverride", Map.of());
            browser.prefer("prefers-color-scheme", "light");
            if (proxy != null) {
                proxy.close();
            }
            services.forEach(Service::stop);
        }
    }

    /** Lets the page complain of what contains {@code part}: the test provokes it. */
    void expect(String part) {
        expected.add(part);
    }

    /** Does the work of all jobs in these tests: what the payload says. */
    public static final class Obedient implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            String payload = task.payload();
            if (payload == null || !payload.startsWith("{")) {
                return Future.succeededFuture(payload);
            }
            JsonObject what = new JsonObject(payload);
            if (what.containsKey("progress")) {
                task.progress(what.getDouble("progress"), what.getString("note", ""));
            }
            if (what.containsKey("fail")) {
                return Future.failedFuture(what.getString("fail"));
            }
            if (!what.containsKey("hold")) {
                return Future.succeededFuture(payload);
            }
            Promise<@Nullable String> end = Promise.promise();
            task.onCancel(() -> end.tryFail("told to end"));
            return end.future();
        }
    }

    /** Starts a service with these jobs, each with {@link Obedient} as its worker and one attempt unless it says otherwise. */
    Service start(JsonObject jobs, String... settings) {
        return start(jobs, new JsonObject(), settings);
    }

    /** The same, with {@code others} in its file. */
    Service start(JsonObject jobs, JsonObject others, String... settings) {
        jobs.forEach(job -> {
            JsonObject definition = (JsonObject) job.getValue();
            if (!definition.containsKey("retry")) {
                definition.put("retry", new JsonObject().put("attempts", 1));
            }
            if (!definition.containsKey("worker")) {
                definition.put("worker", new JsonObject().put("type", "class").put("class", Obedient.class.getName()));
            }
        });
        String first = jobs.fieldNames().iterator().next();
        JsonObject file = others.copy()
                .put("jobs", jobs)
                .put("defaultJob", first)
                .put("shutdown", new JsonObject().put("grace", "50ms"));
        Service service = Services.start(file, settings);
        services.add(service);
        api = "http://127.0.0.1:" + service.port();
        origin = api;
        return service;
    }

    /** Stops a service before the end of the test. */
    void stop(Service service) {
        services.remove(service);
        service.stop();
    }

    /** Returns what stands under {@code jobs} in a configuration, from JSON with {@code '} for {@code "}. */
    static JsonObject jobs(String text) {
        return new JsonObject(text.replace('\'', '"'));
    }

    String origin() {
        return origin;
    }

    /** Has pages be asked for at {@code path} of a proxy in front of the service, and for nothing else. */
    void behind(Nginx nginx, String path) {
        proxy = nginx;
        origin = nginx.origin() + path;
    }

    /** Opens the page at a place behind {@code #}, and waits until it is live. */
    void open(String place) {
        browser().open(origin + "/" + place);
        browser().awaitText("#connection-text", "Live");
    }

    JsonObject get(String path) {
        return new JsonObject(getText(path));
    }

    String getText(String path) {
        return send(HttpRequest.newBuilder(URI.create(api + path)).build());
    }

    JsonObject post(String path, String body) {
        return new JsonObject(postForText(path, body));
    }

    String postForText(String path, String body) {
        return send(HttpRequest.newBuilder(URI.create(api + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    String submit(String job, String payload) {
        return post("/api/jobs/" + job + "/executions", payload).getString("id");
    }

    private String send(HttpRequest request) {
        try {
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(Contract.checked(answer).statusCode()).as(answer::body).isBetween(200, 299);
            return answer.body();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
