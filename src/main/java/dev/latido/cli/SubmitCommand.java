package dev.latido.cli;

import dev.latido.job.Priority;
import dev.latido.process.FileAccess;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "submit",
        description = "Submits an execution or, with --batch, one for each line.",
        footer = {
            "",
            "A line of a batch, all of it optional:",
            "  {\"payload\":…,\"priority\":\"high\",\"delay\":\"5s\",\"expires\":\"1h\",\"key\":\"…\"}",
            "With --key K, line 12 has the key K-12 unless it names one, so an interrupted file can be submitted again",
            "and no line is accepted twice.",
            "",
            "Examples:",
            "  latido submit mail --payload '{\"to\":\"ada@example.org\"}' --wait 10s",
            "  latido submit mail --batch mails.ndjson --key 2026-11-30 --patience 5m",
        })
final class SubmitCommand implements Callable<Integer> {

    /** A payload is held in memory, twice: with more a small container would have none left. */
    static final int MAX_PAYLOAD_MIB = 16;

    private static final int MAX_PAYLOAD_BYTES = MAX_PAYLOAD_MIB * 1_048_576;

    private static final Duration FIRST_LOOK = Duration.ofMillis(50);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);
    private static final Set<String> ENDS = Set.of("succeeded", "failed", "cancelled", "dropped");
    private static final Pattern KEY = Pattern.compile("[\\x20-\\x7e]{1,255}");
    private static final Pattern KEY_OF_BATCH = Pattern.compile("[\\x20-\\x7e]{1,235}"); // a line's number follows
    private static final String STDIN = "-";

    private final Settings settings;

    @Parameters(index = "0", paramLabel = "JOB", description = "The name of the job.")
    private String job = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "STDIN",
            description = "'-': the payload comes from standard input.")
    private @Nullable String dash;

    @ArgGroup
    private Source source = new Source();

    /** Where the work comes from. */
    static final class Source {
        @Option(
                names = "--payload",
                paramLabel = "JSON",
                description = "The payload, up to " + MAX_PAYLOAD_MIB + " MiB.")
        @Nullable String payload;

        @Option(
                names = "--file",
                paramLabel = "FILE",
                description = "The file with the payload, up to " + MAX_PAYLOAD_MIB + " MiB.")
        @Nullable String file;

        @Option(
                names = "--batch",
                paramLabel = "FILE",
                description = "A file with a line for each execution, or - for standard input.")
        @Nullable String batch;
    }

    @Option(
            names = "--priority",
            paramLabel = "P",
            converter = PriorityName.class,
            completionCandidates = PriorityNames.class,
            description = "low, normal, high or critical (default: normal).")
    private @Nullable String priority;

    @Option(
            names = "--delay",
            paramLabel = "TIME",
            converter = TimeText.class,
            description = "How long until it may begin.")
    private @Nullable String delay;

    @Option(
            names = "--expires",
            paramLabel = "TIME",
            converter = TimeText.class,
            description = "How long after its acceptance it may still begin.")
    private @Nullable String expires;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "An idempotency key, which makes repeating safe. See below for batches.")
    private @Nullable String key;

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            converter = Settings.Time.class,
            description = "How long to wait for the outcome.")
    private @Nullable Duration wait;

    @Option(
            names = "--patience",
            paramLabel = "TIME",
            converter = Settings.Time.class,
            description =
                    "With --batch: how long to keep trying lines that find no room, or while the service starts or stops"
                            + " (default: 0s).")
    private @Nullable Duration patience;

    /** Checks the name of a priority. */
    static final class PriorityName implements ITypeConverter<String> {
        @Override
        public String convert(String text) {
            return Priority.ofWireName(text)
                    .map(Priority::wireName)
                    .orElseThrow(
                            () -> new TypeConversionException("'" + text + "' is none of low, normal, high, critical"));
        }
    }

    /** The names of all priorities. */
    static final class PriorityNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(Priority.values()).map(Priority::wireName).iterator();
        }
    }

    /** Checks a time, which the service gets as it is written. */
    static final class TimeText implements ITypeConverter<String> {
        @Override
        public String convert(String text) {
            new Settings.Time().convert(text);
            return text;
        }
    }

    SubmitCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() {
        boolean isElsewhere = source.payload != null || source.file != null || source.batch != null;
        if (dash != null && (!dash.equals(STDIN) || isElsewhere)) {
            throw CliException.usage(
                    "'" + dash + "' is one argument too many.", "A payload goes with --payload or --file.");
        }
        if (expires != null && new Settings.Time().convert(expires).isZero()) {
            throw CliException.usage("--expires must be longer than none.", null);
        }
        boolean isBatch = source.batch != null;
        if (key != null && !(isBatch ? KEY_OF_BATCH : KEY).matcher(key).matches()) {
            throw CliException.usage(
                    "--key takes 1 to " + (isBatch ? "235" : "255") + " visible ASCII characters.", null);
        }
        Session session = settings.session();
        String path = Session.path(job) + "/executions";
        if (source.batch != null) {
            if (wait != null) {
                throw CliException.usage("--wait is for one execution.", null);
            }
            return submitAll(session, path, source.batch);
        }
        if (patience != null) {
            throw CliException.usage("--patience goes with --batch.", null);
        }
        return submitOne(session, path + query());
    }

    private String query() {
        Map<String, @Nullable String> given = new HashMap<>();
        given.put("priority", priority);
        given.put("delay", delay);
        given.put("expires", expires);
        List<String> parts = new ArrayList<>();
        given.forEach((name, value) -> {
            if (value != null) {
                parts.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8));
            }
        });
        return parts.isEmpty() ? "" : "?" + String.join("&", parts);
    }

    // One

    private int submitOne(Session session, String path) {
        Map<String, String> headers = new HashMap<>();
        headers.put("Content-Type", "application/json");
        if (key != null) {
            headers.put("Idempotency-Key", key);
        }
        Answer answer = session.connection().post(path, headers, payload(session), Duration.ZERO);
        if (wait != null) {
            answer = awaitEnd(session, answer, Deadline.after(wait, session.surroundings()));
        }
        Fields execution = answer.fields();
        if (session.json()) {
            session.printer().json(answer.body());
        } else {
            session.printer()
                    .line(ExecutionLine.of(
                            execution, RawJson.field(answer.body(), "result").orElse("")));
        }
        return exitCode(execution.textOr("state", ""), wait != null);
    }

    /** Looks until the execution has ended or the time is over. Tells its id first: who interrupts this can look for it. */
    private static Answer awaitEnd(Session session, Answer accepted, Deadline deadline) {
        Answer answer = accepted;
        String told = "";
        Duration pause = FIRST_LOOK;
        while (true) {
            Fields execution = answer.fields();
            String id = execution.textOr("id", "");
            String state = execution.textOr("state", "");
            if (ENDS.contains(state)) {
                return answer;
            }
            if (!state.equals(told)) {
                session.printer().note(ExecutionLine.subject(execution) + " is " + state + ".");
                told = state;
            }
            if (deadline.isOver()) {
                return answer;
            }
            deadline.pause(pause);
            pause = pause.multipliedBy(2).compareTo(BETWEEN_LOOKS) < 0 ? pause.multipliedBy(2) : BETWEEN_LOOKS;
            answer = session.connection().get(id.isEmpty() ? messagePath(execution) : "/api/executions/" + id);
        }
    }

    /** Returns where a message at a broker can be looked for, which has no execution that this service knows. */
    private static String messagePath(Fields message) {
        String key = URLEncoder.encode(message.textOr("key", ""), StandardCharsets.UTF_8);
        return Session.path(message.textOr("job", "")) + "/messages?key=" + key;
    }

    private static int exitCode(String state, boolean waited) {
        return switch (state) {
            case "succeeded" -> ExitCode.DONE;
            case "failed", "cancelled", "dropped" -> ExitCode.NOT_ALL_DONE;
            default -> waited ? ExitCode.NOT_YET : ExitCode.DONE;
        };
    }

    private byte[] payload(Session session) {
        String file = dash == null ? source.file : dash;
        if (source.payload == null && file == null) {
            return new byte[0];
        }
        byte[] bytes = source.payload != null ? given(source.payload) : read(session, file == null ? STDIN : file);
        if (bytes.length > MAX_PAYLOAD_BYTES) {
            throw tooLong();
        }
        if (new String(bytes, StandardCharsets.ISO_8859_1).isBlank()) {
            throw CliException.usage(
                    "The payload is empty.", "For an execution without one, leave out --payload, --file and '-'.");
        }
        return bytes;
    }

    private static byte[] given(String payload) {
        if (payload.indexOf('\ufffd') >= 0) { // what Java makes of bytes that this locale does not know
            throw CliException.usage(
                    "--payload has characters that are not known in this locale.",
                    "Use --file, or set LC_ALL=C.UTF-8.");
        }
        return payload.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] read(Session session, String file) {
        try (InputStream in = open(session, file)) {
            if (size(file) > MAX_PAYLOAD_BYTES) {
                throw tooLong();
            }
            return in.readNBytes(MAX_PAYLOAD_BYTES + 1);
        } catch (IOException unreadable) {
            throw unreadable(file, unreadable);
        }
    }

    private static CliException tooLong() {
        return CliException.usage(
                "The payload has more than " + MAX_PAYLOAD_MIB + " MiB, which is all that this program sends.",
                "Where the service takes more (http.maxBodyBytes), submit it with curl --data-binary @FILE.");
    }

    // Many

    private int submitAll(Session session, String path, String file) {
        try (InputStream in = open(session, file)) {
            Progress progress = new Progress(session.surroundings(), session.printer(), size(file));
            BatchUpload upload = new BatchUpload(
                    session,
                    Session.path(job),
                    path + "/batch" + query(),
                    key,
                    patience == null ? Duration.ZERO : patience,
                    progress);
            return upload.run(new Lines(in));
        } catch (IOException unreadable) {
            throw unreadable(file, unreadable);
        }
    }

    private static InputStream open(Session session, String file) throws IOException {
        try {
            return file.equals(STDIN) ? session.surroundings().in() : Files.newInputStream(Path.of(file));
        } catch (InvalidPathException noPath) {
            throw unreadable(file, noPath);
        }
    }

    /** Returns how much there is to read; 0 where nobody knows. */
    private static long size(String file) throws IOException {
        return !file.equals(STDIN) && Files.isRegularFile(Path.of(file)) ? Files.size(Path.of(file)) : 0;
    }

    private static CliException unreadable(String file, Exception why) {
        return CliException.usage("'" + file + "' cannot be read (" + FileAccess.reason(why) + ").", null);
    }
}
