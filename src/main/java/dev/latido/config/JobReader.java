package dev.latido.config;

import dev.latido.core.JobDefinition;
import dev.latido.core.Pipelines;
import dev.latido.job.Durability;
import dev.latido.job.JobName;
import dev.latido.job.RetryPolicy;
import dev.latido.policy.BreakerConfig;
import dev.latido.queue.BrokerConfig;
import dev.latido.schedule.Interval;
import dev.latido.setting.Section;
import dev.latido.store.StoreConfig;
import dev.latido.worker.WorkerConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads the jobs. */
final class JobReader {

    private static final Interval EVERY = new Interval(Duration.ofSeconds(5));

    /** The job that there is when the configuration names none: it ticks every five seconds once it is started. */
    static final Config.Job HEARTBEAT = new Config.Job(
            JobDefinition.named("heartbeat")
                    .withSchedule(EVERY)
                    .withAutoStart(false)
                    .withRetry(RetryPolicy.DEFAULT),
            new WorkerConfig.Log(),
            null);

    private JobReader() {}

    static List<Config.Job> read(Section root, StoreConfig.Type store, Map<String, BrokerConfig> brokers) {
        Map<String, BreakerConfig> breakers = breakers(root);
        List<Config.Job> jobs = new ArrayList<>();
        root.sections("jobs", HEARTBEAT.definition().name()).forEach((name, section) -> {
            Config.Job job = job(name, section, store, breakers, brokers);
            section.end();
            if (job == null) {
                root.problem("jobs." + name, "a job's name must be " + JobName.RULE);
            } else {
                jobs.add(job);
            }
        });
        checkNext(root, jobs);
        checkBreakerNames(root, jobs, breakers.keySet());
        return List.copyOf(jobs);
    }

    private static Config.@Nullable Job job(
            String name,
            Section section,
            StoreConfig.Type store,
            Map<String, BreakerConfig> breakers,
            Map<String, BrokerConfig> brokers) {
        JobDefinition.Builder job = new JobDefinition.Builder(JobName.isValid(name) ? name : "invalid");
        boolean isHeartbeat = name.equals(HEARTBEAT.definition().name());
        job.read(section, isHeartbeat ? EVERY : null, store != StoreConfig.Type.MEMORY, brokers);
        WorkerConfig worker = WorkerConfig.read(
                section.textOrSection("worker", "type", "log"), name, "latido.work." + name, false, brokers);
        WorkerConfig fallback = WorkerConfig.read(
                section.textOrSection("fallback", "type", WorkerConfig.NONE),
                name,
                "latido.fallback." + name,
                true,
                brokers);
        worker = withDurability(worker, job.durability);
        fallback = withDurability(fallback, job.durability);
        if (worker != null) {
            job.worker = worker.describe();
            job.place = worker.place();
        }
        job.hasFallback = fallback != null;
        if (fallback != null) {
            job.fallback = fallback.describe();
            job.fallbackPlace = fallback.place();
        }
        job.readBreaker(section.section("breaker"), breakers);
        job.outlets = Stream.of(worker, fallback)
                .filter(WorkerConfig.Queue.class::isInstance)
                .map(queue -> ((WorkerConfig.Queue) queue).target().id())
                .toList();
        if (isBlocking(worker) || isBlocking(fallback)) {
            job.maxConcurrency = job.concurrency; // there are so many threads
            if (job.concurrency > WorkerConfig.JavaClass.MAX_BLOCKING) {
                section.problem(
                        "concurrency",
                        "at most " + WorkerConfig.JavaClass.MAX_BLOCKING
                                + " with a worker that blocks, because each takes a thread, was " + job.concurrency);
            }
        }
        return JobName.isValid(name)
                ? new Config.Job(job.build(), worker == null ? new WorkerConfig.Log() : worker, fallback)
                : null;
    }

    private static @Nullable WorkerConfig withDurability(@Nullable WorkerConfig worker, Durability durability) {
        return worker instanceof WorkerConfig.Queue queue
                ? new WorkerConfig.Queue(queue.target().withDurable(durability == Durability.FULL))
                : worker;
    }

    private static boolean isBlocking(@Nullable WorkerConfig worker) {
        return worker instanceof WorkerConfig.JavaClass java && java.blocking();
    }

    /** Reads the brokers, by their names. */
    static Map<String, BrokerConfig> brokers(Section root) {
        Map<String, BrokerConfig> brokers = new LinkedHashMap<>();
        root.sections("brokers").forEach((name, section) -> {
            BrokerConfig broker = BrokerConfig.read(section);
            if (!JobName.isValid(name)) {
                root.problem("brokers." + name, "a broker's name must be " + JobName.RULE);
            } else if (broker != null) {
                brokers.put(name, broker);
            }
        });
        return brokers;
    }

    /** Reads the breakers that jobs share, by their names, which are metric labels too. */
    private static Map<String, BreakerConfig> breakers(Section root) {
        Map<String, BreakerConfig> breakers = new LinkedHashMap<>();
        root.sections("breakers").forEach((name, section) -> {
            BreakerConfig breaker = BreakerConfig.read(section);
            section.end();
            if (JobName.isValid(name)) {
                breakers.put(name, breaker);
            } else {
                root.problem("breakers." + name, "a breaker's name must be " + JobName.RULE);
            }
        });
        return breakers;
    }

    /** A job's own breaker has the job's name, so one that is shared must not. */
    private static void checkBreakerNames(Section root, List<Config.Job> jobs, Set<String> shared) {
        for (Config.Job job : jobs) {
            String name = job.definition().name();
            if (shared.contains(name)) {
                root.problem("breakers." + name, "must not have the name of a job, because its own breaker has it");
            }
        }
    }

    private static void checkNext(Section root, List<Config.Job> jobs) {
        Pipelines.problems(jobs.stream().map(Config.Job::definition).toList())
                .forEach(problem -> root.problem("jobs." + problem.job() + ".next", problem.what()));
    }
}
