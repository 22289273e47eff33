package dev.latido.queue;

/** A queue could not do what it was asked to. The message is for people, and has no secrets. */
public final class QueueException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What can be done about it. */
    public enum Kind {
        /** There is no room. Trying again helps once there is. */
        FULL,
        /** The message is larger than the broker takes. */
        TOO_LARGE,
        /** The broker has no memory left, or no space. Trying again helps once somebody has seen to that. */
        NO_MEMORY,
        /** The broker is not reached, or not ready: nothing was done. */
        UNAVAILABLE,
        /** The connection was lost, or the answer took too long: it may have been done or not. */
        UNKNOWN,
        /** Of a settlement: somebody else may have the message. It was not done, and never will be by this handle. */
        LEASE_LOST
    }

    private final Kind kind;

    public QueueException(Kind kind, String message) {
        super(message, null, false, false); // an answer, not a fault: where it was made says nothing
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
