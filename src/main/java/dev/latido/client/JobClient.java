package dev.latido.client;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import dev.latido.loop.VertxLoop;
import dev.latido.protocol.BackupView;
import dev.latido.protocol.Command;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.CommandType;
import dev.latido.protocol.Counted;
import dev.latido.protocol.DeadLetterPage;
import dev.latido.protocol.ExecutionFilter;
import dev.latido.protocol.ExecutionPage;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.FailureFilter;
import dev.latido.protocol.FoundPage;
import dev.latido.protocol.Health;
import dev.latido.protocol.Inspection;
import dev.latido.protocol.JobFilter;
import dev.latido.protocol.JobOrder;
import dev.latido.protocol.JobPage;
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.JobStatus;
import dev.latido.protocol.JobView;
import dev.latido.protocol.MessageView;
import dev.latido.protocol.MoveView;
import dev.latido.protocol.PauseView;
import dev.latido.protocol.Reply;
import dev.latido.protocol.SeriesRange;
import dev.latido.protocol.SeriesView;
import dev.latido.protocol.StopMode;
import dev.latido.protocol.StoreView;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import dev.latido.protocol.SummaryView;
import dev.latido.protocol.TicksView;
import dev.latido.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends commands to the owner over the event bus, with a deadline and a bounded number in flight. Any application in
 * the cluster can use it; so does the HTTP edge.
 *
 * <p>The bus itself has no bound: it would queue any number of messages for a busy owner. So this client keeps
 * {@link CommandConfig#maxInFlight()} of them unanswered at most; further callers wait in a line that is bounded too,
 * or are refused. A command keeps its place until the owner answers, even when its caller gave up before, so that a
 * stuck owner is not asked ever more; only after {@link #ABANDON_AFTER} is a place given up as lost. Control, submitted
 * work and waiting for something to happen travel in channels of their own, so that a Stop never queues behind work.
 *
 * <p>While a job's status is being asked for, further callers who want the same share the next question: each is
 * answered by a status that was read after it asked, and however many ask, the owner reads once a round trip.
 *
 * <p>May be called from any thread; its state belongs to the Vert.x context on which it was created. A returned future
 * fails with {@link CommandException} only. A job is named, or null for the default job.
 */
public final class JobClient {

    /** How long an unanswered command keeps its place in flight at most. */
    public static final Duration ABANDON_AFTER = Duration.ofSeconds(60);

    /** How long a call may wait for something to happen at most. */
    public static final Duration MAX_WAIT = Duration.ofSeconds(60);

    /** How much later than a deadline the owner's own answer to it may come. */
    private static final Duration GRACE = Duration.ofMillis(500);

    private final CommandConfig config;
    private final Supplier<@Nullable String> trace;
    private final RequestChannel control;
    private final SubmitChannels submit;
    private final RequestChannel wait;

    private JobClient(
            EventLoop loop,
            CommandBus.Factory buses,
            boolean sameProcess,
            CommandConfig config,
            CommandConfig submissions,
            TimeSource time,
            CommandObserver observer,
            Supplier<@Nullable String> trace) {
        this.config = config;
        this.trace = trace;
        CommandConfig waiting = new CommandConfig(
                submissions.maxInFlight(), submissions.whenFull(), submissions.maxWaiting(), MAX_WAIT);
        CommandConfig atOnce =
                new CommandConfig(submissions.maxInFlight(), CommandConfig.WhenFull.REJECT, 0, submissions.timeout());
        control = new RequestChannel(loop, buses, config, time, observer, Duration.ZERO, false);
        submit = new SubmitChannels(
                new RequestChannel(loop, buses, submissions, time, observer, GRACE, sameProcess),
                new RequestChannel(loop, buses, atOnce, time, observer, GRACE, false),
                time);
        wait = new RequestChannel(loop, buses, waiting, time, observer, GRACE, false);
    }

    /** Makes a client that reaches the owner wherever in the cluster it is. */
    public static JobClient create(Vertx vertx, CommandConfig config, CommandConfig submissions) {
        return new JobClient(
                new VertxLoop(vertx.getOrCreateContext()),
                patience -> new VertxCommandBus(vertx, false, patience),
                false,
                config,
                submissions,
                TimeSource.system(),
                CommandObserver.NONE,
                () -> null);
    }

    /**
     * Makes a client for the process in which the owner runs: messages are handed over without being copied, and
     * submissions of one turn of the event loop go together. The instance needs {@link Wire#registerCodecs}.
     *
     * @param trace tells what its caller is doing, as a W3C {@code traceparent}; null for nothing that is traced
     */
    public static JobClient inProcess(
            Vertx vertx,
            CommandConfig config,
            CommandConfig submissions,
            TimeSource time,
            CommandObserver observer,
            Supplier<@Nullable String> trace) {
        return new JobClient(
                new VertxLoop(vertx.getOrCreateContext()),
                patience -> new VertxCommandBus(vertx, true, patience),
                true,
                config,
                submissions,
                time,
                observer,
                trace);
    }

    /**
     * Makes a client that reaches the owner by ways of its own, such as simulated ones.
     *
     * @param sameProcess whether these take batches of submissions, as within a process
     */
    public static JobClient over(
            EventLoop loop,
            CommandBus.Factory buses,
            boolean sameProcess,
            CommandConfig config,
            CommandConfig submissions,
            TimeSource time) {
        return new JobClient(loop, buses, sameProcess, config, submissions, time, CommandObserver.NONE, () -> null);
    }

    /** Starts the job and opens it to submissions. */
    public Future<JobStatus> start(@Nullable String job) {
        return control(CommandType.START, deadline -> new Command.Start(job, deadline));
    }

    /** Stops the job; nothing new is begun, and what is in flight goes on. */
    public Future<JobStatus> stop(@Nullable String job) {
        return stop(job, StopMode.PLAIN, Duration.ZERO);
    }

    /**
     * Stops the job.
     *
     * @param wait with {@link StopMode#DRAIN}, how long the answer may wait for the work in flight, up to
     *     {@link #MAX_WAIT}
     */
    public Future<JobStatus> stop(@Nullable String job, StopMode mode, Duration wait) {
        if (mode != StopMode.DRAIN) {
            return control(CommandType.STOP, deadline -> new Command.Stop(job, mode, deadline, deadline));
        }
        return waiting(CommandType.STOP, wait, until -> new Command.Stop(job, mode, until, until.plus(GRACE)));
    }

    /** Reads the job's status. */
    public Future<JobStatus> status(@Nullable String job) {
        return control.send(
                        CommandType.GET_STATUS,
                        config.timeout(),
                        "status of " + (job == null ? "" : job),
                        deadline -> new Command.GetStatus(job, deadline))
                .map(JobStatus.class::cast);
    }

    /** Closes the job to submissions; it works off what it has and then stops. */
    public Future<JobStatus> complete(@Nullable String job) {
        return control(CommandType.COMPLETE, deadline -> new Command.Complete(job, deadline));
    }

    /** Reads all there is to know of the job. */
    public Future<JobView> job(@Nullable String job) {
        return control(CommandType.GET_JOB, deadline -> new Command.GetJob(job, deadline));
    }

    /**
     * Reads jobs in the order of their names.
     *
     * @param after begin behind this name; null for the beginning
     * @param limit how many at most, from 1 to 1,000
     * @param filter which ones
     */
    public Future<JobPage> jobs(@Nullable String after, int limit, JobFilter filter) {
        return control(CommandType.LIST_JOBS, deadline -> new Command.ListJobs(after, limit, filter, deadline));
    }

    /**
     * Reads a page of jobs.
     *
     * @param order in which order, and which page
     * @param limit how many are on a page, from 1 to 1,000
     * @param filter which ones
     */
    public Future<JobPage> sortedJobs(JobOrder order, int limit, JobFilter filter) {
        return control(CommandType.LIST_JOBS, deadline -> new Command.ListJobs(null, limit, filter, order, deadline));
    }

    /**
     * Hands work to the job. With a queue that is full and makes producers wait, the answer comes when there was room for
     * all items, or their time was over.
     *
     * @param timeout how long to wait for room, up to {@link #MAX_WAIT}
     */
    public Future<Submitted> submit(@Nullable String job, List<Submission> items, Duration timeout) {
        return submit.send(job, items, atMost(timeout), trace.get());
    }

    /** Hands work to the job; what finds no room in its queue is refused at once. */
    public Future<Submitted> submitWithoutWaiting(@Nullable String job, List<Submission> items) {
        return submit.sendWithoutWaiting(job, items, trace.get());
    }

    /** Waits until the job's queue has room for one more, up to {@code wait}. */
    public Future<JobStatus> awaitRoom(@Nullable String job, Priority priority, Duration wait) {
        return waiting(CommandType.AWAIT_ROOM, wait, until -> new Command.AwaitRoom(job, priority, until));
    }

    /** Waits until the execution has ended, up to {@code wait}; answers how it stands then. */
    public Future<ExecutionView> awaitExecution(ExecutionId id, Duration wait) {
        return waiting(
                CommandType.AWAIT_EXECUTION, wait, until -> new Command.AwaitExecution(id, until, until.plus(GRACE)));
    }

    /** Reads one execution. */
    public Future<ExecutionView> execution(ExecutionId id) {
        return control(CommandType.GET_EXECUTION, deadline -> new Command.GetExecution(id, deadline));
    }

    /**
     * Reads when the job's timer is due next.
     *
     * @param count how many ticks at most, from 1 to {@link TicksView#MAX}
     */
    public Future<TicksView> ticks(@Nullable String job, int count) {
        return control(CommandType.GET_TICKS, deadline -> new Command.GetTicks(job, count, deadline));
    }

    /**
     * Reads what became of a message at the broker that has the job's queue, whichever process had it.
     *
     * @param key the key of the message
     */
    public Future<MessageView> message(@Nullable String job, String key) {
        return control(CommandType.GET_MESSAGE, deadline -> new Command.GetMessage(job, key, deadline));
    }

    /**
     * Reads the dead letters of the job at its broker, the oldest first.
     *
     * @param cursor where the page before ended; null for the first
     * @param limit how many at most
     */
    public Future<DeadLetterPage> deadLetters(@Nullable String job, @Nullable String cursor, int limit) {
        return control(
                CommandType.LIST_DEAD_LETTERS, deadline -> new Command.ListDeadLetters(job, cursor, limit, deadline));
    }

    /**
     * Reads the job's executions in one state, in the order in which they came into it.
     *
     * @param cursor where the page before ended; null for the first
     * @param limit how many at most, from 1 to 1,000
     */
    public Future<ExecutionPage> executions(
            @Nullable String job, ExecutionState state, @Nullable String cursor, int limit) {
        return control(
                CommandType.LIST_EXECUTIONS,
                deadline -> new Command.ListExecutions(job, state, cursor, limit, deadline));
    }

    /**
     * Reads the job's executions that have ended, the latest first.
     *
     * @param state only those in this state, which is terminal; null for all
     * @param cursor where the page before ended; null for the first
     * @param limit how many at most, from 1 to 1,000
     */
    public Future<ExecutionPage> history(
            @Nullable String job, @Nullable ExecutionState state, @Nullable String cursor, int limit) {
        return control(
                CommandType.LIST_HISTORY, deadline -> new Command.ListHistory(job, state, cursor, limit, deadline));
    }

    /** How long the owner takes to look for executions at most, before it says how far it came. */
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(10);

    /**
     * Looks for executions, for about a second at most.
     *
     * @param countOnly whether they are only counted
     * @param cursor where the look before ended; null for the first
     * @param limit how many are told of at most, from 1 to 1,000
     */
    public Future<FoundPage> find(ExecutionFilter filter, boolean countOnly, @Nullable String cursor, int limit) {
        return waiting(
                CommandType.FIND_EXECUTIONS,
                LONGEST_LOOK,
                deadline -> new Command.FindExecutions(filter, countOnly, cursor, limit, deadline));
    }

    /** Ends an execution that has not ended; a running one is told to. */
    public Future<ExecutionView> cancel(ExecutionId id) {
        return control(CommandType.CANCEL, deadline -> new Command.Cancel(id, deadline));
    }

    /** Queues a failed execution again. */
    public Future<ExecutionView> retry(ExecutionId id) {
        return control(CommandType.RETRY, deadline -> new Command.Retry(id, deadline));
    }

    /** Cancels everything that is queued or delayed, or only counts it. */
    public Future<Counted> purge(@Nullable String job, boolean countOnly) {
        return control(CommandType.PURGE, deadline -> new Command.Purge(job, countOnly, deadline));
    }

    /** Queues all failed executions again that are meant and for which there is room, or only counts them. */
    public Future<Counted> retryFailed(@Nullable String job, FailureFilter filter, boolean countOnly) {
        return control(CommandType.RETRY_FAILED, deadline -> new Command.RetryFailed(job, filter, countOnly, deadline));
    }

    /** Changes what the job may do, while the service runs. */
    public Future<JobView> change(@Nullable String job, JobSettings settings) {
        return control(CommandType.CHANGE_JOB, deadline -> new Command.ChangeJob(job, settings, deadline));
    }

    /** Has nothing begin any more, in no job, over restarts, until {@link #resumeAll}. */
    public Future<PauseView> pauseAll() {
        return control(CommandType.PAUSE_ALL, Command.PauseAll::new);
    }

    /** Ends the pause of everything. */
    public Future<PauseView> resumeAll() {
        return control(CommandType.RESUME_ALL, Command.ResumeAll::new);
    }

    /**
     * Reads what is named, all at the same moment; what does not exist is left out.
     *
     * @param jobs at most {@link Command.Inspect#MAX_NAMED}
     * @param executions at most as many
     */
    public Future<Inspection> inspect(List<String> jobs, List<ExecutionId> executions) {
        return control(CommandType.INSPECT, deadline -> new Command.Inspect(jobs, executions, deadline));
    }

    /** Reads what all jobs come to together. */
    public Future<SummaryView> summary() {
        return control.send(CommandType.GET_SUMMARY, config.timeout(), "summary", Command.GetSummary::new)
                .map(SummaryView.class::cast);
    }

    /**
     * Reads what a job did lately, in points.
     *
     * @param job null for all jobs together
     * @param after only points that begin later than this; null for all
     */
    public Future<SeriesView> series(@Nullable String job, SeriesRange range, @Nullable Instant after) {
        return control(CommandType.GET_SERIES, deadline -> new Command.GetSeries(job, range, after, deadline));
    }

    /** Reads how the store is. */
    public Future<StoreView> store() {
        return control(CommandType.GET_STORE, Command.GetStore::new);
    }

    /**
     * Begins to move what waits in a queue at a broker to where the job has its queue now, or tells how that stands.
     *
     * @param from the name of the broker, a colon, the name of the queue there
     * @param group by which name the processes that took from it shared its work; of brokers that have groups
     * @param lanes the lanes there; empty for those that the job has now
     * @param hasDeadLetters whether its dead letters are moved too, as work
     */
    public Future<MoveView> move(String job, String from, String group, List<Priority> lanes, boolean hasDeadLetters) {
        return control(
                CommandType.MOVE, deadline -> new Command.Move(job, from, group, lanes, hasDeadLetters, deadline));
    }

    /** Tells how the latest move to the job's queue stands. */
    public Future<MoveView> findMove(String job) {
        return control(CommandType.GET_MOVE, deadline -> new Command.GetMove(job, deadline));
    }

    /** Ends the move to the job's queue; what is not moved yet stays where it is. */
    public Future<MoveView> endMove(String job) {
        return control(CommandType.END_MOVE, deadline -> new Command.EndMove(job, deadline));
    }

    /** Copies everything that is stored to a file beside the store, and waits for that up to {@link #MAX_WAIT}. */
    public Future<BackupView> backUp() {
        return waiting(CommandType.BACK_UP, MAX_WAIT, Command.BackUp::new);
    }

    /** Reads how the owner is. */
    public Future<Health> health() {
        return control.send(CommandType.GET_HEALTH, config.timeout(), "health", Command.GetHealth::new)
                .map(Health.class::cast);
    }

    @SuppressWarnings("unchecked") // the owner answers each type of command with one type of reply
    private <R extends Reply> Future<R> control(CommandType type, RequestChannel.Draft draft) {
        return (Future<R>) control.send(type, config.timeout(), null, draft);
    }

    @SuppressWarnings("unchecked") // the owner answers each type of command with one type of reply
    private <R extends Reply> Future<R> waiting(CommandType type, Duration timeout, RequestChannel.Draft draft) {
        return (Future<R>) wait.send(type, atMost(timeout), null, draft);
    }

    private static Duration atMost(Duration timeout) {
        return timeout.compareTo(MAX_WAIT) < 0 ? timeout : MAX_WAIT;
    }

    /** Returns how many commands of {@code channel} are sent and not answered. Readable from any thread. */
    public int inFlight(CommandType.Channel channel) {
        return of(channel).inFlight();
    }

    /** Returns how many callers of {@code channel} wait for their command to be sent. Readable from any thread. */
    public int waiting(CommandType.Channel channel) {
        return of(channel).waiting();
    }

    /** Returns the bounds that {@code channel} keeps. */
    public CommandConfig config(CommandType.Channel channel) {
        return of(channel).config();
    }

    private RequestChannel of(CommandType.Channel channel) {
        return switch (channel) {
            case CONTROL -> control;
            case SUBMIT -> submit.usual();
            case WAIT -> wait;
        };
    }
}
