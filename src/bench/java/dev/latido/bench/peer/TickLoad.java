package dev.latido.bench.peer;

import com.sun.management.OperatingSystemMXBean;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Jobs that tick every second in this JVM. Arguments: {@code latido}, {@code latido-none}, {@code quartz} or {@code executor}, how many jobs, how
 * many seconds to warm up, how many to measure, and a directory. Prints one JSON object.
 */
public final class TickLoad {

    private static final Duration LEAD = Duration.ofSeconds(2);
    private static final long SHORT_NANOS = TimeUnit.MICROSECONDS.toNanos(100);
    private static final int MAX_ATTEMPTS = 100;

    private TickLoad() {}

    public static void main(String[] args) throws Exception {
        int jobs = Integer.parseInt(args[1]);
        int warmUp = Integer.parseInt(args[2]);
        int seconds = Integer.parseInt(args[3]);
        Ticks.expect(jobs, 2 * (warmUp + seconds) + 10);
        start(args[0], jobs, Path.of(args[4]));
        sleep(warmUp);
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        int before = Ticks.count();
        long cpu = system.getProcessCpuTime();
        long begun = System.nanoTime();
        sleep(seconds);
        double took = (System.nanoTime() - begun) / 1e9;
        double cpuSeconds = (system.getProcessCpuTime() - cpu) / 1e9;
        Ticks.Seen seen = Ticks.since(before);
        double resident = Memory.residentMegabytes();
        Ticks.expect(0, 0);
        System.out.println();
        System.out.println(new JsonObject()
                .put("due", jobs * took)
                .put("ran", seen.ran())
                .put("p50Millis", seen.p50())
                .put("p99Millis", seen.p99())
                .put("maxMillis", seen.max())
                .put("driftMillis", seen.drift())
                .put("cpuPercent", 100 * cpuSeconds / took)
                .put("residentMegabytes", resident)
                .put("heapMegabytes", Memory.heapMegabytes()));
        System.exit(0);
    }

    private static void start(String name, int jobs, Path directory) throws Exception {
        long begin = Instant.now().plus(LEAD).toEpochMilli();
        switch (name) {
            case "latido" -> LatidoPeer.ticking(directory, jobs, "full");
            case "latido-none" -> LatidoPeer.ticking(directory, jobs, "none");
            case "quartz" -> QuartzPeer.inMemory().tick(jobs, begin);
            case "executor" -> executor(jobs, TimeUnit.MILLISECONDS.toNanos(begin));
            default -> throw new IllegalArgumentException(name);
        }
    }

    private static void executor(int jobs, long beginNanos) {
        ScheduledExecutorService executor =
                Executors.newScheduledThreadPool(Runtime.getRuntime().availableProcessors());
        for (int i = 0; i < jobs; i++) {
            AtomicLong due = new AtomicLong();
            long first = beginNanos + Ticks.EVERY.toNanos() * i / jobs;
            for (int attempt = 0; ; attempt++) {
                long now = Ticks.now();
                due.set(first);
                Future<?> ticks = executor.scheduleAtFixedRate(
                        () -> Ticks.ranAt(due.getAndAdd(Ticks.EVERY.toNanos())),
                        first - now,
                        Ticks.EVERY.toNanos(),
                        TimeUnit.NANOSECONDS);
                // It counts the delay from some moment of the call, so that has to have been short.
                if (Ticks.now() - now < SHORT_NANOS || attempt == MAX_ATTEMPTS) {
                    break;
                }
                ticks.cancel(false);
            }
        }
    }

    private static void sleep(int seconds) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }
}
