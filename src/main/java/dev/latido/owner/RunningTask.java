package dev.latido.owner;

import dev.latido.job.Attempt;
import dev.latido.job.Excerpt;
import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import dev.latido.worker.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One attempt under way. Workers may call it from any thread. */
final class RunningTask implements Task {

    /** Reports of progress that come faster are merged: people cannot see more, and nobody shall flood the owner. */
    static final Duration PROGRESS_EVERY = Duration.ofMillis(100);

    private static final int MAX_NOTE = 200;
    private static final Logger LOG = LoggerFactory.getLogger(RunningTask.class);

    private final Attempt attempt;
    private final String process;
    private final @Nullable String message;
    private final @Nullable String payload;
    private final @Nullable String trace;
    private final TimeSource time;
    private final EventLoop owner;
    private final BiConsumer<Double, String> progress;
    private final List<Runnable> onCancel = new ArrayList<>(1);
    private boolean cancelled;
    private boolean timedOut;
    private volatile @Nullable String tracedAs;
    private boolean reported;
    private long reportedNanos;

    /**
     * Makes one.
     *
     * @param process the name of this process where brokers know it; else empty
     * @param message the key of the message that it came from; null for none
     */
    RunningTask(
            Attempt attempt,
            String process,
            @Nullable String message,
            @Nullable String payload,
            @Nullable String trace,
            TimeSource time,
            EventLoop owner,
            BiConsumer<Double, String> progress) {
        this.attempt = attempt;
        this.process = process;
        this.message = message;
        this.payload = payload;
        this.trace = trace;
        this.time = time;
        this.owner = owner;
        this.progress = progress;
    }

    @Override
    public Attempt attempt() {
        return attempt;
    }

    @Override
    public @Nullable String message() {
        return message;
    }

    @Override
    public String key() {
        return message == null ? process + "-" + attempt.execution() : message;
    }

    @Override
    public @Nullable String payload() {
        return payload;
    }

    @Override
    public @Nullable String trace() {
        return trace;
    }

    @Override
    public void tracedAs(@Nullable String attempt) {
        tracedAs = attempt;
    }

    /** Returns what the work of the next stages comes from; null when that is not traced. */
    @Nullable String tracedAs() {
        return tracedAs;
    }

    @Override
    public void progress(double fraction, String note) {
        long now = time.nanos();
        synchronized (this) {
            boolean tooSoon = reported && now - reportedNanos < PROGRESS_EVERY.toNanos();
            if (Double.isNaN(fraction) || (tooSoon && fraction < 1)) {
                return;
            }
            reported = true;
            reportedNanos = now;
        }
        double bounded = Math.max(0, Math.min(1, fraction));
        String shown = Excerpt.shown(note, MAX_NOTE);
        owner.execute(() -> progress.accept(bounded, shown));
    }

    @Override
    public synchronized boolean isCancelled() {
        return cancelled;
    }

    @Override
    public synchronized boolean isTimedOut() {
        return timedOut;
    }

    @Override
    public void onCancel(Runnable action) {
        synchronized (this) {
            if (!cancelled) {
                onCancel.add(action);
                return;
            }
        }
        action.run();
    }

    void cancel(boolean tookTooLong) {
        List<Runnable> actions;
        synchronized (this) {
            cancelled = true;
            timedOut = tookTooLong;
            actions = List.copyOf(onCancel);
            onCancel.clear();
        }
        for (Runnable action : actions) {
            try {
                action.run();
            } catch (RuntimeException thrown) {
                LOG.warn("{}: a worker failed to cancel execution {}", attempt.job(), attempt.execution(), thrown);
            }
        }
    }
}
