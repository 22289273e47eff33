package dev.latido.owner;

import org.jspecify.annotations.Nullable;

/** Something went wrong inside the owner that leaves it in a state that nobody knows: the process has to end. */
public final class OwnerFault extends Exception {

    private static final long serialVersionUID = 1L;

    private final @Nullable String job;

    /**
     * Makes one.
     *
     * @param job the job that was worked for; null when it is not known which it was
     */
    public OwnerFault(@Nullable String job, Throwable cause) {
        super(
                "a fault in the owner" + (job == null ? "" : " while it worked for job '" + job + "'") + ": " + cause,
                cause);
        this.job = job;
    }

    /** Returns the job that is set aside when the service begins again; null when it is not known which it was. */
    public @Nullable String job() {
        return job;
    }
}
