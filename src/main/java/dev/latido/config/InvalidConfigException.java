package dev.latido.config;

import java.util.List;

/** The configuration cannot be used. Holds every problem found, each with the path of its setting. */
public final class InvalidConfigException extends Exception {

    private final List<String> problems;

    InvalidConfigException(List<String> problems) {
        super("The configuration has " + problems.size() + (problems.size() == 1 ? " problem" : " problems") + ":\n  "
                + String.join("\n  ", problems));
        this.problems = List.copyOf(problems);
    }

    /** Returns the problems, one line each. */
    public List<String> problems() {
        return problems;
    }
}
