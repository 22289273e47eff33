package dev.latido.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "resume",
        description = "Ends the pause of all jobs. Where nothing is paused that is no error.",
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
