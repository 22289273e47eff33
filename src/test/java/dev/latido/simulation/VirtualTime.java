package dev.latido.simulation;

import dev.latido.job.Moment;
import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Both clocks, and all event loops that go by them, in one thread: which loop has its turn next is drawn, and how long a task
 * takes. A loop runs its tasks in order; when none has any, time goes on to the next timer.
 */
public final class VirtualTime implements TimeSource {

    private static final Instant BEGIN = Instant.parse("2026-03-01T12:00:00Z");

    private final Random random;
    private final List<Loop> loops = new ArrayList<>();
    private final PriorityQueue<Due> timers =
            new PriorityQueue<>(Comparator.comparingLong(Due::nanos).thenComparingLong(Due::order));
    private long nanos = 1_000_000;
    private long wallAhead;
    private long order;
    private Runnable afterEach = () -> {};
    private @Nullable Loop current;

    private record Due(long nanos, long order, Loop loop, Runnable task) {}

    public VirtualTime(long seed) {
        random = new Random(seed);
    }

    @Override
    public Moment now() {
        goOn();
        return new Moment(BEGIN.plusMillis(Math.floorDiv(nanos + wallAhead, 1_000_000L)), nanos, 0);
    }

    @Override
    public long nanos() {
        goOn();
        return nanos;
    }

    /** Returns what time it is, for who only writes it down: it does not go on by that. */
    Duration noted() {
        return Duration.ofNanos(nanos);
    }

    /** Time goes on while a task runs, too: who looks at the clock again sees that, and sometimes that it was interrupted. */
    private void goOn() {
        nanos += random.nextInt(50) == 0 ? random.nextInt(25_000_000) : 500;
    }

    /** Has the wall clock jump, which the monotonic clock does not. */
    void jump(Duration ahead) {
        wallAhead += ahead.toNanos();
    }

    /** Has {@code look} run after each task. */
    void afterEach(Runnable look) {
        afterEach = look;
    }

    public Loop loop(String name) {
        Loop loop = new Loop(name);
        loops.add(loop);
        return loop;
    }

    /** Has one task run; false when there is nothing to do before {@code until}, at which it is then. */
    public boolean step(long until) {
        while (true) {
            ring();
            List<Loop> ready = loops.stream().filter(Loop::isReady).toList();
            if (!ready.isEmpty()) {
                ready.get(random.nextInt(ready.size())).runOne();
                afterEach.run();
                boolean isPause = random.nextInt(1_000) == 0; // as for a garbage collection
                nanos += isPause ? random.nextInt(100_000_000) : random.nextInt(40_000);
                return true;
            }
            long next = next(until);
            if (next - until > 0) {
                nanos = Math.max(nanos, until);
                return false;
            }
            nanos = Math.max(nanos, next);
        }
    }

    /** Returns when something is to be done next, or a time after {@code until} when that is later. */
    private long next(long until) {
        Due timer = timers.peek();
        long next = timer == null || timer.nanos - until > 0 ? until + 1 : timer.nanos;
        for (Loop loop : loops) {
            if (!loop.tasks.isEmpty() && loop.pausedUntil - next < 0) {
                next = loop.pausedUntil;
            }
        }
        return next;
    }

    /** Has everything run that is due within {@code span}. */
    public void pass(Duration span) {
        long until = nanos + span.toNanos();
        while (nanos - until < 0 && step(until)) {
            // one after the other
        }
    }

    private void ring() {
        for (Due due = timers.peek(); due != null && due.nanos - nanos <= 0; due = timers.peek()) {
            timers.remove();
            due.loop.execute(due.task);
        }
    }

    /** A loop of a process, or of a thread of its own in it. */
    public final class Loop implements EventLoop {

        private final String name;
        private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
        private boolean isDead;
        private long pausedUntil;

        private Loop(String name) {
            this.name = name;
        }

        /** Ends: nothing that is waiting is run any more, nor what comes. */
        public void die() {
            isDead = true;
            tasks.clear();
            loops.remove(this);
            timers.removeIf(due -> due.loop == this);
        }

        /** Runs nothing for a while, as in a process that is stopped; what comes waits. */
        void pause(Duration span) {
            pausedUntil = nanos + span.toNanos();
        }

        /** Goes on after {@link #pause}. */
        void goOn() {
            pausedUntil = nanos;
        }

        private boolean isReady() {
            return !tasks.isEmpty() && nanos - pausedUntil >= 0;
        }

        private void runOne() {
            current = this;
            try {
                tasks.remove().run();
            } finally {
                current = null;
            }
        }

        @Override
        public void execute(Runnable task) {
            if (!isDead) {
                tasks.add(task);
            }
        }

        @Override
        public Timer schedule(Duration delay, Runnable task) {
            if (isDead) {
                return () -> {};
            }
            Due due = new Due(nanos + Math.max(0, delay.toNanos()), order++, this, task);
            timers.add(due);
            return () -> timers.remove(due);
        }

        @Override
        public boolean isCurrent() {
            return current == this;
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
