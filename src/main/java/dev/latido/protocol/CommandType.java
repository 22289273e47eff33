package dev.latido.protocol;

import java.util.Optional;

/** The types of commands, with their names on the wire and the lane they travel in. */
public enum CommandType {
    START("Start", Lane.CONTROL),
    STOP("Stop", Lane.CONTROL),
    GET_STATUS("GetStatus", Lane.CONTROL),
    COMPLETE("Complete", Lane.CONTROL),
    GET_JOB("GetJob", Lane.CONTROL),
    LIST_JOBS("ListJobs", Lane.CONTROL),
    GET_EXECUTION("GetExecution", Lane.CONTROL),
    LIST_EXECUTIONS("ListExecutions", Lane.CONTROL),
    LIST_HISTORY("ListHistory", Lane.CONTROL),
    CANCEL("Cancel", Lane.CONTROL),
    RETRY("Retry", Lane.CONTROL),
    PURGE("Purge", Lane.CONTROL),
    RETRY_FAILED("RetryFailed", Lane.CONTROL),
    CHANGE_JOB("ChangeJob", Lane.CONTROL),
    PAUSE_ALL("PauseAll", Lane.CONTROL),
    RESUME_ALL("ResumeAll", Lane.CONTROL),
    INSPECT("Inspect", Lane.CONTROL),
    GET_SUMMARY("GetSummary", Lane.CONTROL),
    GET_HEALTH("GetHealth", Lane.CONTROL),
    GET_STORE("GetStore", Lane.CONTROL),
    SUBMIT("Submit", Lane.SUBMIT),
    AWAIT_ROOM("AwaitRoom", Lane.WAIT),
    AWAIT_EXECUTION("AwaitExecution", Lane.WAIT),
    BACK_UP("BackUp", Lane.WAIT);

    /** Lanes have in-flight limits of their own, so that control never waits behind work. */
    public enum Lane {
        /** Answered at once: control and reading. */
        CONTROL,
        /** Work that is handed in. */
        SUBMIT,
        /** Answered when something happens, which may take long. */
        WAIT
    }

    private final String wireName;
    private final Lane lane;

    CommandType(String wireName, Lane lane) {
        this.wireName = wireName;
        this.lane = lane;
    }

    /** Returns the {@code type} field's value in a message. */
    public String wireName() {
        return wireName;
    }

    /** Returns the lane that commands of this type travel in. */
    public Lane lane() {
        return lane;
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
