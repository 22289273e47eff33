package dev.latido.cli;

import dev.latido.process.FileAccess;
import dev.latido.setting.DurationText;
import dev.latido.setting.WebAddress;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/**
 * The command {@code latido} itself, whose options all commands have. The names of its variables do not begin like those
 * of the service's settings, which would be refused by a service that is started with them set.
 */
@Command(
        name = "latido",
        description = "Starts, stops and watches the jobs of a Latido service, and submits work to them.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Without a command the program runs the service, as with 'serve'; both take --config FILE.",
            "",
            "Variables:",
            "  LATIDOCLI_URL      the same as --url, which takes precedence",
            "  LATIDOCLI_API_KEY  the key, where --api-key-file names no file",
            "",
            "Example:",
            "  latido --url http://127.0.0.1:8080 status",
            "",
            "Exit codes:",
            "  0  done, or the reader of its output is gone",
            "  1  the service refused",
            "  2  wrong usage, a file that cannot be read or written, or a configuration with mistakes",
            "  3  no service answers, or not in time",
            "  4  what was submitted did not succeed, or not all was accepted",
            "  5  what was waited for has not happened in the time given",
        },
        versionProvider = Version.class)
final class Settings {

    static final String JSON = "--json";
    static final String URL = "LATIDOCLI_URL";
    static final String API_KEY = "LATIDOCLI_API_KEY";

    private static final String DEFAULT_URL = "http://127.0.0.1:8080";
    private static final Duration MAX_TIMEOUT = Duration.ofHours(1);
    private static final Duration MAX_TIME = Duration.ofDays(366);
    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]+");

    private final Surroundings surroundings;
    private final Printer printer;

    @Option(
            names = "--url",
            scope = ScopeType.INHERIT,
            paramLabel = "URL",
            description = "The address of the service (default: " + DEFAULT_URL + ").")
    private @Nullable String url;

    @Option(
            names = "--api-key-file",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "The file with the key, if the service needs one.")
    private @Nullable String apiKeyFile;

    @Option(
            names = "--timeout",
            scope = ScopeType.INHERIT,
            paramLabel = "TIME",
            converter = Time.class,
            description = "How long to wait for an answer, such as 500ms or 1m (default: 10s).")
    private Duration timeout = Duration.ofSeconds(10);

    @Option(
            names = JSON,
            scope = ScopeType.INHERIT,
            description =
                    "For programs: prints one JSON value, on failure a problem (RFC 9457); with watch, one per line.")
    private boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Prints this help.")
    boolean help; // picocli reads both

    @Option(names = "--version", versionHelp = true, description = "Prints the version.")
    boolean version;

    Settings(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.printer = new Printer(surroundings);
    }

    /** Reads times as people write them. */
    static final class Time implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return DurationText.parse(text)
                    .filter(time -> time.compareTo(MAX_TIME) <= 0)
                    .orElseThrow(() -> new TypeConversionException(
                            "'" + text + "' is not a time such as 500ms, 5s, 10m or 1h, up to 366d"));
        }
    }

    Printer printer() {
        return printer;
    }

    boolean isJson() {
        return json;
    }

    /** Says to people why a command ends. */
    void explain(CliException failure) {
        printer.note("latido: " + failure.getMessage());
        String next = failure.next();
        if (next != null) {
            printer.note("  " + next);
        }
    }

    /**
     * Returns what a command works with.
     *
     * @throws CliException when an option or a variable is wrong
     */
    Session session() {
        if (timeout.isZero() || timeout.compareTo(MAX_TIMEOUT) > 0) {
            throw CliException.usage(
                    "--timeout must be longer than none and at most " + MAX_TIMEOUT.toHours() + "h.", null);
        }
        return new Session(surroundings, printer, new Connection(base(), apiKey(), timeout), json);
    }

    private URI base() {
        String variable = surroundings.environment().get(URL);
        boolean byVariable = url == null && variable != null && !variable.isEmpty();
        String text = url != null ? url : byVariable && variable != null ? variable : DEFAULT_URL;
        String name = byVariable ? URL : "--url";
        try {
            URI uri = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            if (WebAddress.of(uri).isPresent() && uri.getRawQuery() == null && uri.getRawFragment() == null) {
                return uri;
            }
        } catch (URISyntaxException wrong) {
            // as it is said below
        }
        throw CliException.usage(name + " must be like http://host:8080, without user, '?' or '#'.", null);
    }

    private @Nullable String apiKey() {
        String file = apiKeyFile;
        if (file == null) {
            String variable = surroundings.environment().get(API_KEY);
            return variable == null || variable.isBlank() ? null : checkedKey(variable.strip(), API_KEY);
        }
        try {
            return checkedKey(Files.readString(Path.of(file)).strip(), "The file '" + file + "'");
        } catch (IOException | InvalidPathException unreadable) {
            throw CliException.usage(
                    "The file '" + file + "' with the API key cannot be read (" + FileAccess.reason(unreadable) + ").",
                    null);
        }
    }

    private static String checkedKey(String key, String source) {
        if (!KEY.matcher(key).matches()) {
            throw CliException.usage(source + " holds no API key: one word of visible ASCII characters.", null);
        }
        return key;
    }
}
