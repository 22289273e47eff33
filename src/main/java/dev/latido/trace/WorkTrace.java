package dev.latido.trace;

import dev.latido.job.ExecutionId;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a piece of work came from, as it is stored with the work in one line: the {@code traceparent} of the span, and for a
 * stage of a pipeline the ids of the executions that it goes back to, separated by spaces.
 *
 * @param context a context in which the span of the submission, or of the stage before, is the current one
 * @param origin the first execution of the pipeline; null for one that is the first itself
 * @param parent the execution whose result it is; the same
 */
record WorkTrace(
        Context context, @Nullable String origin, @Nullable String parent) {

    private static final Pattern SPACE = Pattern.compile(" ");

    /** Reads such a line; null, and one that cannot be read, name nothing. */
    static WorkTrace read(@Nullable String line) {
        if (line == null) {
            return new WorkTrace(Context.root(), null, null);
        }
        String[] parts = SPACE.split(line, -1);
        Context context = TraceParent.context(parts[0]);
        return parts.length == 3 ? new WorkTrace(context, parts[1], parts[2]) : new WorkTrace(context, null, null);
    }

    /** Returns the span; an invalid one where none is known. */
    SpanContext span() {
        return Span.fromContext(context).getSpanContext();
    }

    /** Returns the first execution of the pipeline that {@code execution}, whose trace this is, belongs to. */
    String originOf(ExecutionId execution) {
        return origin == null ? execution.toString() : origin;
    }

    /** Writes what the work of the next stages comes from: {@code run}, the span in which {@code execution} was done. */
    @Nullable String next(Context run, ExecutionId execution) {
        String traceParent = TraceParent.write(run);
        return traceParent == null ? null : traceParent + " " + originOf(execution) + " " + execution;
    }
}
