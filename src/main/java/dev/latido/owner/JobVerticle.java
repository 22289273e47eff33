package dev.latido.owner;

import dev.latido.core.Decision;
import dev.latido.core.Effect;
import dev.latido.core.Input;
import dev.latido.core.JobEngine;
import dev.latido.core.Recovery;
import dev.latido.core.ReplyTo;
import dev.latido.event.EventListener;
import dev.latido.job.ExecutionId;
import dev.latido.job.Moment;
import dev.latido.job.TimeSource;
import dev.latido.memory.MemoryBudget;
import dev.latido.process.ProcessEnd;
import dev.latido.protocol.Addresses;
import dev.latido.protocol.BackupView;
import dev.latido.protocol.Command;
import dev.latido.protocol.CommandBatch;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.Health;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.StoreView;
import dev.latido.protocol.Submitted;
import dev.latido.protocol.Wire;
import dev.latido.store.Backup;
import dev.latido.store.Store;
import dev.latido.store.StoreException;
import dev.latido.store.StoreStatus;
import dev.latido.store.StoredTexts;
import dev.latido.trace.SubmissionSpan;
import dev.latido.trace.Tracing;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner: the only code that changes job state, deployed once per service. It consumes {@code latido.control}, keeps
 * the one timer that all ticks come from, and lets {@link JobEngine} decide, {@link GroupCommit} store and
 * {@link EffectRunner} act.
 */
public final class JobVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(JobVerticle.class);

    /** How many steps are done in a row before the event loop may do something else. */
    private static final int MAX_STEPS = 100;

    /** How long that goes on at most; a single step, such as a submission of thousands, may take longer. */
    private static final Duration MAX_ROUND = Duration.ofMillis(10);

    /** How many submissions may wait for the disk; more are refused. */
    private static final int MAX_PARKED = 10_000;

    /** Of thousands of jobs there is always one whose time comes; some are looked at together then. */
    private static final Duration MIN_BETWEEN_ALARMS = Duration.ofNanos(250_000);

    /** How long the store may take to note a fault before the process ends without. */
    private static final Duration LAST_WRITE = Duration.ofSeconds(5);

    /** How often progress is told while everything is read from the store. */
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(1);

    private final JobEngine engine;
    private final Store store;
    private final int maxPending;
    private final Map<String, JobWorkers> workers;
    private final List<EventListener> listeners;
    private final Observer observer;
    private final TimeSource time;
    private final ArrayDeque<Input> inbox = new ArrayDeque<>();

    /** Submissions that wait because the disk is slower than they come. */
    private final ArrayDeque<Input.CommandReceived> parked = new ArrayDeque<>();

    /** Whether it is the turn of what is parked: it and the inbox take turns. */
    private boolean isParkedTurn;

    private final Promise<Void> drained = Promise.promise();

    private @Nullable Parts parts;
    private boolean isReady;

    /** True after a fault: nothing is decided any more. */
    private boolean isFaulted;

    private volatile int pendingRows;
    private volatile boolean isStoreUp = true;
    private volatile int setAside;
    private volatile @Nullable Recovery recovery;
    private boolean working;
    private boolean draining;
    private boolean isAlarmSet;
    private long alarmNanos;
    private long rangNanos;

    private record Parts(EffectRunner runner, GroupCommit commits, AlarmClock alarm) {}

    /**
     * Who watches the owner.
     *
     * @param busCommands told of every command that came as JSON, from an application on the bus
     * @param commits told how many rows a commit wrote, and how long it took
     * @param broken told when the store is broken; the process has to end then
     * @param faulted told of a fault in the owner, once that is stored or cannot be; the process has to end then
     * @param tracing makes traces of submissions; null for nobody
     */
    public record Observer(
            CommandObserver busCommands,
            CommitObserver commits,
            Consumer<StoreException> broken,
            Consumer<OwnerFault> faulted,
            @Nullable Tracing tracing) {}

    /** Told of commits. */
    @FunctionalInterface
    public interface CommitObserver {
        /** A batch was written. */
        void committed(int rows, Duration took);
    }

    /**
     * Makes the owner of {@code control}.
     *
     * @param store where it keeps what outlives the process; open
     * @param maxPending how many rows may wait for the store before no more work is taken in
     * @param workers the workers by the names of their jobs
     * @param listeners told of every event, on the owner's thread
     */
    public JobVerticle(
            JobEngine engine,
            Store store,
            int maxPending,
            Map<String, JobWorkers> workers,
            List<EventListener> listeners,
            Observer observer,
            TimeSource time) {
        this.engine = engine;
        this.store = store;
        this.maxPending = maxPending;
        this.workers = workers;
        this.listeners = listeners;
        this.observer = observer;
        this.time = time;
    }

    @Override
    public Future<?> start() {
        GroupCommit commits = new GroupCommit(engine, store, maxPending, context, time, new GroupCommit.Listener() {
            @Override
            public void written(int rows, Duration took) {
                observer.commits().committed(rows, took);
                work();
            }

            @Override
            public void changed(Input input) {
                take(input);
            }

            @Override
            public void faulted(Throwable fault) {
                fault(fault, () -> {});
            }

            @Override
            public void broken(StoreException failure) {
                observer.broken().accept(failure);
            }
        });
        rangNanos = time.nanos() - MIN_BETWEEN_ALARMS.toNanos();
        parts = new Parts(
                new EffectRunner(
                        context,
                        time,
                        workers,
                        listeners,
                        new TextReading(store, context, engine.memory(), observer.broken()),
                        engine.memory(),
                        this::take),
                commits,
                new AlarmClock(context, this::rang));
        return Future.all(consume(Addresses.CONTROL), consume(Addresses.SUBMIT));
    }

    @Override
    public Future<?> stop() {
        if (parts != null) {
            parts.alarm.close();
        }
        return Future.succeededFuture();
    }

    private Future<Void> consume(String address) {
        return vertx.eventBus()
                .<Object>consumer(address, message -> onMessage(address, message))
                .completion();
    }

    /** Returns the event loop that the owner runs on. */
    public Context eventLoop() {
        return context;
    }

    // Beginning

    /**
     * Takes up what the store holds and begins. Until then commands are answered with "starting". To be called once the
     * verticle is deployed, from any thread.
     */
    public Future<Void> begin() {
        Recovery reader = engine.recover(time.now());
        recovery = reader;
        long begun = time.nanos();
        long progress = vertx.setPeriodic(
                PROGRESS_EVERY.toMillis(),
                ignored -> LOG.info("Starting: {} executions read from the store so far", reader.executions()));
        Promise<Void> began = Promise.promise();
        store.scan(reader)
                .compose(read -> readOn(reader))
                .compose(read -> {
                    reader.place(); // not on the event loop: there may be a million
                    return Future.<Void>succeededFuture();
                })
                .onComplete(done -> {
                    vertx.cancelTimer(progress);
                    context.runOnContext(ignored -> {
                        if (done.failed() && !(done.cause() instanceof StoreException)) {
                            fault(done.cause(), () -> began.fail(done.cause()));
                        } else {
                            began.handle(begin(reader, begun, done));
                        }
                    });
                });
        return began.future();
    }

    /** Reads the texts that are needed at once, one after the other, though they are long. */
    private Future<Void> readOn(Recovery reader) {
        ExecutionId next = reader.nextUnread();
        return next == null
                ? Future.succeededFuture()
                : store.texts(next).compose(texts -> {
                    reader.read(texts == null ? new StoredTexts(null, null) : texts);
                    return readOn(reader);
                });
    }

    private AsyncResult<Void> begin(Recovery reader, long begun, AsyncResult<Void> done) {
        if (done.failed()) {
            return done;
        }
        if (reader.executions() > 0) {
            LOG.info(
                    "Took up {} executions from the store in {} ms",
                    reader.executions(),
                    (time.nanos() - begun) / 1_000_000);
        }
        reader.orphans()
                .forEach((job, count) -> LOG.warn(
                        "The store holds {} executions of job '{}', which is not defined any more; they stay there",
                        count,
                        job));
        reader.damage()
                .forEach((kind, damage) -> LOG.warn(
                        "The store holds rows that cannot be read, and stay as they are: {} of kind '{}', the first is"
                                + " {}: {}",
                        damage.count(),
                        kind.name().toLowerCase(Locale.ROOT),
                        damage.first().name(),
                        damage.first().why()));
        setAside = engine.setAside().size();
        for (String job : engine.setAside()) {
            LOG.warn("Job '{}' is set aside: a fault in working for it ended the process before", job);
        }
        isReady = true;
        recovery = null;
        take(new Input.ServiceBegan());
        return Future.succeededFuture();
    }

    // Ending

    /** Notes that the process was told to end. To be called before {@link #drain}, from any thread. */
    public void end() {
        context.runOnContext(ignored -> take(new Input.EndBegan()));
    }

    /**
     * Begins no new run from now on; the future completes when none is with a worker any more and everything is stored.
     * Status is still answered. May be called from any thread.
     */
    public Future<Void> drain() {
        context.runOnContext(ignored -> {
            draining = true;
            take(new Input.ShutdownBegan());
        });
        return drained.future();
    }

    /**
     * Gives back what is still with workers, to be run when the service is back; the future completes when that is stored.
     * To be called after {@link #drain}, from any thread.
     */
    public Future<Void> giveBack() {
        context.runOnContext(ignored -> take(new Input.GraceEnded()));
        return drained.future();
    }

    /** Returns how many rows wait to be stored, about. Readable from any thread. */
    public int pendingRows() {
        return pendingRows;
    }

    /** Returns how many jobs are set aside because of a fault. Readable from any thread. */
    public int setAside() {
        return setAside;
    }

    /** Tells whether the store takes writes. Readable from any thread. */
    public boolean isStoreUp() {
        return isStoreUp;
    }

    // Commands

    private void onMessage(String address, Message<Object> message) {
        if (message.body() instanceof CommandBatch bundle) {
            for (CommandBatch.Item item : bundle.items()) {
                inbox.add(received(item.command(), item.answer()::accept, false));
            }
            work();
        } else {
            onCommand(address, message);
        }
    }

    private void onCommand(String address, Message<Object> message) {
        long begun = time.nanos();
        Command command;
        try {
            command = Wire.decodeCommand(address, message.body());
        } catch (CommandException malformed) {
            Wire.answer(message, malformed.refusal());
            return;
        } catch (RuntimeException | StackOverflowError fault) { // nothing has changed yet
            LOG.error("a fault while reading a command", fault);
            Wire.answer(message, Refusal.fault());
            return;
        }
        boolean fromBus = !(message.body() instanceof Command);
        ReplyTo replyTo = reply -> {
            if (fromBus) { // before the answer, so that who has it finds it counted
                unharmed(() -> observer.busCommands().answered(command.type(), result(reply), time.nanos() - begun));
            }
            Wire.answer(message, reply);
        };
        if (fromBus && command instanceof Command.Submit submit) {
            takeCharged(submit, replyTo);
        } else {
            take(received(command, replyTo, fromBus));
        }
    }

    /** Takes work from an application on the bus, for which nobody has asked for memory before, if there is room until it is answered. */
    private void takeCharged(Command.Submit submit, ReplyTo replyTo) {
        MemoryBudget memory = engine.memory();
        long bytes = submit.items().stream()
                .mapToLong(item -> item.payload() == null
                        ? 0
                        : MemoryBudget.bytesOf(item.payload().length(), true))
                .sum();
        if (!memory.tryTake(bytes)) {
            memory.refuse();
            replyTo.answer(Refusal.memoryFull(memory.max()));
            return;
        }
        ReplyTo paying = reply -> {
            memory.add(-bytes);
            replyTo.answer(reply);
        };
        take(received(submit, paying, true));
    }

    /** Makes an input of a command; with a span where submissions are traced. */
    private Input.CommandReceived received(Command command, ReplyTo replyTo, boolean fromBus) {
        Tracing tracing = observer.tracing();
        if (tracing == null
                || !(command instanceof Command.Submit submit)
                || !workers.containsKey(engine.nameOf(submit.job()))) {
            return new Input.CommandReceived(command, replyTo);
        }
        SubmissionSpan span;
        try {
            span = tracing.submitted(
                    engine.nameOf(submit.job()), submit.items().size(), fromBus ? tracing.current() : submit.trace());
        } catch (RuntimeException fault) {
            LOG.error("a submission is not traced", fault);
            return new Input.CommandReceived(command, replyTo);
        }
        return new Input.CommandReceived(submit.partOf(span.trace()), reply -> {
            List<Reply> answers = reply instanceof Submitted submitted ? submitted.answers() : List.of(reply);
            List<Refusal> refusals = answers.stream()
                    .filter(Refusal.class::isInstance)
                    .map(Refusal.class::cast)
                    .toList();
            unharmed(() -> span.answered(
                    answers.size() - refusals.size(),
                    refusals.isEmpty() ? null : refusals.get(0).type()));
            replyTo.answer(reply);
        });
    }

    /** Tells somebody who only watches: whatever goes wrong there, the answer is given. */
    private static void unharmed(Runnable watching) {
        try {
            watching.run();
        } catch (RuntimeException | Error fault) {
            ProcessEnd.endIfOutOfMemory(fault);
            LOG.error("an observer failed on an answer; the owner goes on", fault);
        }
    }

    private static String result(Reply reply) {
        return reply instanceof Refusal refusal ? refusal.type() : "ok";
    }

    /** Answers what concerns the service and not its jobs; null for everything else. */
    private @Nullable Reply ownAnswer(Input.CommandReceived received, GroupCommit commits) {
        Command command = received.command();
        if (command instanceof Command.GetStore) {
            StoreStatus status = store.status();
            return new StoreView(
                    status.type(),
                    status.place(),
                    status.sequence(),
                    status.bytes(),
                    isReady ? commits.pendingRows() : 0,
                    commits.problem());
        } else if (isReady) {
            return null;
        }
        Recovery reading = recovery;
        Refusal starting = Refusal.starting(reading == null ? 0 : reading.executions());
        return command instanceof Command.GetHealth
                ? new Health(List.of(), Duration.ZERO, starting.detail())
                : starting;
    }

    private void backUp(Command.BackUp command, ReplyTo replyTo) {
        store.backUp(command.deadline())
                .onComplete(done -> GroupCommit.tell(context, () -> replyTo.answer(backedUp(done))));
    }

    private static Reply backedUp(AsyncResult<Backup> done) {
        if (done.succeeded()) {
            Backup backup = done.result();
            return new BackupView(backup.place(), backup.bytes(), backup.sequence());
        }
        String why = String.valueOf(done.cause().getMessage());
        LOG.warn("No backup was made: {}", why, done.cause().getCause());
        return Refusal.backupFailed(why);
    }

    // Work

    private void take(Input input) {
        inbox.add(input);
        work();
    }

    /**
     * Performs what waited for the store and takes inputs, one after the other: what an effect feeds back waits until the
     * effects before it are performed. A long queue whose worker ends at once feeds back without end, so the
     * event loop gets its turn in between.
     */
    private void work() {
        Parts all = parts;
        if (working || all == null) {
            return;
        } else if (isFaulted) {
            letGo(all);
            return;
        }
        working = true;
        boolean more = true;
        Moment now = time.now();
        long end = now.nanos() + MAX_ROUND.toNanos();
        try {
            for (int steps = 0; more && !isFaulted && steps < MAX_STEPS && now.nanos() - end < 0; steps++) {
                more = step(all, now);
                now = time.now(); // once a step: to read it takes as long as a part of one
            }
            all.runner.turnEnded();
            if (isReady && !isFaulted) { // before, the core belongs to the thread that reads the store
                all.commits.flush();
                pendingRows = all.commits.pendingRows();
                isStoreUp = all.commits.problem() == null;
                setAlarm(all.alarm);
            }
        } catch (RuntimeException | Error fault) {
            fault(fault, () -> {});
        } finally {
            working = false;
        }
        if (isFaulted) {
            return;
        }
        if (more) {
            working = true; // nobody else begins before the next round
            context.runOnContext(ignored -> {
                working = false;
                work();
            });
            return;
        }
        if (draining && isReady && engine.inFlight() == 0) {
            draining = false;
            all.commits.whenIdle(drained::tryComplete);
        }
        all.commits.checkIdle();
    }

    /**
     * Performs what one decision left and is stored now, or else takes one input; false when there was nothing to do. An
     * input comes last, because what is decided about it may be done at once, and is done after what was decided before.
     */
    private boolean step(Parts all, Moment now) {
        List<Effect> released = all.commits.next();
        if (released != null) {
            all.runner.run(released);
            return true;
        }
        Input.CommandReceived first = all.commits.isFull() ? null : parked.peek();
        if (first != null && (isParkedTurn || inbox.isEmpty())) {
            isParkedTurn = false; // else a stop would wait for all of them
            parked.remove();
            decide(first, all, now);
            return true;
        }
        isParkedTurn = true;
        Input input = inbox.poll();
        if (input == null) {
            return false;
        }
        takeOne(input, all, now);
        return true;
    }

    private void takeOne(Input input, Parts all, Moment now) {
        if (!(input instanceof Input.CommandReceived received) || !isForOthers(received, all)) {
            decide(input, all, now);
        }
    }

    /** Answers, hands on or parks a command that the core is not to decide, or not yet; false when it is. */
    private boolean isForOthers(Input.CommandReceived received, Parts all) {
        Reply reply = ownAnswer(received, all.commits);
        if (reply != null) {
            received.replyTo().answer(reply);
            return true;
        } else if (received.command() instanceof Command.BackUp backUp) {
            backUp(backUp, received.replyTo());
            return true;
        } else if (received.command() instanceof Command.Submit submit
                && (all.commits.isFull() || !parked.isEmpty()) // none overtakes those that came before
                && engine.isForStore(submit)) {
            park(received);
            return true;
        }
        return false;
    }

    /**
     * Has the core decide. When it fails, a command that only reads costs nothing but its answer; after any other input the
     * core may have changed half of something, so that nothing of it may be stored or built on.
     */
    private void decide(Input input, Parts all, Moment now) {
        Decision decision;
        try {
            decision = engine.decide(input, now);
        } catch (RuntimeException | Error fault) {
            ProcessEnd.endIfOutOfMemory(fault);
            if (input instanceof Input.CommandReceived received) {
                received.replyTo().answer(Refusal.fault());
                if (received.command().type().isRead()) {
                    LOG.error("a fault while answering {}", received.command(), fault);
                    return;
                }
            }
            fault(fault, () -> {});
            return;
        }
        all.commits.add(decision);
        all.runner.run(decision.now());
    }

    // Faults

    /** Stores that the process ends because of {@code cause}, and for which job; then has it end, and runs {@code then}. */
    private void fault(Throwable cause, Runnable then) {
        ProcessEnd.endIfOutOfMemory(cause);
        Parts all = parts;
        if (isFaulted || all == null) {
            return;
        }
        isFaulted = true;
        LOG.error("A fault in the owner", cause);
        OwnerFault fault = new OwnerFault(engine.faulty(), cause);
        AtomicBoolean isTold = new AtomicBoolean();
        Runnable end = () -> {
            if (isTold.compareAndSet(false, true)) {
                observer.faulted().accept(fault);
                then.run();
            }
        };
        vertx.setTimer(LAST_WRITE.toMillis(), ignored -> end.run());
        all.commits.end(engine.fault(cause, time.now()), end);
        context.runOnContext(ignored -> work());
    }

    /** Tells what is stored to those who wait for it, and everybody else that nothing is done any more. */
    private void letGo(Parts all) {
        for (List<Effect> released = all.commits.next(); released != null; released = all.commits.next()) {
            all.runner.run(
                    released.stream().filter(Effect.Answer.class::isInstance).toList());
        }
        parked.forEach(received -> received.replyTo().answer(Refusal.stopping()));
        parked.clear();
        for (Input input = inbox.poll(); input != null; input = inbox.poll()) {
            if (input instanceof Input.CommandReceived received) {
                received.replyTo().answer(Refusal.stopping());
            }
        }
    }

    private void park(Input.CommandReceived received) {
        if (parked.size() >= MAX_PARKED) {
            received.replyTo().answer(Refusal.storeBusy(parked.size()));
        } else {
            parked.add(received);
        }
    }

    private void setAlarm(AlarmClock alarm) {
        OptionalLong due = engine.nextDue();
        if (due.isEmpty() || (isAlarmSet && alarmNanos - due.getAsLong() <= 0)) {
            return; // an alarm that comes early is harmless
        }
        long now = time.nanos();
        long untilDue = due.getAsLong() - now;
        long untilAllowed = rangNanos + MIN_BETWEEN_ALARMS.toNanos() - now;
        alarmNanos = due.getAsLong();
        isAlarmSet = true;
        alarm.set(Math.max(0, Math.max(untilDue, untilAllowed)));
    }

    private void rang() {
        isAlarmSet = false;
        rangNanos = time.nanos();
        take(new Input.AlarmRang());
    }
}
