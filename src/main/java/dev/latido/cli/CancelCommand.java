package dev.latido.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "cancel",
        description = "Cancels an execution: a waiting one at once, a running one by telling its worker.",
        footer = {"", "Example:", "  latido cancel 1m7yqgtw30000"})
final class CancelCommand implements Callable<Integer> {

    private final Settings settings;

    @Parameters(paramLabel = "ID", description = "The id of the execution.")
    private String id = "";

    CancelCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        Session session = settings.session();
        session.show(session.post(Session.executionPath(id) + "/cancel"), execution -> ExecutionLine.of(execution, ""));
        return ExitCode.DONE;
    }
}
