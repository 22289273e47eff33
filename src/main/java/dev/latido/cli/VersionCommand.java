package dev.latido.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "version",
        description = "Prints the version.",
        footer = {"", "Example:", "  latido version"})
final class VersionCommand implements Callable<Integer> {

    private final Settings settings;

    VersionCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        if (settings.isJson()) {
            settings.printer().json("{\"version\":\"" + Version.text() + "\"}");
        } else {
            settings.printer().line("latido " + Version.text());
        }
        return ExitCode.DONE;
    }
}
