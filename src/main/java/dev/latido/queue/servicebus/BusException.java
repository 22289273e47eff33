package dev.latido.queue.servicebus;

import dev.latido.queue.QueueException;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.jspecify.annotations.Nullable;

/** Service Bus did not do what it was asked to. The message is for people, and has no secrets. */
final class BusException extends Exception {

    private static final long serialVersionUID = 1L;

    private static final int MAX_TEXT = 300;

    /** What the service adds for its own people differs each time, and would make each reason a new one. */
    private static final Pattern TRACKING = Pattern.compile(
            "\\s*(TrackingId|Reference|SystemTracker|Timestamp|For more information).*", Pattern.DOTALL);

    /** What can be done about it. */
    enum Kind {
        /** It was not sent. */
        NOT_SENT,
        /** It was sent, and nobody answered. */
        UNANSWERED,
        /** The service is busy. */
        BUSY,
        /** It does not take for proven who calls, or that he may. */
        REFUSED,
        /** There is no such queue, or it is turned off. */
        NO_ENTITY,
        /** The queue has sessions. */
        SESSIONS,
        /** The message is locked by nobody, or somebody else. */
        LOCK_LOST,
        /** The queue has as many bytes as it may. */
        FULL,
        /** The message has more bytes than one may. */
        TOO_LARGE,
        /** Nothing was sent or came for a while, so that the service closed the link. */
        IDLE,
        /** Anything else. */
        OTHER
    }

    private static final Map<String, Kind> KINDS = Map.ofEntries(
            Map.entry("com.microsoft:server-busy", Kind.BUSY),
            Map.entry("com.microsoft:timeout", Kind.BUSY),
            Map.entry("com.microsoft:message-lock-lost", Kind.LOCK_LOST),
            Map.entry("com.microsoft:message-not-found", Kind.LOCK_LOST),
            Map.entry("com.microsoft:entity-disabled", Kind.NO_ENTITY),
            Map.entry("com.microsoft:auth-failed", Kind.REFUSED),
            Map.entry("amqp:unauthorized-access", Kind.REFUSED),
            Map.entry("amqp:not-found", Kind.NO_ENTITY),
            Map.entry("amqp:resource-limit-exceeded", Kind.FULL),
            Map.entry("amqp:link:message-size-exceeded", Kind.TOO_LARGE),
            Map.entry("amqp:link:detach-forced", Kind.IDLE),
            Map.entry("amqp:connection:forced", Kind.IDLE));

    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int GONE = 410;
    private static final int BUSY = 503;

    private final Kind kind;

    BusException(Kind kind, String message) {
        super(message, null, false, false); // an answer, not a fault: where it was made says nothing
        this.kind = kind;
    }

    /**
     * Reads how a link or a connection ended, or a message was refused.
     *
     * @param what what was, for people
     */
    static BusException of(@Nullable ErrorCondition error, String what) {
        Symbol condition = error == null ? null : error.getCondition();
        if (condition == null) {
            return new BusException(Kind.IDLE, what + " was closed by Service Bus");
        }
        return of(condition.toString(), String.valueOf(error == null ? "" : error.getDescription()), what);
    }

    private static BusException of(String condition, String description, String what) {
        Kind kind = KINDS.getOrDefault(condition, Kind.OTHER);
        String text = cut(TRACKING.matcher(description).replaceAll(""));
        if (kind == Kind.OTHER && description.toLowerCase(Locale.ROOT).contains("requires sessions")) {
            return new BusException(
                    Kind.SESSIONS,
                    what + " requires sessions, which are not supported here: have a queue without (" + text + ")");
        }
        return new BusException(kind, what + ": " + words(kind) + " (" + condition + ": " + text + ")");
    }

    /**
     * Reads an answer that says by a status that something was not done.
     *
     * @param condition how the service calls it; null where it does not
     */
    static BusException of(int status, @Nullable String condition, String description, String what) {
        if (condition != null && KINDS.containsKey(condition)) {
            return of(condition, description, what);
        }
        Kind kind = switch (status) {
            case UNAUTHORIZED, FORBIDDEN -> Kind.REFUSED;
            case NOT_FOUND -> Kind.NO_ENTITY;
            case GONE -> Kind.LOCK_LOST;
            case BUSY -> Kind.BUSY;
            default -> Kind.OTHER;
        };
        return new BusException(
                kind,
                what + ": " + words(kind) + " (" + status + ": "
                        + cut(TRACKING.matcher(description).replaceAll("")) + ")");
    }

    private static String words(Kind kind) {
        return switch (kind) {
            case BUSY -> "Service Bus is busy";
            case REFUSED -> "Service Bus refuses the key, or its policy does not allow it";
            case NO_ENTITY -> "it is not there, or turned off; it is made at Azure";
            case LOCK_LOST -> "the lock was over, and another process may have the message";
            case FULL -> "it has as much as it may";
            case TOO_LARGE -> "the message is too large";
            case IDLE -> "it was closed by Service Bus";
            case NOT_SENT, UNANSWERED, SESSIONS, OTHER -> "Service Bus refused";
        };
    }

    private static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
    }

    Kind kind() {
        return kind;
    }

    static boolean is(Throwable failure, Kind kind) {
        return failure instanceof BusException known && known.kind == kind;
    }

    /** Says what it means to who asked the queue. */
    QueueException meaning() {
        QueueException.Kind means = switch (kind) {
            case UNANSWERED -> QueueException.Kind.UNKNOWN;
            case LOCK_LOST -> QueueException.Kind.LEASE_LOST;
            case TOO_LARGE -> QueueException.Kind.TOO_LARGE;
            case FULL -> QueueException.Kind.FULL;
            case NOT_SENT, BUSY, REFUSED, NO_ENTITY, SESSIONS, IDLE, OTHER -> QueueException.Kind.UNAVAILABLE;
        };
        return new QueueException(means, String.valueOf(getMessage()));
    }
}
