package dev.latido.core;

import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.JobStatus;
import dev.latido.protocol.JobView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.StopMode;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import dev.latido.room.memory.MemoryRoom;
import dev.latido.store.Batch;
import dev.latido.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Drives a {@link JobEngine} on virtual time and keeps what it wanted done. What changes is stored at once, unless
 * {@link #holdStore} was called.
 */
final class EngineHarness {

    static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");
    static final Outcome SUCCESS = new Outcome.Success(null);

    /** What the core's random numbers begin with. */
    static final long SEED = 1;

    /** A command that was sent, and its answer. */
    static final class Call {
        private @Nullable Reply reply;

        private void answered(Reply given) {
            if (reply != null) {
                throw new AssertionError("a second answer: " + given + " after " + reply);
            }
            reply = given;
        }

        boolean isAnswered() {
            return reply != null;
        }

        Reply reply() {
            if (reply == null) {
                throw new AssertionError("not answered yet");
            }
            return reply;
        }

        Refusal refusal() {
            return (Refusal) reply();
        }

        /** The answer to the only item of a submission. */
        Reply only() {
            return ((Submitted) reply()).answers().get(0);
        }

        ExecutionView view() {
            return (ExecutionView) (reply() instanceof Submitted ? only() : reply());
        }

        String message() {
            return ((JobStatus) reply()).message();
        }
    }

    final JobEngine engine;
    private final List<JobDefinition> definitions;
    final HistoryConfig history;
    final int maxInFlight;
    private final ArrayDeque<Decision> held = new ArrayDeque<>();
    private boolean storesAtOnce = true;
    private long stored;
    /** Everything that was performed, in order. */
    final List<Effect> performed = new ArrayList<>();

    final List<Event> events = new ArrayList<>();
    final List<Effect.Perform> performs = new ArrayList<>();
    final List<Attempt> performing = new ArrayList<>();
    final List<Attempt> cancelled = new ArrayList<>();
    final List<Moment> begun = new ArrayList<>();

    /** What operators were warned of. */
    final List<String> warnings = new ArrayList<>();

    /** The jobs for whose workers it was looked, in order. */
    final List<String> looks = new ArrayList<>();

    /** What is missing of workers elsewhere, by job; the others are there. */
    final Map<String, String> missing = new HashMap<>();

    private final ArrayDeque<String> looking = new ArrayDeque<>();
    final MemoryStore store;
    final JobRegistry registry;

    @Nullable Recovery recovery;

    int inputs;
    Moment now = new Moment(EPOCH, Long.MAX_VALUE - 5_000_000_000L); // the monotonic origin is arbitrary

    private EngineHarness(HistoryConfig history, int maxInFlight, List<JobDefinition> definitions, MemoryStore store) {
        this(history, maxInFlight, definitions, store, MemoryBudget.unbounded());
    }

    private EngineHarness(
            HistoryConfig history,
            int maxInFlight,
            List<JobDefinition> definitions,
            MemoryStore store,
            MemoryBudget memory) {
        this.history = history;
        this.maxInFlight = maxInFlight;
        this.definitions = definitions;
        this.store = store;
        registry = JobRegistry.of(definitions.get(0).name(), definitions);
        engine = new JobEngine(registry, history, maxInFlight, MemoryRoom::new, memory, new SplittableRandom(SEED));
        engine.followDefinitions(this::take);
    }

    /** Keeps so much of all that has ended, dead letters or not. */
    static HistoryConfig keeping(int maxPerJob, int maxTotal, Duration maxAge) {
        HistoryConfig.Bounds bounds = new HistoryConfig.Bounds(maxPerJob, maxTotal, maxAge);
        return new HistoryConfig(bounds, bounds);
    }

    static EngineHarness of(JobDefinition... jobs) {
        return of(HistoryConfig.DEFAULT, jobs);
    }

    static EngineHarness of(HistoryConfig history, JobDefinition... jobs) {
        return of(history, 0, jobs);
    }

    /** With a limit on how many executions of all jobs are with workers at once; 0 for none. */
    static EngineHarness of(HistoryConfig history, int maxInFlight, JobDefinition... jobs) {
        return new EngineHarness(history, maxInFlight, Arrays.asList(jobs), new MemoryStore());
    }

    /** With so much memory. */
    static EngineHarness of(MemoryBudget memory, JobDefinition... jobs) {
        return new EngineHarness(HistoryConfig.DEFAULT, 0, Arrays.asList(jobs), new MemoryStore(), memory);
    }

    /** Lets the process die and begin again with so much memory. */
    EngineHarness restart(MemoryBudget memory) {
        return restart(Duration.ZERO, new EngineHarness(history, maxInFlight, definitions, store, memory));
    }

    /** Lets the process die and, after {@code downtime}, begin again with what is stored. */
    EngineHarness crash(Duration downtime) {
        return restart(downtime, definitions);
    }

    /** Lets the process die and begin again with other definitions. */
    EngineHarness restart(Duration downtime, List<JobDefinition> newDefinitions) {
        return restart(downtime, new EngineHarness(history, maxInFlight, newDefinitions, store));
    }

    /** Lets the process die and begin again with other bounds of what is kept. */
    EngineHarness restart(Duration downtime, HistoryConfig newHistory) {
        return restart(downtime, new EngineHarness(newHistory, maxInFlight, definitions, store));
    }

    private EngineHarness restart(Duration downtime, EngineHarness next) {
        next.now = new Moment(now.wall().plus(downtime), 5_000_000_000L); // another process has another monotonic clock
        next.storesAtOnce = storesAtOnce;
        next.begin();
        return next;
    }

    /** Returns a process that has not begun yet, for which {@link #begin} is to be called. */
    EngineHarness successor() {
        EngineHarness next = new EngineHarness(history, maxInFlight, definitions, store);
        next.now = new Moment(now.wall(), 5_000_000_000L);
        return next;
    }

    /** Takes up what is stored, and begins. */
    void begin() {
        Recovery read = engine.recover(now);
        store.scan(read);
        for (ExecutionId id = read.nextUnread(); id != null; id = read.nextUnread()) {
            read.read(store.texts(id).result());
        }
        read.place();
        recovery = read;
        take(new Input.ServiceBegan());
    }

    /** From now on nothing is stored but by {@link #commit}. */
    void holdStore() {
        storesAtOnce = false;
    }

    /** Stores what changed, and performs what waited for that. */
    void commit() {
        Batch batch = engine.takeBatch();
        long position = engine.position();
        store.append(batch);
        committed(position);
    }

    /** What was taken up to {@code position} is stored. */
    void committed(long position) {
        stored = position;
        engine.stored(position, now);
        performStored();
    }

    private void performStored() {
        while (!held.isEmpty() && held.element().position() <= stored) {
            perform(held.remove().onceStored());
        }
    }

    /** Returns how many decisions wait for the store. */
    int held() {
        return held.size();
    }

    Call ask(Command command) {
        Call call = new Call();
        take(new Input.CommandReceived(command, call::answered));
        return call;
    }

    /** Sends a command that is to be answered at once. */
    Reply send(Command command) {
        return ask(command).reply();
    }

    JobStatus start(@Nullable String job) {
        return (JobStatus) send(new Command.Start(job, Command.NO_DEADLINE));
    }

    JobStatus stop(@Nullable String job) {
        return stop(job, StopMode.PLAIN);
    }

    JobStatus stop(@Nullable String job, StopMode mode) {
        return (JobStatus) send(new Command.Stop(job, mode, Instant.MAX, Command.NO_DEADLINE));
    }

    Call drain(@Nullable String job, Duration wait) {
        return ask(new Command.Stop(job, StopMode.DRAIN, in(wait), Command.NO_DEADLINE));
    }

    JobStatus complete(@Nullable String job) {
        return (JobStatus) send(new Command.Complete(job, Command.NO_DEADLINE));
    }

    JobStatus status(@Nullable String job) {
        return (JobStatus) send(new Command.GetStatus(job, Command.NO_DEADLINE));
    }

    JobView job(@Nullable String job) {
        return (JobView) send(new Command.GetJob(job, Command.NO_DEADLINE));
    }

    ExecutionView get(ExecutionId id) {
        return (ExecutionView) send(new Command.GetExecution(id, Command.NO_DEADLINE));
    }

    Call cancel(ExecutionId id) {
        return ask(new Command.Cancel(id, Command.NO_DEADLINE));
    }

    Call submit(@Nullable String job, Instant deadline, Submission... items) {
        return ask(new Command.Submit(job, List.of(items), deadline));
    }

    Call submit(@Nullable String job, Submission... items) {
        return submit(job, Command.NO_DEADLINE, items);
    }

    /** Submits work with this payload and priority; the answer to it when it comes at once. */
    ExecutionView add(@Nullable String job, String payload, Priority priority) {
        return submit(job, new Submission(payload, priority, Duration.ZERO, null))
                .view();
    }

    ExecutionView add(@Nullable String job, String payload) {
        return add(job, payload, Priority.NORMAL);
    }

    Instant in(Duration wait) {
        return now.wall().plus(wait);
    }

    /** Ends the oldest run in flight. */
    void end(Outcome outcome) {
        take(new Input.AttemptEnded(performing.remove(0), outcome));
    }

    /** Ends the attempt in flight of this execution. */
    void end(ExecutionId id, Outcome outcome) {
        for (int i = 0; i < performing.size(); i++) {
            if (performing.get(i).execution().equals(id)) {
                take(new Input.AttemptEnded(performing.remove(i), outcome));
                return;
            }
        }
        throw new AssertionError(id + " is not in flight");
    }

    /** Lets time pass, ringing the alarm exactly when the core wants it. */
    void pass(Duration amount) {
        long end = now.nanos() + amount.toNanos();
        while (engine.nextDue().isPresent() && engine.nextDue().getAsLong() - end <= 0) {
            moveTo(engine.nextDue().getAsLong());
            take(new Input.AlarmRang());
        }
        moveTo(end);
    }

    /** Lets time pass up to this long after {@link #EPOCH}, ringing the alarm exactly when the core wants it. */
    void passTo(Duration sinceEpoch) {
        pass(Duration.between(now.wall(), EPOCH.plus(sinceEpoch)));
    }

    /** Moves the wall clock alone. */
    void jump(Duration amount) {
        now = new Moment(now.wall().plus(amount), now.nanos());
    }

    /** Lets time pass during which nobody looks, as when the process is paused, and then rings the alarm once. */
    void pause(Duration amount) {
        moveTo(now.nanos() + amount.toNanos());
        take(new Input.AlarmRang());
    }

    private void moveTo(long nanos) {
        now = now.plus(Duration.ofNanos(nanos - now.nanos()));
    }

    void take(Input input) {
        takeOne(input);
        while (!looking.isEmpty()) {
            String job = looking.remove();
            takeOne(new Input.WorkerLookedFor(job, missing.get(job)));
        }
    }

    private void takeOne(Input input) {
        inputs++;
        Decision decision = engine.decide(input, now);
        checkRead(input, decision);
        perform(decision.now());
        if (!decision.onceStored().isEmpty()) {
            held.add(decision);
            performStored();
        }
        if (storesAtOnce && engine.pendingRows() > 0) {
            commit();
        }
    }

    /** Who looks has an answer at once, and nothing else happens because of it. */
    private static void checkRead(Input input, Decision decision) {
        if (input instanceof Input.CommandReceived received
                && received.command().type().isRead()
                && (decision.now().size() != 1 || !decision.onceStored().isEmpty())) {
            throw new AssertionError(received.command() + " led to " + decision);
        }
    }

    private void perform(List<Effect> effects) {
        for (Effect effect : effects) {
            performed.add(effect);
            if (effect instanceof Effect.Answer answer) {
                answer.replyTo().answer(answer.reply());
            } else if (effect instanceof Effect.Perform perform) {
                performs.add(perform);
                performing.add(perform.attempt());
                begun.add(now);
            } else if (effect instanceof Effect.LookForWorker look) {
                looks.add(look.job());
                looking.add(look.job());
            } else if (effect instanceof Effect.CancelAttempt cancel) {
                cancelled.add(cancel.attempt());
            } else if (effect instanceof Effect.Announce announce) {
                events.add(announce.event());
            } else if (effect instanceof Effect.Warn warn) {
                warnings.add(warn.what());
            }
        }
    }

    <E extends Event> List<E> events(Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** Returns the payloads in the order in which they were handed to workers. */
    List<@Nullable String> payloads() {
        List<@Nullable String> payloads = new ArrayList<>();
        performs.forEach(perform -> payloads.add(perform.payload()));
        return payloads;
    }

    /** Returns how long after {@link #EPOCH} each attempt was handed to its worker. */
    List<Duration> begins() {
        return begun.stream()
                .map(moment -> Duration.between(EPOCH, moment.wall()))
                .toList();
    }

    ExecutionState state(ExecutionView execution) {
        return get(execution.id()).state();
    }
}
