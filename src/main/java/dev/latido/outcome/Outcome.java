package dev.latido.outcome;

/** How one attempt ended. */
public sealed interface Outcome {

    /** The name under which this outcome appears in metrics and events. */
    String label();

    /** The work was done. */
    record Success() implements Outcome {
        @Override
        public String label() {
            return "succeeded";
        }
    }

    /**
     * The work was not done.
     *
     * @param error what went wrong, in one line
     */
    record Failure(String error) implements Outcome {
        @Override
        public String label() {
            return "failed";
        }
    }
}
