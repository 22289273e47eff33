package dev.latido.protocol;

/** The event bus addresses of the protocol. */
public final class Addresses {

    /** Requests: commands to the owner, answered with a status or a failure. */
    public static final String CONTROL = "latido.control";

    /** Requests: work that is submitted, answered with the execution that was made of it or a failure. */
    public static final String SUBMIT = "latido.submit";

    /** What an event-bus worker of a job consumes, followed by the job's name. */
    public static final String WORK_PREFIX = "latido.work.";

    /** Sent by event-bus workers: how far an attempt is. */
    public static final String PROGRESS = "latido.progress";

    /** Published: attempts that are no longer wanted. */
    public static final String CANCEL = "latido.cancel";

    /** Published: every event. */
    public static final String EVENTS = "latido.events";

    private Addresses() {}
}
