package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Moment;
import dev.latido.protocol.Submission;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class IdempotencyKeysTest {

    private static final Submission WORK = Submission.of("1");

    private int pushedOut;
    private final IdempotencyKeys keys = new IdempotencyKeys(JobDefinition.named("job"), use -> {}, () -> pushedOut++);
    private final Moment now = new Moment(Instant.EPOCH, Long.MAX_VALUE - 5);

    @Test
    void boundsTheirNumber() {
        for (int i = 0; i <= IdempotencyKeys.MAX_KEYS; i++) {
            keys.begin("k" + i, WORK, now);
        }

        assertThat(keys.size()).isEqualTo(IdempotencyKeys.MAX_KEYS);
        assertThat(keys.find("k0", now)).isNull();
        assertThat(pushedOut).isEqualTo(1);
        assertThat(keys.find("k1", now)).isNotNull();
    }

    /** That is what they were told: a day. */
    @Test
    void doNotCountThoseThatGiveWayAndWereTooOld() {
        for (int i = 0; i < IdempotencyKeys.MAX_KEYS; i++) {
            keys.begin("k" + i, WORK, now);
        }
        keys.begin("new", WORK, now.plus(IdempotencyKeys.MAX_AGE));

        assertThat(keys.size()).isEqualTo(IdempotencyKeys.MAX_KEYS);
        assertThat(pushedOut).isZero();
    }

    @Test
    void forgetThoseThatAreTooOldAcrossTheWrapAroundOfTheClock() {
        keys.begin("old", WORK, now);
        keys.begin("young", WORK, now.plus(Duration.ofHours(1)));
        keys.prune(now.plus(IdempotencyKeys.MAX_AGE));

        assertThat(pushedOut).isZero();
        assertThat(keys.size()).isEqualTo(1);
        assertThat(keys.find("young", now.plus(IdempotencyKeys.MAX_AGE))).isNotNull();
    }

    @Test
    void doNotForgetALaterUseOfTheSameKey() {
        IdempotencyKeys.Use first = keys.begin("k", WORK, now);
        keys.forget(first);
        IdempotencyKeys.Use second = keys.begin("k", WORK, now);
        keys.forget(first);

        assertThat(keys.find("k", now)).isSameAs(second);
    }

    @Test
    void tellWorkApart() {
        IdempotencyKeys.Use use = keys.begin("k", Submission.of(""), now);

        assertThat(use.isFor(Submission.of(""))).isTrue();
        assertThat(use.isFor(Submission.of(null))).isFalse();
        assertThat(use.isFor(Submission.of("\0"))).isFalse();
        assertThat(Objects.requireNonNull(keys.find("k", now)).isFor(Submission.of("a")))
                .isFalse();
    }
}
