package dev.latido.simulation;

/** A rule does not hold. */
final class Broken extends AssertionError {

    private static final long serialVersionUID = 1L;

    private final String rule;

    Broken(String rule, String what) {
        super(rule + ": " + what);
        this.rule = rule;
    }

    /** The name of the rule, which a shorter history has to break too. */
    String rule() {
        return rule;
    }
}
