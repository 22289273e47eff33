package dev.latido.move;

/** A message cannot be submitted, however often that is tried. The message of this is for people. */
public final class CannotMoveException extends Exception {

    private static final long serialVersionUID = 1L;

    public CannotMoveException(String message) {
        super(message, null, false, false); // an answer, not a fault: where it was made says nothing
    }
}
