package dev.latido.job;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The life of an execution.
 *
 * <pre>
 *              ┌──────────▶ dropped
 * waiting ◀─▶ queued ─▶ running ─▶ succeeded
 *    ▲  │      │ │ ▲     │ │ └──▶ failed ──▶ queued (retried on request)
 *    │  │      │ └─┼─────┼─┼────▶ failed (expired)
 *    │  └─▶ cancelled ◀──┘ │
 *    └─────────────┴───────┘ (another attempt)
 * </pre>
 *
 * <p>One whose message came from a broker becomes {@code returned} from wherever it is once somebody else may have the message.
 */
public enum ExecutionState {
    /** Not due before its delay is over, or the pause before its next attempt; or held up by the limits of its key. */
    WAITING,
    /** In its job's queue. */
    QUEUED,
    /** Handed to a worker. */
    RUNNING,
    /** Done. */
    SUCCEEDED,
    /** Not done, and not tried again by itself: a dead letter. */
    FAILED,
    /** Ended by a command before it was done. */
    CANCELLED,
    /** Given up by the full mode of its queue. */
    DROPPED,
    /** Its message went back to its broker, or to another process: that one has it now. */
    RETURNED;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /** Returns the name in JSON and metrics. */
    public String wireName() {
        return wireName;
    }

    private static final Set<ExecutionState> AFTER_WAITING = EnumSet.of(QUEUED, CANCELLED, RETURNED);
    private static final Set<ExecutionState> AFTER_QUEUED =
            EnumSet.of(WAITING, RUNNING, FAILED, CANCELLED, DROPPED, RETURNED);
    private static final Set<ExecutionState> AFTER_RUNNING =
            EnumSet.of(WAITING, QUEUED, SUCCEEDED, FAILED, CANCELLED, RETURNED);

    /** Returns the state with this name, compared exactly. */
    public static Optional<ExecutionState> ofWireName(String name) {
        for (ExecutionState state : values()) {
            if (state.wireName.equals(name)) {
                return Optional.of(state);
            }
        }
        return Optional.empty();
    }

    /** Tells whether an execution in this state has ended. */
    public boolean isTerminal() {
        return this == SUCCEEDED || this == FAILED || this == CANCELLED || this == DROPPED || this == RETURNED;
    }

    /** Tells whether the step from this state to {@code next} is legal. */
    public boolean canBecome(ExecutionState next) {
        return switch (this) {
            case WAITING -> AFTER_WAITING.contains(next);
            case QUEUED -> AFTER_QUEUED.contains(next);
            case RUNNING -> AFTER_RUNNING.contains(next);
            case FAILED -> next == QUEUED;
            case SUCCEEDED, CANCELLED, DROPPED, RETURNED -> false;
        };
    }
}
