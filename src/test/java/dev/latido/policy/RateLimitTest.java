package dev.latido.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.policy.RateConfig.Algorithm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What each algorithm promises, on a clock that only the test moves. */
@Tag("fast")
class RateLimitTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    /** The monotonic origin is arbitrary, and time may wrap around. */
    private static final long BEGIN = Long.parseLong("9223372035354775807"); // 1.5 s before it wraps around

    private static RateConfig config(Algorithm algorithm, int permits, Duration per, int burst) {
        return new RateConfig(algorithm, permits, per, burst);
    }

    /** Starts as often as is allowed, without a pause, and returns when that was, in milliseconds from the beginning. */
    private static List<Long> greedy(RateConfig config, int starts) {
        RateLimit limit = RateLimit.of(config, BEGIN);
        List<Long> millis = new ArrayList<>();
        long nanos = BEGIN;
        for (int i = 0; i < starts; i++) {
            nanos = limit.next(nanos);
            limit.take(nanos);
            millis.add((nanos - BEGIN) / 1_000_000);
        }
        return millis;
    }

    @Test
    void tokenBucketLetsABurstGoAndThenRefillsEvenly() {
        assertThat(greedy(config(Algorithm.TOKEN_BUCKET, 4, SECOND, 3), 7))
                .containsExactly(0L, 0L, 0L, 250L, 500L, 750L, 1_000L);
    }

    @Test
    void leakyBucketKeepsAPause() {
        assertThat(greedy(config(Algorithm.LEAKY, 4, SECOND, 3), 4)).containsExactly(0L, 250L, 500L, 750L);
    }

    @Test
    void fixedWindowFillsEachWindow() {
        assertThat(greedy(config(Algorithm.FIXED_WINDOW, 2, SECOND, 1), 5))
                .containsExactly(0L, 0L, 1_000L, 1_000L, 2_000L);
    }

    @Test
    void fixedWindowsFollowTheFirstStart() {
        RateLimit limit = RateLimit.of(config(Algorithm.FIXED_WINDOW, 1, SECOND, 1), BEGIN);
        limit.take(BEGIN + 300_000_000L);
        long later = BEGIN + 2_900_000_000L; // in the window from 2.3 s to 3.3 s
        limit.take(later);

        assertThat(limit.next(later) - BEGIN).isEqualTo(3_300_000_000L);
    }

    @Test
    void slidingWindowWaitsForTheOldestStartToLeaveIt() {
        RateLimit limit = RateLimit.of(config(Algorithm.SLIDING_WINDOW, 2, SECOND, 1), BEGIN);
        limit.take(BEGIN);
        limit.take(BEGIN + 900_000_000L);
        assertThat(limit.next(BEGIN + 900_000_000L) - BEGIN).isEqualTo(1_000_000_000L);
        limit.take(BEGIN + 1_000_000_000L);

        assertThat(limit.next(BEGIN + 1_000_000_000L) - BEGIN).isEqualTo(1_900_000_000L);
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void isIdleBeforeItIsUsedAndLongAfter(Algorithm algorithm) {
        RateLimit limit = RateLimit.of(config(algorithm, 2, SECOND, 2), BEGIN);
        assertThat(limit.isIdle(BEGIN)).isTrue();
        assertThat(limit.next(BEGIN)).isEqualTo(BEGIN);
        limit.take(BEGIN);
        assertThat(limit.isIdle(BEGIN)).isFalse();

        assertThat(limit.isIdle(BEGIN + SECOND.toNanos())).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void keepsItsPromiseInRandomHistories(Algorithm algorithm) {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int history = 0; history < 200; history++) {
            RateConfig config = config(
                    algorithm,
                    1 + random.nextInt(20),
                    Duration.ofMillis(1 + random.nextInt(3_000)),
                    1 + random.nextInt(20));
            assertThat(breach(config, random)).as("seed %s, %s", seed, config).isEmpty();
        }
    }

    private static List<String> breach(RateConfig config, Random random) {
        RateLimit limit = RateLimit.of(config, BEGIN);
        List<Long> starts = new ArrayList<>();
        long nanos = BEGIN;
        for (int i = 0; i < 400; i++) {
            nanos += random.nextInt(3) == 0 ? random.nextInt(400_000_000) : 0;
            long next = limit.next(nanos);
            if (next - nanos > 0) {
                assertThat(limit.next(next - 1) - (next - 1))
                        .as("no permit before its time")
                        .isPositive();
                assertThat(limit.next(next)).as("a permit at its time").isEqualTo(next);
                nanos = next;
            }
            if (limit.next(nanos) - nanos <= 0) {
                limit.take(nanos);
                starts.add(nanos - BEGIN);
            }
        }
        List<String> breaches = new ArrayList<>();
        for (int from = 0; from < starts.size(); from++) {
            for (int to = from; to < starts.size(); to++) {
                check(config, starts, from, to, breaches);
            }
        }
        return breaches;
    }

    /** Compares the starts from one to another with what is promised of so long a time. */
    private static void check(RateConfig config, List<Long> starts, int from, int to, List<String> breaches) {
        long count = to - from + 1L;
        long nanos = starts.get(to) - starts.get(from);
        long per = config.per().toNanos();
        boolean holds = switch (config.algorithm()) {
            // Bucket4j counts whole nanoseconds, so a token may be there one early
            case TOKEN_BUCKET -> count <= config.burst() + (double) config.permits() * (nanos + 1) / per + 1e-6;
            case LEAKY -> to == from || nanos >= per / config.permits() * (count - 1);
            case FIXED_WINDOW ->
                (starts.get(from) - starts.get(0)) / per != (starts.get(to) - starts.get(0)) / per
                        || count <= config.permits();
            case SLIDING_WINDOW -> nanos >= per || count <= config.permits();
        };
        if (!holds) {
            breaches.add(count + " starts in " + nanos + " ns");
        }
    }

    @Test
    void manyStartsAreRememberedAndForgotten() {
        RateLimit limit = RateLimit.of(config(Algorithm.SLIDING_WINDOW, 10_000, SECOND, 1), BEGIN);
        for (int i = 0; i < 10_000; i++) {
            assertThat(limit.next(BEGIN + i)).isEqualTo(BEGIN + i);
            limit.take(BEGIN + i);
        }
        assertThat(limit.next(BEGIN + 10_000)).isEqualTo(BEGIN + SECOND.toNanos());
        assertThat(limit.next(BEGIN + SECOND.toNanos() + 4_999)).isEqualTo(BEGIN + SECOND.toNanos() + 4_999);

        assertThat(limit.isIdle(BEGIN + 2 * SECOND.toNanos())).isTrue();
    }

    @Test
    void refusesWhatMakesNoSense() {
        for (RateMaker wrong : List.<RateMaker>of(
                () -> config(Algorithm.LEAKY, 0, SECOND, 1),
                () -> config(Algorithm.LEAKY, RateConfig.MAX_PERMITS + 1, SECOND, 1),
                () -> config(Algorithm.TOKEN_BUCKET, 1, SECOND, 0),
                () -> config(Algorithm.LEAKY, 1, Duration.ZERO, 1),
                () -> config(Algorithm.LEAKY, 1, Duration.ofDays(2), 1))) {
            assertThatThrownBy(wrong::make).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @FunctionalInterface
    private interface RateMaker {
        RateConfig make();
    }
}
