package dev.latido.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "status",
        description = "Shows the status of a job, including why it does not run.",
        footer = {"", "Example:", "  latido status mail"})
final class StatusCommand implements Callable<Integer> {

    private final Settings settings;

    @Parameters(arity = "0..1", paramLabel = "JOB", description = "Its name; without one the default job.")
    private @Nullable String job;

    StatusCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        Session session = settings.session();
        String path = job == null ? "/api/job" : Session.path(job);
        session.showStatus(session.connection().get(path + "/status"));
        return ExitCode.DONE;
    }
}
