package dev.latido.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "pause",
        description = "Pauses dispatch for all jobs: no new run begins, work in flight continues.",
        footer = {"", "Example:", "  latido pause"})
final class PauseCommand implements Callable<Integer> {

    private final Settings settings;

    PauseCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        Session session = settings.session();
        session.show(
                session.post("/api/pause"),
                pause -> "All jobs are paused since " + pause.textOr("pausedAt", "now") + ".");
        return ExitCode.DONE;
    }
}
