package dev.latido.cli;

import dev.latido.job.ExecutionState;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "list",
        description = "Lists executions of a job: running, queued, waiting, then ended ones, latest first.",
        footer = {
            "",
            "Examples:",
            "  latido list mail",
            "  latido list mail --state failed --limit 100",
            "  latido list orders --dead-letters",
        })
final class ListCommand implements Callable<Integer> {

    private static final int MAX = 100_000;
    private static final int PAGE = 1_000;
    private static final int PAGE_OF_DEAD_LETTERS = 100;
    private static final int WIDEST = 40;

    private final Settings settings;

    @Parameters(paramLabel = "JOB", description = "Its name.")
    private String job = "";

    @Option(
            names = "--state",
            paramLabel = "STATE",
            converter = State.class,
            completionCandidates = States.class,
            description = "Only those in this state: ${COMPLETION-CANDIDATES}.")
    private @Nullable ExecutionState state;

    @Option(
            names = "--dead-letters",
            description = "Instead, its dead letters at the broker of its queue, oldest first.")
    private boolean deadLetters;

    @Option(names = "--limit", paramLabel = "N", description = "The maximum number, up to " + MAX + " (default: 20).")
    private int limit = 20;

    /** Reads the name of a state. */
    static final class State implements ITypeConverter<ExecutionState> {
        @Override
        public ExecutionState convert(String text) {
            return ExecutionState.ofWireName(text)
                    .orElseThrow(() -> new TypeConversionException(
                            "'" + text + "' is none of " + String.join(", ", new States())));
        }
    }

    /** The names of all states. */
    static final class States implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(ExecutionState.values())
                    .map(ExecutionState::wireName)
                    .iterator();
        }
    }

    ListCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        if (limit < 1 || limit > MAX) {
            throw CliException.usage("--limit must be 1 to " + MAX + ".", null);
        }
        if (deadLetters && state != null) {
            throw CliException.usage("--state and --dead-letters do not go together.", null);
        }
        Session session = settings.session();
        String path = Session.path(job);
        String field = deadLetters ? "letters" : "executions";
        List<String> items = deadLetters
                ? Pages.items(session.connection(), path + "/dead-letters", field, PAGE_OF_DEAD_LETTERS, limit)
                : executions(session, path);
        if (session.json()) {
            session.printer().json("{\"" + field + "\":[" + String.join(",", items) + "]}");
        } else {
            List<List<String>> rows = new ArrayList<>();
            rows.add(
                    deadLetters
                            ? List.of("KEY", "PRIORITY", "DIED", "ERROR")
                            : List.of("EXECUTION", "STATE", "PRIORITY", "ATTEMPT", "CREATED", "NOTE"));
            items.stream()
                    .map(Answer::fields)
                    .map(deadLetters ? ListCommand::deadLetter : ListCommand::execution)
                    .forEach(rows::add);
            Columns.lines(rows, WIDEST).forEach(session.printer()::line);
        }
        return ExitCode.DONE;
    }

    private List<String> executions(Session session, String path) {
        if (state != null) {
            String where = state.isTerminal() ? "/history?state=" : "/executions?state=";
            return Pages.items(session.connection(), path + where + state.wireName(), "executions", PAGE, limit);
        }
        List<String> all = new ArrayList<>();
        for (String where : List.of(
                "/executions?state=running", "/executions?state=queued", "/executions?state=waiting", "/history")) {
            all.addAll(Pages.items(session.connection(), path + where, "executions", PAGE, limit - all.size()));
        }
        return all;
    }

    private static List<String> execution(Fields execution) {
        return List.of(
                execution.textOr("id", ""),
                execution.textOr("state", ""),
                execution.textOr("priority", ""),
                execution.textOr("attempt", ""),
                execution.textOr("createdAt", ""),
                execution.textOr("error", execution.textOr("note", "")));
    }

    private static List<String> deadLetter(Fields letter) {
        return List.of(
                letter.textOr("key", ""),
                letter.textOr("priority", ""),
                letter.textOr("diedAt", ""),
                letter.textOr("error", ""));
    }
}
