package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.BlockedThreadGuard;
import dev.latido.Services;
import dev.latido.client.CommandConfig;
import dev.latido.client.JobClient;
import dev.latido.config.Config;
import dev.latido.core.JobDefinition;
import dev.latido.core.JobEngine;
import dev.latido.core.JobRegistry;
import dev.latido.event.EventPublisher;
import dev.latido.event.EventRelay;
import dev.latido.job.TimeSource;
import dev.latido.memory.MemoryBudget;
import dev.latido.owner.Endings;
import dev.latido.owner.JobVerticle;
import dev.latido.owner.JobWorkers;
import dev.latido.owner.Owner;
import dev.latido.protocol.Addresses;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.Wire;
import dev.latido.room.memory.MemoryRoom;
import dev.latido.store.StoreConfig;
import dev.latido.store.memory.MemoryStore;
import dev.latido.stream.CutOff;
import dev.latido.stream.EventStream;
import dev.latido.stream.StreamObserver;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The edge and the owner behind it, with a {@link Bench} for every job in place of its worker, spoken to over HTTP. */
final class WorkingService implements AutoCloseable {

    /** A log whose levels stay as they are. */
    static final LogLevels LOG = new LogLevels() {
        @Override
        public Map<String, String> levels() {
            return Map.of("root", "info");
        }

        @Override
        public void set(Map<String, @Nullable String> levels) {}
    };

    private final Vertx vertx;
    private final Map<String, Bench> benches = new HashMap<>();
    private final EventRelay events = EventRelay.within(Long.MAX_VALUE);
    private final AtomicInteger readers = new AtomicInteger();
    private final StreamObserver watcher = new StreamObserver() {
        @Override
        public void readers(int now) {
            readers.set(now);
        }

        @Override
        public void sent(int messages) {}

        @Override
        public void cutOff(CutOff reason) {
            cutOffs.add(reason);
        }
    };
    private final Queue<CutOff> cutOffs = new ConcurrentLinkedQueue<>();
    private final HttpVerticle http;
    private final JobVerticle owner;

    /**
     * Starts it.
     *
     * @param jobs what stands under {@code jobs} in the configuration, as JSON with {@code '} for {@code "}
     * @param settings other settings: paths and values in turn
     */
    WorkingService(String jobs, String... settings) {
        this(new JsonObject(), jobs, settings);
    }

    /** Starts it, with what stands beside {@code jobs} in {@code file}. */
    WorkingService(JsonObject file, String jobs, String... settings) {
        this(BlockedThreadGuard.strict(), file, jobs, settings);
    }

    /** Starts it for a test that keeps its event loops so busy that they seem blocked wherever others need the processors. */
    static WorkingService underLoad(String jobs, String... settings) {
        return new WorkingService(
                new VertxOptions().setMaxEventLoopExecuteTime(1).setMaxEventLoopExecuteTimeUnit(TimeUnit.HOURS),
                new JsonObject(),
                jobs,
                settings);
    }

    private WorkingService(VertxOptions options, JsonObject file, String jobs, String... settings) {
        vertx = Vertx.vertx(options);
        JsonObject named = json(jobs);
        named.forEach(job -> triesOnce((JsonObject) job.getValue()));
        Config config = Services.config(file.copy().put("jobs", named), settings);
        List<JobDefinition> definitions =
                config.jobs().stream().map(Config.Job::definition).toList();
        definitions.forEach(job -> benches.put(job.name(), new Bench()));
        Map<String, JobWorkers> workers = new HashMap<>();
        benches.forEach((name, bench) -> workers.put(name, new JobWorkers(bench, null)));
        TimeSource time = TimeSource.system();
        Wire.registerCodecs(vertx.eventBus());
        JobEngine control = new JobEngine(
                JobRegistry.of(config.defaultJob(), definitions),
                config.history(),
                config.concurrency(),
                MemoryRoom::new,
                MemoryBudget.unbounded(),
                new SplittableRandom(1));
        http = new HttpVerticle(
                config.http(),
                context -> clients(context, config),
                out -> {},
                time,
                MemoryBudget.unbounded(),
                LOG,
                null);
        owner = new JobVerticle(
                control,
                new MemoryStore(),
                StoreConfig.DEFAULT,
                workers,
                Map.of(),
                List.of(events),
                new JobVerticle.Observer(
                        CommandObserver.NONE,
                        new Owner.Observer((rows, took) -> {}, new Endings(broken -> {}, fenced -> {}, fault -> {})),
                        null),
                time);
        vertx.deployVerticle(owner).await();
        vertx.deployVerticle(http).await();
        events.attach(http.eventLoop(), new EventPublisher(vertx, Addresses.EVENTS)::take);
        owner.begin().await();
        turn(owner.eventLoop()); // the beginning is stored,
        turn(http.eventLoop()); // and told
    }

    /** Waits until {@code context} has done all that it was to do until now. */
    private static void turn(Context context) {
        Promise<Void> done = Promise.promise();
        context.runOnContext(ignored -> done.complete());
        done.future().await();
    }

    /** What fails is to end; a test that is about trying again says so. */
    private static void triesOnce(JsonObject job) {
        if (!job.containsKey("retry")) {
            job.put("retry", new JsonObject().put("attempts", 1));
        }
    }

    private HttpVerticle.Clients clients(Context context, Config config) {
        JobClient commands = client(config.commands(), config.submissions());
        EventStream stream = new EventStream(vertx, config.stream(), "test", commands, watcher, TimeSource.system());
        stream.define(benches.keySet());
        events.attach(context, stream::take);
        return new HttpVerticle.Clients(
                commands, client(config.commands(), config.submissions()), stream, Future::succeededFuture);
    }

    private JobClient client(CommandConfig commands, CommandConfig submissions) {
        return JobClient.inProcess(vertx, commands, submissions, TimeSource.system(), CommandObserver.NONE, () -> null);
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

    /** Returns how many read the stream of events. */
    int readers() {
        return readers.get();
    }

    /** Returns why readers of the stream of events were cut off. */
    Queue<CutOff> cutOffs() {
        return cutOffs;
    }

    Vertx vertx() {
        return vertx;
    }

    HttpVerticle http() {
        return http;
    }

    /** Returns the event loops that serve requests: that of the edge, and that of the owner. */
    List<Context> loops() {
        return List.of(http.eventLoop(), owner.eventLoop());
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

    /** Sends {@code body} as JSON with the method {@code PATCH}. */
    RawResponse patch(String path, String body, String... headers) {
        return RawClient.exchange(port(), request("PATCH", path, body, headers));
    }

    /** Sends {@code message} over the bus and returns the answer. */
    JsonObject ask(String address, JsonObject message) {
        return vertx.eventBus().<JsonObject>request(address, message).await().body();
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
        return request("POST", path, body, headers);
    }

    private static String request(String method, String path, String body, String... headers) {
        String bytes = bytes(body);
        StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n");
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
