package dev.latido.core;

/** Something that happens because an execution has ended. {@link EndHooks} says what does, and in which order. */
@FunctionalInterface
interface OnEnd {

    /** Called once for each end of {@code execution}, which is in its last state and in no list. */
    void ended(Execution execution);
}
