package dev.latido;

import java.util.List;

/** Says what to do when a class cannot be loaded: the program was installed without all of its files. */
final class MissingClass {

    private static final List<String> OF_THE_RUNTIME = List.of("java.", "javax.", "jdk.", "sun.", "com.sun.");

    /** So many causes are looked at. */
    private static final int MAX_CAUSES = 16;

    private MissingClass() {}

    /** Returns what {@code failure} says, or, if a class that is missing is its cause, where that belongs. */
    static String explain(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
            String missing = cause instanceof LinkageError || cause instanceof ClassNotFoundException
                    ? cause.getMessage()
                    : null;
            if (missing != null) {
                return explain(missing.replace('/', '.'));
            }
            cause = cause.getCause();
        }
        String message = failure.getMessage();
        return message == null ? failure.toString() : message;
    }

    private static String explain(String missing) {
        return OF_THE_RUNTIME.stream().anyMatch(missing::startsWith)
                ? "this Java runtime has no " + missing + ": it was made without one of the modules that Latido needs"
                        + " (docs/operations.md, \"Where it runs\")"
                : missing
                        + " cannot be loaded: the folder lib must be beside latido.jar, with every file as the build"
                        + " made it (or the process may open too few files, see ulimit -n)";
    }
}
