package dev.latido.owner;

import dev.latido.core.HistoryConfig;
import dev.latido.core.Input;
import dev.latido.core.JobDefinition;
import dev.latido.core.JobEngine;
import dev.latido.core.JobRegistry;
import dev.latido.event.Event;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.Command;
import dev.latido.protocol.SeriesRange;
import dev.latido.protocol.Submission;
import dev.latido.room.memory.MemoryRoom;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Measures what it costs the owner to keep series of jobs that all have work queued, the worst case. Run by hand: {@code java -cp …
 * dev.latido.owner.SeriesCost}, with how many jobs if wanted.
 */
final class SeriesCost {

    private static final int LOOKS = 240;

    /** Time of the processor: others may want it meanwhile. */
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private SeriesCost() {}

    /** Runs what is given to it when it is told to, and keeps what is to be done later. */
    private static final class Loop implements EventLoop {
        private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
        private @Nullable Runnable later;

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        @Override
        public Timer schedule(Duration delay, Runnable task) {
            later = task;
            return () -> {};
        }

        @Override
        public boolean isCurrent() {
            return true;
        }

        /** Does all that is to be done now; returns how long each slice took. */
        List<Long> run() {
            List<Long> slices = new ArrayList<>();
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                long begun = THREADS.getCurrentThreadCpuTime();
                task.run();
                slices.add(THREADS.getCurrentThreadCpuTime() - begun);
            }
            return slices;
        }
    }

    public static void main(String[] arguments) {
        int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000;
        List<JobDefinition> jobs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            jobs.add(JobDefinition.named("job-%05d".formatted(i)).with(job -> {
                job.autoStart = false;
                job.durability = Durability.NONE;
            }));
        }
        JobEngine engine = new JobEngine(
                JobRegistry.of(jobs.get(0).name(), jobs),
                HistoryConfig.DEFAULT,
                0,
                MemoryRoom::new,
                MemoryBudget.unbounded(),
                new SplittableRandom(1));
        Clock time = new Clock();
        for (JobDefinition job : jobs) {
            engine.decide(
                    new Input.CommandReceived(
                            new Command.Submit(
                                    job.name(), List.of(Submission.of("1"), Submission.of("2")), Command.NO_DEADLINE),
                            reply -> {}),
                    time.now());
        }
        Loop loop = new Loop();
        SeriesRows rows = new SeriesRows();
        SeriesSampler sampler = new SeriesSampler(engine, loop, time, rows, () -> true, rows::take);
        loop.execute(sampler::begin);
        loop.run();
        List<Long> slices = new ArrayList<>();
        List<Long> looks = new ArrayList<>();
        for (int i = 0; i < LOOKS; i++) {
            time.pass(Duration.ofSeconds(5));
            loop.execute(loop.later == null ? () -> {} : loop.later);
            List<Long> these = loop.run();
            looks.add(these.stream().mapToLong(Long::longValue).sum());
            slices.addAll(these);
        }
        System.out.printf("the first look at %,d jobs takes %,d µs%n", count, looks.get(0) / 1_000);
        List<Long> warm = new ArrayList<>(looks.subList(LOOKS / 2, LOOKS));
        Collections.sort(warm);
        double mean = warm.stream().mapToLong(Long::longValue).average().orElse(0);
        System.out.printf(
                "later ones take %,.0f µs in the mean, %,d at most: %.3f %% of a core%n",
                mean / 1e3, warm.get(warm.size() - 1) / 1_000, mean / 5e9 * 100);
        Collections.sort(slices);
        System.out.printf(
                "in %,d slices, of which 99 %% take up to %,d µs, the longest %,d%n",
                slices.size(), slices.get(slices.size() * 99 / 100) / 1_000, slices.get(slices.size() - 1) / 1_000);
        events(sampler, time);
        for (SeriesRange range : SeriesRange.values()) {
            long begun = 0;
            for (int i = 0; i < 2_000; i++) {
                begun = i == 1_000 ? System.nanoTime() : begun;
                sampler.answer(new Command.GetSeries(null, range, null, Command.NO_DEADLINE), reply -> {});
            }
            System.out.printf(
                    "an answer for %s takes %,d µs%n", range.wireName(), (System.nanoTime() - begun) / 1_000_000);
        }
    }

    private static void events(SeriesSampler sampler, Clock time) {
        Event began = new Event.ExecutionBegan(
                "job-00000",
                time.now().wall(),
                new ExecutionId(1),
                Priority.NORMAL,
                1,
                null,
                Duration.ofMillis(3),
                null,
                1,
                1);
        Event ended = new Event.ExecutionEnded(
                "job-00000",
                time.now().wall(),
                new ExecutionId(1),
                ExecutionState.SUCCEEDED,
                Priority.NORMAL,
                null,
                1,
                1,
                Duration.ofMillis(20),
                1,
                1);
        long begun = 0;
        for (int i = 0; i < 2_000_000; i++) {
            begun = i == 1_000_000 ? System.nanoTime() : begun;
            sampler.listener().on(began);
            sampler.listener().on(ended);
        }
        System.out.printf("an execution takes %,d ns%n", (System.nanoTime() - begun) / 1_000_000);
    }

    /** A wall clock that is set, and the machine's own time beside it. */
    private static final class Clock implements TimeSource {
        private Instant wall = Instant.parse("2026-01-01T00:00:00Z");

        void pass(Duration span) {
            wall = wall.plus(span);
        }

        @Override
        public Moment now() {
            return new Moment(wall, System.nanoTime());
        }

        @Override
        public long nanos() {
            return System.nanoTime();
        }
    }
}
