package dev.latido.protocol;

/**
 * How many executions a command for many applied to.
 *
 * @param matched how many there were that it could apply to
 * @param changed how many it did apply to: one command changes a bounded number, and is repeated for the rest
 */
public record Counted(int matched, int changed) implements Reply {}
