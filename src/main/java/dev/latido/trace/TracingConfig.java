package dev.latido.trace;

import dev.latido.setting.Secret;
import dev.latido.setting.Section;
import org.jspecify.annotations.Nullable;

/**
 * Which traces are made. Where they are sent is said by OpenTelemetry's own variables, see {@link TraceVariables}.
 *
 * @param enabled whether any are
 * @param attempts how the span of an attempt belongs to what its work came from
 * @param requests which HTTP requests have a span
 * @param headers header fields that exports have besides those of the variables; null for none
 */
public record TracingConfig(
        boolean enabled,
        Attempts attempts,
        Requests requests,
        @Nullable Secret headers) {

    /** What there is by default. */
    public static final TracingConfig DEFAULT = new TracingConfig(false, Attempts.PARENT, Requests.CHANGES, null);

    /** How the span of an attempt belongs to the submission, or to the stage before. */
    public enum Attempts {
        /** It is a child: all that comes of a request is one trace. */
        PARENT,
        /** It is the root of a trace of its own, and linked. */
        LINK
    }

    /** Which HTTP requests have a span. */
    public enum Requests {
        /** Those that may change something, and those to the API that are part of a trace that is sampled. */
        CHANGES,
        /** All: also health checks, metrics, pages, and what a dashboard asks for again and again. */
        ALL
    }

    /** Reads a section. */
    public static TracingConfig read(Section section) {
        TracingConfig config = new TracingConfig(
                section.bool("enabled", DEFAULT.enabled),
                section.choice("attempts", DEFAULT.attempts, Attempts.class),
                section.choice("requests", DEFAULT.requests, Requests.class),
                section.secret("headers"));
        section.end();
        Secret headers = config.headers;
        String text = headers == null || !config.enabled ? null : section.read("headers", headers);
        if (headers != null && text != null && TraceHeaders.parse(text) == null) {
            section.problem(headers.file() == null ? "headers" : "headersFile", TraceHeaders.RULE);
        }
        return config;
    }
}
