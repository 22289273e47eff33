package dev.latido;

import dev.latido.config.Config;
import dev.latido.core.JobDefinition;
import dev.latido.job.TimeSource;
import dev.latido.owner.JobWorkers;
import dev.latido.protocol.Addresses;
import dev.latido.trace.Tracing;
import dev.latido.worker.Worker;
import dev.latido.worker.WorkerConfig;
import dev.latido.worker.Workers;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The workers of all jobs, traced where traces are made. */
final class WorkerSet {

    private final Workers workers;
    private final BrokerSet brokers;
    private final Map<String, JobWorkers> byJob = new ConcurrentHashMap<>();

    /** Makes a set of none. */
    WorkerSet(BrokerSet brokers, Platform platform, TimeSource time) {
        this.brokers = brokers;
        Tracing tracing = platform.tracing();
        workers = new Workers(
                platform.vertx(),
                platform.bus(),
                () -> time.now().wall(),
                Addresses.PROGRESS,
                Addresses.CANCEL,
                brokers::producer,
                tracing == null ? worker -> worker : tracing::traced);
    }

    /**
     * Makes those of {@code jobs}, before they are defined.
     *
     * @throws IllegalArgumentException when there can be no such worker; its message names each setting to correct
     */
    void make(List<Config.Job> jobs) {
        List<String> problems = new ArrayList<>();
        for (Config.Job job : jobs) {
            try {
                byJob.put(job.definition().name(), workersOf(job));
            } catch (IllegalArgumentException unusable) {
                problems.add(String.valueOf(unusable.getMessage()));
            }
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    private JobWorkers workersOf(Config.Job job) {
        WorkerConfig fallback = job.fallback();
        return new JobWorkers(
                worker(job.definition(), "worker", job.worker()),
                fallback == null ? null : worker(job.definition(), "fallback", fallback),
                brokers.queueOf(job),
                brokers.resultsOf(job));
    }

    private Worker worker(JobDefinition definition, String setting, WorkerConfig config) {
        return workers.make(
                definition.name(),
                setting,
                definition.concurrency(),
                definition.timeout(),
                definition.results(),
                config);
    }

    /** Returns them by the names of their jobs; gets more as more are made. */
    Map<String, JobWorkers> byJob() {
        return byJob;
    }

    /** Begins to listen to what they report; to be called before work is given to them. */
    Future<Void> start() {
        return workers.start();
    }
}
