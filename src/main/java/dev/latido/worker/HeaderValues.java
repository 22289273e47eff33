package dev.latido.worker;

import dev.latido.setting.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The header fields of an HTTP worker with their values. Those in files are read for each request, on another thread, so that a
 * new value is sent as soon as it stands there; requests that begin while they are being read have the values from before. A file
 * that cannot be used leaves its last value, and is logged once; while there was none yet, nothing is sent.
 *
 * <p>Thread-safe.
 */
final class HeaderValues {

    private static final Logger LOG = LoggerFactory.getLogger(HttpWorker.class);

    private final Vertx vertx;
    private final String setting;
    private final List<HttpHeader> headers;
    private final boolean areInFiles;
    private @Nullable List<Value> last;
    private boolean isReading;

    /** What cannot be used, as it was logged; empty when all can. */
    private String told = "";

    /** A header field as a request has it. */
    record Value(HttpHeader header, String text) {

        /** Returns {@code other} without the value, if that is from a file: a server may repeat it in its answer. */
        private String maskedIn(String other) {
            return header.value().secret().file() == null
                    ? other
                    : other.replace(text.substring(header.value().prefix().length()), Secret.MASK);
        }

        /** Shows no value. */
        @Override
        public String toString() {
            return header.toString();
        }
    }

    /** The first value of a file cannot be read. */
    private static final class MissingException extends Exception {
        private static final long serialVersionUID = 1L;

        MissingException(String problem) {
            super(problem, null, false, false);
        }
    }

    /**
     * Makes those of a worker.
     *
     * @param setting where the worker is configured, for the log
     */
    HeaderValues(Vertx vertx, String setting, List<HttpHeader> headers) {
        this.vertx = vertx;
        this.setting = setting;
        this.headers = headers;
        this.areInFiles =
                headers.stream().anyMatch(header -> header.value().secret().file() != null);
        this.last = headers.isEmpty() ? List.of() : null;
    }

    /** Returns {@code text} without the values that are from files. */
    static String masked(List<Value> values, String text) {
        String masked = text;
        for (Value value : values) {
            masked = value.maskedIn(masked);
        }
        return masked;
    }

    /** Returns them as they are now. */
    Future<List<Value>> get() {
        synchronized (this) {
            List<Value> known = last;
            if (known != null && (!areInFiles || isReading)) {
                return Future.succeededFuture(known);
            }
            isReading = true;
        }
        return vertx.executeBlocking(this::read, false)
                .onComplete(done -> readingEnded())
                .recover(missing -> Future.failedFuture(new WorkerUnavailableException(
                        "not called, as a header field is missing: " + missing.getMessage())));
    }

    private synchronized void readingEnded() {
        isReading = false;
    }

    private List<Value> read() throws MissingException {
        List<Value> before = known();
        List<Value> values = new ArrayList<>();
        String problem = "";
        for (HttpHeader header : headers) {
            Value value = null;
            try {
                String text = header.value().read();
                if (HttpHeader.isValid(text)) {
                    value = new Value(header, text);
                } else {
                    problem = header + ": " + header.value().secret().file() + ": what is in it, with the prefix, "
                            + HttpHeader.RULE;
                }
            } catch (Secret.UnreadableException unreadable) {
                problem = header + ": " + unreadable.getMessage();
            }
            if (value == null && before == null) {
                throw new MissingException(problem);
            }
            values.add(value == null && before != null ? before.get(values.size()) : value);
        }
        took(values, problem);
        return values;
    }

    private synchronized @Nullable List<Value> known() {
        return last;
    }

    private synchronized void took(List<Value> values, String problem) {
        last = values;
        if (!problem.isEmpty() && !problem.equals(told)) {
            LOG.warn(
                    "{}: a header field keeps the value that it had, as another one cannot be used: {}",
                    setting,
                    problem);
        }
        told = problem;
    }
}
