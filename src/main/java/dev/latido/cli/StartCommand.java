package dev.latido.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "start",
        description = "Starts a job. Starting a running job is not an error.",
        footer = {"", "Example:", "  latido start mail"})
final class StartCommand implements Callable<Integer> {

    private final Settings settings;

    @Parameters(paramLabel = "JOB", description = "Its name.")
    private String job = "";

    StartCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        Session session = settings.session();
        session.showStatus(session.post(Session.path(job) + "/start"));
        return ExitCode.DONE;
    }
}
