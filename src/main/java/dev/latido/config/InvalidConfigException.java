package dev.latido.config;

import java.util.List;

/** The configuration cannot be used. Holds every problem found, each with the path of its setting. */
public final class InvalidConfigException extends Exception {

    private final List<String> problems;

    InvalidConfigException(List<String> problems) {
        super(heading(problems) + "\n  " + String.join("\n  ", problems));
        this.problems = List.copyOf(problems);
    }

    /** Returns the line that comes before the problems. */
    public static String heading(List<String> problems) {
        return "The configuration has " + problems.size() + (problems.size() == 1 ? " problem:" : " problems:");
    }

    /** Returns the problems, one line each. */
    public List<String> problems() {
        return problems;
    }
}
