package dev.latido.cli;

import dev.latido.job.JobName;

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
            throw CliException.usage("'" + job + "' is no name of a job: " + JobName.RULE + ".", null);
        }
        return job;
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
