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
     * @param result see {@link #result}
     * @param nanos time from the call to the answer
     */
    void answered(CommandType type, String result, long nanos);

    /**
     * Returns what became of a command: {@code ok}, or the {@link Refusal#type()}; of a submission of which nothing was taken,
     * that of its first item.
     */
    static String result(Reply reply) {
        Reply told = reply instanceof Submitted submitted
                        && submitted.answers().stream().allMatch(Refusal.class::isInstance)
                ? submitted.answers().stream().findFirst().orElse(reply)
                : reply;
        return told instanceof Refusal refusal ? refusal.type() : "ok";
    }
}
