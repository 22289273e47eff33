package dev.latido.protocol;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import io.vertx.core.json.JsonArray;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message to the owner: always request-reply, always with a deadline after which it is not executed. A job is named,
 * or null for the default job.
 */
public sealed interface Command {

    /** What {@link #deadline()} is when a sender on the bus names none. */
    Instant NO_DEADLINE = Instant.MAX;

    /** From this instant on nobody waits for the answer any more, and the owner leaves the command undone. */
    Instant deadline();

    /** What kind of command this is. */
    CommandType type();

    /** A command for one job. */
    sealed interface OfJob extends Command {
        /** The job's name; null for the default job. */
        @Nullable String job();

        /** Has {@code handler} do this; null when its caller is answered later. */
        @Nullable Reply accept(JobHandler handler);
    }

    /** A command for one execution. */
    sealed interface OfExecution extends Command {
        /** Which one. */
        ExecutionId id();

        /** Has {@code handler} do this; null when its caller is answered later. */
        @Nullable Reply accept(ExecutionHandler handler);
    }

    /** A command that concerns all jobs. */
    sealed interface OfService extends Command {
        /** Has {@code handler} do this; null when its caller is answered later. */
        @Nullable Reply accept(ServiceHandler handler);
    }

    /** A command for whoever has the store. */
    sealed interface OfStore extends Command {
        /** Has {@code handler} do this. */
        <R> R accept(StoreHandler<R> handler);
    }

    /** A command about moving messages to a job's queue. */
    sealed interface OfMove extends Command {
        /** The name of the job that they are moved to. */
        String job();

        /** Has {@code handler} do this. */
        Reply accept(MoveHandler handler);
    }

    /** A command for whoever looks for executions. */
    sealed interface OfSearch extends Command {}

    /** A command for whoever keeps what jobs did lately. */
    sealed interface OfSeries extends Command {}

    /** Does commands for one job: one method for each, so that none can be forgotten. Null when its caller is answered later. */
    interface JobHandler {
        @Nullable Reply start(Start command);

        @Nullable Reply stop(Stop command);

        @Nullable Reply getStatus(GetStatus command);

        @Nullable Reply complete(Complete command);

        @Nullable Reply getJob(GetJob command);

        @Nullable Reply getTicks(GetTicks command);

        @Nullable Reply submit(Submit command);

        @Nullable Reply getMessage(GetMessage command);

        @Nullable Reply listDeadLetters(ListDeadLetters command);

        @Nullable Reply awaitRoom(AwaitRoom command);

        @Nullable Reply listExecutions(ListExecutions command);

        @Nullable Reply listHistory(ListHistory command);

        @Nullable Reply purge(Purge command);

        @Nullable Reply retryFailed(RetryFailed command);

        @Nullable Reply changeJob(ChangeJob command);
    }

    /** Does commands for one execution: one method for each, so that none can be forgotten. Null when its caller is answered later. */
    interface ExecutionHandler {
        @Nullable Reply awaitExecution(AwaitExecution command);

        @Nullable Reply getExecution(GetExecution command);

        @Nullable Reply cancel(Cancel command);

        @Nullable Reply retry(Retry command);
    }

    /** Does commands for all jobs: one method for each, so that none can be forgotten. Null when its caller is answered later. */
    interface ServiceHandler {
        @Nullable Reply listJobs(ListJobs command);

        @Nullable Reply pauseAll(PauseAll command);

        @Nullable Reply resumeAll(ResumeAll command);

        @Nullable Reply inspect(Inspect command);

        @Nullable Reply getSummary(GetSummary command);

        @Nullable Reply getHealth(GetHealth command);
    }

    /**
     * Does commands for whoever has the store: one method for each, so that none can be forgotten.
     *
     * @param <R> how the reply is given
     */
    interface StoreHandler<R> {
        R getStore(GetStore command);

        R backUp(BackUp command);
    }

    /** Does commands about moves: one method for each, so that none can be forgotten. */
    interface MoveHandler {
        Reply move(Move command);

        Reply getMove(GetMove command);

        Reply endMove(EndMove command);
    }

    /** Starts the job and opens it to submissions; starting a started one changes nothing. → {@link JobStatus} */
    record Start(@Nullable String job, Instant deadline) implements OfJob {
        static final CommandForm<Start> FORM = CommandForm.ofJob(Start.class, Start::new);

        @Override
        public CommandType type() {
            return CommandType.START;
        }

        @Override
        public @Nullable Reply accept(JobHandler handler) {
            return handler.start(this);
        }
    }

    /**
     * Stops the job: no new run begins; stopping a stopped one changes nothing. → {@link JobStatus}
     *
     * @param waitUntil with {@link StopMode#DRAIN}, until when the answer may wait for the work in flight
     */
    record Stop(@Nullable String job, StopMode mode, Instant waitUntil, Instant deadline) implements OfJob {
        static final CommandForm<Stop> FORM = CommandForm.of(
                Stop.class,
                (stop, json) -> {
                    CommandForm.putJob(json, stop);
                    json.put("mode", stop.mode.wireName());
                    if (stop.mode == StopMode.DRAIN) {
                        json.put("waitUntil", stop.waitUntil.toString());
                    }
                },
                (in, deadline) ->
                        new Stop(in.string("job"), in.stopMode("mode"), in.time("waitUntil", Instant.MAX), deadline),
                "job",
                "mode",
                "waitUntil");

        @Override
        public CommandType type() {
            return CommandType.STOP;
        }

        @Override
        public @Nullable Reply accept(JobHandler handler) {
            return handler.stop(this);
        }
    }

    /** Reads the job's status and changes nothing. → {@link JobStatus} */
    record GetStatus(@Nullable String job, Instant deadline) implements OfJob {
        static final CommandForm<GetStatus> FORM = CommandForm.ofJob(GetStatus.class, GetStatus::new);

        @Override
        public CommandType type() {
            return CommandType.GET_STATUS;
        }

        @Override
        public @Nullable Reply accept(JobHandler handler) {
            return handler.getStatus(this);
        }
    }

    /** Closes the job to submissions; it works off what it has and then stops. → {@link JobStatus} */
    record Complete(@Nullable String job, Instant deadline) implements OfJob {
        static final CommandForm<Complete> FORM = CommandForm.ofJob(Complete.class, Complete::new);

        @Override
        public CommandType type() {
            return CommandType.COMPLETE;
        }

        @Override
        public @Nullable Reply accept(JobHandler handler) {
            return handler.complete(this);
        }
    }

    /** Reads all there is to know of the job. → {@link JobView} */
    record GetJob(@Nullable String job, Instant deadline) implements OfJob {
        static final CommandForm<GetJob> FORM = CommandForm.ofJob(GetJob.class, GetJob::new);

        @Override
        public CommandType type() {
            return CommandType.GET_JOB;
        }

        @Override
        public @Nullable Reply accept(JobHandler handler) {
            return handler.getJob(this);
        }
    }

    /**
     * Reads jobs: those behind a cursor in the order of their names, or a page of any order. → {@link JobPage}
     *
     * @param after begin behind this name; null for the beginning, and with an {@code order}
     * @param limit how many at most
     * @param filter which ones
     * @param order the order, and which page of it; null for the order of their names
     */
    record ListJobs(
            @Nullable String after,
            int limit,
            JobFilter filter,
            @Nullable JobOrder order,
            Instant deadline) implements OfService {
        static final CommandForm<ListJobs> FORM = CommandForm.of(
                ListJobs.class,
                (list, json) -> {
                    json.put("cursor", list.after).put("limit", list.limit);
                    if (!list.filter.equals(JobFilter.ALL)) {
                        json.put("name", list.filter.name())
                                .put("only", list.filter.only().wireName());
                    }
                    if (list.order != null) {
                        list.order.write(json);
                    }
                },
                (in, deadline) ->
                        new ListJobs(in.string("cursor"), in.limit(), in.jobFilter(), JobOrder.read(in), deadline),
                "cursor",
                "limit",
                "name",
                "only",
                "sort",
                "page",
                "groups");

        /** Reads all jobs. */
        public ListJobs(@Nullable String after, int limit, Instant deadline) {
            this(after, limit, JobFilter.ALL, deadline);
        }

        /** Reads jobs in the order of their names. */
        public ListJobs(@Nullable String after, int limit, JobFilter filter, Instant deadline) {
            this(after, limit, filter, null, deadline);
        }

        @Override
        public CommandType type() {
            return CommandType.LIST_JOBS;
        }

        @Override
        public @Nullable Reply accept(ServiceHandler handler) {
            return handler.listJobs(this);
        }
    }

    /**
     * Hands work to the job. → {@link Submitted}, with an answer for each item in its place
     *
     * @param mayWait whether what finds no room in a queue that makes producers wait does so, up to the deadline; if not, it
     *     is refused at once
     * @param trace what it is part of, as a W3C {@code traceparent}; null for nothing that is known. Not part of the JSON
     *     form: there it is a header of the message
     */
    record Submit(
            @Nullable String job,
            List<Submission> items,
            boolean mayWait,
            Instant deadline,
            @Nullable String trace) implements OfJob {

        /** Makes one that may wait, and is part of nothing that is known. */
        public Submit(@Nullable String job, List<Submission> items, Instant deadline) {
            this(job, items, deadline, null);
        }

        /** Makes one that may wait. */
        public Submit(@Nullable String job, List<Submission> items, Instant deadline, @Nullable String trace) {
            this(job, items, true, deadline, trace);
        }

        /** Returns the same work as part of {@code trace}. */
        public Submit partOf(@Nullable String trace) {
            return new Submit(job, items, mayWait, deadline, trace);
        }

        @Override
        public CommandType type() {
            return CommandType.SUBMIT;
        }

        @Override
        public @Nullable Reply accept(JobHandler handler) {
            return handler.submit(this);
        }
    }

    /** Waits until the job's queue has room for one more. → {@link JobStatus} */
    record AwaitRoom(@Nullable String job, Priority priority, Instant deadline) implements OfJob {
        static final CommandForm<AwaitRoom> FORM = CommandForm.of(
                AwaitRoom.class,
                (await, json) -> {
                    CommandForm.putJob(json, await);
                    json.put("priority", await.priority.wireName());
                },
                (in, deadline) -> new AwaitRoom(in.string("job"), in.priority("priority"), deadline),
                "job",
                "priority");

        @Override
        public CommandType type() {
            return CommandType.AWAIT_ROOM;
        }

        @Override
        public @Nullable Reply accept(JobHandler handler) {
            return handler.awaitRoom(this);
        }
    }

    /** Waits until the execution has ended, or until {@code until}. → {@link ExecutionView} */
    record AwaitExecution(ExecutionId id, Instant until, Instant deadline) implements OfExecution {
        static final CommandForm<AwaitExecution> FORM = CommandForm.of(
                AwaitExecution.class,
                (await, json) -> json.put("id", await.id.toString()).put("until", await.until.toString()),
                (in, deadline) -> new AwaitExecution(in.execution("id"), in.time("until", Instant.MAX), deadline),
                "id",
                "until");

        @Override
        public CommandType type() {
            return CommandType.AWAIT_EXECUTION;
        }

        @Override
        public @Nullable Reply accept(ExecutionHandler handler) {
            return handler.awaitExecution(this);
        }
    }

    /** Reads one execution. → {@link ExecutionView} */
    record GetExecution(ExecutionId id, Instant deadline) implements OfExecution {
        static final CommandForm<GetExecution> FORM = CommandForm.ofExecution(GetExecution.class, GetExecution::new);

        @Override
        public CommandType type() {
            return CommandType.GET_EXECUTION;
        }

        @Override
        public @Nullable Reply accept(ExecutionHandler handler) {
            return handler.getExecution(this);
        }
    }

    /**
     * Reads the job's executions that are in one state. → {@link ExecutionPage}
     *
     * @param cursor where the page before ended; null for the first
     * @param limit how many at most
     */
    record ListExecutions(
            @Nullable String job,
            ExecutionState state,
            @Nullable String cursor,
            int limit,
            Instant deadline) implements OfJob {
        static final CommandForm<ListExecutions> FORM = CommandForm.of(
                ListExecutions.class,
                (list, json) -> {
                    CommandForm.putJob(json, list);
                    json.put("state", list.state.wireName())
                            .put("cursor", list.cursor)
                            .put("limit", list.limit);
                },
                (in, deadline) -> new ListExecutions(
                        in.string("job"), in.state("state"), in.string("cursor"), in.limit(), deadline),
                "job",
                "state",
                "cursor",
                "limit");

        @Override
        public CommandType type() {
            return CommandType.LIST_EXECUTIONS;
        }

        @Override
        public @Nullable Reply accept(JobHandler handler) {
            return handler.listExecutions(this);
        }
    }

    /**
     * Reads the job's executions that have ended, the latest first. → {@link ExecutionPage}
     *
     * @param state only those in this state, which is terminal; null for all
     * @param cursor where the page before ended; null for the first
     * @param limit how many at most
     */
    record ListHistory(
            @Nullable String job,
            @Nullable ExecutionState state,
            @Nullable String cursor,
            int limit,
            Instant deadline) implements OfJob {
        static final CommandForm<ListHistory> FORM = CommandForm.of(
                ListHistory.class,
                (list, json) -> {
                    CommandForm.putJob(json, list);
                    json.put("state", list.state == null ? null : list.state.wireName())
                            .put("cursor", list.cursor)
                            .put("limit", list.limit);
                },
                (in, deadline) -> new ListHistory(
                        in.string("job"),
                        in.string("state") == null ? null : in.state("state"),
                        in.string("cursor"),
                        in.limit(),
                        deadline),
                "job",
                "state",
                "cursor",
                "limit");

        @Override
        public CommandType type() {
            return CommandType.LIST_HISTORY;
        }

        @Override
        public @Nullable Reply accept(JobHandler handler) {
            return handler.listHistory(this);
        }
    }

    /**
     * Reads when the job's timer is due next. → {@link TicksView}
     *
     * @param count how many ticks at most, from 1 to {@link TicksView#MAX}
     */
    record GetTicks(@Nullable String job, int count, Instant deadline) implements OfJob {
        static final CommandForm<GetTicks> FORM = CommandForm.of(
                GetTicks.class,
                (get, json) -> {
                    CommandForm.putJob(json, get);
                    json.put("count", get.count);
                },
                (in, deadline) -> new GetTicks(
                        in.string("job"), (int) in.number("count", TicksView.USUAL, 1, TicksView.MAX), deadline),
                "job",
                "count");

        @Override
        public CommandType type() {
            return CommandType.GET_TICKS;
        }

        @Override
        public @Nullable Reply accept(JobHandler handler) {
            return handler.getTicks(this);
        }
    }

    /**
     * Reads what became of a message at the job's broker, whichever process had it. → {@link MessageView}
     *
     * @param key the key of the message
     */
    record GetMessage(@Nullable String job, String key, Instant deadline) implements OfJob {
        static final CommandForm<GetMessage> FORM = CommandForm.of(
                GetMessage.class,
                (get, json) -> {
                    CommandForm.putJob(json, get);
                    json.put("key", get.key);
                },
                (in, deadline) -> new GetMessage(in.string("job"), in.required("key"), deadline),
                "job",
                "key");

        @Override
        public CommandType type() {
            return CommandType.GET_MESSAGE;
        }

        @Override
        public @Nullable Reply accept(JobHandler handler) {
            return handler.getMessage(this);
        }
    }

    /**
     * Reads the dead letters of the job at its broker, the oldest first. → {@link DeadLetterPage}
     *
     * @param cursor where the page before ended; null for the first
     * @param limit how many at most
     */
    record ListDeadLetters(@Nullable String job, @Nullable String cursor, int limit, Instant deadline)
            implements OfJob {
        static final CommandForm<ListDeadLetters> FORM = CommandForm.of(
                ListDeadLetters.class,
                (list, json) -> {
                    CommandForm.putJob(json, list);
                    json.put("cursor", list.cursor).put("limit", list.limit);
                },
                (in, deadline) -> new ListDeadLetters(in.string("job"), in.string("cursor"), in.limit(), deadline),
                "job",
                "cursor",
                "limit");

        @Override
        public CommandType type() {
            return CommandType.LIST_DEAD_LETTERS;
        }

        @Override
        public @Nullable Reply accept(JobHandler handler) {
            return handler.listDeadLetters(this);
        }
    }

    /** Ends an execution that has not ended; a running one is told to. → {@link ExecutionView} */
    record Cancel(ExecutionId id, Instant deadline) implements OfExecution {
        static final CommandForm<Cancel> FORM = CommandForm.ofExecution(Cancel.class, Cancel::new);

        @Override
        public CommandType type() {
            return CommandType.CANCEL;
        }

        @Override
        public @Nullable Reply accept(ExecutionHandler handler) {
            return handler.cancel(this);
        }
    }

    /** Queues a failed execution again. → {@link ExecutionView} */
    record Retry(ExecutionId id, Instant deadline) implements OfExecution {
        static final CommandForm<Retry> FORM = CommandForm.ofExecution(Retry.class, Retry::new);

        @Override
        public CommandType type() {
            return CommandType.RETRY;
        }

        @Override
        public @Nullable Reply accept(ExecutionHandler handler) {
            return handler.retry(this);
        }
    }

    /** Cancels everything that is queued or delayed, or only counts it. → {@link Counted} */
    record Purge(@Nullable String job, boolean countOnly, Instant deadline) implements OfJob {
        static final CommandForm<Purge> FORM = CommandForm.of(
                Purge.class,
                (purge, json) -> {
                    CommandForm.putJob(json, purge);
                    json.put("countOnly", purge.countOnly);
                },
                (in, deadline) -> new Purge(in.string("job"), in.bool("countOnly", false), deadline),
                "job",
                "countOnly");

        @Override
        public CommandType type() {
            return CommandType.PURGE;
        }

        @Override
        public @Nullable Reply accept(JobHandler handler) {
            return handler.purge(this);
        }
    }

    /**
     * Queues all failed executions again that are meant and for which there is room, or only counts them; of a job whose queue is at
     * a broker, its dead letters there. → {@link Counted}
     */
    record RetryFailed(@Nullable String job, FailureFilter filter, boolean countOnly, Instant deadline)
            implements OfJob {
        static final CommandForm<RetryFailed> FORM = CommandForm.of(
                RetryFailed.class,
                (retry, json) -> {
                    CommandForm.putJob(json, retry);
                    json.put("countOnly", retry.countOnly).put("error", retry.filter.error());
                    JsonForm.put(json, "since", JsonForm.text(retry.filter.since()));
                    JsonForm.put(json, "until", JsonForm.text(retry.filter.until()));
                },
                (in, deadline) -> new RetryFailed(
                        in.string("job"),
                        new FailureFilter(in.string("error"), in.time("since"), in.time("until")),
                        in.bool("countOnly", false),
                        deadline),
                "job",
                "countOnly",
                "error",
                "since",
                "until");

        @Override
        public CommandType type() {
            return CommandType.RETRY_FAILED;
        }

        @Override
        public @Nullable Reply accept(JobHandler handler) {
            return handler.retryFailed(this);
        }
    }

    /** Changes what the job may do, while the service runs. → {@link JobView} */
    record ChangeJob(@Nullable String job, JobSettings settings, Instant deadline) implements OfJob {
        static final CommandForm<ChangeJob> FORM = CommandForm.of(
                ChangeJob.class,
                (change, json) -> {
                    CommandForm.putJob(json, change);
                    json.put("settings", SettingsWire.encode(change.settings));
                },
                (in, deadline) ->
                        new ChangeJob(in.string("job"), SettingsWire.decode(in.requiredObject("settings")), deadline),
                "job",
                "settings");

        @Override
        public CommandType type() {
            return CommandType.CHANGE_JOB;
        }

        @Override
        public @Nullable Reply accept(JobHandler handler) {
            return handler.changeJob(this);
        }
    }

    /** Has nothing begin any more, in no job, over restarts, until {@link ResumeAll}. → {@link PauseView} */
    record PauseAll(Instant deadline) implements OfService {
        static final CommandForm<PauseAll> FORM =
                CommandForm.of(PauseAll.class, (none, json) -> {}, (in, deadline) -> new PauseAll(deadline));

        @Override
        public CommandType type() {
            return CommandType.PAUSE_ALL;
        }

        @Override
        public @Nullable Reply accept(ServiceHandler handler) {
            return handler.pauseAll(this);
        }
    }

    /** Ends the pause of everything. → {@link PauseView} */
    record ResumeAll(Instant deadline) implements OfService {
        static final CommandForm<ResumeAll> FORM =
                CommandForm.of(ResumeAll.class, (none, json) -> {}, (in, deadline) -> new ResumeAll(deadline));

        @Override
        public CommandType type() {
            return CommandType.RESUME_ALL;
        }

        @Override
        public @Nullable Reply accept(ServiceHandler handler) {
            return handler.resumeAll(this);
        }
    }

    /** Reads how the store is. → {@link StoreView} */
    record GetStore(Instant deadline) implements OfStore {
        static final CommandForm<GetStore> FORM =
                CommandForm.of(GetStore.class, (none, json) -> {}, (in, deadline) -> new GetStore(deadline));

        @Override
        public CommandType type() {
            return CommandType.GET_STORE;
        }

        @Override
        public <R> R accept(StoreHandler<R> handler) {
            return handler.getStore(this);
        }
    }

    /** Copies everything that is stored to a file beside the store. → {@link BackupView} */
    record BackUp(Instant deadline) implements OfStore {
        static final CommandForm<BackUp> FORM =
                CommandForm.of(BackUp.class, (none, json) -> {}, (in, deadline) -> new BackUp(deadline));

        @Override
        public CommandType type() {
            return CommandType.BACK_UP;
        }

        @Override
        public <R> R accept(StoreHandler<R> handler) {
            return handler.backUp(this);
        }
    }

    /**
     * Begins to move what waits in a queue at a broker to where the job has its queue now; goes on when that is under way. → {@link
     * MoveView}
     *
     * @param from the name of the broker, a colon, the name of the queue there
     * @param group by which name the processes that took from it shared its work; of brokers that have groups
     * @param lanes the lanes there; empty for those that the job has now
     * @param hasDeadLetters whether its dead letters are moved too, as work
     */
    record Move(String job, String from, String group, List<Priority> lanes, boolean hasDeadLetters, Instant deadline)
            implements OfMove {

        /** The group that is meant when none is named. */
        public static final String USUAL_GROUP = "latido";

        static final CommandForm<Move> FORM = CommandForm.of(
                Move.class,
                (move, json) -> json.put("job", move.job)
                        .put("from", move.from)
                        .put("group", move.group)
                        .put(
                                "lanes",
                                new JsonArray(move.lanes.stream()
                                        .map(Priority::wireName)
                                        .toList()))
                        .put("deadLetters", move.hasDeadLetters),
                (in, deadline) -> new Move(
                        in.required("job"),
                        in.required("from"),
                        in.has("group") ? in.required("group") : USUAL_GROUP,
                        in.has("lanes") ? in.priorities("lanes") : List.of(),
                        in.bool("deadLetters", false),
                        deadline),
                "job",
                "from",
                "group",
                "lanes",
                "deadLetters");

        public Move {
            lanes = List.copyOf(lanes);
        }

        @Override
        public CommandType type() {
            return CommandType.MOVE;
        }

        @Override
        public Reply accept(MoveHandler handler) {
            return handler.move(this);
        }
    }

    /** Tells how the latest move to the job's queue stands. → {@link MoveView} */
    record GetMove(String job, Instant deadline) implements OfMove {
        static final CommandForm<GetMove> FORM = CommandForm.of(
                GetMove.class,
                (get, json) -> json.put("job", get.job),
                (in, deadline) -> new GetMove(in.required("job"), deadline),
                "job");

        @Override
        public CommandType type() {
            return CommandType.GET_MOVE;
        }

        @Override
        public Reply accept(MoveHandler handler) {
            return handler.getMove(this);
        }
    }

    /** Ends the move to the job's queue; what is not moved yet stays where it is. → {@link MoveView} */
    record EndMove(String job, Instant deadline) implements OfMove {
        static final CommandForm<EndMove> FORM = CommandForm.of(
                EndMove.class,
                (end, json) -> json.put("job", end.job),
                (in, deadline) -> new EndMove(in.required("job"), deadline),
                "job");

        @Override
        public CommandType type() {
            return CommandType.END_MOVE;
        }

        @Override
        public Reply accept(MoveHandler handler) {
            return handler.endMove(this);
        }
    }

    /**
     * Reads what is named, all at the same moment; what does not exist is left out. → {@link Inspection}
     *
     * @param jobs names of jobs
     * @param executions ids of executions
     */
    record Inspect(List<String> jobs, List<ExecutionId> executions, Instant deadline) implements OfService {
        /** How many jobs, and how many executions, may be named. */
        public static final int MAX_NAMED = 1_000;

        static final CommandForm<Inspect> FORM = CommandForm.of(
                Inspect.class,
                (inspect, json) -> json.put("jobs", new JsonArray(inspect.jobs))
                        .put(
                                "executions",
                                new JsonArray(inspect.executions.stream()
                                        .map(ExecutionId::toString)
                                        .toList())),
                (in, deadline) ->
                        new Inspect(in.strings("jobs", MAX_NAMED), in.executions("executions", MAX_NAMED), deadline),
                "jobs",
                "executions");

        @Override
        public CommandType type() {
            return CommandType.INSPECT;
        }

        @Override
        public @Nullable Reply accept(ServiceHandler handler) {
            return handler.inspect(this);
        }
    }

    /** Reads what all jobs come to together. → {@link SummaryView} */
    record GetSummary(Instant deadline) implements OfService {
        static final CommandForm<GetSummary> FORM =
                CommandForm.of(GetSummary.class, (none, json) -> {}, (in, deadline) -> new GetSummary(deadline));

        @Override
        public CommandType type() {
            return CommandType.GET_SUMMARY;
        }

        @Override
        public @Nullable Reply accept(ServiceHandler handler) {
            return handler.getSummary(this);
        }
    }

    /**
     * Looks for executions, for a second at most: the answer says how far that went, and where to look on. Those that go on meanwhile
     * may be told of twice. → {@link FoundPage}
     *
     * @param filter which ones
     * @param countOnly whether they are only counted
     * @param cursor where the look before ended; null for the first
     * @param limit how many are told of at most
     */
    record FindExecutions(
            ExecutionFilter filter,
            boolean countOnly,
            @Nullable String cursor,
            int limit,
            Instant deadline) implements OfSearch {
        static final CommandForm<FindExecutions> FORM = CommandForm.of(
                FindExecutions.class,
                (find, json) -> {
                    find.filter.write(json);
                    json.put("countOnly", find.countOnly)
                            .put("cursor", find.cursor)
                            .put("limit", find.limit);
                },
                (in, deadline) -> new FindExecutions(
                        ExecutionFilter.read(in),
                        in.bool("countOnly", false),
                        in.string("cursor"),
                        in.limit(),
                        deadline),
                "job",
                "states",
                "key",
                "error",
                "at",
                "value",
                "since",
                "until",
                "countOnly",
                "cursor",
                "limit");

        @Override
        public CommandType type() {
            return CommandType.FIND_EXECUTIONS;
        }
    }

    /**
     * Reads what a job did lately, or all jobs together. → {@link SeriesView}
     *
     * @param job null for all jobs together, as for every reader of the service
     * @param after only points that begin later than this; null for all
     */
    record GetSeries(
            @Nullable String job,
            SeriesRange range,
            @Nullable Instant after,
            Instant deadline) implements OfSeries {
        static final CommandForm<GetSeries> FORM = CommandForm.of(
                GetSeries.class,
                (series, json) -> {
                    JsonForm.put(json, "job", series.job);
                    json.put("range", series.range.wireName());
                    JsonForm.put(json, "after", JsonForm.text(series.after));
                },
                (in, deadline) -> new GetSeries(in.string("job"), in.seriesRange("range"), in.time("after"), deadline),
                "job",
                "range",
                "after");

        @Override
        public CommandType type() {
            return CommandType.GET_SERIES;
        }
    }

    /** Reads how the owner is. → {@link Health} */
    record GetHealth(Instant deadline) implements OfService {
        static final CommandForm<GetHealth> FORM =
                CommandForm.of(GetHealth.class, (none, json) -> {}, (in, deadline) -> new GetHealth(deadline));

        @Override
        public CommandType type() {
            return CommandType.GET_HEALTH;
        }

        @Override
        public @Nullable Reply accept(ServiceHandler handler) {
            return handler.getHealth(this);
        }
    }
}
