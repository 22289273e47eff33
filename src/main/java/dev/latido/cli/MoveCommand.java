package dev.latido.cli;

import dev.latido.job.Priority;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "move",
        description = {
            "Moves the messages of a queue at a broker to the job's present queue, until none is left, and shows the"
                    + " progress.",
            "The service does it: Ctrl-C only stops the display."
        },
        footer = {
            "",
            "Examples:",
            "  latido move orders --from shop:orders",
            "  latido move orders --from shop:orders --dead-letters",
            "  latido move orders --end",
        })
final class MoveCommand implements Callable<Integer> {

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    private final Settings settings;

    @Parameters(paramLabel = "JOB", description = "Its name.")
    private String job = "";

    @Option(
            names = "--from",
            paramLabel = "BROKER:QUEUE",
            description = "The queue to move; its broker must be in the configuration.")
    private @Nullable String from;

    @Option(
            names = "--group",
            paramLabel = "NAME",
            description = "The consumer group of the processes that shared it, at Redis (default: latido).")
    private @Nullable String group;

    @Option(
            names = "--lane",
            paramLabel = "LANE",
            converter = Lane.class,
            description = "A lane of that queue; repeatable (default: the job's present lanes).")
    private List<Priority> lanes = new ArrayList<>();

    @Option(names = "--dead-letters", description = "Also moves its dead letters, as work.")
    private boolean deadLetters;

    @Option(names = "--end", description = "Instead, ends the move; messages not yet moved stay where they are.")
    private boolean isEnd;

    /** Reads the name of a priority. */
    static final class Lane implements ITypeConverter<Priority> {
        @Override
        public Priority convert(String text) {
            return Priority.ofWireName(text)
                    .orElseThrow(() -> new TypeConversionException("must be low, normal, high or critical"));
        }
    }

    MoveCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        Session session = settings.session();
        String path = Session.path(job) + "/move";
        if (isEnd) {
            session.show(session.post(path + "/end"), MoveCommand::inWords);
            return ExitCode.DONE;
        } else if (from == null) {
            throw CliException.usage("--from is missing: which queue is moved?", null);
        }
        Answer answer = session.post(path + query(from));
        String told = "";
        while (answer.fields().textOr("state", "").equals("moving")) {
            String line = inWords(answer.fields());
            if (!session.json() && !line.equals(told)) {
                session.printer().line(line);
            }
            told = line;
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
            answer = session.connection().get(path);
        }
        session.show(answer, MoveCommand::inWords);
        return answer.fields().textOr("state", "").equals("done") ? ExitCode.DONE : ExitCode.NOT_ALL_DONE;
    }

    private String query(String queue) {
        StringBuilder query = new StringBuilder("?from=").append(URLEncoder.encode(queue, StandardCharsets.UTF_8));
        if (group != null) {
            query.append("&group=").append(URLEncoder.encode(group, StandardCharsets.UTF_8));
        }
        lanes.forEach(lane -> query.append("&lane=").append(lane.wireName()));
        return query.append(deadLetters ? "&deadLetters=true" : "").toString();
    }

    private static String inWords(Fields move) {
        StringBuilder line = new StringBuilder()
                .append(move.number("moved"))
                .append(" moved from ")
                .append(move.textOr("from", ""));
        Fields left = move.object("left");
        if (move.textOr("state", "").equals("moving") && !left.values().isEmpty()) {
            line.append(", ")
                    .append(left.flag("isExact") ? "" : "about ")
                    .append(left.number("ready"))
                    .append(" ready, ")
                    .append(left.number("leased"))
                    .append(" leased, ")
                    .append(left.number("delayed"))
                    .append(" delayed there");
        }
        if (move.number("refused") > 0) {
            line.append("; ").append(move.number("refused")).append(" became dead letters there");
        }
        if (!move.textOr("state", "").equals("moving")) {
            line.append("; ").append(move.textOr("state", ""));
        }
        String problem = move.text("problem");
        return line.append(problem == null ? "." : ": " + problem).toString();
    }
}
