package dev.latido.store;

import org.jspecify.annotations.Nullable;

/** The store could not do what it was asked to. The message is for people. */
public final class StoreException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What can be done about it. */
    public enum Kind {
        /** What is there must not be used as it is: somebody has to decide. Nothing was changed. */
        REFUSED,
        /** There is no space left. Trying again helps once there is. */
        FULL,
        /** It does not answer, or cannot write, right now, and what it was asked may have been done. Trying again may help. */
        UNAVAILABLE,
        /** Something of one execution is not what was written, and never will be again. All else is as it was. */
        DAMAGED,
        /** Another owner opened it: a later term has begun, and nothing of this one is written any more. */
        FENCED,
        /** What is written can no longer be relied on. The process must end, and begin again from what is stored. */
        BROKEN
    }

    private final Kind kind;

    public StoreException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
