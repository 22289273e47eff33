package dev.latido.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Ends a command: says what is wrong, and what to do next. */
final class CliException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The service has it and could not say in time what became of it. */
    private static final int GATEWAY_TIMEOUT = 504;

    private final int exitCode;
    private final int status;
    private final Done done;
    private final @Nullable String next;
    private final String problem;

    /** What can be wrong without an answer of the service, for programs. */
    enum Kind {
        USAGE("usage", "Wrong Usage", ExitCode.USAGE),
        UNREACHABLE("unreachable", "Service Unreachable", ExitCode.UNREACHABLE),
        NO_ANSWER("no-answer", "No Answer", ExitCode.UNREACHABLE),
        LEFT_BEHIND("left-behind", "Left Behind", ExitCode.NOT_ALL_DONE),
        FAULT("fault", "Fault of the Command Line", ExitCode.FAULT);

        private final String type;
        private final String title;
        private final int exitCode;

        Kind(String type, String title, int exitCode) {
            this.type = type;
            this.title = title;
            this.exitCode = exitCode;
        }

        /** Returns the problem that programs get. */
        String problem(String detail) {
            return JsonText.problem(type, title, detail, json -> {});
        }
    }

    /** What the service did of what it was asked for. */
    enum Done {
        NOTHING,
        UNKNOWN
    }

    private CliException(int exitCode, int status, Done done, String message, @Nullable String next, String problem) {
        super(message);
        this.done = done;
        this.exitCode = exitCode;
        this.status = status;
        this.next = next;
        this.problem = problem;
    }

    private static CliException of(Kind kind, Done done, String message, @Nullable String next) {
        return new CliException(kind.exitCode, 0, done, message, next, kind.problem(message));
    }

    static CliException usage(String message, @Nullable String next) {
        return of(Kind.USAGE, Done.NOTHING, message, next);
    }

    /** The service ended the stream, because more happens than is taken. */
    static CliException leftBehind() {
        return of(
                Kind.LEFT_BEHIND,
                Done.NOTHING,
                "the service ended the stream: this client did not keep up",
                "Name some jobs, or some types of events with --type; 'latido top' shows how the jobs stand");
    }

    /** Nobody got what was sent, or there is no service. */
    static CliException unreachable(String message, String next) {
        return of(Kind.UNREACHABLE, Done.NOTHING, message, next);
    }

    /** It was sent, and not answered. */
    static CliException unanswered(String message, String next) {
        return of(Kind.NO_ANSWER, Done.UNKNOWN, message, next);
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
                ExitCode.REFUSED,
                status,
                status == GATEWAY_TIMEOUT ? Done.UNKNOWN : Done.NOTHING,
                message.toString(),
                next(status, fields, retryAfter),
                problem);
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

    /** Tells whether the service may have done what it was asked for all the same. */
    boolean isOutcomeUnknown() {
        return done == Done.UNKNOWN;
    }

    /** Tells whether it may well go otherwise in a moment. */
    boolean isTemporary() {
        return exitCode == ExitCode.UNREACHABLE || status == 429 || status >= 500;
    }

    /** Returns what to do next; null where the message says it all. */
    @Nullable String next() {
        return next;
    }

    /** Returns the problem as JSON: the one that the service answered with or, where it did not, one of the same form. */
    String problem() {
        return problem;
    }
}
