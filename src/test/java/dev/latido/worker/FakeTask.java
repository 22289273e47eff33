package dev.latido.worker;

import dev.latido.job.Attempt;
import dev.latido.job.ExecutionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** A task that the test cancels, and that remembers what was reported. */
final class FakeTask implements Task {

    record Progress(double fraction, String note) {}

    final Queue<Progress> reported = new ConcurrentLinkedQueue<>();
    private final Attempt attempt;
    private final @Nullable String payload;
    private final List<Runnable> onCancel = new ArrayList<>();
    private boolean cancelled;

    FakeTask(long id, @Nullable String payload) {
        this.attempt = new Attempt(new ExecutionId(id), "import", 2);
        this.payload = payload;
    }

    String id() {
        return attempt.execution().toString();
    }

    @Override
    public Attempt attempt() {
        return attempt;
    }

    @Override
    public @Nullable String payload() {
        return payload;
    }

    @Override
    public @Nullable String trace() {
        return null;
    }

    @Override
    public void progress(double fraction, String note) {
        reported.add(new Progress(fraction, note));
    }

    @Override
    public synchronized boolean isCancelled() {
        return cancelled;
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

    void cancel() {
        List<Runnable> actions;
        synchronized (this) {
            cancelled = true;
            actions = List.copyOf(onCancel);
        }
        actions.forEach(Runnable::run);
    }
}
