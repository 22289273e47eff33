package dev.latido.owner;

import dev.latido.core.Decision;
import dev.latido.core.Effect;
import dev.latido.core.Input;
import dev.latido.core.JobEngine;
import dev.latido.core.Recovery;
import dev.latido.event.EventListener;
import dev.latido.job.Moment;
import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import dev.latido.memory.MemoryBudget;
import dev.latido.move.Moves;
import dev.latido.process.ProcessEnd;
import dev.latido.protocol.Command;
import dev.latido.protocol.Health;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submitted;
import dev.latido.queue.Broker;
import dev.latido.store.Store;
import dev.latido.store.StoreConfig;
import dev.latido.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner of all jobs, on whatever event loop it lives: takes inputs one after the other, and lets {@link JobEngine} decide,
 * {@link GroupCommit} store and {@link EffectRunner} act. All is called on its event loop unless it says otherwise.
 */
public final class Owner {

    private static final Logger LOG = LoggerFactory.getLogger(JobVerticle.class); // the name that operators know

    /** How many steps are done in a row before the event loop may do something else. */
    private static final int MAX_STEPS = 100;

    /** How long that goes on at most; a single step, such as a submission of thousands, may take longer. */
    private static final Duration MAX_ROUND = Duration.ofMillis(10);

    /** How many submissions may wait for the disk; more are refused. */
    private static final int MAX_PARKED = 10_000;

    /** Of thousands of jobs there is always one whose time comes; some are looked at together then. */
    private static final Duration MIN_BETWEEN_ALARMS = Duration.ofNanos(250_000);

    /** How long brokers may take to confirm, once the time to finish is over. */
    private static final Duration LAST_SETTLEMENT = Duration.ofSeconds(1);

    /** How long answers and cancellations have to leave a process that ends because it is fenced. */
    private static final Duration LAST_WORDS = Duration.ofMillis(200);

    /** How long the store may take to note a fault before the process ends without. */
    private static final Duration LAST_WRITE = Duration.ofSeconds(5);

    private final JobEngine engine;
    private final Store store;
    private final EventLoop loop;
    private final TimeSource time;
    private final Endings endings;
    private final GroupCommit commits;
    private final EffectRunner runner;
    private final StoreCommands storeCommands;
    private final SeriesSampler series;
    private final Searches searches;
    private final Alarm alarm;
    private final ArrayDeque<Input> inbox = new ArrayDeque<>();

    /** Submissions that wait because the disk is slower than they come. */
    private final ArrayDeque<Input.CommandReceived> parked = new ArrayDeque<>();

    /** Whether it is the turn of what is parked: it and the inbox take turns. */
    private boolean isParkedTurn;

    private final Promise<Void> drained = Promise.promise();
    private Ownership ownership = Ownership.STANDBY;

    /** What came before the core may be asked; it is taken as soon as it may. */
    private final ArrayDeque<Input> early = new ArrayDeque<>();

    private volatile int pendingRows;
    private volatile boolean isStoreUp = true;
    private volatile int setAside;
    private final Moves moves;
    private @Nullable Recovery recovery;
    private boolean working;

    /** True once it is not waited for brokers any more. */
    private boolean mayLeaveOwed;

    private boolean isAlarmSet;
    private long alarmNanos;
    private long rangNanos;

    /** Rings once, on the owner's event loop. */
    public interface Alarm {

        /** Has it ring in {@code nanos}, or soon after, instead of when it was set to before. */
        void set(long nanos);
    }

    /**
     * Who watches the owner.
     *
     * @param commits told how many rows a commit wrote, and how long it took
     * @param endings told when the process has to end
     */
    public record Observer(CommitObserver commits, Endings endings) {}

    /** Told of commits. */
    @FunctionalInterface
    public interface CommitObserver {
        /** A batch was written. */
        void committed(int rows, Duration took);
    }

    /**
     * Makes the owner.
     *
     * @param store where it keeps what outlives the process; open
     * @param storeConfig how that is used
     * @param workers the workers by the names of their jobs; has those of a job before that is defined
     * @param brokers by their names
     * @param listeners told of every event, on the owner's event loop
     * @param alarm makes an alarm that calls back on {@code loop}
     */
    public Owner(
            JobEngine engine,
            Store store,
            StoreConfig storeConfig,
            Map<String, JobWorkers> workers,
            Map<String, Broker> brokers,
            List<EventListener> listeners,
            Observer observer,
            TimeSource time,
            EventLoop loop,
            Function<Runnable, Alarm> alarm) {
        this.engine = engine;
        this.store = store;
        this.loop = loop;
        this.time = time;
        this.endings = observer.endings();
        SeriesRows points = new SeriesRows();
        series = new SeriesSampler(engine, loop, time, points, () -> ownership.mayStore(), this::work);
        commits = new GroupCommit(engine, points, store, storeConfig, loop, time, new GroupCommit.Listener() {
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
                cutOff(failure);
            }

            @Override
            public void fenced(StoreException failure) {
                fence(failure);
            }
        });
        MemoryBudget memory = engine.memory();
        TextReading texts = new TextReading(store, loop, memory, this::cutOff);
        List<EventListener> told = new ArrayList<>(listeners);
        told.add(series.listener());
        searches = new Searches(engine, loop, time, () -> ownership.decides(), texts::read);
        runner = new EffectRunner(loop, time, workers, told, texts, memory, this::take);
        storeCommands =
                new StoreCommands(store, loop, () -> ownership.decides() ? commits.pendingRows() : 0, commits::problem);
        moves = new Moves(
                loop, time, brokers, new MovedJobs(engine, workers), new Arrivals(runner, workers, time, this::take));
        this.alarm = alarm.apply(this::rang);
        engine.followDefinitions(this::takeFromAnywhere);
        rangNanos = time.nanos() - MIN_BETWEEN_ALARMS.toNanos();
    }

    // Beginning and ending

    /** Takes up what the store holds and begins. Until then commands are answered with "starting". */
    public Future<Void> begin() {
        become(Ownership.TAKING_UP);
        Recovery reader = engine.recover(time.now());
        recovery = reader;
        Promise<Void> began = Promise.promise();
        new Takeover(store, reader, series::restore, loop, time).run((read, failure) -> {
            if (ownership.isOver()) {
                began.fail("it ended before it had begun");
            } else if (failure == null) {
                begun();
                began.complete();
            } else if (failure instanceof StoreException) {
                began.fail(failure);
            } else {
                fault(failure, () -> began.fail(failure));
            }
        });
        return began.future();
    }

    private void begun() {
        setAside = engine.setAside().size();
        for (String job : engine.setAside()) {
            LOG.warn("Job '{}' is set aside: a fault in working for it ended the process before", job);
        }
        become(Ownership.READY);
        recovery = null;
        early.addAll(inbox); // what a long round has left there came after
        inbox.clear();
        inbox.add(new Input.ServiceBegan());
        inbox.addAll(early);
        early.clear();
        work();
        series.begin();
    }

    private void become(Ownership next) {
        if (!ownership.canBecome(next)) {
            throw new IllegalStateException("an owner that is " + ownership + " cannot become " + next);
        }
        ownership = next;
    }

    /** Notes that the process was told to end. To be called before {@link #drain}. */
    public void end() {
        take(new Input.EndBegan());
    }

    /**
     * Begins no new run from now on. Status is still answered.
     *
     * @return complete when no run is with a worker any more and everything is stored
     */
    public Future<Void> drain() {
        moves.close();
        take(new Input.ShutdownBegan());
        return drained.future();
    }

    /**
     * Gives back what is still with workers, to be run when the service is back. To be called after {@link #drain}.
     *
     * @return complete when that is stored
     */
    public Future<Void> giveBack() {
        take(new Input.GraceEnded());
        loop.schedule(LAST_SETTLEMENT, () -> {
            mayLeaveOwed = true;
            work();
        });
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

    // Work

    /** Takes a command; its answer comes on this event loop, within this call or later. */
    public void receive(Input.CommandReceived received) {
        take(received);
    }

    /** Takes commands that came together, with one round of work. */
    public void receive(List<Input.CommandReceived> together) {
        inbox.addAll(together);
        work();
    }

    private void takeFromAnywhere(Input input) {
        if (loop.isCurrent()) {
            take(input);
        } else {
            loop.execute(() -> take(input));
        }
    }

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
        if (working) {
            return;
        } else if (ownership.isOver()) {
            letGo();
            return;
        }
        working = true;
        boolean more = true;
        Moment now = time.now();
        long end = now.nanos() + MAX_ROUND.toNanos();
        try {
            for (int steps = 0; more && !ownership.isOver() && steps < MAX_STEPS && now.nanos() - end < 0; steps++) {
                more = step(now);
                now = time.now(); // once a step: to read it takes as long as a part of one
            }
            runner.turnEnded();
            if (ownership.decides()) { // before, the core belongs to the thread that reads the store
                commits.flush();
                pendingRows = commits.pendingRows();
                isStoreUp = commits.problem() == null;
                setAlarm();
            }
        } catch (RuntimeException | Error fault) {
            fault(fault, () -> {});
        } finally {
            working = false;
        }
        if (ownership.isOver()) {
            return;
        }
        if (more) {
            working = true; // nobody else begins before the next round
            loop.execute(() -> {
                working = false;
                work();
            });
            return;
        }
        if (ownership == Ownership.DRAINING && engine.inFlight() == 0 && (mayLeaveOwed || engine.settling() == 0)) {
            become(Ownership.ENDED);
            series.end(() -> commits.whenIdle(drained::tryComplete));
        }
        commits.checkIdle();
    }

    /**
     * Performs what one decision left and is stored now, or else takes one input; false when there was nothing to do. An
     * input comes last, because what is decided about it may be done at once, and is done after what was decided before.
     */
    private boolean step(Moment now) {
        List<Effect> released = commits.next();
        if (released != null) {
            runner.run(released);
            return true;
        }
        Input.CommandReceived first = commits.isFull() ? null : parked.peek();
        if (first != null && (isParkedTurn || inbox.isEmpty())) {
            isParkedTurn = false; // else a stop would wait for all of them
            parked.remove();
            decide(first, now);
            return true;
        }
        isParkedTurn = true;
        Input input = inbox.poll();
        if (input == null) {
            return false;
        }
        takeOne(input, now);
        return true;
    }

    private void takeOne(Input input, Moment now) {
        if (input instanceof Input.CommandReceived received) {
            if (!isForOthers(received)) {
                decide(input, now);
            }
        } else if (!ownership.decides()) {
            early.add(input);
        } else {
            if (input instanceof Input.ShutdownBegan && ownership == Ownership.READY) {
                become(Ownership.DRAINING);
            }
            decide(input, now);
        }
    }

    /** Answers, hands on or parks a command that the core is not to decide, or not yet; false when it is. */
    private boolean isForOthers(Input.CommandReceived received) {
        Command command = received.command();
        if (!ownership.decides() && !(command instanceof Command.GetStore)) {
            received.replyTo().answer(starting(command));
            return true;
        } else if (command instanceof Command.OfStore ofStore) {
            storeCommands.execute(ofStore, received.replyTo());
            return true;
        } else if (command instanceof Command.OfMove ofMove) {
            received.replyTo().answer(ofMove.accept(moves));
            return true;
        } else if (command instanceof Command.OfSeries ofSeries) {
            series.answer(ofSeries, received.replyTo());
            return true;
        } else if (command instanceof Command.OfSearch ofSearch) {
            searches.find(ofSearch, received.replyTo());
            return true;
        } else if (command instanceof Command.Submit submit
                && (commits.isFull() || !parked.isEmpty()) // none overtakes those that came before
                && engine.isForStore(submit)) {
            park(received);
            return true;
        }
        return false;
    }

    private Reply starting(Command command) {
        Refusal starting = Refusal.starting(recovery == null ? 0 : recovery.executions());
        return command instanceof Command.GetHealth
                ? new Health(List.of(), Duration.ZERO, starting.detail())
                : starting;
    }

    private void park(Input.CommandReceived received) {
        if (parked.size() >= MAX_PARKED) {
            received.replyTo().answer(Refusal.storeBusy(parked.size()));
        } else {
            parked.add(received.receivedAt(time.now()));
        }
    }

    /**
     * Has the core decide. When it fails, a command that only reads costs nothing but its answer; after any other input the
     * core may have changed half of something, so that nothing of it may be stored or built on.
     */
    private void decide(Input input, Moment now) {
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
        commits.add(decision);
        runner.run(decision.now());
    }

    // The end that nobody asked for

    /** Tells everybody that the jobs are another owner's, gives up what workers have, and has the process end. */
    private void fence(StoreException failure) {
        if (ownership.isOver()) {
            return;
        }
        become(Ownership.FENCED);
        commits.close();
        LOG.error("The jobs are another owner's now: {}", failure.getMessage());
        moves.close();
        runner.stop();
        drained.tryFail(failure);
        loop.schedule(LAST_WORDS, () -> endings.ownerFenced().accept(failure));
        loop.execute(this::work);
    }

    private void cutOff(StoreException failure) {
        if (ownership.isOver()) {
            return;
        }
        become(Ownership.CUT_OFF);
        commits.close();
        loop.execute(this::work);
        endings.storeBroke().accept(failure);
    }

    /** Stores that the process ends because of {@code cause}, and for which job; then has it end, and runs {@code then}. */
    private void fault(Throwable cause, Runnable then) {
        ProcessEnd.endIfOutOfMemory(cause);
        if (ownership.isOver()) {
            return;
        }
        become(Ownership.FAULTED);
        LOG.error("A fault in the owner", cause);
        OwnerFault fault = new OwnerFault(engine.faulty(), cause);
        AtomicBoolean isTold = new AtomicBoolean();
        Runnable end = () -> {
            if (isTold.compareAndSet(false, true)) {
                endings.ownerFaulted().accept(fault);
                then.run();
            }
        };
        loop.schedule(LAST_WRITE, end);
        commits.end(engine.fault(cause, time.now()), end);
        loop.execute(this::work);
    }

    /** Tells what is stored to those who wait for it, and everybody else that nothing is done any more. */
    private void letGo() {
        for (List<Effect> released = commits.next(); released != null; released = commits.next()) {
            runner.run(answers(released));
        }
        if (ownership == Ownership.FENCED) { // who waits for the store after a fault is told by its deadline
            refuseWhatIsNotStored();
        }
        parked.forEach(this::refuse);
        parked.clear();
        for (Input input = inbox.poll(); input != null; input = inbox.poll()) {
            if (input instanceof Input.CommandReceived received) {
                refuse(received);
            }
        }
    }

    private void refuse(Input.CommandReceived received) {
        received.replyTo().answer(ownership == Ownership.FENCED ? Refusal.fenced() : Refusal.stopping());
    }

    private void refuseWhatIsNotStored() {
        for (GroupCommit.Unstored left = commits.nextUnstored(); left != null; left = commits.nextUnstored()) {
            boolean isInDoubt = left.isInDoubt();
            runner.run(answers(left.effects()).stream()
                    .map(answer -> new Effect.Answer(answer.replyTo(), refusal(answer.reply(), isInDoubt)))
                    .toList());
        }
    }

    /**
     * What may be stored must not be denied: the next owner does it. That is what is in doubt, and whatever may have been done in
     * several steps, some of them stored long ago: all but the submission of one item.
     */
    private static Refusal refusal(Reply untold, boolean isInDoubt) {
        boolean isOneStep =
                untold instanceof Submitted submitted && submitted.answers().size() == 1;
        return isOneStep && !isInDoubt ? Refusal.fenced() : Refusal.inDoubt();
    }

    private static List<Effect.Answer> answers(List<Effect> effects) {
        return effects.stream()
                .filter(Effect.Answer.class::isInstance)
                .map(Effect.Answer.class::cast)
                .toList();
    }

    private void setAlarm() {
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
