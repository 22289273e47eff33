package dev.latido.core;

import dev.latido.event.Event;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.Command;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import dev.latido.room.Linked;
import dev.latido.room.QueueConfig;
import dev.latido.room.WaitingRoom;
import dev.latido.store.Batch;
import dev.latido.store.StoredService;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Decides. The owner's core: a state machine from input and time to effects, without a clock, I/O or Vert.x. It is not
 * thread-safe; one {@code JobVerticle} owns it.
 *
 * <p>This class says what stands against an input; what is done for commands stands in {@link JobCommands},
 * {@link ExecutionCommands} and {@link ServiceCommands}, whether jobs run in {@link JobLifecycle}, and what may begin then in the
 * {@link Dispatcher}.
 */
public final class JobEngine {

    private final JobRegistry registry;
    private final Jobs jobs;
    private final Rooms rooms;
    private final Map<String, SharedBreaker> breakers = new HashMap<>();
    private final Parts parts;
    private final ServiceCommands onService;
    private final UnitOfWork unit;
    private final Inputs inputs = new Inputs();
    private @Nullable Recovery recovery;

    /**
     * Makes the core with all jobs stopped.
     *
     * @param registry the jobs; of those that are defined later it is told by {@link Input.JobDefined}
     * @param maxInFlight how many executions may be with workers at once, over all jobs; 0 for no limit
     * @param memory what executions are charged to as long as they are held
     * @param random for jitter
     */
    public JobEngine(
            JobRegistry registry,
            HistoryConfig history,
            int maxInFlight,
            Rooms rooms,
            MemoryBudget memory,
            RandomGenerator random) {
        this.registry = registry;
        this.jobs = new Jobs(registry.defaultName());
        this.rooms = rooms;
        this.parts = new Parts(jobs, history, maxInFlight, memory, random);
        this.unit = parts.unit;
        this.onService = new ServiceCommands(jobs, parts);
        for (JobDefinition definition : registry.defined()) {
            jobs.add(state(definition, rooms));
        }
    }

    /** Makes a job of which nothing is known but its name; what it left behind is judged by what it says itself. */
    private JobState undefined(String name) {
        return state(
                JobDefinition.named(name).with(job -> {
                    job.autoStart = false;
                    job.maxCrashes = Byte.MAX_VALUE;
                }),
                rooms);
    }

    private JobState state(JobDefinition definition, Rooms rooms) {
        QueueConfig bounds = definition.queue().within(memory().max());
        JobState job = new JobState(definition, rooms.make(bounds), bounds.maxBytes(), unit.writes);
        String key = definition.throttle().key();
        if (key != null) {
            job.keyLimiter = new KeyLimiter(job, key, unit, parts.executions);
        }
        JobDefinition.BreakerUse use = definition.breaker();
        if (use != null) {
            job.breaker = breakers.computeIfAbsent(use.name(), name -> new SharedBreaker(name, use.config(), unit));
            job.breaker.add(job);
        }
        return job;
    }

    /** Begins to take up what the process before left. To be read to the end before the first input. */
    public Recovery recover(Moment now) {
        unit.begin(now);
        recovery = new Recovery(jobs, parts, this::undefined);
        return recovery;
    }

    /** Takes one input at the moment {@code now} and returns what is to be done. */
    public Decision decide(Input input, Moment now) {
        unit.begin(now);
        input.accept(inputs);
        if (!isRead(input)) { // who looks waits for no work, and begins none
            parts.dispatcher.runToFixpoint();
            parts.executions.makeRoom();
        }
        return decided();
    }

    /**
     * Ends everything after {@link #decide} failed: nothing of what it changed may be stored, nor is this asked for anything
     * again.
     *
     * @return what is to be stored instead
     */
    public Batch fault(Throwable fault, Moment now) {
        StoredService last = unit.fault(fault.toString(), now);
        return new Batch(last, List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
    }

    /** Returns the job that was worked for when {@link #decide} failed; null for none, or all. */
    public @Nullable String faulty() {
        return unit.working();
    }

    /** Returns the names of the jobs that are set aside. */
    public List<String> setAside() {
        return unit.faulty().stream().filter(jobs::isDefined).toList();
    }

    private static boolean isRead(Input input) {
        return input instanceof Input.CommandReceived received
                && received.command().type().isRead();
    }

    private Decision decided() {
        Decision decision = unit.decision();
        parts.attempts.turnEnded(unit.waits(), unit.changed());
        return decision;
    }

    /**
     * Looks at some jobs, in the order of their names. Changes nothing.
     *
     * @param after the job behind which to begin; null for the first
     * @param limit how many at most
     * @return the last one that was looked at; null when there are no more behind it
     */
    public @Nullable String look(Moment now, @Nullable String after, int limit, LevelReader reader) {
        unit.begin(now);
        int looked = 0;
        for (JobState job : jobs.after(after)) {
            Instant oldest = job.waits() ? job.oldestQueuedAt() : null;
            reader.job(
                    job.name(),
                    job.queue.size(),
                    job.running.size(),
                    oldest == null ? 0 : oldest.toEpochMilli(),
                    job.counters.accepted);
            if (++looked == limit) {
                return job.name();
            }
        }
        return null;
    }

    /** Begins to look for executions. To be asked for steps between inputs. */
    public Search search(Command.FindExecutions command) {
        return new Search(jobs, parts.executions, command);
    }

    /** Tells whether something is not as it should be with a job. */
    public boolean isDegraded(String name) {
        JobState job = jobs.find(name);
        return job != null && parts.why.isDegraded(job) != null;
    }

    /** Tells whether executions of a job failed and can be retried. */
    public boolean hasFailures(String name) {
        JobState job = jobs.find(name);
        return job != null && job.ended(ExecutionState.FAILED).size() > 0;
    }

    /** Tells whether there is a job of this name, be it one that is not defined any more. */
    public boolean isKnown(String name) {
        return jobs.find(name) != null;
    }

    /** Has {@code follower} given an input for each job that is defined from now on, on whatever thread it is. */
    public void followDefinitions(Consumer<Input> follower) {
        registry.follow(job -> follower.accept(new Input.JobDefined(job))).stream()
                .filter(job -> !jobs.isDefined(job.name())) // defined since this was made
                .forEach(job -> follower.accept(new Input.JobDefined(job)));
    }

    /** Tells whether there is a job of this name to which work may be given. */
    public boolean isDefined(String name) {
        return jobs.findDefined(name) != null;
    }

    /** Returns the job that is meant by {@code named}, which may be null for the default job. There may be no such job. */
    public String nameOf(@Nullable String named) {
        return jobs.nameOf(named);
    }

    /** Tells whether {@code command} is work that has to be stored, and not all of it known by its idempotency keys. */
    public boolean isForStore(Command.Submit command) {
        JobState job = jobs.find(nameOf(command.job()));
        return job != null
                && job.definition.shared() == null // its broker has it, and no row is made before it comes from there
                && job.definition.durability() != Durability.NONE
                && !isAllKnown(job, command.items());
    }

    private static boolean isAllKnown(JobState job, List<Submission> items) {
        if (job.keys.isEmpty()) {
            return items.isEmpty();
        }
        for (Submission item : items) {
            if (!isKnown(job, item)) {
                return false;
            }
        }
        return true;
    }

    /** Tells whether {@code command} is work of which some may be known by its idempotency key: a repetition is always answered. */
    private static boolean isKnown(JobState job, Command command) {
        return command instanceof Command.Submit submit
                && submit.items().stream().anyMatch(item -> isKnown(job, item));
    }

    private static boolean isKnown(JobState job, Submission item) {
        return item.key() != null && job.keys.isKnown(item.key());
    }

    /** Tells whether something changed that somebody waits to be stored. */
    public boolean hasUrgentChanges() {
        return unit.writes.isUrgent();
    }

    /** Returns how many rows wait to be stored, about. */
    public int pendingRows() {
        return unit.writes.size();
    }

    /** Returns everything that changed since this was called before; then {@link #position} says how far that goes. */
    public Batch takeBatch() {
        return unit.takeBatch();
    }

    /** Returns what executions are charged to. */
    public MemoryBudget memory() {
        return unit.holdings.budget();
    }

    /** Returns how far a batch goes that is taken now. */
    public long position() {
        return unit.changed();
    }

    /** Notes that all batches up to {@code position} are stored. To be called before what waited for that is performed. */
    public void stored(long position, Moment now) {
        unit.begin(now);
        unit.stored(position);
        parts.attempts.stored(position);
    }

    /** What each input does. */
    private final class Inputs implements Input.Handler {

        @Override
        public void commandReceived(Input.CommandReceived input) {
            unit.receivedAt(input.received());
            Reply reply = execute(input.command(), input.replyTo());
            if (reply != null) {
                unit.answer(input.replyTo(), reply);
            }
        }

        @Override
        public void alarmRang(Input.AlarmRang input) {
            unit.ring();
        }

        @Override
        public void attemptHandedOut(Input.AttemptHandedOut input) {
            parts.attempts.handedOut(input.attempt());
        }

        @Override
        public void attemptEnded(Input.AttemptEnded input) {
            parts.attempts.ended(input.attempt(), input.outcome());
        }

        @Override
        public void workerLookedFor(Input.WorkerLookedFor input) {
            JobState job = jobs.find(input.job());
            if (job != null) {
                unit.workFor(job);
                parts.watch.looked(job, input.missing());
            }
        }

        @Override
        public void attemptProgressed(Input.AttemptProgressed input) {
            parts.attempts.progressed(input.attempt(), input.fraction(), input.note());
        }

        @Override
        public void storeLost(Input.StoreLost input) {
            parts.lifecycle.storeLost(input.refusal());
        }

        @Override
        public void storeBack(Input.StoreBack input) {
            parts.lifecycle.storeBack();
        }

        @Override
        public void serviceBegan(Input.ServiceBegan input) {
            Recovery last = recovery == null ? new Recovery(jobs, parts, JobEngine.this::undefined) : recovery;
            recovery = null;
            last.decide();
            parts.lifecycle.begin();
        }

        @Override
        public void jobDefined(Input.JobDefined input) {
            JobDefinition definition = input.job();
            if (jobs.find(definition.name()) != null) { // what is left of it is taken up while all is
                unit.add(new Effect.Warn(
                        "job '" + definition.name() + "' is in the store from before; it is there after the next start",
                        null));
                return;
            }
            JobState job = state(definition, rooms);
            jobs.add(job);
            parts.lifecycle.defined(job);
        }

        @Override
        public void endBegan(Input.EndBegan input) {
            unit.beginEnding();
        }

        @Override
        public void shutdownBegan(Input.ShutdownBegan input) {
            parts.lifecycle.shutDown();
        }

        @Override
        public void graceEnded(Input.GraceEnded input) {
            parts.lifecycle.giveBack();
        }

        @Override
        public void queueUp(Input.QueueUp input) {
            JobState job = workFor(input.job());
            SharedQueue queue = job.definition.shared();
            if (queue != null) {
                parts.deliveries.up(job, queue);
                parts.publications.up(job);
                parts.sharedTicks.up(job);
                parts.depths.up(job);
                unit.announce(new Event.QueueBack(job.name(), unit.now().wall(), queue.id()));
            }
        }

        @Override
        public void queueDown(Input.QueueDown input) {
            JobState job = workFor(input.job());
            SharedQueue queue = job.definition.shared();
            if (queue != null) {
                parts.deliveries.down(job, input.why());
                parts.depths.down(job);
                unit.announce(new Event.QueueLost(job.name(), unit.now().wall(), queue.id(), input.why()));
            }
        }

        @Override
        public void messagesArrived(Input.MessagesArrived input) {
            JobState job = workFor(input.job());
            SharedQueue queue = job.definition.shared();
            if (queue != null) {
                parts.deliveries.arrived(job, queue, input.deliveries());
            }
        }

        @Override
        public void messageRefused(Input.MessageRefused input) {
            JobState job = workFor(input.job());
            parts.deliveries.refused(job);
            unit.announce(new Event.MessageRefused(job.name(), unit.now().wall(), input.key(), input.why()));
        }

        @Override
        public void leaseLost(Input.LeaseLost input) {
            parts.withdrawals.leaseLost(workFor(input.job()), input.handle(), input.why());
        }

        @Override
        public void messagePublished(Input.MessagePublished input) {
            parts.publications.published(workFor(input.job()), input.number(), input.receipt(), input.failure());
        }

        @Override
        public void depthTold(Input.DepthTold input) {
            parts.depths.told(workFor(input.job()), input.depth());
        }

        @Override
        public void timeTold(Input.TimeTold input) {
            parts.ticks.timeTold(workFor(input.job()), input.millis());
        }

        @Override
        public void tickHandedIn(Input.TickHandedIn input) {
            parts.ticks.handedIn(workFor(input.job()), input.key(), input.fate(), input.failure());
        }

        @Override
        public void resultPublished(Input.ResultPublished input) {
            parts.results.published(workFor(input.job()), input.number(), input.receipt(), input.failure());
        }

        @Override
        public void messageSettled(Input.MessageSettled input) {
            Execution done = parts.leases.settled(workFor(input.job()), input.handle(), input.failure());
            if (done != null) {
                parts.executions.remember(done);
            }
        }

        @Override
        public void messageFound(Input.MessageFound input) {
            JobState job = workFor(input.job());
            unit.answerAtOnce(
                    input.replyTo(),
                    MessageViews.found(job, input.key(), input.outcome(), input.failure(), unit.process()));
        }

        @Override
        public void deadLettersAnswered(Input.DeadLettersAnswered input) {
            JobState job = workFor(input.job());
            SharedQueue queue = job.definition.shared();
            Reply reply = input.reply();
            String why = input.failure() == null
                    ? ""
                    : String.valueOf(input.failure().getMessage());
            unit.answerAtOnce(
                    input.replyTo(),
                    reply != null
                            ? reply
                            : Refusal.queueUnavailable(
                                    job.name(), queue == null ? "" : queue.id(), why, Publications.SOON));
        }

        private JobState workFor(String name) {
            JobState job = jobs.find(name);
            if (job == null) {
                throw new IllegalStateException("there is no job '" + name + "'");
            }
            unit.workFor(job);
            return job;
        }
    }

    /** Returns when, on the monotonic clock, the core next wants {@link Input.AlarmRang}. */
    public OptionalLong nextDue() {
        return unit.alarms.nextDue();
    }

    /** Returns how many executions are with workers, over all jobs. */
    public int inFlight() {
        return jobs.all().stream().mapToInt(JobState::atWorkers).sum();
    }

    /** Returns of how many executions that ended brokers are being told, over all jobs. */
    public int settling() {
        return jobs.all().stream().mapToInt(job -> job.leases.settling()).sum();
    }

    /** Has {@code command} done if nothing stands against it; null when its caller is answered later. */
    private @Nullable Reply execute(Command command, ReplyTo replyTo) {
        if (unit.isOver(command.deadline())) {
            return Refusal.deadlinePassed();
        } else if (command instanceof Command.OfJob ofJob) {
            return onJob(ofJob, replyTo);
        } else if (command instanceof Command.OfExecution ofExecution) {
            return onExecution(ofExecution, replyTo);
        } else if (command instanceof Command.OfService ofService) {
            return ofService.accept(onService);
        }
        throw new IllegalArgumentException(command.type() + " is not for the core");
    }

    private @Nullable Reply onJob(Command.OfJob command, ReplyTo replyTo) {
        JobState job = jobs.find(nameOf(command.job()));
        if (job == null) {
            return Refusal.unknownJob(String.valueOf(command.job()));
        }
        if (job.isUndefined() && !isForUndefined(command)) {
            return Refusal.undefinedJob(job.name());
        }
        unit.workFor(job);
        Refusal refusal = whyNot(job, command);
        return refusal == null ? command.accept(new JobCommands(job, parts, replyTo)) : refusal;
    }

    /** Tells whether {@code command} makes sense for a job that is not defined any more: it can be looked at and emptied. */
    private static boolean isForUndefined(Command.OfJob command) {
        return command.type().isRead() || command instanceof Command.Purge;
    }

    private @Nullable Refusal whyNot(JobState job, Command.OfJob command) {
        if (unit.faultOf(job.name()) != null
                && !(command instanceof Command.GetStatus)
                && !(command instanceof Command.GetJob)) {
            return Refusal.setAside(job.name(), parts.why.of(job).text());
        } else if (command.type().isRead()) {
            return null;
        } else if (unit.isShuttingDown()) {
            return Refusal.stopping();
        }
        boolean needsStore = switch (command.type().change()) {
            case NONE, OWN -> false;
            case DURABLE -> true;
            case AS_ITS_JOB -> job.definition.shared() == null && unit.isWithoutStore(job) && !isKnown(job, command);
        };
        return needsStore ? unit.storeRefusal() : null;
    }

    private @Nullable Reply onExecution(Command.OfExecution command, ReplyTo replyTo) {
        Execution execution = parts.executions.find(command.id());
        if (execution != null) {
            unit.workFor(execution.job);
            return command.accept(new ExecutionCommands(execution, parts, replyTo));
        }
        JobState setAside = parts.executions.whoseIsSetAside(command.id());
        return setAside == null
                ? Refusal.unknownExecution(command.id())
                : Refusal.setAside(setAside.name(), parts.why.of(setAside).text());
    }

    /** Returns what is inside, for tests. */
    Collection<JobState> states() {
        return jobs.all();
    }

    /** Returns what is inside, for tests. */
    Parts parts() {
        return parts;
    }

    /** Makes rooms for the core, which knows their contract only. */
    @FunctionalInterface
    public interface Rooms {
        /** Makes an empty queue with these bounds. */
        <E extends Linked<E>> WaitingRoom<E> make(QueueConfig config);
    }
}
