package dev.latido.config;

import dev.latido.core.JobDefinition;
import dev.latido.core.SharedQueue;
import dev.latido.job.Durability;
import dev.latido.job.JobName;
import dev.latido.job.RetryPolicy;
import dev.latido.policy.BreakerConfig;
import dev.latido.queue.BrokerConfig;
import dev.latido.queue.ProducerConfig;
import dev.latido.schedule.Interval;
import dev.latido.setting.Section;
import dev.latido.store.StoreConfig;
import dev.latido.worker.WorkerConfig;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
        job.fallbackPlace = fallback == null ? job.fallbackPlace : fallback.place();
        job.readBreaker(section.section("breaker"), breakers);
        job.isProducer = worker instanceof WorkerConfig.Queue || fallback instanceof WorkerConfig.Queue;
        if (isBlocking(worker) || isBlocking(fallback)) {
            job.maxConcurrency = job.concurrency; // there are so many threads
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
        Map<String, List<String>> next = new LinkedHashMap<>();
        jobs.forEach(job -> next.put(job.definition().name(), job.definition().next()));
        next.forEach((name, targets) -> {
            Set<String> seen = new HashSet<>();
            for (String target : targets) {
                if (!next.containsKey(target)) {
                    root.problem("jobs." + name + ".next", "there is no job '" + target + "'");
                } else if (!seen.add(target)) {
                    root.problem("jobs." + name + ".next", "names '" + target + "' twice");
                }
            }
        });
        addQueues(jobs, next);
        Set<String> done = new HashSet<>();
        next.keySet().forEach(name -> findCircles(root, name, next, done));
    }

    /** Adds where work goes by way of a queue at a broker: what a job hands in there is the work of those who take it. */
    private static void addQueues(List<Config.Job> jobs, Map<String, List<String>> next) {
        Map<String, List<String>> takers = new LinkedHashMap<>();
        for (Config.Job job : jobs) {
            SharedQueue queue = job.definition().shared();
            if (queue != null) {
                takers.computeIfAbsent(queue.id(), ignored -> new ArrayList<>())
                        .add(job.definition().name());
            }
        }
        for (Config.Job job : jobs) {
            List<String> targets = new ArrayList<>(job.definition().next());
            for (ProducerConfig target : handsInAt(job)) {
                targets.addAll(takers.getOrDefault(target.id(), List.of()));
            }
            next.put(job.definition().name(), targets);
        }
    }

    private static List<ProducerConfig> handsInAt(Config.Job job) {
        List<ProducerConfig> all = new ArrayList<>();
        if (job.definition().resultQueue() != null) {
            all.add(job.definition().resultQueue());
        }
        if (job.worker() instanceof WorkerConfig.Queue queue) {
            all.add(queue.target());
        }
        if (job.fallback() instanceof WorkerConfig.Queue queue) {
            all.add(queue.target());
        }
        return all;
    }

    /** Follows all pipelines that begin at {@code start}; without recursion, because they may be long. */
    private static void findCircles(Section root, String start, Map<String, List<String>> next, Set<String> done) {
        Map<String, Iterator<String>> path = new LinkedHashMap<>();
        Deque<String> names = new ArrayDeque<>();
        if (done.add(start)) {
            path.put(start, next.getOrDefault(start, List.of()).iterator());
            names.push(start);
        }
        while (!names.isEmpty()) {
            String last = names.element();
            Iterator<String> targets = path.getOrDefault(last, Collections.emptyIterator());
            if (!targets.hasNext()) {
                path.remove(last);
                names.pop();
                continue;
            }
            String target = targets.next();
            if (path.containsKey(target)) {
                root.problem(
                        "jobs." + last + ".next",
                        "'" + target + "' leads back to '" + last + "'; a pipeline has an end");
            } else if (done.add(target)) {
                path.put(target, next.getOrDefault(target, List.of()).iterator());
                names.push(target);
            }
        }
    }
}
