package dev.latido.queue.storagequeue;

import dev.latido.queue.QueueException;

/** A call of the service had no success. The message is for people, and has no secrets. */
final class CallException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What is known of it. */
    enum Kind {
        /** It was not sent, so that nothing was done. */
        NOT_SENT,
        /** It was sent and not answered, or with a fault of the service: it may have been done or not. */
        UNANSWERED,
        /** The service wants less of it. Nothing was done. */
        THROTTLED,
        /** It does not take for proven who calls, or that he may. */
        REFUSED,
        /** There is no such queue. */
        NO_QUEUE,
        /** There is no such message. */
        NO_MESSAGE,
        /** The message was taken by somebody else since, or renewed. */
        OTHER_RECEIPT,
        /** It has more bytes than a message may. */
        TOO_LARGE,
        /** It is wrong by itself. */
        WRONG
    }

    private final Kind kind;

    CallException(Kind kind, String message) {
        super(message, null, false, false); // an answer, not a fault: where it was made says nothing
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    /** Tells whether the lease that the call was made with is over. */
    boolean isLeaseLost() {
        return kind == Kind.NO_MESSAGE || kind == Kind.OTHER_RECEIPT;
    }

    /** Tells whether other calls would fail now, too. */
    boolean isOfService() {
        return switch (kind) {
            case NOT_SENT, UNANSWERED, THROTTLED, REFUSED, NO_QUEUE -> true;
            case NO_MESSAGE, OTHER_RECEIPT, TOO_LARGE, WRONG -> false;
        };
    }

    /** Says what it means to who asked the queue. */
    QueueException meaning() {
        QueueException.Kind means = switch (kind) {
            case UNANSWERED -> QueueException.Kind.UNKNOWN;
            case NO_MESSAGE, OTHER_RECEIPT -> QueueException.Kind.LEASE_LOST;
            case TOO_LARGE -> QueueException.Kind.TOO_LARGE;
            case NOT_SENT, THROTTLED, REFUSED, NO_QUEUE, WRONG -> QueueException.Kind.UNAVAILABLE;
        };
        return new QueueException(means, String.valueOf(getMessage()));
    }
}
