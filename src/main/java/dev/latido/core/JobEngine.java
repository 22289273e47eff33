package dev.latido.core;

import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.job.Priority;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.Command;
import dev.latido.protocol.Counted;
import dev.latido.protocol.ExecutionPage;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Health;
import dev.latido.protocol.Inspection;
import dev.latido.protocol.JobPage;
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.JobStatus;
import dev.latido.protocol.JobView;
import dev.latido.protocol.PauseView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.StopMode;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import dev.latido.room.JobQueue;
import dev.latido.room.Linked;
import dev.latido.room.LinkedFifo;
import dev.latido.room.QueueConfig;
import dev.latido.store.Batch;
import dev.latido.store.StoredService;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Decides. The owner's core: a state machine from input and time to effects, without a clock, I/O or Vert.x. It is not
 * thread-safe; one {@code JobVerticle} owns it.
 *
 * <p>This class holds the commands; what happens to executions between them is {@link Dispatcher}'s.
 */
public final class JobEngine {

    /** How many executions or jobs a page holds at most. */
    public static final int MAX_PAGE = 1_000;

    /** How many executions a command for many changes at most, so that it does not hold up the others; repeat it for more. */
    public static final int MAX_CHANGES = 5_000;

    /** How many lines of what is degraded are named. */
    private static final int MAX_DEGRADED = 100;

    private final String defaultJob;
    private final NavigableMap<String, JobState> jobs = new TreeMap<>();
    private final Map<String, SharedBreaker> breakers = new HashMap<>();
    private final Dispatcher dispatcher;
    private final UnitOfWork unit;
    private @Nullable Recovery recovery;

    /**
     * Makes the core with all jobs stopped.
     *
     * @param defaultJob the job that a command without a name means; one of {@code definitions}
     * @param maxInFlight how many executions may be with workers at once, over all jobs; 0 for no limit
     * @param memory what executions are charged to as long as they are held
     * @param random for jitter
     */
    public JobEngine(
            String defaultJob,
            Collection<JobDefinition> definitions,
            HistoryConfig history,
            int maxInFlight,
            Queues queues,
            MemoryBudget memory,
            RandomGenerator random) {
        this.defaultJob = defaultJob;
        this.dispatcher = new Dispatcher(jobs, history, maxInFlight, memory, random);
        this.unit = dispatcher.unit;
        for (JobDefinition definition : definitions) {
            jobs.put(definition.name(), state(definition, queues));
        }
        if (!jobs.containsKey(defaultJob)) {
            throw new IllegalArgumentException("the default job '" + defaultJob + "' is not defined");
        }
        for (JobDefinition definition : definitions) {
            for (String next : definition.next()) {
                if (!jobs.containsKey(next)) {
                    throw new IllegalArgumentException(
                            "job '" + next + "', which comes next to '" + definition.name() + "', is not defined");
                }
            }
        }
    }

    private JobState state(JobDefinition definition, Queues queues) {
        QueueConfig bounds = definition.queue().within(memory().max());
        JobState job = new JobState(definition, queues.make(bounds), bounds.maxBytes(), unit.writes);
        String key = definition.throttle().key();
        if (key != null) {
            job.keyLimiter = new KeyLimiter(job, key, unit, dispatcher.executions);
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
        recovery = new Recovery(jobs, dispatcher);
        return recovery;
    }

    /** Takes one input at the moment {@code now} and returns what is to be done. */
    public Decision decide(Input input, Moment now) {
        unit.begin(now);
        take(input);
        if (!isRead(input)) { // who looks waits for no work, and begins none
            dispatcher.runToFixpoint();
            dispatcher.executions.makeRoom();
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
        JobState job = unit.working();
        return job == null ? null : job.name();
    }

    /** Returns the names of the jobs that are set aside. */
    public List<String> setAside() {
        return unit.faulty().stream().filter(jobs::containsKey).toList();
    }

    private static boolean isRead(Input input) {
        return input instanceof Input.CommandReceived received && isRead(received.command());
    }

    /** Tells whether {@code command} changes nothing, so that no harm is done when it cannot be answered. */
    public static boolean isRead(Command command) {
        return switch (command.type()) {
            case GET_STATUS,
                    GET_JOB,
                    LIST_EXECUTIONS,
                    LIST_HISTORY,
                    LIST_JOBS,
                    INSPECT,
                    GET_SUMMARY,
                    GET_HEALTH,
                    GET_EXECUTION -> true;
            case START,
                    STOP,
                    COMPLETE,
                    PURGE,
                    RETRY_FAILED,
                    SUBMIT,
                    AWAIT_ROOM,
                    CHANGE_JOB,
                    AWAIT_EXECUTION,
                    CANCEL,
                    RETRY,
                    GET_STORE,
                    BACK_UP,
                    PAUSE_ALL,
                    RESUME_ALL -> false;
        };
    }

    private Decision decided() {
        Decision decision = unit.decision();
        dispatcher.attempts.turnEnded(unit.waits(), unit.changed());
        return decision;
    }

    /** Returns the job that is meant by {@code named}, which may be null for the default job. There may be no such job. */
    public String nameOf(@Nullable String named) {
        return named == null ? defaultJob : named;
    }

    /** Tells whether {@code command} is work that has to be stored, and not all of it known by its idempotency keys. */
    public boolean isForStore(Command.Submit command) {
        JobState job = jobs.get(nameOf(command.job()));
        return job != null
                && job.definition.durability() != Durability.NONE
                && !command.items().stream().allMatch(item -> isKnown(job, item));
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
        dispatcher.attempts.stored(position);
    }

    private void take(Input input) {
        if (input instanceof Input.CommandReceived received) {
            Reply reply = execute(received.command(), received.replyTo());
            if (reply != null) {
                unit.answer(received.replyTo(), reply);
            }
        } else if (input instanceof Input.AlarmRang) {
            unit.alarms.ring(unit.now());
        } else if (input instanceof Input.AttemptEnded ended) {
            unit.workFor(jobs.get(ended.attempt().job()));
            dispatcher.attempts.ended(ended.attempt(), ended.outcome());
        } else if (input instanceof Input.WorkerLookedFor looked) {
            JobState job = jobs.get(looked.job());
            if (job != null) {
                unit.workFor(job);
                dispatcher.watch.looked(job, looked.missing());
            }
        } else if (input instanceof Input.AttemptHandedOut handed) {
            dispatcher.attempts.handedOut(handed.attempt());
        } else if (input instanceof Input.AttemptProgressed progressed) {
            unit.workFor(jobs.get(progressed.attempt().job()));
            dispatcher.attempts.progressed(progressed.attempt(), progressed.fraction(), progressed.note());
        } else if (input instanceof Input.ServiceBegan) {
            Recovery last = recovery == null ? new Recovery(jobs, dispatcher) : recovery;
            recovery = null;
            dispatcher.begin(last);
        } else if (input instanceof Input.StoreLost lost) {
            dispatcher.storeLost(lost.refusal());
        } else if (input instanceof Input.StoreBack) {
            dispatcher.storeBack();
        } else if (input instanceof Input.EndBegan) {
            unit.beginEnding();
        } else if (input instanceof Input.ShutdownBegan) {
            dispatcher.shutDown();
        } else if (input instanceof Input.GraceEnded) {
            dispatcher.giveBack();
        }
    }

    /** Returns when, on the monotonic clock, the core next wants {@link Input.AlarmRang}. */
    public OptionalLong nextDue() {
        return unit.alarms.nextDue();
    }

    /** Returns how many executions are with workers, over all jobs. */
    public int inFlight() {
        return jobs.values().stream()
                .mapToInt(job -> job.running.size() - job.handingOver)
                .sum();
    }

    /** Executes {@code command}; null when its caller is answered later. */
    private @Nullable Reply execute(Command command, ReplyTo replyTo) {
        if (!unit.now().wall().isBefore(command.deadline())) {
            return Refusal.deadlinePassed();
        }
        if (command instanceof Command.ListJobs list) {
            return list(list);
        } else if (command instanceof Command.Inspect inspect) {
            return inspect(inspect);
        } else if (command instanceof Command.GetHealth) {
            return health();
        } else if (command instanceof Command.PauseAll || command instanceof Command.ResumeAll) {
            return pauseAll(command instanceof Command.PauseAll);
        } else if (command instanceof Command.GetSummary) {
            return JobQueries.summary(jobs.values(), dispatcher.why);
        } else if (command instanceof Command.GetExecution get) {
            return onExecution(get.id(), Execution::view);
        } else if (command instanceof Command.AwaitExecution await) {
            return onExecution(await.id(), execution -> dispatcher.waiters.awaitEnd(execution, await.until(), replyTo));
        } else if (command instanceof Command.Cancel cancel) {
            return onExecution(cancel.id(), this::cancel);
        } else if (command instanceof Command.Retry retry) {
            return onExecution(retry.id(), this::retry);
        }
        return onJob(command, replyTo);
    }

    @FunctionalInterface
    private interface OnExecution {
        @Nullable Reply apply(Execution execution);
    }

    private @Nullable Reply onExecution(ExecutionId id, OnExecution action) {
        Execution execution = dispatcher.executions.find(id);
        if (execution != null) {
            unit.workFor(execution.job);
            return action.apply(execution);
        }
        JobState setAside = dispatcher.setAside.get(id);
        return setAside == null
                ? Refusal.unknownExecution(id)
                : Refusal.setAside(setAside.name(), dispatcher.why.of(setAside));
    }

    private @Nullable Reply onJob(Command command, ReplyTo replyTo) {
        String named = nameIn(command);
        JobState job = jobs.get(nameOf(named));
        if (job == null) {
            return Refusal.unknownJob(String.valueOf(named));
        }
        unit.workFor(job);
        if (unit.faultOf(job.name()) != null
                && !(command instanceof Command.GetStatus)
                && !(command instanceof Command.GetJob)) {
            return Refusal.setAside(job.name(), dispatcher.why.of(job));
        }
        if (command instanceof Command.GetStatus) {
            return job.status(sentence(job, (job.isRunning ? "is running: " : "is ") + dispatcher.why.of(job)));
        } else if (command instanceof Command.GetJob) {
            return view(job);
        } else if (command instanceof Command.ListExecutions list) {
            return list(job, list);
        } else if (command instanceof Command.ListHistory list) {
            return JobQueries.history(job, list);
        } else if (unit.isShuttingDown()) {
            return Refusal.stopping();
        } else if (command instanceof Command.Stop stop) {
            return stop(job, stop, replyTo);
        }
        boolean changesJob = command instanceof Command.Start
                || command instanceof Command.Complete
                || command instanceof Command.ChangeJob;
        Refusal storeRefusal = unit.storeRefusal();
        if (storeRefusal != null && (changesJob || (unit.isWithoutStore(job) && !isKnown(job, command)))) {
            return storeRefusal;
        } else if (command instanceof Command.Submit submit) {
            submit(job, submit, replyTo);
            return null;
        } else if (command instanceof Command.Start) {
            return start(job);
        } else if (command instanceof Command.Complete) {
            return complete(job);
        } else if (command instanceof Command.ChangeJob change) {
            return change(job, change.settings());
        } else if (command instanceof Command.AwaitRoom await) {
            dispatcher.admission.awaitRoom(job, await.priority(), await.deadline(), replyTo);
            return null;
        } else if (command instanceof Command.Purge purge) {
            return purge(job, purge.countOnly());
        } else if (command instanceof Command.RetryFailed retry) {
            return retryFailed(job, retry);
        }
        throw new AssertionError("every command is handled: " + command.type());
    }

    private static @Nullable String nameIn(Command command) {
        return switch (command.type()) {
            case START -> ((Command.Start) command).job();
            case STOP -> ((Command.Stop) command).job();
            case GET_STATUS -> ((Command.GetStatus) command).job();
            case COMPLETE -> ((Command.Complete) command).job();
            case GET_JOB -> ((Command.GetJob) command).job();
            case LIST_EXECUTIONS -> ((Command.ListExecutions) command).job();
            case LIST_HISTORY -> ((Command.ListHistory) command).job();
            case PURGE -> ((Command.Purge) command).job();
            case RETRY_FAILED -> ((Command.RetryFailed) command).job();
            case SUBMIT -> ((Command.Submit) command).job();
            case AWAIT_ROOM -> ((Command.AwaitRoom) command).job();
            case CHANGE_JOB -> ((Command.ChangeJob) command).job();
            case LIST_JOBS,
                    INSPECT,
                    GET_SUMMARY,
                    GET_HEALTH,
                    GET_EXECUTION,
                    AWAIT_EXECUTION,
                    CANCEL,
                    RETRY,
                    GET_STORE,
                    BACK_UP,
                    PAUSE_ALL,
                    RESUME_ALL -> null;
        };
    }

    /** Returns the view of a job, or as much of it as can be seen: others are looked at with it. */
    private JobView view(JobState job) {
        try {
            return job.view(unit.now(), dispatcher.why.of(job));
        } catch (RuntimeException fault) {
            return job.viewInPart("it cannot be shown: " + fault);
        }
    }

    private static String sentence(JobState job, String what) {
        return "Job '" + job.name() + "' " + what + ".";
    }

    private JobStatus start(JobState job) {
        unit.requireDurable(); // who repeats a command is told the same, and that has to be stored too
        if (job.isRunning && !job.isClosed) {
            return job.status(sentence(job, "is already running"));
        }
        boolean wasRunning = job.isRunning;
        dispatcher.start(job);
        return job.status(sentence(job, wasRunning ? "is open again and running" : "started"));
    }

    private @Nullable Reply stop(JobState job, Command.Stop stop, ReplyTo replyTo) {
        boolean wasRunning = job.isRunning;
        dispatcher.stop(job);
        unit.requireDurable();
        if (stop.mode() == StopMode.NOW) {
            job.running.all().forEach(dispatcher.attempts::cancel);
        }
        Refusal storeRefusal = unit.storeRefusal();
        if (storeRefusal != null) { // a stop goes on, and says what it is worth
            unit.answerAtOnce(
                    replyTo,
                    job.status(sentence(job, wasRunning ? "stopped" : "is already stopped")
                            + " This is not stored yet, and a restart would not know of it. " + storeRefusal.detail()));
            return null;
        }
        if (stop.mode() == StopMode.DRAIN && job.running.size() > 0) {
            return dispatcher.waiters.awaitDrained(job, stop.waitUntil(), replyTo);
        }
        String what = wasRunning ? "stopped" : "is already stopped";
        String rest = job.running.size() == 0
                ? ""
                : "; " + job.stillInFlight() + (stop.mode() == StopMode.NOW ? " and told to end" : "");
        return job.status(sentence(job, what + rest));
    }

    private JobStatus complete(JobState job) {
        unit.requireDurable();
        boolean wasClosed = job.isClosed;
        dispatcher.close(job);
        int left = job.queue.size() + job.delayed.size() + job.running.size();
        String what = wasClosed ? "is already completed" : "is completed and takes no submissions";
        String rest =
                left == 0 ? "" : "; " + left + " left" + (job.isRunning ? " to work off" : " until it is started");
        return job.status(sentence(job, what + rest));
    }

    private void submit(JobState job, Command.Submit submit, ReplyTo replyTo) {
        Reply[] answers = new Reply[submit.items().size()];
        int[] open = {answers.length};
        boolean[] isTaken = {false};
        if (open[0] == 0) {
            unit.answer(replyTo, new Submitted(List.of()));
        }
        for (int i = 0; i < answers.length; i++) {
            int place = i;
            Arrival.Producer producer = (arrival, reply) -> {
                answers[place] = reply;
                open[0]--;
                isTaken[0] |= reply instanceof ExecutionView && !arrival.isRepeated;
                if (open[0] == 0) {
                    if (isTaken[0]) {
                        unit.requireDurable(job); // perhaps in turns before this one
                    }
                    unit.answer(replyTo, new Submitted(List.of(answers)));
                }
            };
            dispatcher.admission.submit(
                    Arrival.ofClient(job, submit.items().get(i), submit.mayWait(), producer, submit.trace()),
                    submit.deadline());
            dispatcher.runToFixpoint(); // so that many items at once are treated like as many one by one
        }
    }

    private Reply cancel(Execution execution) {
        Refusal storeRefusal = unit.storeRefusal();
        if (storeRefusal != null && unit.isWithoutStore(execution.job)) {
            return storeRefusal;
        }
        if (execution.state().isTerminal()) {
            return Refusal.wrongState("Execution '" + execution.id + "' has already "
                    + execution.state().wireName() + ".");
        }
        dispatcher.cancel(execution);
        unit.requireDurable(execution.job);
        return execution.view();
    }

    private Reply retry(Execution execution) {
        if (unit.isShuttingDown()) {
            return Refusal.stopping();
        }
        Refusal storeRefusal = unit.storeRefusal();
        if (storeRefusal != null && unit.isWithoutStore(execution.job)) {
            return storeRefusal;
        }
        if (execution.state() != ExecutionState.FAILED) {
            return Refusal.wrongState("Only a failed execution can be retried; '" + execution.id + "' is "
                    + execution.state().wireName() + ".");
        }
        if (!execution.job.queue.hasRoom(execution.priority, execution.payloadBytes)) {
            return dispatcher.admission.full(execution.job);
        }
        dispatcher.executions.retry(execution);
        dispatcher.runToFixpoint();
        return execution.view();
    }

    private Counted purge(JobState job, boolean countOnly) {
        int matched = job.delayed.size() + job.queue.size();
        if (countOnly) {
            return new Counted(matched, 0);
        }
        List<Execution> waiting = new ArrayList<>(job.delayed.list(null, Long.MIN_VALUE, MAX_CHANGES));
        for (Priority priority : Priority.values()) {
            waiting.addAll(job.queue.list(priority, null, Long.MIN_VALUE, MAX_CHANGES - waiting.size()));
        }
        waiting.forEach(dispatcher::cancel);
        return new Counted(matched, waiting.size());
    }

    private Counted retryFailed(JobState job, Command.RetryFailed command) {
        int matched = 0;
        int changed = 0;
        for (Execution execution : job.ended(ExecutionState.FAILED).all()) {
            boolean isGone = execution.isForgotten; // others that failed since, such as what expired, took its place
            if (isGone || !command.filter().matches(execution.error, Instant.ofEpochMilli(execution.endedMillis))) {
                continue;
            }
            matched++;
            if (!command.countOnly()
                    && changed < MAX_CHANGES
                    && job.queue.hasRoom(execution.priority, execution.payloadBytes)) {
                dispatcher.executions.retry(execution);
                dispatcher.runToFixpoint();
                changed++;
            }
        }
        return new Counted(matched, changed);
    }

    private Reply pauseAll(boolean isPause) {
        if (unit.isShuttingDown()) {
            return Refusal.stopping();
        }
        Refusal storeRefusal = unit.storeRefusal();
        if (storeRefusal != null) {
            return storeRefusal;
        }
        unit.requireDurable();
        if (isPause && unit.pausedAt() == null) {
            dispatcher.pauseAll();
        } else if (!isPause && unit.pausedAt() != null) {
            dispatcher.resumeAll();
            dispatcher.runToFixpoint();
        }
        return new PauseView(unit.pausedAt());
    }

    private Reply change(JobState job, JobSettings settings) {
        Integer concurrency = settings.concurrency();
        if (concurrency != null && (concurrency < 1 || concurrency > job.definition.maxConcurrency())) {
            return Refusal.invalid(
                    "'concurrency' must be 1 to " + job.definition.maxConcurrency() + ", was " + concurrency + ".");
        }
        dispatcher.change(job, settings);
        return view(job);
    }

    private Health health() {
        List<String> degraded = new ArrayList<>();
        int more = 0;
        for (JobState job : jobs.values()) {
            String why = dispatcher.why.isDegraded(job);
            if (why != null && degraded.size() < MAX_DEGRADED) {
                degraded.add(why);
            } else if (why != null) {
                more++;
            }
        }
        if (more > 0) {
            degraded.add("and " + more + " more jobs");
        }
        String letters = dispatcher.why.isFullOfDeadLetters();
        if (letters != null) {
            degraded.add(letters);
        }
        String memory = dispatcher.why.isFullOfMemory();
        if (memory != null) {
            degraded.add(memory);
        }
        if (unit.pausedAt() != null) {
            degraded.add("everything was paused at " + unit.pausedAt());
        }
        OptionalLong due = nextDue();
        long overdue = due.isEmpty() ? 0 : Math.max(0, unit.now().nanos() - due.getAsLong());
        Refusal storeRefusal = unit.storeRefusal();
        return new Health(degraded, Duration.ofNanos(overdue), storeRefusal == null ? null : storeRefusal.detail());
    }

    private Inspection inspect(Command.Inspect command) {
        Refusal storeRefusal = unit.storeRefusal();
        return new Inspection(
                new Inspection.ServiceFacts(
                        unit.isShuttingDown(), unit.pausedAt(), storeRefusal == null ? null : storeRefusal.detail()),
                command.jobs().stream()
                        .limit(Command.Inspect.MAX_NAMED)
                        .map(jobs::get)
                        .filter(Objects::nonNull)
                        .map(this::view)
                        .toList(),
                command.executions().stream()
                        .limit(Command.Inspect.MAX_NAMED)
                        .map(dispatcher.executions::find)
                        .filter(Objects::nonNull)
                        .map(Execution::summary)
                        .toList());
    }

    private JobPage list(Command.ListJobs command) {
        NavigableMap<String, JobState> rest = command.after() == null ? jobs : jobs.tailMap(command.after(), false);
        int limit = Math.max(1, Math.min(command.limit(), MAX_PAGE));
        List<JobView> page = new ArrayList<>();
        for (JobState job : rest.values()) {
            if (!JobQueries.matches(job, command.filter(), dispatcher.why)) {
                continue;
            }
            if (page.size() == limit) {
                return new JobPage(page, page.get(limit - 1).name());
            }
            page.add(view(job));
        }
        return new JobPage(page, null);
    }

    private Reply list(JobState job, Command.ListExecutions command) {
        Cursor cursor = command.cursor() == null ? Cursor.START : Cursor.parse(command.cursor());
        if (cursor == null) {
            return Refusal.invalid("The cursor is none of this service.");
        }
        int limit = Math.max(1, Math.min(command.limit(), MAX_PAGE));
        List<Execution> found = new ArrayList<>();
        if (command.state() == ExecutionState.QUEUED) {
            for (Priority priority : Priority.MOST_URGENT_FIRST) {
                boolean here = priority == cursor.priority();
                if (priority.compareTo(cursor.priority()) > 0 || found.size() > limit) {
                    continue;
                }
                found.addAll(job.queue.list(
                        priority,
                        here ? dispatcher.executions.find(cursor.id()) : null,
                        here ? cursor.order() : Long.MIN_VALUE,
                        limit + 1 - found.size()));
            }
        } else {
            found.addAll(listOf(job, command.state())
                    .list(dispatcher.executions.find(cursor.id()), cursor.order(), limit + 1));
        }
        boolean more = found.size() > limit;
        List<Execution> page = more ? found.subList(0, limit) : found;
        return new ExecutionPage(
                page.stream().map(Execution::summary).toList(),
                more ? Cursor.of(page.get(limit - 1)).toString() : null);
    }

    private static LinkedFifo<Execution> listOf(JobState job, ExecutionState state) {
        return switch (state) {
            case WAITING -> job.delayed;
            case RUNNING -> job.running;
            default -> job.ended(state);
        };
    }

    /** Returns what is inside, for tests. */
    Collection<JobState> states() {
        return jobs.values();
    }

    /** Returns what is inside, for tests. */
    Dispatcher dispatcher() {
        return dispatcher;
    }

    /** Makes queues for the core, which knows their contract only. */
    @FunctionalInterface
    public interface Queues {
        /** Makes an empty queue with these bounds. */
        <E extends Linked<E>> JobQueue<E> make(QueueConfig config);
    }
}
