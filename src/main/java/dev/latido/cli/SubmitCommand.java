package dev.latido.cli;

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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "submit",
        description = "Hands in work: one execution, or with --batch one for each line.",
        footer = {
            "",
            "A line of a batch, all of it optional:",
            "  {\"payload\":…,\"priority\":\"high\",\"delay\":\"5s\",\"expires\":\"1h\",\"key\":\"…\"}"
        })
final class SubmitCommand implements Callable<Integer> {

    /** Larger payloads are refused by every service ({@code http.maxBodyBytes}). */
    private static final int MAX_PAYLOAD_BYTES = 268_435_456;

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);
    private static final Set<String> ENDS = Set.of("succeeded", "failed", "cancelled", "dropped");
    private static final Pattern VISIBLE_ASCII = Pattern.compile("[\\x20-\\x7e]+");
    private static final String STDIN = "-";

    private final Settings settings;

    @Parameters(index = "0", paramLabel = "JOB", description = "The name of the job.")
    private String job = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "-", description = "Reads the payload from standard input.")
    private @Nullable String dash;

    @ArgGroup
    private Source source = new Source();

    /** Where the work comes from. */
    static final class Source {
        @Option(names = "--payload", paramLabel = "JSON", description = "The payload.")
        @Nullable String payload;

        @Option(names = "--file", paramLabel = "FILE", description = "The file with the payload.")
        @Nullable String file;

        @Option(
                names = "--batch",
                paramLabel = "FILE",
                description = "A file with a line for each execution, or - for standard input.")
        @Nullable String batch;
    }

    @Option(names = "--priority", paramLabel = "P", description = "low, normal, high or critical (default: normal).")
    private @Nullable String priority;

    @Option(names = "--delay", paramLabel = "TIME", description = "Not to begin before that time has passed.")
    private @Nullable String delay;

    @Option(names = "--expires", paramLabel = "TIME", description = "Not to begin after that time has passed.")
    private @Nullable String expires;

    @Option(names = "--key", paramLabel = "KEY", description = "An idempotency key: with it repeating is safe.")
    private @Nullable String key;

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            converter = Settings.Time.class,
            description = "Waits that long for the outcome.")
    private @Nullable Duration wait;

    @Option(
            names = "--patience",
            paramLabel = "TIME",
            converter = Settings.Time.class,
            description = "With --batch: how long to go on trying lines that find no room (default: 0s).")
    private @Nullable Duration patience;

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
        Session session = settings.session();
        String path = Session.path(job) + "/executions";
        if (source.batch != null) {
            if (key != null || wait != null) {
                throw CliException.usage(
                        "--key and --wait are for one execution.", "A line of a batch may have a field \"key\".");
            }
            return submitAll(session, path + "/batch" + query(), source.batch);
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
            if (!VISIBLE_ASCII.matcher(key).matches()) {
                throw CliException.usage("--key takes visible ASCII characters.", null);
            }
            headers.put("Idempotency-Key", key);
        }
        Duration longest = wait == null ? Duration.ZERO : wait;
        Deadline deadline = Deadline.after(longest, session.surroundings());
        if (wait != null) {
            headers.put("Prefer", "wait=" + wait.plusMillis(999).toSeconds());
        }
        Answer answer = session.connection().post(path, headers, payload(session), longest);
        Fields execution = answer.fields();
        String id = execution.textOr("id", "");
        while (wait != null && !ENDS.contains(execution.textOr("state", "")) && !deadline.isOver()) {
            session.printer().note("Execution " + id + " is " + execution.textOr("state", "") + ".");
            deadline.pause(BETWEEN_LOOKS);
            answer = session.connection().get("/api/executions/" + id);
            execution = answer.fields();
        }
        if (session.json()) {
            session.printer().json(answer.body());
        } else {
            session.printer()
                    .line(inWords(
                            execution, RawJson.field(answer.body(), "result").orElse("")));
        }
        return exitCode(execution.textOr("state", ""), wait != null);
    }

    private static String inWords(Fields execution, String result) {
        StringBuilder line = new StringBuilder("Execution " + execution.textOr("id", "") + " of job '"
                + execution.textOr("job", "") + "': " + execution.textOr("state", ""));
        String why = execution.textOr("error", execution.textOr("note", ""));
        if (!why.isEmpty()) {
            line.append(", ").append(why);
        } else if (!result.isEmpty()) {
            line.append(", result ").append(result);
        }
        return line.toString();
    }

    private static int exitCode(String state, boolean waited) {
        return switch (state) {
            case "succeeded" -> ExitCode.DONE;
            case "failed", "cancelled", "dropped" -> ExitCode.NOT_ALL_DONE;
            default -> waited ? ExitCode.NOT_YET : ExitCode.DONE;
        };
    }

    private byte[] payload(Session session) {
        if (source.payload != null) {
            if (source.payload.indexOf('\ufffd') >= 0) { // what Java makes of bytes that this locale does not know
                throw CliException.usage(
                        "--payload has characters that are not known in this locale.",
                        "Use --file, or set LC_ALL=C.UTF-8.");
            }
            return source.payload.getBytes(StandardCharsets.UTF_8);
        }
        String file = dash == null ? source.file : dash;
        if (file == null) {
            return new byte[0];
        }
        try (InputStream in = open(session, file)) {
            byte[] bytes = in.readNBytes(MAX_PAYLOAD_BYTES + 1);
            if (bytes.length > MAX_PAYLOAD_BYTES) {
                throw CliException.usage("The payload has more than " + MAX_PAYLOAD_BYTES + " bytes.", null);
            }
            return bytes;
        } catch (IOException unreadable) {
            throw unreadable(file, unreadable);
        }
    }

    // Many

    private int submitAll(Session session, String path, String file) {
        try (InputStream in = open(session, file)) {
            Progress progress = new Progress(session.surroundings(), session.printer(), size(file));
            BatchUpload upload = new BatchUpload(session, path, patience == null ? Duration.ZERO : patience, progress);
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
        return CliException.usage("'" + file + "' cannot be read (" + why + ").", null);
    }
}
