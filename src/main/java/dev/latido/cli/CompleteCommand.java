package dev.latido.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "complete",
        description =
                "Completes a job: new submissions are refused, queued work is finished, then it stops. A start reopens it.",
        footer = {"", "Example:", "  latido complete import"})
final class CompleteCommand implements Callable<Integer> {

    private final Settings settings;

    @Parameters(paramLabel = "JOB", description = "Its name.")
    private String job = "";

    CompleteCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        Session session = settings.session();
        session.showStatus(session.post(Session.path(job) + "/complete"));
        return ExitCode.DONE;
    }
}
