package dev.latido.event;

/**
 * Is told of every event, on the owner's thread and in order. Must return at once; what it throws is logged and has no
 * effect on the owner.
 */
@FunctionalInterface
public interface EventListener {

    /** Something happened. */
    void on(Event event);

    /** That was all for now: the owner goes on to something else. Called once for many events where they come in numbers. */
    default void turnEnded() {}
}
