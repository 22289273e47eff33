package dev.latido.cli;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "backup",
        description = "Copies the store to a file beside it, on the machine of the service, which keeps running.",
        footer = {"", "Example:", "  latido backup --timeout 10m"})
final class BackupCommand implements Callable<Integer> {

    /** A large store takes longer than any other answer. */
    private static final Duration MORE_TIME = Duration.ofMinutes(10);

    private final Settings settings;

    BackupCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        Session session = settings.session();
        session.show(
                session.connection().post("/api/store/backup", Map.of(), new byte[0], MORE_TIME),
                backup -> "Backed up to " + backup.textOr("place", "") + ", " + backup.number("bytes") + " bytes.");
        return ExitCode.DONE;
    }
}
