package dev.latido.protocol;

import java.util.Optional;

/** The types of commands, with their names on the wire and the lane they travel in. */
public enum CommandType {
    START("Start", Channel.CONTROL),
    STOP("Stop", Channel.CONTROL),
    GET_STATUS("GetStatus", Channel.CONTROL),
    COMPLETE("Complete", Channel.CONTROL),
    GET_JOB("GetJob", Channel.CONTROL),
    LIST_JOBS("ListJobs", Channel.CONTROL),
    GET_EXECUTION("GetExecution", Channel.CONTROL),
    LIST_EXECUTIONS("ListExecutions", Channel.CONTROL),
    LIST_HISTORY("ListHistory", Channel.CONTROL),
    CANCEL("Cancel", Channel.CONTROL),
    RETRY("Retry", Channel.CONTROL),
    PURGE("Purge", Channel.CONTROL),
    RETRY_FAILED("RetryFailed", Channel.CONTROL),
    CHANGE_JOB("ChangeJob", Channel.CONTROL),
    PAUSE_ALL("PauseAll", Channel.CONTROL),
    RESUME_ALL("ResumeAll", Channel.CONTROL),
    INSPECT("Inspect", Channel.CONTROL),
    GET_SUMMARY("GetSummary", Channel.CONTROL),
    GET_HEALTH("GetHealth", Channel.CONTROL),
    GET_STORE("GetStore", Channel.CONTROL),
    SUBMIT("Submit", Channel.SUBMIT),
    AWAIT_ROOM("AwaitRoom", Channel.WAIT),
    AWAIT_EXECUTION("AwaitExecution", Channel.WAIT),
    BACK_UP("BackUp", Channel.WAIT);

    /** Lanes have in-flight limits of their own, so that control never waits behind work. */
    public enum Channel {
        /** Answered at once: control and reading. */
        CONTROL,
        /** Work that is handed in. */
        SUBMIT,
        /** Answered when something happens, which may take long. */
        WAIT
    }

    private final String wireName;
    private final Channel channel;

    CommandType(String wireName, Channel channel) {
        this.wireName = wireName;
        this.channel = channel;
    }

    /** Returns the {@code type} field's value in a message. */
    public String wireName() {
        return wireName;
    }

    /** Returns the lane that commands of this type travel in. */
    public Channel channel() {
        return channel;
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
