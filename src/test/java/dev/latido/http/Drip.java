package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Sends the same text over and over, until it is stopped or the connection breaks. */
final class Drip {

    private static final long PERIOD_MILLIS = 50;

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> ticks;
    private final CountDownLatch broken = new CountDownLatch(1);

    Drip(RawClient client, String text) {
        ticks = thread.scheduleWithFixedDelay(
                () -> {
                    if (!client.trySend(text)) {
                        broken.countDown();
                        thread.shutdown();
                    }
                },
                PERIOD_MILLIS,
                PERIOD_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    void awaitBrokenConnection() {
        try {
            assertThat(broken.await(20, TimeUnit.SECONDS))
                    .as("the connection broke")
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    void stop() {
        ticks.cancel(true);
        thread.shutdownNow();
    }
}
