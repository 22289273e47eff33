package dev.latido.worker;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Runs a worker that does not block on an event loop of its job's own, so that one that blocks all the same holds up no other
 * job and no control. While it does, no worker is available.
 */
final class LoopWorker implements Worker {

    private final Worker worker;
    private final WorkerLoop loop;

    /** The ways to the loop and back, of the one event loop that gives work. */
    private @Nullable TaskBatcher there;

    private @Nullable TaskBatcher back;

    LoopWorker(Worker worker, WorkerLoop loop) {
        this.worker = worker;
        this.loop = loop;
    }

    @Override
    public Future<@Nullable String> perform(Task task) {
        if (loop.isBlocked()) {
            return Future.failedFuture(blocked());
        }
        if (there == null || back == null) {
            there = loop.fromHere();
            back = loop.backHere();
        }
        TaskBatcher outcomes = back;
        Promise<@Nullable String> outcome = Promise.promise();
        loop.callBegan();
        try {
            there.add(() -> call(task, outcomes, outcome));
        } catch (RejectedExecutionException closed) {
            loop.callEnded();
            return Future.failedFuture(new WorkerUnavailableException("the service ends"));
        }
        return outcome.future();
    }

    private void call(Task task, TaskBatcher outcomes, Promise<@Nullable String> outcome) {
        performed(task).onComplete((result, failure) -> {
            loop.callEnded();
            outcomes.add(() -> outcome.complete(result, failure));
        });
    }

    private Future<@Nullable String> performed(Task task) {
        if (task.isCancelled()) { // while those before it blocked the loop
            return Future.failedFuture(new WorkFailedException("cancelled"));
        }
        try {
            return worker.perform(new OnLoop(task, loop));
        } catch (RuntimeException | Error thrown) {
            return Future.failedFuture(thrown);
        }
    }

    @Override
    public Future<Void> checkReachable() {
        return loop.isBlocked() ? Future.failedFuture(blocked()) : worker.checkReachable();
    }

    private static WorkerUnavailableException blocked() {
        return new WorkerUnavailableException("the worker's class blocks its event loop; the log says where");
    }
}
