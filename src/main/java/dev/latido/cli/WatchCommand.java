package dev.latido.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "watch",
        description = "Shows events as they happen, one per line, until Ctrl-C.",
        footer = {"", "Example:", "  latido watch mail --type execution.failed"})
final class WatchCommand implements Callable<Integer> {

    private final Settings settings;

    @Parameters(arity = "0..*", paramLabel = "JOB", description = "Only these jobs (default: all).")
    private List<String> jobs = new ArrayList<>();

    @Option(names = "--type", paramLabel = "TYPE", description = "Only this type of event; repeatable.")
    private List<String> types = new ArrayList<>();

    WatchCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        Session session = settings.session();
        List<String> query = new ArrayList<>();
        jobs.forEach(job -> query.add("job=" + Session.checked(job)));
        types.forEach(type -> query.add("type=" + URLEncoder.encode(type, StandardCharsets.UTF_8)));
        Printer printer = session.printer();
        new EventFeed(session, query, message -> {
                    if (session.json()) {
                        printer.json(EventLine.json(message));
                    } else {
                        EventLine.inWords(message).ifPresent(printer::line);
                    }
                    if (EventLine.isLeftBehind(message)) {
                        throw CliException.leftBehind();
                    }
                })
                .follow();
        return ExitCode.DONE;
    }
}
