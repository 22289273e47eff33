package dev.latido.command;

/** The event bus addresses of the protocol. */
public final class Addresses {

    /** Requests: commands to the owner, answered with a status or a failure. */
    public static final String CONTROL = "latido.control";

    /** Published: every event. */
    public static final String EVENTS = "latido.events";

    private Addresses() {}
}
