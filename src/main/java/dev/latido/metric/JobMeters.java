package dev.latido.metric;

import dev.latido.event.Event;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The meters of one job. Written on the owner's thread, read from any. */
final class JobMeters {

    private final MeterRegistry registry;
    private final String job;
    private final List<LazyCounter> counters = new ArrayList<>();
    private final LongSupplier nanos;
    private final LazyCounter coalesced;
    private final LazyCounter missed;
    private final LazyCounter retries;
    private final LazyCounter deadLettersLost;
    private final LazyCounter succeeded;
    private final LazyCounter failed;
    private final LazyCounter cancelled;
    private final LazyCounter dropped;
    private final LazyCounter returned;
    private boolean hasBegun;
    private boolean hasTicked;
    private final Histograms ofAll;
    private final @Nullable Histograms own;
    private final AtomicIntegerArray depth = new AtomicIntegerArray(Priority.values().length);
    private final boolean[] hasDepth = new boolean[Priority.values().length];
    volatile int running;
    volatile int concurrency;

    /** How many are with workers, since when it is so many, and what that came to before. */
    private volatile Busy busy;

    private record Busy(int inFlight, long sinceNanos, long nanosBefore) {
        long nanos(long now) {
            return nanosBefore + inFlight * (now - sinceNanos);
        }
    }

    /**
     * Registers what is shown from the start.
     *
     * @param ofAll the histograms of all jobs
     * @param nanos the monotonic clock
     * @param isFull whether the job has histograms of its own, and everything from the start
     */
    JobMeters(
            MeterRegistry registry, String job, int concurrency, Histograms ofAll, LongSupplier nanos, boolean isFull) {
        this.registry = registry;
        this.nanos = nanos;
        this.busy = new Busy(0, nanos.getAsLong(), 0);
        this.concurrency = concurrency;
        this.job = job;
        this.ofAll = ofAll;
        own = isFull ? Histograms.of(registry, job) : null;
        coalesced = counter("latido.job.ticks.coalesced", "Ticks that found the previous run still going");
        missed = counter("latido.job.ticks.missed", "Ticks that passed while the process stood still");
        retries = counter("latido.job.retries", "Attempts that failed and are not the last");
        deadLettersLost = counter("latido.dead.letters.lost", "Failed executions that are not kept any more");
        succeeded = processed(ExecutionState.SUCCEEDED);
        failed = processed(ExecutionState.FAILED);
        cancelled = processed(ExecutionState.CANCELLED);
        dropped = processed(ExecutionState.DROPPED);
        returned = processed(ExecutionState.RETURNED);
        gauge("latido.job.running", "1 while the job is started, else 0", () -> running, Tags.empty());
        gauge("latido.job.in.flight", "Executions that are with workers", () -> busy.inFlight, Tags.empty());
        gauge("latido.job.concurrency", "How many executions may be in flight", () -> this.concurrency, Tags.empty());
        if (isFull) {
            showBusy();
            counters.forEach(LazyCounter::register);
            for (Priority priority : Priority.values()) {
                showDepth(priority);
            }
        }
    }

    void levels(Priority priority, int queued, int nowInFlight) {
        depth.set(priority.level(), queued);
        Busy before = busy;
        if (nowInFlight != before.inFlight) {
            long now = nanos.getAsLong();
            busy = new Busy(nowInFlight, now, before.nanos(now));
        }
        if (queued > 0) {
            showDepth(priority);
        }
    }

    void began(Event.ExecutionBegan began) {
        show(began);
        levels(began.priority(), began.depth(), began.inFlight());
        began(ofAll, began);
        if (own != null) {
            began(own, began);
        }
    }

    /** Shows what may be counted next, so that Prometheus, which sees only what rises, sees the first of each too. */
    private void show(Event.ExecutionBegan began) {
        if (!hasBegun) {
            hasBegun = true;
            List.of(succeeded, failed, retries).forEach(LazyCounter::register);
            showBusy();
        }
        if (began.tickLag() != null && !hasTicked) {
            hasTicked = true;
            coalesced.register();
            missed.register();
        }
    }

    private static void began(Histograms histograms, Event.ExecutionBegan began) {
        histograms.queueWait().record(began.waited());
        if (began.held() != null) {
            histograms.limiterWait().record(began.held());
        }
        if (began.tickLag() != null) {
            histograms.tickLag().record(began.tickLag());
        }
    }

    void ended(Event.ExecutionEnded ended) {
        switch (ended.state()) {
            case SUCCEEDED -> succeeded.increment(1);
            case FAILED -> failed.increment(1);
            case CANCELLED -> cancelled.increment(1);
            case DROPPED -> dropped.increment(1);
            case RETURNED -> returned.increment(1);
            case WAITING, QUEUED, RUNNING -> throw new IllegalArgumentException("not ended: " + ended);
        }
        levels(ended.priority(), ended.depth(), ended.inFlight());
        if (ended.took() != null) {
            ran(ended.took());
        }
    }

    void attemptFailed(Event.AttemptFailed failed) {
        retries.increment(1);
        ran(failed.took());
    }

    private void ran(Duration took) {
        ofAll.run().record(took);
        if (own != null) {
            own.run().record(took);
        }
    }

    void tickCoalesced() {
        coalesced.increment(1);
    }

    void ticksMissed(long count) {
        missed.increment((double) count);
    }

    void deadLettersLost(int count) {
        deadLettersLost.increment(count);
    }

    private LazyCounter processed(ExecutionState state) {
        return counter(Counter.builder("latido.jobs.processed")
                .description("Executions that ended, by outcome")
                .tag("outcome", state.wireName()));
    }

    private LazyCounter counter(String name, String description) {
        return counter(Counter.builder(name).description(description));
    }

    private LazyCounter counter(Counter.Builder builder) {
        LazyCounter counter = new LazyCounter(registry, builder.tag("job", job));
        counters.add(counter);
        return counter;
    }

    private void showBusy() {
        FunctionCounter.builder("latido.job.busy", this, JobMeters::busySeconds)
                .baseUnit("seconds")
                .description("How long slots have been taken, in all; goes on while runs last")
                .tag("job", job)
                .register(registry);
    }

    private double busySeconds() {
        return busy.nanos(nanos.getAsLong()) / 1e9;
    }

    private void showDepth(Priority priority) {
        if (!hasDepth[priority.level()]) {
            hasDepth[priority.level()] = true;
            gauge(
                    "latido.queue.depth",
                    "Executions that are queued",
                    () -> depth.get(priority.level()),
                    Tags.of("priority", priority.wireName()));
        }
    }

    private void gauge(String name, String description, IntSupplier value, Tags tags) {
        Gauge.builder(name, value, IntSupplier::getAsInt)
                .description(description)
                .tags(tags.and("job", job))
                .strongReference(true)
                .register(registry);
    }
}
