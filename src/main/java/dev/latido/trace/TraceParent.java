package dev.latido.trace;

import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A span as one line of text, so that it can be stored.
 *
 * @see <a href="https://www.w3.org/TR/trace-context/#traceparent-header">Trace Context, section 3.2</a>
 */
final class TraceParent {

    private static final String NAME = "traceparent";
    private static final W3CTraceContextPropagator FORM = W3CTraceContextPropagator.getInstance();

    private static final TextMapGetter<String> GETTER = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(String text) {
            return Set.of(NAME);
        }

        @Override
        public @Nullable String get(@Nullable String text, String key) {
            return key.equals(NAME) ? text : null;
        }
    };

    private TraceParent() {}

    /** Returns a context in which the span that {@code text} names is the current one; without one when it cannot be read. */
    static Context context(@Nullable String text) {
        return text == null ? Context.root() : FORM.extract(Context.root(), text, GETTER);
    }

    /** Writes the span that is current in {@code context}; null when there is none. */
    static @Nullable String write(Context context) {
        Map<String, String> headers = new HashMap<>(2);
        FORM.inject(context, headers, Map::put);
        return headers.get(NAME);
    }
}
