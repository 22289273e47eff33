package dev.latido.bench.peer;

import dev.latido.Service;
import dev.latido.client.CommandConfig;
import dev.latido.client.JobClient;
import dev.latido.config.Config;
import dev.latido.config.ConfigReader;
import dev.latido.config.InvalidConfigException;
import dev.latido.job.TimeSource;
import dev.latido.owner.Endings;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.JobView;
import dev.latido.protocol.MessageView;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import dev.latido.queue.storagequeue.AzuriteServer;
import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The service with default settings, and a Java client of it, in this JVM. */
final class LatidoPeer implements Peer {

    /** The job that work is submitted to. */
    static final String JOB = "work";

    private static final String TICK = "tick-";
    /** How often it is read when a job ticks, of which the middle counts: on a busy machine a reading can be far off. */
    private static final int READINGS = 5;

    /** What is cut off on average where it is told when a job ticks. */
    private static final Duration HALF_A_MILLI = Duration.ofNanos(500_000);

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Service service;
    private final JobClient client;
    private final int batch;
    private final int underWay;

    /** Where the queue is; nothing when it is in memory. */
    private final OptionalInt redisPort;

    private long handedIn;

    /**
     * Starts the service.
     *
     * @param jobs what is configured under {@code jobs}
     * @param batch how many works are submitted with one submission
     * @param underWay how many submissions are not answered at once
     */
    LatidoPeer(Path directory, JsonObject jobs, int batch, int underWay) throws InvalidConfigException {
        this(directory, new JsonObject().put("jobs", jobs), batch, underWay, OptionalInt.empty());
    }

    private LatidoPeer(Path directory, JsonObject file, int batch, int underWay, OptionalInt redisPort)
            throws InvalidConfigException {
        this.batch = batch;
        this.underWay = underWay;
        this.redisPort = redisPort;
        Config config = ConfigReader.read(
                file, Map.of(), Map.of("latido.http.port", "0", "latido.store.directory", directory.toString()));
        this.service = Service.start(
                config,
                new Endings(
                        broken -> Runtime.getRuntime().halt(3),
                        fenced -> Runtime.getRuntime().halt(6),
                        fault -> Runtime.getRuntime().halt(4)));
        CommandConfig bounds = new CommandConfig(underWay, CommandConfig.WhenFull.WAIT, 1_000_000, PATIENCE);
        this.client = JobClient.inProcess(
                service.vertx(), bounds, bounds, TimeSource.system(), CommandObserver.NONE, () -> null);
    }

    /** Starts it with one job, for work that is submitted. */
    static LatidoPeer working(Path directory, String durability, int batch, int underWay)
            throws InvalidConfigException {
        return new LatidoPeer(directory, work(Piece.class, durability, 100_000), batch, underWay);
    }

    /**
     * Starts it with one job whose queue is at the Redis on port {@code -Dbench.redis}, and waits until it is there.
     *
     * @param producers how many messages are submitted at the same time
     */
    static LatidoPeer atRedis(Path directory, String durability, int producers)
            throws InvalidConfigException, IOException {
        int port = Integer.getInteger("bench.redis");
        return atBroker(
                directory,
                new JsonObject().put("type", "redis").put("url", "redis://127.0.0.1:" + port),
                durability,
                producers,
                OptionalInt.of(port));
    }

    /** Does the same with the RabbitMQ on port {@code -Dbench.broker}. */
    static LatidoPeer atRabbit(Path directory, String durability, int producers)
            throws InvalidConfigException, IOException {
        return atBroker(
                directory,
                new JsonObject()
                        .put("type", "rabbitmq")
                        .put("url", "amqp://127.0.0.1:" + Integer.getInteger("bench.broker")),
                durability,
                producers,
                OptionalInt.empty());
    }

    /** Does the same with the Azurite on port {@code -Dbench.broker}. */
    static LatidoPeer atStorageQueue(Path directory, String durability, int producers)
            throws InvalidConfigException, IOException {
        return atBroker(
                directory,
                new JsonObject()
                        .put("type", "storage-queue")
                        .put("account", AzuriteServer.ACCOUNT)
                        .put("key", AzuriteServer.KEY)
                        .put(
                                "url",
                                "http://127.0.0.1:" + Integer.getInteger("bench.broker") + "/" + AzuriteServer.ACCOUNT),
                durability,
                producers,
                OptionalInt.empty());
    }

    private static LatidoPeer atBroker(
            Path directory, JsonObject broker, String durability, int producers, OptionalInt redisPort)
            throws InvalidConfigException, IOException {
        JsonObject file = new JsonObject()
                .put("brokers", new JsonObject().put("here", broker))
                .put(
                        "jobs",
                        new JsonObject()
                                .put(
                                        JOB,
                                        worker(Piece.class)
                                                .put("concurrency", Integer.getInteger("bench.concurrency"))
                                                .put("durability", durability)
                                                .put("queue", new JsonObject().put("broker", "here"))));
        LatidoPeer peer = new LatidoPeer(directory, file, 1, producers, redisPort);
        long patience = System.nanoTime() + PATIENCE.toNanos();
        while (peer.client.job(JOB).await().degraded() != null) {
            if (System.nanoTime() - patience > 0) {
                throw new IOException(
                        "the queue is not there: " + peer.client.job(JOB).await());
            }
            LockSupport.parkNanos(1_000_000);
        }
        return peer;
    }

    /** Tells whether Redis has nothing any more, neither to be taken nor unsettled. */
    private boolean isSettled() throws IOException {
        if (redisPort.isEmpty()) {
            return true;
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), redisPort.getAsInt())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.getOutputStream().write(("XLEN " + JOB + "\r\n").getBytes(StandardCharsets.US_ASCII));
            return ":0"
                    .equals(new BufferedReader(
                                    new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                            .readLine());
        }
    }

    /** Returns the configuration of a job that {@code worker} works for, 10,000 at once. */
    static JsonObject work(Class<?> worker, String durability, int capacity) {
        return new JsonObject()
                .put(
                        JOB,
                        worker(worker)
                                .put("concurrency", 10_000)
                                .put("durability", durability)
                                .put("queue", new JsonObject().put("capacity", capacity)));
    }

    private static JsonObject worker(Class<?> type) {
        return new JsonObject()
                .put("worker", new JsonObject().put("type", "class").put("class", type.getName()));
    }

    /** Starts it with so many jobs that tick every second from now on; one alone at each whole second. */
    static LatidoPeer ticking(Path directory, int jobs, String durability) throws InvalidConfigException {
        JsonObject config = new JsonObject();
        for (int i = 0; i < jobs; i++) {
            JsonObject job = worker(Ticking.class).put("autoStart", false).put("durability", durability);
            config.put(TICK + i, jobs == 1 ? job.put("cron", "* * * * * *") : job.put("every", "1s"));
        }
        LatidoPeer peer = new LatidoPeer(directory, config, 1, 1_000);
        peer.startAll(jobs);
        return peer;
    }

    /** Starts all jobs and tells {@link Ticks} when each ticks. */
    private void startAll(int jobs) {
        List<Future<?>> started = new ArrayList<>();
        for (int i = 0; i < jobs; i++) {
            started.add(client.start(TICK + i));
        }
        Future.all(started).await();
        List<Future<?>> read = new ArrayList<>();
        for (int i = 0; i < jobs; i++) {
            int job = i;
            List<Long> phases = Collections.synchronizedList(new ArrayList<>());
            for (int reading = 0; reading < READINGS; reading++) {
                read.add(client.job(TICK + i).onSuccess(view -> {
                    Instant next = Objects.requireNonNull(view.nextTick());
                    phases.add(next.toEpochMilli() % Ticks.EVERY.toMillis());
                    if (phases.size() == READINGS) {
                        phases.sort(null);
                        Instant due = Instant.ofEpochMilli(phases.get(READINGS / 2));
                        Ticks.due(job, jobs == 1 ? due : due.plus(HALF_A_MILLI));
                    }
                }));
            }
        }
        Future.all(read).await();
    }

    JobClient client() {
        return client;
    }

    @Override
    public void submit(int first, int count) {
        handedIn += count;
        new Submissions(first, first + count).send().await();
    }

    /** Keeps as many submissions under way as may be. */
    private final class Submissions {
        private final Promise<Void> accepted = Promise.promise();
        private final int end;
        private int next;
        private int unanswered;

        Submissions(int first, int end) {
            this.next = first;
            this.end = end;
        }

        Future<Void> send() {
            for (int i = 0; i < underWay; i++) {
                sendOne();
            }
            return accepted.future();
        }

        private synchronized void sendOne() {
            if (next < end) {
                int count = Math.min(batch, end - next);
                List<Submission> items = IntStream.range(next, next + count)
                        .mapToObj(number -> Submission.of(Work.payload(number)))
                        .toList();
                next += count;
                unanswered++;
                client.submit(JOB, items, PATIENCE)
                        .onFailure(accepted::tryFail)
                        .onSuccess(answer -> answered(answer.answers()));
            }
        }

        private synchronized void answered(List<Reply> answers) {
            for (Reply answer : answers) {
                if (!(answer instanceof ExecutionView || answer instanceof MessageView)) {
                    accepted.tryFail(String.valueOf(answer));
                }
            }
            unanswered--;
            sendOne();
            if (unanswered == 0) {
                accepted.tryComplete();
            }
        }
    }

    @Override
    public boolean isIdle() throws IOException {
        JobView job = client.job(JOB).await();
        JobView.Broker broker = job.queue().broker();
        return job.counters().getOrDefault("succeeded", 0L) == handedIn
                && (broker == null || broker.counts().settled() == handedIn)
                && isSettled();
    }

    @Override
    public void close() {
        service.stop();
    }

    /** Does a piece of work. Public, because the service makes it. */
    public static final class Piece implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            Work.run(Objects.requireNonNull(task.payload()));
            return Future.succeededFuture();
        }
    }

    /** Notes a tick. */
    public static final class Ticking implements Worker {
        @Override
        public Future<@Nullable String> perform(Task task) {
            Ticks.ran(Integer.parseInt(task.attempt().job().substring(TICK.length())));
            return Future.succeededFuture();
        }
    }
}
