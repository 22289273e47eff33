package dev.latido.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "get",
        description = "Shows an execution: its state and times, each attempt that failed, payload and result.",
        footer = {"", "Examples:", "  latido get 1m7yqgtw30000", "  latido get 1m7yqgtw30000 --json"})
final class GetCommand implements Callable<Integer> {

    /** What is shown of it, in this order, where it is there. */
    private static final List<String> FIELDS = List.of(
            "priority",
            "attempt",
            "createdAt",
            "dueAt",
            "startedAt",
            "endedAt",
            "expiresAt",
            "progress",
            "note",
            "durability");

    private static final int WIDEST = 20;

    private final Settings settings;

    @Parameters(paramLabel = "ID", description = "Its id.")
    private String id = "";

    GetCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        Session session = settings.session();
        Answer answer = session.connection().get(Session.executionPath(id));
        if (session.json()) {
            session.printer().json(answer.body());
            return ExitCode.DONE;
        }
        Fields execution = answer.fields();
        session.printer().line(ExecutionLine.of(execution, ""));
        List<List<String>> rows = new ArrayList<>();
        FIELDS.forEach(field -> add(rows, field, execution.text(field)));
        add(rows, "worker", execution.text("worker"));
        for (Fields hold : execution.objects("holds")) {
            rows.add(List.of(
                    "held up",
                    hold.textOr("gate", "?") + ", " + hold.textOr("millis", "?") + " ms from "
                            + hold.textOr("from", "?")));
        }
        for (Fields note : execution.objects("notes")) {
            rows.add(List.of(
                    "noted",
                    note.textOr("at", "?") + ", " + note.textOr("progress", "?") + ": " + note.textOr("note", "")));
        }
        for (Fields next : execution.objects("handedTo")) {
            rows.add(List.of("handed to", next.textOr("queue", next.textOr("job", "?") + " " + next.textOr("id", ""))));
        }
        for (Fields failure : execution.objects("failures")) {
            rows.add(List.of(
                    "failed attempt",
                    failure.textOr("attempt", "?") + ", " + failure.textOr("startedAt", "?") + " to "
                            + failure.textOr("endedAt", "?") + ": " + failure.textOr("error", "")));
        }
        add(rows, "payload", RawJson.field(answer.body(), "payload").orElse(null));
        String result = RawJson.field(answer.body(), "result").orElse(null);
        add(rows, execution.flag("isResultCut") ? "result (cut)" : "result", result);
        Columns.lines(rows, WIDEST).forEach(line -> session.printer().line("  " + line));
        return ExitCode.DONE;
    }

    private static void add(List<List<String>> rows, String name, @Nullable String value) {
        if (value != null) {
            rows.add(List.of(name, value));
        }
    }
}
