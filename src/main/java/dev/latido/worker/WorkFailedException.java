package dev.latido.worker;

/** The work was tried and not done. Expected, and therefore without a stack trace. */
final class WorkFailedException extends RuntimeException {

    WorkFailedException(String why) {
        super(why, null, false, false);
    }
}
