package dev.latido.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Ends a command: says what is wrong, and what to do next. */
final class CliException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final int status;
    private final @Nullable String next;
    private final @Nullable String problem;

    private CliException(int exitCode, int status, String message, @Nullable String next, @Nullable String problem) {
        super(message);
        this.exitCode = exitCode;
        this.status = status;
        this.next = next;
        this.problem = problem;
    }

    static CliException usage(String message, @Nullable String next) {
        return new CliException(ExitCode.USAGE, 0, message, next, null);
    }

    static CliException unreachable(String message, String next) {
        return new CliException(ExitCode.UNREACHABLE, 0, message, next, null);
    }

    /**
     * The service answered with a problem.
     *
     * @param problem the answer, as it came
     * @param retryAfter when it says that trying again makes sense; null where it does not
     */
    static CliException refused(int status, String problem, Fields fields, @Nullable Duration retryAfter) {
        StringBuilder message = new StringBuilder(fields.textOr("title", "HTTP " + status))
                .append(": ")
                .append(fields.textOr("detail", "it says no more."));
        String field = fields.text("field");
        if (field != null) {
            message.append(" (field '").append(field).append("')");
        }
        return new CliException(
                ExitCode.REFUSED, status, message.toString(), next(status, fields, retryAfter), problem);
    }

    private static @Nullable String next(int status, Fields problem, @Nullable Duration retryAfter) {
        if (status == 401) {
            return "Give a key: --api-key-file FILE, or the variable " + Settings.API_KEY + ".";
        }
        if (problem.textOr("type", "").endsWith(":unknown-job")) {
            return "'latido top' shows all jobs.";
        }
        return retryAfter == null ? null : "Try again in " + retryAfter.toSeconds() + " s.";
    }

    int exitCode() {
        return exitCode;
    }

    /** Returns the HTTP status of the answer; 0 where there was none. */
    int status() {
        return status;
    }

    /** Tells whether it may well go otherwise in a moment. */
    boolean isTemporary() {
        return exitCode == ExitCode.UNREACHABLE || status == 429 || status >= 500;
    }

    /** Returns what to do next; null where the message says it all. */
    @Nullable String next() {
        return next;
    }

    /** Returns the problem that the service answered with, as JSON; null where it did not. */
    @Nullable String problem() {
        return problem;
    }
}
