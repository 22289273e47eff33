package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.BlockedThreadGuard;
import dev.latido.Services;
import dev.latido.command.CommandConfig;
import dev.latido.command.CommandObserver;
import dev.latido.command.JobClient;
import dev.latido.command.Wire;
import dev.latido.config.Config;
import dev.latido.control.JobControl;
import dev.latido.control.JobDefinition;
import dev.latido.control.JobVerticle;
import dev.latido.job.TimeSource;
import dev.latido.queue.memory.MemoryQueue;
import dev.latido.store.StoreConfig;
import dev.latido.store.memory.MemoryStore;
import dev.latido.worker.Worker;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The edge and the owner behind it, with a {@link Bench} for every job in place of its worker, spoken to over HTTP. */
final class WorkingService implements AutoCloseable {

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final Map<String, Bench> benches = new HashMap<>();
    private final HttpVerticle http;

    /**
     * Starts it.
     *
     * @param jobs what stands under {@code jobs} in the configuration, as JSON with {@code '} for {@code "}
     * @param settings other settings: paths and values in turn
     */
    WorkingService(String jobs, String... settings) {
        Config config = Services.config(new JsonObject().put("jobs", json(jobs)), settings);
        List<JobDefinition> definitions =
                config.jobs().stream().map(Config.Job::definition).toList();
        definitions.forEach(job -> benches.put(job.name(), new Bench()));
        Map<String, Worker> workers = new HashMap<>(benches);
        TimeSource time = TimeSource.system();
        Wire.registerCodecs(vertx.eventBus());
        JobControl control = new JobControl(config.defaultJob(), definitions, config.history(), MemoryQueue::new);
        http = new HttpVerticle(
                config.http(),
                context -> new HttpVerticle.Clients(
                        client(config.commands(), config.submissions()),
                        client(config.commands(), config.submissions())),
                () -> "",
                time);
        JobVerticle owner = new JobVerticle(
                control,
                new MemoryStore(),
                StoreConfig.DEFAULT.maxPending(),
                workers,
                List.of(),
                new JobVerticle.Observer(CommandObserver.NONE, (rows, took) -> {}, broken -> {}),
                time);
        vertx.deployVerticle(owner).await();
        owner.begin().await();
        vertx.deployVerticle(http).await();
    }

    private JobClient client(CommandConfig commands, CommandConfig submissions) {
        return JobClient.inProcess(vertx, commands, submissions, TimeSource.system(), CommandObserver.NONE);
    }

    static JsonObject json(String text) {
        return new JsonObject(text.replace('\'', '"'));
    }

    /** Returns where {@code job}'s work is done. */
    Bench bench(String job) {
        Bench bench = benches.get(job);
        if (bench == null) {
            throw new IllegalArgumentException("no job " + job);
        }
        return bench;
    }

    int port() {
        return http.port();
    }

    RawResponse get(String path) {
        return RawClient.exchange(port(), "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    /** Asks for {@code path} and expects 200 and an object. */
    JsonObject read(String path) {
        RawResponse answer = get(path);
        assertThat(answer.status()).as(answer::toString).isEqualTo(200);
        return answer.json();
    }

    /**
     * Posts {@code body} as JSON.
     *
     * @param headers header fields, such as {@code "Prefer: wait=5"}
     */
    RawResponse post(String path, String body, String... headers) {
        return RawClient.exchange(port(), request(path, body, headers));
    }

    /** Submits work and returns the id of what was accepted. */
    String submit(String job, String body, String query) {
        RawResponse answer = post("/api/jobs/" + job + "/executions" + query, body);
        assertThat(answer.status()).as(answer::toString).isEqualTo(202);
        return answer.json().getString("id");
    }

    JsonObject execution(String id) {
        return read("/api/executions/" + id);
    }

    /** Returns a request as {@link RawClient} sends it. A content type among the headers takes the place of JSON. */
    static String request(String path, String body, String... headers) {
        String bytes = bytes(body);
        StringBuilder request = new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: localhost\r\n");
        boolean typed = false;
        for (String header : headers) {
            typed |= header.regionMatches(true, 0, "content-type:", 0, 13);
            request.append(header).append("\r\n");
        }
        if (!typed && !body.isEmpty()) {
            request.append("Content-Type: application/json\r\n");
        }
        return request.append("Content-Length: " + bytes.length() + "\r\n\r\n")
                .append(bytes)
                .toString();
    }

    /** Returns the UTF-8 form of {@code text}, a character for each byte. */
    static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}
