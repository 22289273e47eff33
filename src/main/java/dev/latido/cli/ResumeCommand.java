package dev.latido.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "resume",
        description = "Resumes dispatch for all jobs.",
        footer = {"", "Example:", "  latido resume"})
final class ResumeCommand implements Callable<Integer> {

    private final Settings settings;

    ResumeCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        Session session = settings.session();
        session.show(session.post("/api/resume"), pause -> "Nothing is paused.");
        return ExitCode.DONE;
    }
}
