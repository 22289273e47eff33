package dev.latido.owner;

import dev.latido.core.Effect;
import dev.latido.core.Input;
import dev.latido.core.JobEngine;
import dev.latido.event.Event;
import dev.latido.event.EventListener;
import dev.latido.job.Attempt;
import dev.latido.job.Excerpt;
import dev.latido.job.Outcome;
import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import dev.latido.memory.MemoryBudget;
import dev.latido.process.ProcessEnd;
import dev.latido.queue.Message;
import dev.latido.queue.Receipt;
import dev.latido.worker.WorkFailedException;
import dev.latido.worker.Worker;
import dev.latido.worker.WorkerUnavailableException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Acts: performs the effects that {@link JobEngine} decided, and feeds what comes of them back as inputs. */
final class EffectRunner {

    /** How many characters of an error are kept. */
    static final int MAX_ERROR = 1_000;

    /** How long a look for a worker may take; then an attempt has to tell. */
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(20);

    private static final Logger LOG = LoggerFactory.getLogger(EffectRunner.class);

    private final EventLoop owner;
    private final TimeSource time;
    private final Map<String, JobWorkers> workers;
    private final List<EventListener> listeners;
    private final Consumer<Input> feedBack;
    private final TextReading texts;
    private final Handouts handouts;
    private final Queues queues;
    private final Map<Attempt, RunningTask> tasks = new HashMap<>();
    private final Effects effects = new Effects();
    private final WorkerFaults faults = new WorkerFaults();

    /** The name of this process where brokers know it; empty before. */
    private String process = "";

    private boolean isStopped;

    /**
     * Makes a runner.
     *
     * @param workers by the name of the job that they work for; may get more while this runs
     * @param texts reads what left the memory
     * @param memory what large payloads are charged to as long as workers have them
     * @param feedBack takes inputs; called on the owner's event loop
     */
    EffectRunner(
            EventLoop owner,
            TimeSource time,
            Map<String, JobWorkers> workers,
            List<EventListener> listeners,
            TextReading texts,
            MemoryBudget memory,
            Consumer<Input> feedBack) {
        this.owner = owner;
        this.time = time;
        this.workers = workers;
        this.listeners = List.copyOf(listeners);
        this.feedBack = feedBack;
        this.texts = texts;
        this.queues = new Queues(owner, workers, feedBack);
        this.handouts = new Handouts(owner, memory, texts, this::begin, feedBack);
    }

    /** Publishes a message to the queue that a job has at a broker. */
    Future<Receipt> enqueue(String job, Message message) {
        return queues.enqueue(job, message);
    }

    void run(List<? extends Effect> all) {
        for (Effect effect : all) {
            try {
                effect.accept(effects);
            } catch (RuntimeException | Error fault) { // the effects after it are owed to others
                ProcessEnd.endIfOutOfMemory(fault);
                LOG.error("a fault while performing {}", effect, fault);
                if (effect instanceof Effect.Perform perform && tasks.remove(perform.attempt()) != null) {
                    feedBack.accept(new Input.AttemptEnded(
                            perform.attempt(), new Outcome.Failure("it could not be handed to its worker: " + fault)));
                }
            }
        }
    }

    /** How each effect is performed. */
    private final class Effects implements Effect.Handler {

        @Override
        public void answer(Effect.Answer effect) {
            if (TextReading.isIncomplete(effect.reply())) {
                texts.complete(effect.reply(), effect.replyTo()::answer);
            } else {
                effect.replyTo().answer(effect.reply());
            }
        }

        @Override
        public void perform(Effect.Perform effect) {
            if (effect.isHeavy()) {
                handouts.add(effect);
            } else {
                begin(effect);
            }
        }

        @Override
        public void cancelAttempt(Effect.CancelAttempt effect) {
            cancel(effect);
        }

        @Override
        public void lookForWorker(Effect.LookForWorker effect) {
            lookFor(effect.job());
        }

        @Override
        public void warn(Effect.Warn effect) {
            LOG.warn(effect.what(), effect.cause());
        }

        @Override
        public void announce(Effect.Announce effect) {
            tell(effect.event());
        }

        @Override
        public void openQueues(Effect.OpenQueues effect) {
            process = effect.process();
            queues.open(process);
        }

        @Override
        public void publish(Effect.Publish effect) {
            queues.publish(effect);
        }

        @Override
        public void publishResult(Effect.PublishResult effect) {
            queues.publishResult(effect);
        }

        @Override
        public void askTime(Effect.AskTime effect) {
            queues.askTime(effect);
        }

        @Override
        public void askDepth(Effect.AskDepth effect) {
            queues.askDepth(effect);
        }

        @Override
        public void handInTick(Effect.HandInTick effect) {
            queues.handInTick(effect);
        }

        @Override
        public void dequeue(Effect.Dequeue effect) {
            queues.dequeue(effect);
        }

        @Override
        public void settle(Effect.Settle effect) {
            queues.settle(effect);
        }

        @Override
        public void findMessage(Effect.FindMessage effect) {
            queues.find(effect);
        }

        @Override
        public void listDeadLetters(Effect.ListDeadLetters effect) {
            queues.listDeadLetters(effect);
        }

        @Override
        public void replayDeadLetters(Effect.ReplayDeadLetters effect) {
            queues.replayDeadLetters(effect);
        }
    }

    /** Tells all workers to end what they have, and gives them nothing more. */
    void stop() {
        isStopped = true;
        List<RunningTask> all = List.copyOf(tasks.values());
        tasks.clear();
        all.forEach(task -> task.cancel(false));
    }

    private void begin(Effect.Perform perform) {
        if (isStopped) { // it was waiting for memory, or for its payload
            return;
        }
        Attempt attempt = perform.attempt();
        RunningTask task = new RunningTask(
                attempt,
                process,
                perform.message(),
                perform.payload(),
                perform.trace(),
                time,
                owner,
                (fraction, note) -> feedBack.accept(new Input.AttemptProgressed(attempt, fraction, note)));
        tasks.put(attempt, task);
        attempt(task, perform.byFallback()).onComplete(done -> {
            if (owner.isCurrent()) {
                ended(task, done);
            } else {
                owner.execute(() -> ended(task, done));
            }
        });
    }

    private void lookFor(String job) {
        Look look = new Look(job);
        look.timer = owner.schedule(LONGEST_LOOK, () -> look.ended(null)); // an attempt has to tell
        looking(job).onComplete((ignored, failure) -> {
            ProcessEnd.endIfOutOfMemory(failure);
            // Whatever else went wrong, an attempt will tell.
            String missing = failure instanceof WorkerUnavailableException ? text(failure) : null;
            if (owner.isCurrent()) {
                look.ended(missing);
            } else {
                owner.execute(() -> look.ended(missing));
            }
        });
    }

    /** A look for the worker of a job, which ends once. */
    private final class Look {
        private final String job;
        private EventLoop.@Nullable Timer timer;
        private boolean isEnded;

        Look(String job) {
            this.job = job;
        }

        void ended(@Nullable String missing) {
            if (!isEnded) {
                isEnded = true;
                if (timer != null) {
                    timer.cancel();
                }
                feedBack.accept(new Input.WorkerLookedFor(job, missing));
            }
        }
    }

    private Future<Void> looking(String job) {
        JobWorkers known = workers.get(job);
        if (known == null) {
            return Future.failedFuture(new WorkerUnavailableException("the job has no worker"));
        }
        try {
            return known.worker().checkReachable();
        } catch (RuntimeException | Error thrown) { // a worker's code is not ours, its faults are its own
            ProcessEnd.endIfOutOfMemory(thrown); // but for this one
            return Future.failedFuture(thrown);
        }
    }

    private Future<@Nullable String> attempt(RunningTask task, boolean byFallback) {
        JobWorkers known = workers.get(task.attempt().job());
        Worker worker = known == null ? null : byFallback ? known.fallback() : known.worker();
        if (worker == null) {
            return Future.failedFuture(new WorkerUnavailableException("the job has no worker"));
        }
        try {
            Future<@Nullable String> future = worker.perform(task);
            return Objects.requireNonNullElseGet(
                    future, () -> Future.failedFuture("the worker returned null instead of a future"));
        } catch (RuntimeException | Error thrown) { // a worker's code is not ours, its faults are its own
            ProcessEnd.endIfOutOfMemory(thrown); // but for this one
            return Future.failedFuture(thrown);
        }
    }

    private void ended(RunningTask task, AsyncResult<@Nullable String> done) {
        Attempt attempt = task.attempt();
        tasks.remove(attempt);
        handouts.ended(attempt);
        feedBack.accept(new Input.AttemptEnded(attempt, outcome(task, done)));
    }

    private Outcome outcome(RunningTask task, AsyncResult<@Nullable String> done) {
        Attempt attempt = task.attempt();
        if (done.succeeded()) {
            return new Outcome.Success(done.result(), task.tracedAs());
        }
        Throwable cause = done.cause();
        ProcessEnd.endIfOutOfMemory(cause);
        String text = text(cause);
        if (cause instanceof WorkerUnavailableException) {
            return new Outcome.Unavailable(text);
        }
        if (!(cause instanceof WorkFailedException known)) {
            faults.thrown(attempt.job(), cause);
            return new Outcome.Failure(Excerpt.shown(WorkerFaults.describe(cause), MAX_ERROR));
        }
        return known.isForWholeJob()
                ? new Outcome.Overloaded(text, known.isAttempt(), known.retryAfter())
                : new Outcome.Failure(text, known.isFinal(), known.retryAfter());
    }

    private static String text(Throwable cause) {
        String message = cause.getMessage();
        return Excerpt.shown(message == null ? cause.getClass().getSimpleName() : message, MAX_ERROR);
    }

    private void cancel(Effect.CancelAttempt effect) {
        Attempt attempt = effect.attempt();
        if (handouts.cancel(attempt)) {
            return;
        }
        RunningTask task = tasks.remove(attempt); // it may never end, and is told once
        if (task != null) {
            task.cancel(effect.isTimeout());
        }
    }

    private void tell(Event event) {
        for (EventListener listener : listeners) {
            try {
                listener.on(event);
            } catch (RuntimeException | Error thrown) {
                ProcessEnd.endIfOutOfMemory(thrown);
                LOG.error("an observer failed on {}; the owner goes on", event.type(), thrown);
            }
        }
    }

    /** Tells the observers that these were all events for now. */
    void turnEnded() {
        for (EventListener listener : listeners) {
            try {
                listener.turnEnded();
            } catch (RuntimeException | Error thrown) {
                ProcessEnd.endIfOutOfMemory(thrown);
                LOG.error("an observer failed at the end of a turn; the owner goes on", thrown);
            }
        }
    }
}
