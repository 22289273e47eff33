package dev.latido.protocol;

/** Carries a {@link Refusal} where a future has to fail. Expected, and therefore without a stack trace. */
public final class CommandException extends RuntimeException {

    private final Refusal refusal;

    public CommandException(Refusal refusal) {
        super(refusal.type() + ": " + refusal.detail(), null, false, false);
        this.refusal = refusal;
    }

    /** Returns why the command was not executed. */
    public Refusal refusal() {
        return refusal;
    }
}
