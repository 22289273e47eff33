package dev.latido.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "top",
        description = "Shows all jobs as a table: on a terminal live, until Ctrl-C; elsewhere once.",
        footer = {"", "Example:", "  latido top mail import"})
final class TopCommand implements Callable<Integer> {

    private static final String INTERVAL = "interval=1s";
    private static final int PAGE = 1_000;

    private final Settings settings;

    @Parameters(arity = "0..*", paramLabel = "JOB", description = "Only these jobs (default: all).")
    private List<String> jobs = new ArrayList<>();

    TopCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        Session session = settings.session();
        jobs.forEach(Session::checked);
        if (session.json()) {
            session.printer().json("{\"jobs\":[" + String.join(",", bodies(session)) + "]}");
        } else if (session.surroundings().terminal().isOut().getAsBoolean()) {
            follow(session);
        } else {
            JobTable table = new JobTable();
            bodies(session).forEach(body -> table.put(Answer.fields(body)));
            table.lines(Integer.MAX_VALUE, JobTable.ANY_WIDTH, "").forEach(session.printer()::line);
        }
        return ExitCode.DONE;
    }

    /** Returns the jobs as they came, each as JSON. */
    private List<String> bodies(Session session) {
        if (jobs.isEmpty()) {
            return Pages.items(session.connection(), "/api/jobs", "jobs", PAGE, Integer.MAX_VALUE);
        }
        return jobs.stream()
                .map(job -> session.connection().get(Session.path(job)).body())
                .toList();
    }

    private void follow(Session session) {
        List<String> query = new ArrayList<>(List.of(INTERVAL));
        jobs.forEach(job -> query.add("job=" + job));
        CompletableFuture<Void> end = new CompletableFuture<>();
        try (Screen screen = new Screen(session.surroundings(), session.printer())) {
            // on a thread of its own, because nothing but the service can end its reading
            Thread events = new Thread(() -> follow(new EventFeed(session, query, screen::take), end), "events");
            events.setDaemon(true);
            events.start();
            screen.followKeys(() -> end.complete(null));
            end.join();
        } catch (CompletionException ended) {
            if (ended.getCause() instanceof RuntimeException why) {
                throw why;
            }
            throw ended;
        }
    }

    private static void follow(EventFeed feed, CompletableFuture<Void> end) {
        try {
            feed.follow();
        } catch (RuntimeException | Error why) {
            end.completeExceptionally(why);
        }
    }
}
