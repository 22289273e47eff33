package dev.latido.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "complete",
        description =
                "Lets a job finish: it takes no more submissions, works off what it has, and stops. A start opens it again.",
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
