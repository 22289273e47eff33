package dev.latido.owner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import dev.latido.core.Effect;
import dev.latido.core.Input;
import dev.latido.event.Event;
import dev.latido.http.LogRecorder;
import dev.latido.job.Attempt;
import dev.latido.job.ExecutionId;
import dev.latido.job.Outcome;
import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import dev.latido.loop.VertxLoop;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.PauseView;
import dev.latido.protocol.Reply;
import dev.latido.store.memory.MemoryStore;
import dev.latido.worker.Task;
import dev.latido.worker.WorkFailedException;
import dev.latido.worker.Worker;
import dev.latido.worker.WorkerUnavailableException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EffectRunnerTest {

    private static final Attempt ATTEMPT = new Attempt(new ExecutionId(7), "job", 2);

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final Context owner = vertx.getOrCreateContext();
    private final EventLoop loop = new VertxLoop(owner);
    private final Queue<Input> inputs = new ConcurrentLinkedQueue<>();
    private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
    private final List<Event> events = new ArrayList<>();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private EffectRunner runner(Worker worker, @Nullable Worker fallback) {
        return runner(loop, worker, fallback);
    }

    private EffectRunner runner(EventLoop loop, Worker worker, @Nullable Worker fallback) {
        return new EffectRunner(
                loop,
                TimeSource.system(),
                Map.of("job", new JobWorkers(worker, fallback)),
                List.of(events::add),
                new TextReading(new MemoryStore(), loop, MemoryBudget.unbounded(), broken -> {}),
                MemoryBudget.unbounded(),
                input -> {
                    threads.add(Thread.currentThread());
                    inputs.add(input);
                });
    }

    private static Effect perform(boolean byFallback) {
        return new Effect.Perform(ATTEMPT, "1", 1, null, null, byFallback);
    }

    private Input fedBack() {
        await().until(() -> !inputs.isEmpty());
        return inputs.remove();
    }

    /** Performs one attempt and returns how the core is told that it ended. */
    private Outcome outcome(Worker worker) {
        EffectRunner runner = runner(worker, null);
        owner.runOnContext(ignored -> runner.run(List.of(perform(false))));
        Input.AttemptEnded ended = (Input.AttemptEnded) fedBack();
        assertThat(ended.attempt()).isEqualTo(ATTEMPT);
        return ended.outcome();
    }

    private Outcome outcome(Throwable failure) {
        return outcome(task -> Future.failedFuture(failure));
    }

    @Test
    void tellsWhatAWorkerKnowsOfTryingAgain() {
        assertThat(outcome(new WorkFailedException("a"))).isEqualTo(new Outcome.Failure("a", false, null));
        assertThat(outcome(WorkFailedException.doNotRetry("b"))).isEqualTo(new Outcome.Failure("b", true, null));
        assertThat(outcome(WorkFailedException.retryIn("c", Duration.ofSeconds(5))))
                .isEqualTo(new Outcome.Failure("c", false, Duration.ofSeconds(5)));
        assertThat(outcome(task -> {
                    throw WorkFailedException.doNotRetry("thrown");
                }))
                .isEqualTo(new Outcome.Failure("thrown", true, null));
    }

    private String error(Throwable thrown) {
        Outcome.Failure failure = (Outcome.Failure) outcome(thrown);
        assertThat(failure.isFinal()).isFalse();
        assertThat(failure.retryAfter()).isNull();
        return failure.error();
    }

    @Test
    void leavesOtherFailuresToThePolicyAndSaysWhereTheyAre() {
        String here = " \\(at dev.latido.owner.EffectRunnerTest.leavesOther\\w+\\(EffectRunnerTest.java:\\d+\\)\\)";
        assertThat(error(new IllegalStateException("a"))).matches("IllegalStateException: a" + here);
        assertThat(error(new NullPointerException())).matches("NullPointerException" + here);
        assertThat(error(new StackOverflowError("deep"))).matches("StackOverflowError: deep" + here);
        assertThat(outcome(task -> Future.failedFuture("said in a word")))
                .isEqualTo(new Outcome.Failure("said in a word", false, null));
    }

    @Test
    void logsTheStackTraceOfEachKindOnce() {
        try (LogRecorder recorder = new LogRecorder()) {
            EffectRunner runner = runner(
                    task -> {
                        throw new IllegalStateException("number " + task.attempt());
                    },
                    null);
            owner.runOnContext(ignored -> runner.run(List.of(perform(false), perform(false), perform(false))));
            for (int i = 0; i < 3; i++) {
                fedBack();
            }

            assertThat(recorder.lines())
                    .containsExactly("WARN dev.latido.owner.WorkerFaults: job: its worker failed with an exception; the"
                            + " stack trace of such a one is told once");
        }
    }

    @Test
    void tellsThatNothingWasTried() {
        assertThat(outcome(new WorkerUnavailableException("nobody"))).isEqualTo(new Outcome.Unavailable("nobody"));
    }

    @Test
    void keepsTheBeginningOfALongError() {
        Outcome.Failure failure =
                (Outcome.Failure) outcome(WorkFailedException.retryIn("x".repeat(5_000), Duration.ofSeconds(5)));
        assertThat(failure.error()).isEqualTo("x".repeat(EffectRunner.MAX_ERROR) + "…");
        assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void anErrorHasWholeCharacters() {
        String head = "x".repeat(EffectRunner.MAX_ERROR - 1);
        assertThat(outcome(new WorkFailedException(head + "😀"))).isEqualTo(new Outcome.Failure(head + "…"));
        assertThat(error(new IllegalStateException("\ud83d\0"))).startsWith("IllegalStateException: \ufffd\0 ");
        assertThat(outcome(new WorkerUnavailableException(head + "😀"))).isEqualTo(new Outcome.Unavailable(head + "…"));
    }

    @Test
    void aResultIsHandedOnAsItIs() {
        for (String result : List.of("[ 1 ]", "no json", "", "1".repeat(100_000))) {
            assertThat(outcome(task -> Future.succeededFuture(result))).isEqualTo(new Outcome.Success(result));
        }
    }

    @Test
    void asksTheFallbackWhereThatIsWanted() {
        EffectRunner runner = runner(task -> Future.succeededFuture("1"), task -> Future.succeededFuture("2"));
        owner.runOnContext(ignored -> runner.run(List.of(perform(true), perform(false))));
        assertThat(fedBack()).isEqualTo(new Input.AttemptEnded(ATTEMPT, new Outcome.Success("2")));
        assertThat(fedBack()).isEqualTo(new Input.AttemptEnded(ATTEMPT, new Outcome.Success("1")));
    }

    @Test
    void saysThatThereIsNoFallback() {
        EffectRunner runner = runner(task -> Future.succeededFuture("1"), null);
        owner.runOnContext(ignored -> runner.run(List.of(perform(true))));
        assertThat(fedBack())
                .isEqualTo(new Input.AttemptEnded(ATTEMPT, new Outcome.Unavailable("the job has no worker")));
    }

    @Test
    void feedsBackOnTheOwnersThreadWhereverTheWorkerEnds() throws Exception {
        Promise<@Nullable String> promise = Promise.promise();
        EffectRunner runner = runner(task -> promise.future(), null);
        owner.runOnContext(ignored -> {
            threads.add(Thread.currentThread());
            runner.run(List.of(perform(false)));
        });
        await().until(() -> !threads.isEmpty());
        Thread elsewhere = new Thread(() -> promise.complete("1"));
        elsewhere.start();
        elsewhere.join();
        fedBack();
        assertThat(threads).hasSize(2).containsOnly(threads.element());
    }

    @Test
    void tellsATaskOnceThatItIsNotWanted() {
        List<Task> cancelled = new ArrayList<>();
        Promise<@Nullable String> promise = Promise.promise();
        EffectRunner runner = runner(
                task -> {
                    task.onCancel(() -> cancelled.add(task));
                    return promise.future();
                },
                null);
        Effect cancel = new Effect.CancelAttempt(ATTEMPT, false);
        owner.runOnContext(ignored -> runner.run(List.of(cancel, perform(false), cancel, cancel)));
        owner.runOnContext(ignored -> promise.fail("gave up"));
        assertThat(fedBack()).isEqualTo(new Input.AttemptEnded(ATTEMPT, new Outcome.Failure("gave up")));
        assertThat(cancelled).hasSize(1);
    }

    @Test
    void oneEffectThatFaultsDoesNotKeepTheOthersBack() {
        Queue<Reply> replies = new ConcurrentLinkedQueue<>();
        Reply reply = new PauseView(null);
        Event event = new Event.ServicePaused(Instant.EPOCH);
        EffectRunner runner = runner(task -> Future.succeededFuture("1"), null);
        owner.runOnContext(ignored -> runner.run(List.of(
                new Effect.Answer(
                        answer -> {
                            throw new IllegalStateException("a caller that faults");
                        },
                        reply),
                new Effect.Announce(event),
                new Effect.Answer(replies::add, reply))));
        await().until(() -> !replies.isEmpty());
        assertThat(events).containsExactly(event);
    }

    @Test
    void doesNotWaitForeverForALookForAWorker() {
        Promise<Void> look = Promise.promise();
        Worker hanging = new Worker() {
            @Override
            public Future<@Nullable String> perform(Task task) {
                return Future.succeededFuture();
            }

            @Override
            public Future<Void> checkReachable() {
                return look.future();
            }
        };
        List<Runnable> later = new ArrayList<>();
        EventLoop still = new EventLoop() {
            @Override
            public void execute(Runnable task) {
                task.run();
            }

            @Override
            public Timer schedule(Duration delay, Runnable task) {
                assertThat(delay).isEqualTo(Duration.ofSeconds(20));
                later.add(task);
                return () -> {};
            }

            @Override
            public boolean isCurrent() {
                return true;
            }
        };
        EffectRunner runner = runner(still, hanging, null);
        runner.run(List.of(new Effect.LookForWorker("job")));
        assertThat(inputs).isEmpty();
        later.forEach(Runnable::run);
        assertThat(inputs).as("an attempt has to tell").containsExactly(new Input.WorkerLookedFor("job", null));
        look.fail(new WorkerUnavailableException("after all"));
        assertThat(inputs).as("a look ends once").hasSize(1);
    }
}
