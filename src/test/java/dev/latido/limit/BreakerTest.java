package dev.latido.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.limit.Breaker.State;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When it opens, lets probes through and closes, on a clock that only the test moves. */
class BreakerTest {

    private static final Duration FAST = Duration.ofMillis(10);
    private static final Duration SLOW = Duration.ofSeconds(3);
    private static final Duration OPEN = Duration.ofSeconds(30);
    private static final BreakerConfig CONFIG = new BreakerConfig(10, 4, 50, 50, Duration.ofSeconds(2), OPEN, 2);

    private long now = Long.MAX_VALUE - 1_000_000_000L; // wraps around after a second
    private final Breaker breaker = new Breaker("b", CONFIG, now);

    private void call(boolean success, Duration took) {
        assertThat(breaker.tryAcquire(now)).isTrue();
        if (success) {
            breaker.succeeded(took, now);
        } else {
            breaker.failed(took, now);
        }
    }

    private void open() {
        for (int i = 0; i < 4; i++) {
            call(false, FAST);
        }
    }

    @Test
    void opensAtTheFailureRateButNotBeforeTheMinimumOfCalls() {
        call(false, FAST);
        call(false, FAST);
        call(false, FAST);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        call(true, FAST);

        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(breaker.tryAcquire(now)).isFalse();
        assertThat(breaker.openUntil() - now).isEqualTo(OPEN.toNanos() + 1);
    }

    @Test
    void opensAtTheRateOfSlowCalls() {
        call(true, SLOW);
        call(true, SLOW);
        call(true, FAST);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        call(true, FAST);

        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void staysClosedBelowTheRates() {
        for (int i = 0; i < 100; i++) {
            call(i % 3 != 2, FAST);
        }

        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void letsProbesThroughExactlyWhenItsTimeIsOver() {
        open();
        now = breaker.openUntil() - 1;
        assertThat(breaker.tryAcquire(now)).isFalse();
        now++;
        assertThat(breaker.tryAcquire(now)).isTrue();
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        assertThat(breaker.tryAcquire(now)).isTrue();
        assertThat(breaker.tryAcquire(now)).as("a third probe").isFalse();
        breaker.succeeded(FAST, now);
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        breaker.succeeded(FAST, now);

        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void opensAgainWhenProbesFail() {
        open();
        now = breaker.openUntil();
        call(false, FAST);
        call(false, FAST);

        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(breaker.openUntil() - now).isEqualTo(OPEN.toNanos() + 1);
    }

    @Test
    void probeThatTellsNothingGivesItsPlaceBack() {
        open();
        now = breaker.openUntil();
        assertThat(breaker.tryAcquire(now)).isTrue();
        assertThat(breaker.tryAcquire(now)).isTrue();
        breaker.released(now);

        assertThat(breaker.tryAcquire(now)).isTrue();
    }

    @Test
    void whatEndsWhileItIsOpenDoesNotKeepItOpen() {
        assertThat(breaker.tryAcquire(now)).isTrue();
        open();
        long until = breaker.openUntil();
        now += 1_000_000_000L;
        breaker.failed(FAST, now);

        assertThat(breaker.openUntil()).isEqualTo(until);
    }
}
