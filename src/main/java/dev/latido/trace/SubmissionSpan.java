package dev.latido.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import org.jspecify.annotations.Nullable;

/** The span of a submission, from when the owner got it until it is answered. */
public final class SubmissionSpan {

    private final Span span;
    private final @Nullable String trace;

    SubmissionSpan(Span span, @Nullable String trace) {
        this.span = span;
        this.trace = trace;
    }

    /** Returns the span as a W3C {@code traceparent}. */
    public @Nullable String trace() {
        return trace;
    }

    /**
     * Ends the span.
     *
     * @param accepted how many pieces of work were not refused
     * @param execution what a single piece of work became; null for several, or none
     * @param problem why the first of the others was refused; null when there is none
     */
    public void answered(int accepted, @Nullable String execution, @Nullable String problem) {
        span.setAttribute(Attributes.ACCEPTED, (long) accepted);
        if (execution != null) {
            span.setAttribute(Attributes.MESSAGE_ID, execution);
        }
        if (problem != null) {
            span.setAttribute(Attributes.ERROR_TYPE, problem).setStatus(StatusCode.ERROR);
        }
        span.end();
    }
}
