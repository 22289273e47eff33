package dev.latido.bench.peer;

import dev.latido.client.JobClient;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Submission;
import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Latido with a queue that stays as long as it is, or with so many callers that each wait for their work to be begun.
 * Arguments: {@code queue} or {@code callers}, how many, the durability, how many seconds to warm up, how many to measure,
 * and a directory. Prints one JSON object.
 */
public final class GrowthLoad {

    private static final int UNDER_WAY = 1_000;
    private static final int FILL = 1_000;
    private static final int MAX_SAMPLES = 5_000_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private GrowthLoad() {}

    public static void main(String[] args) throws Exception {
        int many = Integer.parseInt(args[1]);
        long warmUp = Long.parseLong(args[3]);
        long seconds = Long.parseLong(args[4]);
        JsonObject result = args[0].equals("queue")
                ? queue(many, args[2], warmUp, seconds, Path.of(args[5]))
                : callers(many, args[2], warmUp, seconds, Path.of(args[5]));
        System.out.println();
        System.out.println(result);
        System.exit(0);
    }

    /**
     * For every submission that is accepted one execution ends, so that the queue stays as long as it is; as many as run are
     * accepted and not answered yet.
     */
    private static JsonObject queue(int length, String durability, long warmUp, long seconds, Path directory)
            throws Exception {
        JsonObject job = LatidoPeer.work(Held.class, durability, length + 3 * UNDER_WAY);
        job.getJsonObject(LatidoPeer.JOB).put("concurrency", UNDER_WAY);
        JobClient client = new LatidoPeer(directory, job, 1, UNDER_WAY).client();
        for (int filled = 0; filled < length; filled += FILL) {
            client.submit(LatidoPeer.JOB, Collections.nCopies(FILL, Submission.of(Work.payload(0))), PATIENCE)
                    .await();
        }
        AtomicLong accepted = new AtomicLong();
        for (int i = 0; i < UNDER_WAY; i++) {
            submitOneEndOne(client, accepted);
        }
        sleep(warmUp);
        long before = accepted.get();
        long begun = System.nanoTime();
        sleep(seconds);
        double rate = (accepted.get() - before) * 1e9 / (System.nanoTime() - begun);
        int queued = client.job(LatidoPeer.JOB).await().queue().queued().values().stream()
                .mapToInt(Integer::intValue)
                .sum();
        if (Math.abs(queued - length) > 2 * UNDER_WAY) {
            throw new IOException("the queue should hold " + length + " and held " + queued);
        }
        return new JsonObject().put("perSecond", rate).put("queued", queued);
    }

    private static void submitOneEndOne(JobClient client, AtomicLong accepted) {
        client.submit(LatidoPeer.JOB, List.of(Submission.of(Work.payload(0))), PATIENCE)
                .onSuccess(answer -> {
                    if (answer.answers().get(0) instanceof ExecutionView) {
                        accepted.incrementAndGet();
                        Promise<@Nullable String> held = Held.RUNNING.poll();
                        if (held != null) {
                            held.complete(null);
                        }
                        submitOneEndOne(client, accepted);
                    }
                });
    }

    /** Each caller submits a piece of work as soon as its last one began. */
    private static JsonObject callers(int many, String durability, long warmUp, long seconds, Path directory)
            throws Exception {
        JsonObject job = LatidoPeer.work(Answering.class, durability, 100_000);
        JobClient client = new LatidoPeer(directory, job, 1, 2 * many).client();
        Callers callers = new Callers(client, many);
        Answering.callers = callers;
        for (int caller = 0; caller < many; caller++) {
            callers.submit(caller);
        }
        sleep(warmUp);
        callers.count.set(0);
        long begun = System.nanoTime();
        sleep(seconds);
        int samples = Math.min(MAX_SAMPLES, callers.count.get());
        double took = (System.nanoTime() - begun) / 1e9;
        double[] millis = new double[samples];
        for (int i = 0; i < samples; i++) {
            millis[i] = callers.latenciesNanos[i] / 1e6;
        }
        Arrays.sort(millis);
        return new JsonObject()
                .put("perSecond", samples / took)
                .put("p50Millis", millis[samples / 2])
                .put("p99Millis", millis[(int) (samples * 0.99)]);
    }

    private static final class Callers {
        private final JobClient client;
        private final long[] handedInNanos;
        private final long[] latenciesNanos = new long[MAX_SAMPLES];
        private final AtomicInteger count = new AtomicInteger();

        Callers(JobClient client, int many) {
            this.client = client;
            this.handedInNanos = new long[many];
        }

        void submit(int caller) {
            handedInNanos[caller] = System.nanoTime();
            client.submit(LatidoPeer.JOB, List.of(Submission.of(Work.payload(caller))), PATIENCE);
        }

        void began(int caller) {
            long latency = System.nanoTime() - handedInNanos[caller];
            int index = count.getAndIncrement();
            if (index < MAX_SAMPLES) {
                latenciesNanos[index] = latency;
            }
            submit(caller);
        }
    }

    private static void sleep(long seconds) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    /** Holds every execution until it is told that one may end. Public, because the service makes it. */
    public static final class Held implements Worker {
        private static final ConcurrentLinkedQueue<Promise<@Nullable String>> RUNNING = new ConcurrentLinkedQueue<>();

        @Override
        public Future<@Nullable String> perform(Task task) {
            Promise<@Nullable String> end = Promise.promise();
            RUNNING.add(end);
            return end.future();
        }
    }

    /** Tells the caller that its work began. Public, because the service makes it. */
    public static final class Answering implements Worker {
        private static volatile @Nullable Callers callers;

        @Override
        public Future<@Nullable String> perform(Task task) {
            Objects.requireNonNull(callers).began(Work.number(Objects.requireNonNull(task.payload())));
            return Future.succeededFuture();
        }
    }
}
