package dev.latido.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class DrainRateTest {

    private static final long MILLISECOND = 1_000_000;

    private final DrainRate rate = new DrainRate();

    @Test
    void saysOneSecondBeforeAnythingIsKnown() {
        rate.lineBegan(0);

        assertThat(rate.retryAfter(1_000, 0)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void followsFromTheMeanGapAndThePlaceInLine() {
        rate.lineBegan(0);
        for (int i = 1; i <= 100; i++) {
            rate.departed(i * 20L * MILLISECOND);
        }

        long now = 100 * 20 * MILLISECOND;
        assertThat(rate.retryAfter(50, now)).isEqualTo(Duration.ofSeconds(1));
        assertThat(rate.retryAfter(500, now)).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void doesNotCountIdleTime() {
        rate.lineBegan(0);
        rate.departed(MILLISECOND);
        rate.lineBegan(3_600_000 * MILLISECOND);
        rate.departed(3_600_001 * MILLISECOND);

        assertThat(rate.retryAfter(10, 3_600_001 * MILLISECOND)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void growsWhileNothingMovesUpToOneMinute() {
        rate.lineBegan(0);
        rate.departed(MILLISECOND);

        assertThat(rate.retryAfter(1, 7_500 * MILLISECOND)).isEqualTo(Duration.ofSeconds(8));
        assertThat(rate.retryAfter(1, 3_600_000 * MILLISECOND)).isEqualTo(Duration.ofSeconds(60));
    }
}
