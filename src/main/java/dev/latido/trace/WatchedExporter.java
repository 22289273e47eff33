package dev.latido.trace;

import io.opentelemetry.exporter.internal.FailedExportException.HttpExportException;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once that exporting fails, and once that it works again; counts what is lost meanwhile. */
final class WatchedExporter implements SpanExporter {

    private static final Logger LOG = LoggerFactory.getLogger(Tracing.class);

    private final SpanExporter exporter;
    private final String where;
    private final SpanDrops drops;
    private final AtomicBoolean isFailing = new AtomicBoolean();

    /**
     * Makes one.
     *
     * @param where the endpoint, as it may be shown
     */
    WatchedExporter(SpanExporter exporter, String where, SpanDrops drops) {
        this.exporter = exporter;
        this.where = where;
        this.drops = drops;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
        int count = spans.size();
        drops.left(count);
        CompletableResultCode result = exporter.export(spans);
        return result.whenComplete(() -> {
            if (result.isSuccess()) {
                worked();
            } else {
                failed(count, result.getFailureThrowable());
            }
        });
    }

    private void worked() {
        if (isFailing.compareAndSet(true, false)) {
            LOG.info("Traces are exported to {} again; {} spans were dropped so far", where, drops.total());
        }
    }

    private void failed(int spans, @Nullable Throwable failure) {
        drops.failed(spans);
        if (isFailing.compareAndSet(false, true)) {
            LOG.warn(
                    "Traces are not exported to {}: {}; {} spans dropped so far (told once)",
                    where,
                    reason(failure),
                    drops.total());
        }
    }

    private static String reason(@Nullable Throwable failure) {
        if (failure instanceof HttpExportException http && http.getResponse() != null) {
            return "HTTP " + http.getResponse().getStatusCode();
        }
        Throwable cause = failure;
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ConnectException || cause instanceof ClosedChannelException) {
            return "no connection";
        }
        if (cause instanceof HttpTimeoutException) {
            return "no answer in time";
        }
        return cause == null ? "the exporter does not say why" : cause.toString();
    }

    @Override
    public CompletableResultCode flush() {
        return exporter.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
        return exporter.shutdown();
    }
}
