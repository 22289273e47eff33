package dev.latido.queue;

/**
 * The broker has a message.
 *
 * @param isKnown whether it had one with this key already: this one was not taken then, and is none more
 */
public record Receipt(boolean isKnown) {}
