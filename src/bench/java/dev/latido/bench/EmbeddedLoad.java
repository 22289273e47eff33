package dev.latido.bench;

import dev.latido.Service;
import dev.latido.command.CommandConfig;
import dev.latido.command.CommandObserver;
import dev.latido.command.ExecutionView;
import dev.latido.command.JobClient;
import dev.latido.command.JobView;
import dev.latido.command.Reply;
import dev.latido.command.Submission;
import dev.latido.config.Config;
import dev.latido.config.ConfigReader;
import dev.latido.job.TimeSource;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * The service and a Java client of it in one JVM: work of 200 characters is handed in, run and done. Arguments: the job's
 * durability, how many executions, how many in one submission, how many submissions under way, how many rounds before the
 * one that counts. Prints one JSON object.
 */
public final class EmbeddedLoad {

    static final String PAYLOAD = "\"" + "x".repeat(198) + "\"";
    private static final int LATENCIES = 2_000;

    private EmbeddedLoad() {}

    public static void main(String[] args) throws Exception {
        String durability = args[0];
        int executions = Integer.parseInt(args[1]);
        int batch = Integer.parseInt(args[2]);
        int inFlight = Integer.parseInt(args[3]);
        int warmUps = Integer.parseInt(args[4]);
        Path directory = Files.createTempDirectory("latido-bench");
        JsonObject job = new JsonObject()
                .put("worker", new JsonObject().put("type", "class").put("class", InstantWorker.class.getName()))
                .put("concurrency", 10_000)
                .put("durability", durability)
                .put("queue", new JsonObject().put("capacity", 100_000));
        Config config = ConfigReader.read(
                new JsonObject().put("jobs", new JsonObject().put("work", job)),
                Map.of(),
                Map.of("latido.http.port", "0", "latido.store.directory", directory.toString()));
        Service service = Service.start(config, broken -> Runtime.getRuntime().halt(3));
        try {
            Vertx vertx = service.vertx();
            CommandConfig bounds =
                    new CommandConfig(inFlight, CommandConfig.WhenFull.WAIT, 1_000_000, Duration.ofSeconds(60));
            JobClient client =
                    JobClient.inProcess(vertx, bounds, bounds, TimeSource.system(), CommandObserver.NONE, () -> null);
            for (int i = 0; i < warmUps; i++) {
                new Round(client, batch, executions, inFlight).run();
            }
            double seconds = new Round(client, batch, executions, inFlight).run();
            double[] latencies = latencies(client);
            System.out.println(new JsonObject()
                    .put("perSecond", executions / seconds)
                    .put("startP50Millis", latencies[LATENCIES / 2])
                    .put("startP99Millis", latencies[LATENCIES * 99 / 100]));
        } finally {
            service.stop();
            Server.delete(directory);
        }
    }

    /** Hands in so many executions and waits until all are done. */
    private static final class Round {
        private final JobClient client;
        private final List<Submission> items;
        private final int submissions;
        private final int inFlight;
        private final Promise<Void> all = Promise.promise();
        private int sent;
        private int answered;

        Round(JobClient client, int batch, int executions, int inFlight) {
            this.client = client;
            this.items = Collections.nCopies(batch, Submission.of(PAYLOAD));
            this.submissions = executions / batch;
            this.inFlight = inFlight;
        }

        double run() {
            long done = done();
            long begun = System.nanoTime();
            for (int i = 0; i < Math.min(inFlight, submissions); i++) {
                next();
            }
            all.future().await();
            long end = done + (long) submissions * items.size();
            while (done() < end) {
                LockSupport.parkNanos(100_000);
            }
            return (System.nanoTime() - begun) / 1e9;
        }

        private synchronized void next() {
            if (sent < submissions) {
                sent++;
                client.submit("work", items, Duration.ofSeconds(60)).onComplete(answer -> {
                    if (answer.failed()) {
                        all.tryFail(answer.cause());
                        return;
                    }
                    for (Reply reply : answer.result().answers()) {
                        if (!(reply instanceof ExecutionView)) {
                            all.tryFail(String.valueOf(reply));
                        }
                    }
                    answered();
                    next();
                });
            }
        }

        private synchronized void answered() {
            answered++;
            if (answered == submissions) {
                all.tryComplete();
            }
        }

        private long done() {
            Future<JobView> job = client.job("work");
            Long count = job.await().counters().get("succeeded");
            return count == null ? 0 : count;
        }
    }

    /** Measures how long after its submission an execution begins, on an idle service. */
    private static double[] latencies(JobClient client) {
        double[] millis = new double[LATENCIES];
        for (int i = 0; i < LATENCIES; i++) {
            LockSupport.parkNanos(200_000);
            long begun = System.nanoTime();
            client.submit("work", List.of(Submission.of(PAYLOAD)), Duration.ofSeconds(5))
                    .await();
            long called = InstantWorker.calledNanos();
            while (called - begun < 0) {
                LockSupport.parkNanos(10_000);
                called = InstantWorker.calledNanos();
            }
            millis[i] = (called - begun) / 1e6;
        }
        Arrays.sort(millis);
        return millis;
    }
}
