package dev.latido.cli;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "start", description = "Starts a job. Starting a started job is no error.")
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
        session.showStatus(
                session.connection().post(Session.path(job) + "/start", Map.of(), new byte[0], Duration.ZERO));
        return ExitCode.DONE;
    }
}
