package dev.latido.trace;

import dev.latido.setting.Secret;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The header fields that exports to the collector have, such as one with a token. Their file is read at each export, on the thread
 * that exports; while it cannot be used, those that it had stay.
 */
final class TraceHeaders implements Supplier<Map<String, String>> {

    private static final Logger LOG = LoggerFactory.getLogger(Tracing.class);

    /** Says what has to be there. */
    static final String RULE = "must be name=value, several of them separated by commas or lines";

    private static final Pattern SEPARATOR = Pattern.compile("[,\\r\\n]");

    /** A field as RFC 9110, 5, has it, in ASCII. The HTTP client would refuse others, and say what they are. */
    private static final Pattern FIELD =
            Pattern.compile("([A-Za-z0-9!#$%&'*+.^_`|~-]+)\\s*=\\s*([!-~](?:[ \\t!-~]*[!-~])?)");

    private final Secret secret;
    private Map<String, String> last;
    private String told = "";

    TraceHeaders(Secret secret) {
        this.secret = secret;
        this.last = Map.of();
    }

    /** Reads fields; null when they are none. */
    static @Nullable Map<String, String> parse(String text) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String each : SEPARATOR.split(text, -1)) {
            if (each.isBlank()) {
                continue;
            }
            Matcher field = FIELD.matcher(each.strip());
            if (!field.matches()) {
                return null;
            }
            headers.put(field.group(1), field.group(2));
        }
        return headers.isEmpty() ? null : Map.copyOf(headers);
    }

    @Override
    public synchronized Map<String, String> get() {
        String problem;
        try {
            Map<String, String> headers = parse(secret.read());
            if (headers != null) {
                last = headers;
                told = "";
                return last;
            }
            problem = secret.file() + ": it " + RULE;
        } catch (Secret.UnreadableException unreadable) {
            problem = String.valueOf(unreadable.getMessage());
        }
        if (!problem.equals(told)) {
            told = problem;
            LOG.warn(
                    "Traces are sent with the headers that were read before, as tracing.headersFile cannot be used: {}",
                    problem);
        }
        return last;
    }
}
