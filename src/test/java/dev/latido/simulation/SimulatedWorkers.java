package dev.latido.simulation;

import dev.latido.job.Attempt;
import dev.latido.worker.Task;
import dev.latido.worker.WorkFailedException;
import dev.latido.worker.Worker;
import dev.latido.worker.WorkerUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Workers that do their work, or fail, hang, throw, are away, have too much to do, answer late, or do not hear that it is not
 * wanted any more.
 */
final class SimulatedWorkers {

    private final Random random;
    private final Rules rules;
    private boolean isGood;

    SimulatedWorkers(long seed, Rules rules) {
        random = new Random(seed);
        this.rules = rules;
    }

    /** From now on all work is done at once. */
    void beGood() {
        isGood = true;
    }

    /** Makes a worker of one process, which calls back from a thread of its own. */
    Worker of(VirtualTime.Loop thread, int life) {
        return new Worker() {
            @Override
            public Future<@Nullable String> perform(Task task) {
                return begin(task, thread, life);
            }

            @Override
            public Future<Void> checkReachable() {
                return look(thread);
            }
        };
    }

    private Future<Void> look(VirtualTime.Loop thread) {
        int fate = isGood ? 9 : random.nextInt(10);
        if (fate == 0) {
            return Promise.<Void>promise().future(); // hangs
        }
        Promise<Void> looked = Promise.promise();
        thread.schedule(Duration.ofMillis(random.nextInt(200)), () -> {
            if (fate == 1) {
                looked.tryFail(new WorkerUnavailableException("nobody there"));
            } else {
                looked.tryComplete();
            }
        });
        return looked.future();
    }

    private Future<@Nullable String> begin(Task task, VirtualTime.Loop thread, int life) {
        Rules.WorkerCall call = rules.called(life, task.attempt(), task.payload());
        task.onCancel(() -> rules.cancelled(call));
        int fate = isGood ? 40 : random.nextInt(50);
        Promise<@Nullable String> promise = Promise.promise();
        if (fate == 0) {
            rules.ended(call, false);
            throw new IllegalStateException("a worker's own fault");
        } else if (fate == 1) {
            rules.ended(call, false);
            return Future.failedFuture(new WorkFailedException("failed at once"));
        } else if (fate < 8) {
            rules.ended(call, true);
            return Future.succeededFuture(result(task.attempt()));
        } else if (fate < 11) { // hangs, whether it is wanted or not
            return promise.future();
        }
        boolean isLate = fate < 14;
        Duration takes = Duration.ofMillis(isLate ? 5_000 + random.nextInt(40_000) : random.nextInt(1_500));
        if (random.nextInt(4) == 0) {
            thread.schedule(takes.dividedBy(2), () -> task.progress(0.5, "half"));
        }
        thread.schedule(takes, () -> end(promise, fate, task.attempt(), call));
        if (fate % 2 == 0) { // hears that it is not wanted any more
            task.onCancel(() -> thread.execute(() -> {
                if (promise.tryFail("cancelled")) {
                    rules.ended(call, false);
                }
            }));
        }
        return promise.future();
    }

    private void end(Promise<@Nullable String> promise, int fate, Attempt attempt, Rules.WorkerCall call) {
        boolean succeeds = fate > 23;
        if (promise.future().isComplete()) {
            return;
        }
        rules.ended(call, succeeds);
        if (succeeds) {
            promise.complete(result(attempt));
        } else if (fate == 23) {
            promise.fail(WorkFailedException.doNotRetry("never"));
        } else if (fate == 22) {
            promise.fail(WorkFailedException.retryIn("soon", Duration.ofMillis(random.nextInt(3_000))));
        } else if (fate < 21 && fate > 18) {
            Duration pause = random.nextInt(4) == 0 ? Duration.ZERO : Duration.ofMillis(random.nextInt(10_000));
            boolean isAttempt = fate == 19;
            rules.overloaded(call, pause, isAttempt);
            promise.fail(
                    isAttempt
                            ? WorkFailedException.overloaded("too much", pause)
                            : WorkFailedException.throttled("too many", pause.isZero() ? null : pause));
        } else if (fate == 21) {
            rules.unreached(call);
            promise.fail(new WorkerUnavailableException("nobody"));
        } else {
            promise.fail(new WorkFailedException("no"));
        }
    }

    static String result(Attempt attempt) {
        return "\"done " + attempt.execution() + "\"";
    }
}
