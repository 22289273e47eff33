package dev.latido.cli;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "stop",
        description =
                "Stops a job: no new run begins, runs in flight continue. Stopping a stopped job is not an error.",
        footer = {"", "Example:", "  latido stop mail --drain --wait 1m"})
final class StopCommand implements Callable<Integer> {

    /** How long one request waits at most: less than any idle timeout between here and there. */
    private static final Duration LONGEST_REQUEST = Duration.ofSeconds(30);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    private final Settings settings;

    @Parameters(paramLabel = "JOB", description = "Its name.")
    private String job = "";

    @ArgGroup
    private @Nullable Mode mode;

    /** What happens to the work that runs. */
    static final class Mode {
        @Option(names = "--now", description = "Asks running work to end.")
        boolean now;

        @Option(names = "--drain", description = "Waits until nothing is in flight.")
        boolean drain;
    }

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            converter = Settings.Time.class,
            description = "How long --drain waits at most (default: 30s).")
    private @Nullable Duration wait;

    StopCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        boolean drains = mode != null && mode.drain;
        if (wait != null && !drains) {
            throw CliException.usage("--wait goes with --drain.", null);
        }
        Session session = settings.session();
        String path = Session.path(job);
        if (!drains) {
            String query = mode != null && mode.now ? "?mode=now" : "";
            session.showStatus(stop(session, path + "/stop" + query, Duration.ZERO));
            return ExitCode.DONE;
        }
        Duration left = wait == null ? LONGEST_REQUEST : wait;
        Deadline deadline = Deadline.after(left, session.surroundings());
        Duration first = left.compareTo(LONGEST_REQUEST) < 0 ? left : LONGEST_REQUEST;
        stop(session, path + "/stop?mode=drain&wait=" + first.toSeconds(), first);
        // not another stop, which would undo a start that came meanwhile
        long inFlight = inFlight(session, path);
        while (inFlight > 0 && !deadline.isOver()) {
            deadline.pause(BETWEEN_LOOKS);
            inFlight = inFlight(session, path);
        }
        session.showStatus(session.connection().get(path + "/status"));
        if (inFlight > 0) {
            session.printer().note("latido: " + inFlight + " still in flight.");
            return ExitCode.NOT_YET;
        }
        return ExitCode.DONE;
    }

    private static long inFlight(Session session, String path) {
        return session.connection().get(path).fields().number("inFlight");
    }

    private static Answer stop(Session session, String path, Duration moreTime) {
        return session.connection().post(path, Map.of(), new byte[0], moreTime);
    }
}
