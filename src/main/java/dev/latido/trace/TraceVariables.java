package dev.latido.trace;

import dev.latido.setting.Section;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * OpenTelemetry's own variables, {@code OTEL_…}, and the system properties {@code otel.…}, which come before them. The SDK
 * reads them; before it does, it is said here what may be written there, which the SDK does not say, or not plainly.
 */
public final class TraceVariables {

    private static final String ENDPOINT = "otel.exporter.otlp.endpoint";
    private static final String TRACES_ENDPOINT = "otel.exporter.otlp.traces.endpoint";
    private static final String QUEUE_SIZE = "otel.bsp.max.queue.size";
    private static final String SAMPLER = "otel.traces.sampler";
    private static final String SAMPLER_ARGUMENT = "otel.traces.sampler.arg";

    /** What the SDK does where nothing is said. */
    private static final String DEFAULT_ENDPOINT = "http://localhost:4318";

    private static final int DEFAULT_QUEUE_SIZE = 2048;

    private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");
    private static final Pattern PROPERTY = Pattern.compile("\\botel(\\.[a-z0-9_]+)+");

    /**
     * What may be written.
     *
     * @param isSecret whether a wrong value must not be shown
     */
    private record Rule(String text, boolean isSecret, Predicate<String> isKept) {}

    private static final Rule URL = new Rule(
            "must be the URL of a collector, such as http://collector:4318, without a query",
            false,
            TraceVariables::isUrl);
    private static final Rule PROTOCOL = new Rule(
            "must be http/protobuf, the only one that is spoken here; collectors take it at port 4318",
            false,
            "http/protobuf"::equals);
    private static final Rule TIME = new Rule(
            "must be a time, such as 5000 (in ms) or 5s", false, value -> value.matches("\\d{1,9}(ms|s|m|h|d)?"));
    private static final Rule COUNT =
            new Rule("must be a whole number from 1 to 999999", false, value -> value.matches("0*[1-9]\\d{0,5}"));
    private static final Rule RATIO = new Rule("must be a number from 0 to 1", false, TraceVariables::isRatio);
    private static final Rule PAIRS = new Rule(
            "must be name=value, several of them separated by commas",
            true,
            value -> words(value).allMatch(pair -> pair.isEmpty() || pair.indexOf('=') > 0));

    private static final Map<String, Rule> RULES = Map.ofEntries(
            Map.entry("otel.traces.exporter", some("otlp", "none")),
            Map.entry("otel.exporter.otlp.protocol", PROTOCOL),
            Map.entry("otel.exporter.otlp.traces.protocol", PROTOCOL),
            Map.entry(ENDPOINT, URL),
            Map.entry(TRACES_ENDPOINT, URL),
            Map.entry("otel.exporter.otlp.timeout", TIME),
            Map.entry("otel.exporter.otlp.traces.timeout", TIME),
            Map.entry("otel.exporter.otlp.compression", some("gzip", "none")),
            Map.entry("otel.exporter.otlp.traces.compression", some("gzip", "none")),
            Map.entry("otel.exporter.otlp.headers", PAIRS),
            Map.entry("otel.exporter.otlp.traces.headers", PAIRS),
            Map.entry("otel.resource.attributes", PAIRS),
            Map.entry(
                    SAMPLER,
                    some(
                            "parentbased_always_on",
                            "parentbased_always_off",
                            "parentbased_traceidratio",
                            "always_on",
                            "always_off",
                            "traceidratio")),
            Map.entry(SAMPLER_ARGUMENT, RATIO),
            Map.entry("otel.propagators", some("tracecontext", "baggage", "none")),
            Map.entry("otel.bsp.schedule.delay", TIME),
            Map.entry("otel.bsp.export.timeout", TIME),
            Map.entry(QUEUE_SIZE, COUNT),
            Map.entry("otel.bsp.max.export.batch.size", COUNT));

    /** One of the variables is wrong. */
    public static final class WrongException extends RuntimeException {
        private WrongException(String problem, Throwable cause) {
            super(problem, cause);
        }
    }

    private TraceVariables() {}

    /**
     * Returns what is wrong with the variables, each with its name and what may be written there.
     *
     * @param environment all environment variables
     * @param properties all system properties
     */
    public static List<String> problems(Map<String, String> environment, Map<String, String> properties) {
        Map<String, String> values = new TreeMap<>();
        Map<String, String> names = new TreeMap<>();
        Stream.of(environment, properties)
                .forEach(all -> all.forEach((name, value) -> {
                    String property = name.toLowerCase(Locale.ROOT).replaceAll("[-_]", ".");
                    if (property.startsWith("otel.") && !value.isBlank()) {
                        values.put(property, value.strip());
                        names.put(property, name);
                    }
                }));
        if (!values.getOrDefault(SAMPLER, "").endsWith("traceidratio")) {
            values.remove(SAMPLER_ARGUMENT); // nobody reads it
        }
        List<String> problems = new ArrayList<>();
        values.forEach((property, value) -> {
            Rule rule = RULES.get(property);
            if (rule != null && !rule.isKept.test(value)) {
                problems.add(names.get(property) + ": " + rule.text
                        + (rule.isSecret ? "" : ", was " + Section.shown(value)));
            }
        });
        return problems;
    }

    /** Makes of what the SDK throws one line that names the variable, where the SDK does. */
    static WrongException meaning(RuntimeException thrown) {
        Throwable telling = thrown;
        while (telling instanceof ConfigurationException && telling.getCause() != null) {
            telling = telling.getCause();
        }
        String text = telling.getMessage() == null ? telling.toString() : telling.getMessage();
        String named = PROPERTY.matcher(text)
                .replaceAll(
                        property -> property.group().toUpperCase(Locale.ROOT).replace('.', '_'));
        return new WrongException("the variables of OpenTelemetry are wrong: " + named, thrown);
    }

    /** Returns where spans are sent, as it may be shown. */
    static String endpoint(ConfigProperties properties) {
        String traces = properties.getString(TRACES_ENDPOINT);
        return Section.shown(traces == null ? properties.getString(ENDPOINT, DEFAULT_ENDPOINT) : traces);
    }

    /** Returns how many spans may wait to be sent. */
    static int queueSize(ConfigProperties properties) {
        return properties.getInt(QUEUE_SIZE, DEFAULT_QUEUE_SIZE);
    }

    private static Rule some(String... known) {
        List<String> words = List.of(known);
        return new Rule(
                "must be one of " + String.join(", ", known),
                false,
                value -> words(value).allMatch(words::contains));
    }

    private static Stream<String> words(String list) {
        return COMMA.splitAsStream(list);
    }

    private static boolean isUrl(String value) {
        try {
            URI url = new URI(value);
            return url.getHost() != null
                    && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
                    && url.getRawQuery() == null
                    && url.getRawFragment() == null;
        } catch (URISyntaxException malformed) {
            return false;
        }
    }

    private static boolean isRatio(String value) {
        try {
            double ratio = Double.parseDouble(value);
            return ratio >= 0 && ratio <= 1;
        } catch (NumberFormatException malformed) {
            return false;
        }
    }
}
