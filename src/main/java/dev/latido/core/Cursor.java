package dev.latido.core;

import dev.latido.job.ExecutionId;
import dev.latido.job.Priority;
import org.jspecify.annotations.Nullable;

/**
 * Where a page of executions ended: at an execution, and, in case that has moved on since, at its place in the order.
 *
 * @param priority its priority
 * @param order its place
 * @param id its id
 */
record Cursor(Priority priority, long order, ExecutionId id) {

    static final Cursor START = new Cursor(Priority.CRITICAL, Long.MIN_VALUE, new ExecutionId(0));

    static Cursor of(Execution execution) {
        return new Cursor(execution.priority, execution.order(), execution.id);
    }

    /** Reads the text form; null when it is none. */
    static @Nullable Cursor parse(String text) {
        String[] parts = text.split("_", 4);
        if (parts.length != 3) {
            return null;
        }
        Priority priority = Priority.ofWireName(parts[0]).orElse(null);
        ExecutionId id = ExecutionId.parse(parts[2]).orElse(null);
        try {
            long order = Long.parseLong(parts[1], Character.MAX_RADIX);
            return priority == null || id == null ? null : new Cursor(priority, order, id);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        return priority.wireName() + "_" + Long.toString(order, Character.MAX_RADIX) + "_" + id;
    }
}
