package dev.latido.protocol;

import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.function.Function;

/**
 * The types of commands, and all there is to say of each but what the owner does with it: its name on the wire, the channel that it
 * travels on, what it asks of the store, its JSON form and that of its reply.
 */
public enum CommandType {
    START("Start", Channel.CONTROL, Change.DURABLE, Command.Start.FORM, JobStatus::fromJson),
    STOP("Stop", Channel.CONTROL, Change.OWN, Command.Stop.FORM, JobStatus::fromJson),
    GET_STATUS("GetStatus", Channel.CONTROL, Change.NONE, Command.GetStatus.FORM, JobStatus::fromJson),
    COMPLETE("Complete", Channel.CONTROL, Change.DURABLE, Command.Complete.FORM, JobStatus::fromJson),
    GET_JOB("GetJob", Channel.CONTROL, Change.NONE, Command.GetJob.FORM, JobView::fromJson),
    GET_TICKS("GetTicks", Channel.CONTROL, Change.NONE, Command.GetTicks.FORM, TicksView::fromJson),
    LIST_JOBS("ListJobs", Channel.CONTROL, Change.NONE, Command.ListJobs.FORM, JobPage::fromJson),
    GET_EXECUTION("GetExecution", Channel.CONTROL, Change.NONE, Command.GetExecution.FORM, ExecutionView::fromJson),
    LIST_EXECUTIONS(
            "ListExecutions", Channel.CONTROL, Change.NONE, Command.ListExecutions.FORM, ExecutionPage::fromJson),
    LIST_HISTORY("ListHistory", Channel.CONTROL, Change.NONE, Command.ListHistory.FORM, ExecutionPage::fromJson),
    FIND_EXECUTIONS("FindExecutions", Channel.WAIT, Change.NONE, Command.FindExecutions.FORM, FoundPage::fromJson),
    CANCEL("Cancel", Channel.CONTROL, Change.AS_ITS_JOB, Command.Cancel.FORM, ExecutionView::fromJson),
    RETRY("Retry", Channel.CONTROL, Change.AS_ITS_JOB, Command.Retry.FORM, ExecutionView::fromJson),
    PURGE("Purge", Channel.CONTROL, Change.AS_ITS_JOB, Command.Purge.FORM, Counted::fromJson),
    RETRY_FAILED("RetryFailed", Channel.CONTROL, Change.AS_ITS_JOB, Command.RetryFailed.FORM, Counted::fromJson),
    CHANGE_JOB("ChangeJob", Channel.CONTROL, Change.DURABLE, Command.ChangeJob.FORM, JobView::fromJson),
    PAUSE_ALL("PauseAll", Channel.CONTROL, Change.DURABLE, Command.PauseAll.FORM, PauseView::fromJson),
    RESUME_ALL("ResumeAll", Channel.CONTROL, Change.DURABLE, Command.ResumeAll.FORM, PauseView::fromJson),
    INSPECT("Inspect", Channel.CONTROL, Change.NONE, Command.Inspect.FORM, Inspection::fromJson),
    GET_SUMMARY("GetSummary", Channel.CONTROL, Change.NONE, Command.GetSummary.FORM, SummaryView::fromJson),
    GET_HEALTH("GetHealth", Channel.CONTROL, Change.NONE, Command.GetHealth.FORM, Health::fromJson),
    GET_SERIES("GetSeries", Channel.CONTROL, Change.NONE, Command.GetSeries.FORM, SeriesView::fromJson),
    GET_STORE("GetStore", Channel.CONTROL, Change.NONE, Command.GetStore.FORM, StoreView::fromJson),
    SUBMIT("Submit", Channel.SUBMIT, Change.AS_ITS_JOB, SubmitForm.FORM, Submitted::fromJson),
    GET_MESSAGE("GetMessage", Channel.CONTROL, Change.NONE, Command.GetMessage.FORM, MessageView::fromJson),
    LIST_DEAD_LETTERS(
            "ListDeadLetters", Channel.CONTROL, Change.NONE, Command.ListDeadLetters.FORM, DeadLetterPage::fromJson),
    MOVE("Move", Channel.CONTROL, Change.OWN, Command.Move.FORM, MoveView::fromJson),
    GET_MOVE("GetMove", Channel.CONTROL, Change.NONE, Command.GetMove.FORM, MoveView::fromJson),
    END_MOVE("EndMove", Channel.CONTROL, Change.OWN, Command.EndMove.FORM, MoveView::fromJson),
    AWAIT_ROOM("AwaitRoom", Channel.WAIT, Change.AS_ITS_JOB, Command.AwaitRoom.FORM, JobStatus::fromJson),
    AWAIT_EXECUTION("AwaitExecution", Channel.WAIT, Change.OWN, Command.AwaitExecution.FORM, ExecutionView::fromJson),
    BACK_UP("BackUp", Channel.WAIT, Change.OWN, Command.BackUp.FORM, BackupView::fromJson);

    /** Channels have in-flight limits of their own, so that control never waits behind work. */
    public enum Channel {
        /** Answered at once: control and reading. */
        CONTROL,
        /** Work that is submitted. */
        SUBMIT,
        /** Answered when something happens, which may take long. */
        WAIT
    }

    /** What a command changes. */
    public enum Change {
        /** Nothing: it may be asked at any time, and again. */
        NONE,
        /** What is stored whatever the durability of a job is, so that it is refused while there is no store. */
        DURABLE,
        /** What is stored if its job's durability wants that, and then needs the store. */
        AS_ITS_JOB,
        /** What is done without a store too, as far as that goes. */
        OWN
    }

    private final String wireName;
    private final Channel channel;
    private final Change change;

    @SuppressWarnings("ImmutableEnumChecker") // functions that hold nothing
    private final CommandForm<?> form;

    @SuppressWarnings("ImmutableEnumChecker")
    private final Function<JsonObject, Reply> reply;

    CommandType(
            String wireName, Channel channel, Change change, CommandForm<?> form, Function<JsonObject, Reply> reply) {
        this.wireName = wireName;
        this.channel = channel;
        this.change = change;
        this.form = form;
        this.reply = reply;
    }

    /** Returns the {@code type} field's value in a message. */
    public String wireName() {
        return wireName;
    }

    /** Returns the channel that commands of this type travel on. */
    public Channel channel() {
        return channel;
    }

    /** Returns what commands of this type change. */
    public Change change() {
        return change;
    }

    /** Tells whether commands of this type change nothing. */
    public boolean isRead() {
        return change == Change.NONE;
    }

    /** Returns the JSON form of commands of this type. */
    CommandForm<?> form() {
        return form;
    }

    /** Reads the JSON form of a reply to a command of this type that is no refusal. */
    Reply reply(JsonObject json) {
        return reply.apply(json);
    }

    /** Returns the type with this name on the wire, compared exactly. */
    public static Optional<CommandType> ofWireName(String name) {
        for (CommandType type : values()) {
            if (type.wireName.equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
