package dev.latido.worker;

/** No worker could be reached, so that nothing was tried. Expected, and therefore without a stack trace. */
public final class WorkerUnavailableException extends RuntimeException {

    public WorkerUnavailableException(String why) {
        super(why, null, false, false);
    }
}
