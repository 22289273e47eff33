package dev.latido.queue.storagequeue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is delayed is counted for no longer than it is hidden, and with some thousand numbers at most. */
@Tag("fast")
class DelaysTest {

    private long now = Duration.ofDays(1).toNanos() + 123_456_789;
    private final Delays delays = new Delays(() -> now);

    private void pass(Duration time) {
        now += time.toNanos();
    }

    @Test
    void countsNothingThatMayHaveComeBack() {
        long asked = now;
        pass(Duration.ofMillis(700)); // until the answer
        delays.add(Duration.ofSeconds(3), asked);
        delays.add(Duration.ofMinutes(30), asked);
        delays.add(Duration.ZERO, asked);
        assertThat(delays.count()).isEqualTo(2);
        pass(Duration.ofMillis(2_300));
        assertThat(delays.count()).isEqualTo(1);
        pass(Duration.ofMinutes(28));
        assertThat(delays.count()).isEqualTo(1);
        pass(Duration.ofMinutes(2));
        assertThat(delays.count()).isZero();
    }
}
