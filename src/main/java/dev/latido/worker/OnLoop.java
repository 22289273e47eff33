package dev.latido.worker;

import dev.latido.job.Attempt;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** A task that calls its class back on the loop of the class, whoever cancels it. */
record OnLoop(Task task, WorkerLoop loop) implements Task {

    @Override
    public Attempt attempt() {
        return task.attempt();
    }

    @Override
    public @Nullable String message() {
        return task.message();
    }

    @Override
    public String key() {
        return task.key();
    }

    @Override
    public @Nullable String payload() {
        return task.payload();
    }

    @Override
    public @Nullable String trace() {
        return task.trace();
    }

    @Override
    public void tracedAs(@Nullable String attempt) {
        task.tracedAs(attempt);
    }

    @Override
    public void progress(double fraction, String note) {
        task.progress(fraction, note);
    }

    @Override
    public boolean isCancelled() {
        return task.isCancelled();
    }

    @Override
    public boolean isTimedOut() {
        return task.isTimedOut();
    }

    @Override
    public void onCancel(Runnable action) {
        task.onCancel(() -> {
            try {
                loop.execute(action);
            } catch (RejectedExecutionException closed) {
                // the process ends, and with it what was to be cancelled
            }
        });
    }
}
