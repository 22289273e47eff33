package dev.latido.trace;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;

/**
 * Gives spans to a processor with a queue as long as there is room in that, so that those for which there is none are
 * counted. {@link WatchedExporter} tells when they leave it.
 */
record BoundedProcessor(SpanProcessor queue, int capacity, SpanDrops drops) implements SpanProcessor {

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {
        queue.onStart(parent, span);
    }

    @Override
    public boolean isStartRequired() {
        return queue.isStartRequired();
    }

    @Override
    public void onEnd(ReadableSpan span) {
        if (span.getSpanContext().isSampled() && drops.tryWait(capacity)) {
            queue.onEnd(span);
        }
    }

    @Override
    public boolean isEndRequired() {
        return queue.isEndRequired();
    }

    @Override
    public CompletableResultCode shutdown() {
        return queue.shutdown();
    }

    @Override
    public CompletableResultCode forceFlush() {
        return queue.forceFlush();
    }
}
