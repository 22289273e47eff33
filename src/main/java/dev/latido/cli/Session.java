package dev.latido.cli;

import dev.latido.job.ExecutionId;
import dev.latido.job.JobName;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;

/**
 * What a command works with.
 *
 * @param json whether its output is for programs
 */
record Session(Surroundings surroundings, Printer printer, Connection connection, boolean json) {

    /**
     * Returns the path of {@code job}. Its name needs no escapes there, once it is one.
     *
     * @throws CliException when it is none
     */
    static String path(String job) {
        return "/api/jobs/" + checked(job);
    }

    static String checked(String job) {
        if (!JobName.isValid(job)) {
            throw CliException.usage("'" + job + "' is not a job name: " + JobName.RULE + ".", null);
        }
        return job;
    }

    /**
     * Returns the path of the execution {@code id}.
     *
     * @throws CliException when it is no such id
     */
    static String executionPath(String id) {
        if (ExecutionId.parse(id).isEmpty()) {
            throw CliException.usage("'" + id + "' is not an execution id.", "'latido list JOB' shows those of a job.");
        }
        return "/api/executions/" + id;
    }

    /** Has something done that needs no body. */
    Answer post(String path) {
        return connection.post(path, Map.of(), new byte[0], Duration.ZERO);
    }

    /** Shows an answer: as it came to programs, in words to people. */
    void show(Answer answer, Function<Fields, String> inWords) {
        if (json) {
            printer.json(answer.body());
        } else {
            printer.line(inWords.apply(answer.fields()));
        }
    }

    /** Shows how a job stands, as {@code answer} tells it. */
    void showStatus(Answer answer) {
        if (json) {
            printer.json(answer.body());
            return;
        }
        Fields status = answer.fields();
        printer.line(status.textOr("message", ""));
        String last = status.text("lastExecutionTime");
        printer.line(
                last == null
                        ? "It has not run yet."
                        : "Runs: " + status.number("executionCount") + ", the last began at " + last + ".");
    }
}
