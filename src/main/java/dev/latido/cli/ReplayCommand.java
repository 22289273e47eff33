package dev.latido.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "replay",
        description =
                "Retries the dead letters of a job: its failed executions or, where its queue is at a broker, its dead letters"
                        + " there.",
        footer = {"", "Example:", "  latido replay mail --error \"connection refused\" --dry-run"})
final class ReplayCommand implements Callable<Integer> {

    private final Settings settings;

    @Parameters(paramLabel = "JOB", description = "Its name.")
    private String job = "";

    @Option(names = "--error", paramLabel = "TEXT", description = "Only those whose error contains this.")
    private @Nullable String error;

    @Option(names = "--since", paramLabel = "TIME", description = "Only those that failed at this UTC time or later.")
    private @Nullable String since;

    @Option(names = "--until", paramLabel = "TIME", description = "Only those that failed before this UTC time.")
    private @Nullable String until;

    @Option(names = "--dry-run", description = "Only counts.")
    private boolean dryRun;

    ReplayCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        Session session = settings.session();
        session.show(
                session.post(Session.path(job) + "/retry-failed" + query()),
                counted -> dryRun
                        ? counted.number("matched") + " dead letters of job '" + job + "' match."
                        : counted.number("changed") + " of " + counted.number("matched") + " dead letters of job '"
                                + job + "' are queued again.");
        return ExitCode.DONE;
    }

    private String query() {
        Map<String, @Nullable String> given = new LinkedHashMap<>();
        given.put("error", error);
        given.put("since", since);
        given.put("until", until);
        given.put("dryRun", dryRun ? "true" : null);
        String query = given.entrySet().stream()
                .filter(each -> each.getValue() != null)
                .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return query.isEmpty() ? "" : "?" + query;
    }
}
