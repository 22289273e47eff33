package dev.latido.protocol;

/** Is told of every command that was answered, one way or the other. Must not throw and must return at once. */
@FunctionalInterface
public interface CommandObserver {

    /** Observes nothing. */
    CommandObserver NONE = (type, result, nanos) -> {};

    /**
     * A caller got its answer.
     *
     * @param type the command's type
     * @param result {@code ok}, or the {@link Refusal#type()}
     * @param nanos time from the call to the answer
     */
    void answered(CommandType type, String result, long nanos);
}
