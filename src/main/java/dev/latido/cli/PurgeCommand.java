package dev.latido.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "purge",
        description =
                "Cancels all queued and delayed executions of a job, without asking first. This cannot be undone.",
        footer = {"", "Examples:", "  latido purge mail --dry-run", "  latido purge mail"})
final class PurgeCommand implements Callable<Integer> {

    private final Settings settings;

    @Parameters(paramLabel = "JOB", description = "Its name.")
    private String job = "";

    @Option(names = "--dry-run", description = "Only counts.")
    private boolean dryRun;

    PurgeCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        Session session = settings.session();
        session.show(
                session.post(Session.path(job) + "/purge" + (dryRun ? "?dryRun=true" : "")),
                counted -> dryRun
                        ? counted.number("matched") + " executions of job '" + job + "' would be cancelled."
                        : counted.number("changed") + " of " + counted.number("matched") + " executions of job '" + job
                                + "' were cancelled.");
        return ExitCode.DONE;
    }
}
