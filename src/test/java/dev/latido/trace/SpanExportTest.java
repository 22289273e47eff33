package dev.latido.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SpanExportTest {

    private static final int CAPACITY = 4;

    private final Logger logger = (Logger) LoggerFactory.getLogger(Tracing.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final SpanDrops drops = new SpanDrops();
    private volatile Supplier<CompletableResultCode> answer = CompletableResultCode::ofSuccess;

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
        logger.setAdditive(false);
        logger.setLevel(Level.INFO);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(log);
        logger.setAdditive(true);
        logger.setLevel(null);
    }

    /** Gives spans to {@code exporter}, or answers as the test says; counts them once that has been dealt with. */
    private final class Remote implements SpanExporter {
        private final @Nullable SpanExporter exporter;
        private final AtomicInteger seen = new AtomicInteger();

        Remote(@Nullable SpanExporter exporter) {
            this.exporter = exporter;
        }

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            CompletableResultCode result = exporter == null ? answer.get() : exporter.export(spans);
            seen.addAndGet(spans.size());
            return result;
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }

    private final Remote watched = new Remote(new WatchedExporter(new Remote(null), "'http://collector:4318'", drops));

    private SdkTracerProvider provider(Sampler sampler) {
        BatchSpanProcessor queue = BatchSpanProcessor.builder(watched)
                .setMaxQueueSize(CAPACITY)
                .setMaxExportBatchSize(CAPACITY)
                .setScheduleDelay(Duration.ofHours(1))
                .build();
        return SdkTracerProvider.builder()
                .setSampler(sampler)
                .addSpanProcessor(new BoundedProcessor(queue, CAPACITY, drops))
                .build();
    }

    private static void make(Tracer tracer, int spans) {
        for (int i = 0; i < spans; i++) {
            tracer.spanBuilder("span").startSpan().end();
        }
    }

    /** Waits until {@code spans} in all have been given to the exporter. A flush right after another one may do nothing. */
    private void flush(SdkTracerProvider provider, int spans) {
        await().until(() -> {
            assertThat(provider.forceFlush().join(30, TimeUnit.SECONDS).isDone())
                    .isTrue();
            return watched.seen.get() == spans;
        });
    }

    private long dropped(String reason) {
        return Objects.requireNonNull(drops.byReason().get(reason)).getAsLong();
    }

    private List<String> lines() {
        return log.list.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }

    @Test
    void countsWhatTheQueueHasNoRoomFor() {
        try (SdkTracerProvider provider = provider(Sampler.alwaysOn())) {
            Tracer tracer = provider.get("test");
            make(tracer, CAPACITY - 1);
            flush(provider, CAPACITY - 1);
            CompletableResultCode stuck = new CompletableResultCode();
            answer = () -> stuck;
            make(tracer, CAPACITY); // a whole batch, which leaves at once
            await().until(() -> watched.seen.get() == 2 * CAPACITY - 1);
            make(tracer, 3 * CAPACITY);
            assertThat(dropped("queue-full")).isEqualTo(2 * CAPACITY);
            answer = CompletableResultCode::ofSuccess;
            stuck.succeed();
            flush(provider, 3 * CAPACITY - 1);
            make(tracer, 1);
            assertThat(dropped("queue-full")).as("there is room again").isEqualTo(2 * CAPACITY);
            assertThat(dropped("export-failed")).isZero();
            assertThat(lines()).isEmpty();
        }
    }

    @Test
    void doesNotCountWhatIsNotSampled() {
        try (SdkTracerProvider provider = provider(Sampler.alwaysOff())) {
            make(provider.get("test"), 3 * CAPACITY);
            assertThat(drops.total()).isZero();
        }
    }

    @Test
    void saysOnceWhyExportingStoppedAndOnceThatItWorksAgain() {
        try (SdkTracerProvider provider = provider(Sampler.alwaysOn())) {
            Tracer tracer = provider.get("test");
            answer = () -> CompletableResultCode.ofExceptionalFailure(
                    new CompletionException(new UncheckedIOException(new ConnectException())));
            for (int i = 0; i < 3; i++) {
                make(tracer, 2);
                flush(provider, 2 * (i + 1));
            }
            assertThat(dropped("export-failed")).isEqualTo(6);
            answer = CompletableResultCode::ofSuccess;
            for (int i = 0; i < 2; i++) {
                make(tracer, 1);
                flush(provider, 6 + i + 1);
            }
            answer = () -> CompletableResultCode.ofExceptionalFailure(
                    new UncheckedIOException(new HttpConnectTimeoutException("HTTP connect timed out")));
            make(tracer, 1);
            flush(provider, 9);
            assertThat(lines())
                    .containsExactly(
                            "WARN Traces are not exported to 'http://collector:4318': no connection; 2 spans dropped so far"
                                    + " (told once)",
                            "INFO Traces are exported to 'http://collector:4318' again; 6 spans were dropped so far",
                            "WARN Traces are not exported to 'http://collector:4318': no answer in time; 7 spans dropped so"
                                    + " far (told once)");
        }
    }

    @Test
    void saysWhatElseIsWrong() {
        try (SdkTracerProvider provider = provider(Sampler.alwaysOn())) {
            Tracer tracer = provider.get("test");
            answer = () -> CompletableResultCode.ofExceptionalFailure(new IOException("odd"));
            make(tracer, 1);
            flush(provider, 1);
            assertThat(lines()).singleElement().asString().contains("java.io.IOException: odd;");
        }
    }
}
