package dev.latido.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "retry",
        description = "Queues a failed execution again; 'replay' does so for all of a job.",
        footer = {"", "Example:", "  latido retry 1m7yqgtw30000"})
final class RetryCommand implements Callable<Integer> {

    private final Settings settings;

    @Parameters(paramLabel = "ID", description = "The id of the execution.")
    private String id = "";

    RetryCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        Session session = settings.session();
        session.show(session.post(Session.executionPath(id) + "/retry"), execution -> ExecutionLine.of(execution, ""));
        return ExitCode.DONE;
    }
}
