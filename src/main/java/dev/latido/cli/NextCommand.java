package dev.latido.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "next",
        description = "Shows the next ticks of a job's timer.",
        footer = {"", "Example:", "  latido next report --count 5"})
final class NextCommand implements Callable<Integer> {

    /** The most that the service tells. */
    private static final int MAX = 100;

    private final Settings settings;

    @Parameters(paramLabel = "JOB", description = "Its name.")
    private String job = "";

    @Option(names = "--count", paramLabel = "N", description = "The number of ticks, up to " + MAX + " (default: 20).")
    private int count = 20;

    NextCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        if (count < 1 || count > MAX) {
            throw CliException.usage("--count must be 1 to " + MAX + ".", null);
        }
        Session session = settings.session();
        Answer answer = session.connection().get(Session.path(job) + "/ticks?count=" + count);
        if (session.json()) {
            session.printer().json(answer.body());
            return ExitCode.DONE;
        }
        Fields ticks = answer.fields();
        String schedule = ticks.text("schedule");
        List<String> times = ticks.texts("ticks");
        if (times.isEmpty()) {
            session.printer()
                    .line("Job '" + job + "' has no tick to come: "
                            + (schedule == null ? "it has no timer." : ticks.textOr("note", "") + "."));
        }
        times.forEach(session.printer()::line);
        return ExitCode.DONE;
    }
}
