package dev.latido.worker;

import static org.awaitility.Awaitility.await;

import io.vertx.core.Future;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Waits for what workers return. */
final class Outcomes {

    private Outcomes() {}

    static @Nullable String result(Future<@Nullable String> outcome) {
        awaitEnd(outcome);
        if (outcome.failed()) {
            throw new AssertionError("failed", outcome.cause());
        }
        return outcome.result();
    }

    static Throwable failure(Future<?> outcome) {
        awaitEnd(outcome);
        if (outcome.succeeded()) {
            throw new AssertionError("succeeded with " + outcome.result());
        }
        return outcome.cause();
    }

    private static void awaitEnd(Future<?> outcome) {
        await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5)).until(outcome::isComplete);
    }
}
