package dev.latido.cli;

/** An execution as one line, for people. */
final class ExecutionLine {

    private ExecutionLine() {}

    /** Returns what an answer is about. */
    static String subject(Fields answer) {
        String id = answer.textOr("id", "");
        return id.isEmpty() ? "Message '" + answer.textOr("key", "") + "'" : "Execution " + id;
    }

    /**
     * Returns the line.
     *
     * @param result its result as JSON, as it came; empty for none
     */
    static String of(Fields execution, String result) {
        StringBuilder line = new StringBuilder(
                subject(execution) + " of job '" + execution.textOr("job", "") + "': " + execution.textOr("state", ""));
        String why = execution.textOr("error", execution.textOr("note", ""));
        if (execution.textOr("state", "").equals("succeeded") && !result.isEmpty()) {
            line.append(", result ").append(result); // a note tells how far it was
        } else if (!why.isEmpty()) {
            line.append(", ").append(why);
        }
        return line.toString();
    }
}
