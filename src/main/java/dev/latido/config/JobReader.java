package dev.latido.config;

import dev.latido.core.JobDefinition;
import dev.latido.job.Durability;
import dev.latido.job.JobName;
import dev.latido.job.Priority;
import dev.latido.policy.BreakerConfig;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.schedule.Cron;
import dev.latido.schedule.Interval;
import dev.latido.schedule.Once;
import dev.latido.schedule.Schedule;
import dev.latido.store.StoreConfig;
import dev.latido.worker.WorkerConfig;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the jobs. */
final class JobReader {

    /** The job that there is when the configuration names none: it ticks every five seconds once it is started. */
    static final Config.Job HEARTBEAT = new Config.Job(
            JobDefinition.named("heartbeat")
                    .withSchedule(new Interval(Duration.ofSeconds(5)))
                    .withAutoStart(false)
                    .withRetry(PolicyReader.RETRY),
            new WorkerConfig.Log(),
            null);

    private static final String NONE = "none";
    private static final Duration MILLI = Duration.ofMillis(1);
    private static final int MAX_CAPACITY = 10_000_000;
    private static final Duration MAX_TIMEOUT = Duration.ofDays(1);

    private JobReader() {}

    static List<Config.Job> read(Section root, StoreConfig.Type store) {
        Map<String, BreakerConfig> breakers = PolicyReader.breakers(root);
        List<Config.Job> jobs = new ArrayList<>();
        root.sections("jobs", HEARTBEAT.definition().name()).forEach((name, section) -> {
            Config.Job job = job(name, section, store, breakers);
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
            String name, Section section, StoreConfig.Type store, Map<String, BreakerConfig> breakers) {
        JobDefinition.Builder job = new JobDefinition.Builder(JobName.isValid(name) ? name : "invalid");
        readTrigger(job, name, section);
        job.queue = queue(section.section("queue"));
        job.concurrency = section.integer("concurrency", 1, 1, JobDefinition.MAX_CONCURRENCY);
        job.timeout = section.duration("timeout", JobDefinition.DEFAULT_TIMEOUT, MILLI, MAX_TIMEOUT);
        Duration expires = section.duration("expires", Duration.ZERO, Duration.ZERO, Submission.MAX_DELAY);
        job.expires = expires.isZero() ? null : expires;
        job.retry = PolicyReader.retry(section.section("retry"));
        job.throttle = PolicyReader.throttle(section);
        job.durability = durability(section, store);
        job.maxCrashes = section.integer("maxCrashes", JobDefinition.DEFAULT_MAX_CRASHES, 1, Byte.MAX_VALUE);
        job.next = section.strings("next", List.of());
        job.maxResult = section.integer("maxResult", JobDefinition.DEFAULT_MAX_RESULT, 1, JobDefinition.MAX_RESULT);
        WorkerConfig worker = worker(section.textOrSection("worker", "type", "log"), "latido.work." + name, false);
        WorkerConfig fallback =
                worker(section.textOrSection("fallback", "type", NONE), "latido.fallback." + name, true);
        job.place = worker == null ? job.place : worker.place();
        job.hasFallback = fallback != null;
        job.fallbackPlace = fallback == null ? job.fallbackPlace : fallback.place();
        job.breaker = PolicyReader.breaker(name, section.section("breaker"), breakers, job.hasFallback);
        if (isBlocking(worker) || isBlocking(fallback)) {
            job.maxConcurrency = job.concurrency; // there are so many threads
        }
        return JobName.isValid(name)
                ? new Config.Job(job.build(), worker == null ? new WorkerConfig.Log() : worker, fallback)
                : null;
    }

    private static void readTrigger(JobDefinition.Builder job, String name, Section section) {
        job.schedule = schedule(name, section);
        // A timer that fires by itself is something one starts on purpose; work that was submitted is to be done.
        job.autoStart = section.bool("autoStart", job.schedule == null);
        job.misfire = section.choice("misfire", job.misfire, Schedule.Misfire.class);
        job.maxMissed = section.integer("maxMissed", job.maxMissed, 1, MAX_CAPACITY);
        job.overlap = section.choice("overlap", job.overlap, JobDefinition.Overlap.class);
        job.jitter = section.duration("jitter", job.jitter, Duration.ZERO, MAX_TIMEOUT);
    }

    private static boolean isBlocking(@Nullable WorkerConfig worker) {
        return worker instanceof WorkerConfig.JavaClass java && java.blocking();
    }

    private static Durability durability(Section section, StoreConfig.Type store) {
        boolean forgets = store == StoreConfig.Type.MEMORY;
        Durability durability =
                section.choice("durability", forgets ? Durability.NONE : Durability.FULL, Durability.class);
        if (forgets && durability != Durability.NONE) {
            section.problem("durability", "must be none, because store.type is memory");
        }
        return durability;
    }

    private static @Nullable Schedule schedule(String name, Section section) {
        boolean isHeartbeat = name.equals(HEARTBEAT.definition().name());
        String cron = section.optional("cron");
        String at = section.optional("at");
        boolean hasEvery = section.has("every");
        ZoneId zone = zone(section);
        Duration every = section.duration("every", Duration.ofSeconds(5), Interval.MIN, Interval.MAX);
        if (!at.isEmpty()) {
            if (hasEvery || !cron.isEmpty()) {
                section.problem("at", "a job has only one of 'every', 'cron' and 'at'");
            }
            return once(section, at);
        }
        if (cron.isEmpty()) {
            return hasEvery || isHeartbeat ? new Interval(every) : null;
        }
        if (hasEvery) {
            section.problem("cron", "a job has only one of 'every', 'cron' and 'at'");
        }
        try {
            return new Cron(cron, zone);
        } catch (IllegalArgumentException e) {
            section.problem("cron", "is no cron expression: " + e.getMessage());
            return null;
        }
    }

    private static @Nullable Schedule once(Section section, String at) {
        try {
            return new Once(Instant.parse(at));
        } catch (DateTimeParseException e) {
            section.problem("at", "must be a UTC time such as 2026-01-31T12:00:00Z, was '" + at + "'");
            return null;
        }
    }

    private static ZoneId zone(Section section) {
        String zone = section.string("zone", "UTC");
        try {
            return ZoneId.of(zone);
        } catch (DateTimeException e) {
            section.problem("zone", "must be a time zone such as UTC or Europe/Madrid, was '" + zone + "'");
            return ZoneOffset.UTC;
        }
    }

    private static QueueConfig queue(Section section) {
        QueueConfig absent = QueueConfig.DEFAULT;
        int capacity = section.integer("capacity", absent.capacity(), 1, MAX_CAPACITY);
        FullMode whenFull = section.choice("whenFull", absent.whenFull(), FullMode.class);
        int maxWaiting = section.integer("maxWaiting", absent.maxWaiting(), 0, MAX_CAPACITY);
        long maxBytes = section.bytes("maxBytes", absent.maxBytes());
        Map<Priority, Integer> capacities = new EnumMap<>(Priority.class);
        Section priorities = section.section("priorities");
        for (Priority priority : Priority.values()) {
            // The smaller of the two holds, so that one can make the capacity smaller without touching the priorities.
            capacities.put(
                    priority, Math.min(capacity, priorities.integer(priority.wireName(), capacity, 0, MAX_CAPACITY)));
        }
        priorities.end();
        section.end();
        return new QueueConfig(capacity, whenFull, capacities, maxWaiting, maxBytes);
    }

    /**
     * Reads who works for a job.
     *
     * @param address where on the bus he listens, if nothing else is said
     * @param mayBeNone whether there may be nobody, which is null
     */
    private static @Nullable WorkerConfig worker(Section section, String address, boolean mayBeNone) {
        String type = section.string("type", mayBeNone ? NONE : "log");
        WorkerConfig worker = switch (type) {
            case "log" -> new WorkerConfig.Log();
            case "event-bus" -> new WorkerConfig.EventBus(section.string("address", address));
            case "http" -> http(section);
            case "class" -> javaClass(section);
            default -> {
                String none = mayBeNone ? ", " + NONE : "";
                if (!mayBeNone || !type.equals(NONE)) {
                    section.problem(
                            "type", "must be one of log, event-bus, http, class" + none + ", was '" + type + "'");
                }
                yield null;
            }
        };
        section.end();
        return worker;
    }

    private static WorkerConfig http(Section section) {
        String text = section.string("url", "");
        boolean allowPrivate = section.bool("allowPrivate", false);
        try {
            URI url = new URI(text);
            boolean isWeb = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            if (isWeb
                    && url.getHost() != null
                    && url.getUserInfo() == null
                    && url.getFragment() == null
                    && url.getPort() <= 65_535) {
                return new WorkerConfig.Http(url, allowPrivate);
            }
        } catch (URISyntaxException e) {
            // told below
        }
        section.problem("url", "must be an http or https URL without user and fragment, was '" + text + "'");
        return new WorkerConfig.Log();
    }

    private static WorkerConfig javaClass(Section section) {
        String name = section.string("class", "");
        boolean blocking = section.bool("blocking", false);
        if (name.isEmpty()) {
            section.problem("class", "must be the full name of a class that implements dev.latido.worker.Worker");
        }
        return new WorkerConfig.JavaClass(name, blocking);
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
        Set<String> done = new HashSet<>();
        next.keySet().forEach(name -> findCircles(root, name, next, done));
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
