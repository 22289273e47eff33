package dev.latido.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.job.RetryPolicy.Backoff;
import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class RetryPolicyTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private final Random random = new Random(1);

    private Duration[] pauses(RetryPolicy policy) {
        return IntStream.rangeClosed(1, 9)
                .mapToObj(failures -> policy.pause(failures, random))
                .toArray(Duration[]::new);
    }

    @Test
    void fixedPausesAreAllTheSame() {
        assertThat(pauses(new RetryPolicy(9, Backoff.FIXED, SECOND, MINUTE, false)))
                .containsOnly(SECOND);
    }

    @Test
    void exponentialPausesDoubleUpToTheCap() {
        assertThat(pauses(new RetryPolicy(9, Backoff.EXPONENTIAL, SECOND, MINUTE, false)))
                .extracting(Duration::toSeconds)
                .containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L, 60L);
    }

    @Test
    void jitterIsFromNothingToTheWholePause() {
        RetryPolicy policy = new RetryPolicy(9, Backoff.EXPONENTIAL, SECOND, MINUTE, true);
        long longest = 0;
        long shortest = Long.MAX_VALUE;
        double sum = 0;
        int draws = 10_000;
        for (int i = 0; i < draws; i++) {
            long millis = policy.pause(4, random).toMillis();
            longest = Math.max(longest, millis);
            shortest = Math.min(shortest, millis);
            sum += millis;
        }

        assertThat(longest).isBetween(7_900L, 8_000L);
        assertThat(shortest).isBetween(0L, 100L);
        assertThat(sum / draws).isBetween(3_800.0, 4_200.0);
    }

    @Test
    void noDelayIsNoPause() {
        assertThat(new RetryPolicy(3, Backoff.EXPONENTIAL, Duration.ZERO, MINUTE, true).pause(50, random))
                .isZero();
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThatThrownBy(() -> new RetryPolicy(0, Backoff.FIXED, SECOND, SECOND, false))
                .hasMessageContaining("attempts");
        assertThatThrownBy(() -> new RetryPolicy(101, Backoff.FIXED, SECOND, SECOND, false))
                .hasMessageContaining("attempts");
        assertThatThrownBy(() -> new RetryPolicy(1, Backoff.FIXED, MINUTE, SECOND, false))
                .hasMessageContaining("maxDelay");
    }
}
