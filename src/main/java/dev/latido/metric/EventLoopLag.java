package dev.latido.metric;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Measures how late an event loop is: every {@link #PERIOD} it compares when a timer came with when it was due. */
public final class EventLoopLag {

    /** How often the lag is measured. */
    public static final Duration PERIOD = Duration.ofMillis(100);

    private EventLoopLag() {}

    /** Watches the event loop of {@code loop} for as long as {@code vertx} lives, under the label {@code name}. */
    public static void watch(Vertx vertx, Context loop, String name, MeterRegistry registry) {
        Timer lag = Timer.builder("latido.event.loop.lag")
                .description("How late the event loop handles a timer")
                .tag("loop", name)
                .register(registry);
        loop.runOnContext(ignored -> next(vertx, lag));
    }

    private static void next(Vertx vertx, Timer lag) {
        long due = System.nanoTime() + PERIOD.toNanos();
        vertx.setTimer(PERIOD.toMillis(), ignored -> {
            try {
                lag.record(Math.max(0, System.nanoTime() - due), TimeUnit.NANOSECONDS);
            } finally {
                next(vertx, lag);
            }
        });
    }
}
