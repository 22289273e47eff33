package dev.latido.worker;

import dev.latido.job.ResultBound;
import dev.latido.queue.Producer;
import dev.latido.queue.ProducerConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.client.WebClientOptions;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Makes the workers of all jobs from their configuration, and holds what they share. Closed with its Vert.x. */
public final class Workers {

    /** How often is looked whether a class blocks its event loop. */
    private static final Duration WATCH_EVERY = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final WorkBus bus;
    private final InstantSource clock;
    private final String progressAddress;
    private final String cancelAddress;
    private final Function<ProducerConfig, Producer> producers;
    private final UnaryOperator<Worker> traced;
    private final RemoteTasks remoteTasks = new RemoteTasks();
    private final List<WorkerLoop> loops = new CopyOnWriteArrayList<>();
    private boolean usesBus;
    private @Nullable HttpClients clients;
    private @Nullable HostResolver resolver;

    /**
     * Makes a set without workers.
     *
     * @param bus the event bus of {@code vertx}
     * @param clock the wall clock
     * @param progressAddress where event-bus workers send how far they are
     * @param cancelAddress where attempts that are no longer wanted are published for them
     * @param producers makes those who publish to brokers
     * @param traced wraps each worker, to be called where the worker runs
     */
    public Workers(
            Vertx vertx,
            WorkBus bus,
            InstantSource clock,
            String progressAddress,
            String cancelAddress,
            Function<ProducerConfig, Producer> producers,
            UnaryOperator<Worker> traced) {
        this.vertx = vertx;
        this.bus = bus;
        this.clock = clock;
        this.progressAddress = progressAddress;
        this.cancelAddress = cancelAddress;
        this.producers = producers;
        this.traced = traced;
    }

    /**
     * Makes a worker of one job.
     *
     * @param setting where its configuration stands: {@code worker} or {@code fallback}
     * @param concurrency how many of the job's executions may be in flight at once
     * @param timeout how long an attempt may take; the owner cancels it then
     * @param results how much of a result the job keeps
     * @throws IllegalArgumentException when there can be no such worker; its message names the setting to correct
     */
    public Worker make(
            String job, String setting, int concurrency, Duration timeout, ResultBound results, WorkerConfig config) {
        if (config instanceof WorkerConfig.EventBus onBus) {
            usesBus = true;
            return traced.apply(new EventBusWorker(
                    vertx, bus, onBus.address(), cancelAddress, timeout, new Results(results), remoteTasks));
        } else if (config instanceof WorkerConfig.Http http) {
            Predicate<InetAddress> allowed = http.allowPrivate() ? any -> true : PublicAddress::is;
            HeaderValues headers = new HeaderValues(vertx, "jobs." + job + "." + setting, http.headers());
            return traced.apply(new HttpWorker(
                    clients(), resolver(), allowed, http.url(), headers, timeout, new Results(results), clock));
        } else if (config instanceof WorkerConfig.Queue queue) {
            return traced.apply(new QueueWorker(producers.apply(queue.target()), queue.target()));
        } else if (config instanceof WorkerConfig.JavaClass java) {
            return javaClass(job, setting, concurrency, timeout, java);
        }
        return traced.apply(new LogWorker());
    }

    private HttpClients clients() {
        if (clients == null) {
            clients = HttpClients.of(vertx, new WebClientOptions());
        }
        return clients;
    }

    private HostResolver resolver() {
        if (resolver == null) {
            resolver = HostResolver.system(vertx);
        }
        return resolver;
    }

    private Worker javaClass(
            String job, String setting, int concurrency, Duration timeout, WorkerConfig.JavaClass config) {
        Worker worker;
        try {
            worker = ClassWorker.load(vertx, config.name());
        } catch (IllegalArgumentException unusable) {
            throw new IllegalArgumentException(
                    "jobs." + job + "." + setting + ".class: " + unusable.getMessage(), unusable);
        }
        String threads = "latido-" + setting + "-" + job;
        if (!config.blocking()) {
            return new LoopWorker(traced.apply(worker), watched(new WorkerLoop(vertx, job, threads)));
        }
        if (concurrency > BlockingWorker.MAX_THREADS) {
            throw new IllegalArgumentException("jobs." + job + ".concurrency: at most " + BlockingWorker.MAX_THREADS
                    + " with a worker that blocks, because each takes a thread, was " + concurrency);
        }
        WorkerLoop cancels = new WorkerLoop(vertx, job, threads + "-cancel");
        return traced.apply(new BlockingWorker(vertx, threads, concurrency, timeout, worker, cancels));
    }

    private WorkerLoop watched(WorkerLoop loop) {
        if (loops.isEmpty()) {
            vertx.setPeriodic(WATCH_EVERY.toMillis(), ignored -> {
                long now = System.nanoTime();
                loops.forEach(each -> each.look(now));
            });
        }
        loops.add(loop);
        return loop;
    }

    /**
     * Begins to listen to what workers report, if any worker made so far does; completes when they are heard. To be
     * called before work is given to them.
     */
    public Future<Void> start() {
        return usesBus ? remoteTasks.listen(vertx, progressAddress) : Future.succeededFuture();
    }
}
