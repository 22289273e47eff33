package dev.latido.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.latido.policy.Breaker.State;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** When it opens, lets probes through and closes, on a clock that only the test moves. */
@Tag("fast")
class BreakerTest {

    private static final Duration FAST = Duration.ofMillis(10);
    private static final Duration SLOW = Duration.ofSeconds(3);
    private static final Duration OPEN = Duration.ofSeconds(30);
    private static final BreakerConfig CONFIG = new BreakerConfig(10, 4, 50, 50, Duration.ofSeconds(2), OPEN, 2);

    private long now = Long.MAX_VALUE - 1_000_000_000L; // wraps around after a second
    private final Breaker breaker = new Breaker("b", CONFIG, now);

    private void call(boolean success, Duration took) {
        int permit = breaker.acquire(now);
        if (success) {
            breaker.succeeded(permit, took, now);
        } else {
            breaker.failed(permit, took, now);
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
        assertThat(breaker.mayAcquire(now)).isFalse();
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
        assertThat(breaker.mayAcquire(now)).isFalse();
        now++;
        assertThat(breaker.mayAcquire(now)).isTrue();
        assertThat(breaker.state()).as("nobody asked for it yet").isEqualTo(State.OPEN);
        int one = breaker.acquire(now);
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        int two = breaker.acquire(now);
        assertThat(breaker.mayAcquire(now)).as("a third probe").isFalse();
        assertThatIllegalStateException().isThrownBy(() -> breaker.acquire(now));
        breaker.succeeded(one, FAST, now);
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        assertThat(breaker.mayAcquire(now)).as("a third probe").isFalse();
        breaker.succeeded(two, FAST, now);

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
        breaker.acquire(now);
        int two = breaker.acquire(now);
        breaker.released(two, now);
        assertThat(breaker.mayAcquire(now)).isTrue();
        breaker.acquire(now);

        assertThat(breaker.mayAcquire(now)).isFalse();
    }

    @Test
    void decidesByProbesAndNotByWhatBeganBefore() {
        int old = breaker.acquire(now);
        int older = breaker.acquire(now);
        open();
        now = breaker.openUntil();
        int probe = breaker.acquire(now);
        breaker.failed(old, FAST, now);
        breaker.released(older, now);
        call(true, FAST);
        assertThat(breaker.mayAcquire(now)).as("a third probe").isFalse();
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        breaker.succeeded(probe, FAST, now);

        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void doesNotTakeProbesOfTheTimeBeforeForThoseOfNow() {
        Breaker decidesEarly = new Breaker("b", new BreakerConfig(10, 1, 50, 50, Duration.ofSeconds(2), OPEN, 2), now);
        decidesEarly.failed(decidesEarly.acquire(now), FAST, now);
        now = decidesEarly.openUntil();
        int slow = decidesEarly.acquire(now);
        decidesEarly.failed(decidesEarly.acquire(now), FAST, now);
        assertThat(decidesEarly.state()).isEqualTo(State.OPEN);
        now = decidesEarly.openUntil();
        int probe = decidesEarly.acquire(now);
        decidesEarly.failed(slow, FAST, now);
        assertThat(decidesEarly.state()).isEqualTo(State.HALF_OPEN);
        decidesEarly.succeeded(probe, FAST, now);

        assertThat(decidesEarly.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void whatEndsWhileItIsOpenDoesNotKeepItOpen() {
        int old = breaker.acquire(now);
        open();
        long until = breaker.openUntil();
        now += 1_000_000_000L;
        breaker.failed(old, FAST, now);

        assertThat(breaker.openUntil()).isEqualTo(until);
    }
}
