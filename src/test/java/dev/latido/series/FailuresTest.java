package dev.latido.series;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.protocol.FailureGroup;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class FailuresTest {

    private static final Instant BEGIN = Instant.parse("2026-03-01T12:10:00Z");

    private final Failures failures = new Failures();
    private Instant now = BEGIN;

    private void fail(String error) {
        failures.add(error, now.toEpochMilli());
    }

    private void pass(Duration time) {
        now = now.plus(time);
    }

    private static List<Integer> hours(int... lastOnes) {
        List<Integer> hours = new ArrayList<>(Collections.nCopies(FailureGroup.HOURS - lastOnes.length, 0));
        for (int count : lastOnes) {
            hours.add(count);
        }
        return hours;
    }

    @Test
    void areOneWhereOnlyNumbersDiffer() {
        assertThat(failures.isEmpty()).isTrue();
        assertThat(failures.takeChanged()).isFalse();
        fail("order 17 is unknown");
        pass(Duration.ofHours(2));
        fail("order 4711 is unknown");
        fail("no route to host");

        assertThat(failures.view(now))
                .containsExactly(
                        new FailureGroup("no route to host", "no route to host", now, now, 1, hours(1)),
                        new FailureGroup("order # is unknown", "order 4711 is unknown", BEGIN, now, 2, hours(1, 0, 1)));
        assertThat(failures.takeChanged()).isTrue();
        assertThat(failures.takeChanged()).isFalse();
    }

    @Test
    void moveOnWithTheHours() {
        fail("a");
        fail("a");
        pass(Duration.ofHours(23));
        assertThat(failures.view(now).get(0).perHour()).startsWith(2, 0).endsWith(0, 0);
        fail("a");
        pass(Duration.ofHours(1));
        assertThat(failures.view(now).get(0).perHour()).startsWith(0, 0).endsWith(1, 0);
        pass(Duration.ofHours(22));
        assertThat(failures.view(now).get(0).perHour()).startsWith(1, 0).endsWith(0, 0);
        assertThat(failures.view(now).get(0).count()).isEqualTo(3);
        pass(Duration.ofHours(1));
        assertThat(failures.view(now)).as("none in the last day").isEmpty();
        pass(Duration.ofHours(500));
        fail("a");
        assertThat(failures.view(now).get(0).perHour()).isEqualTo(hours(1));
        assertThat(failures.view(now).get(0).firstSeen()).isEqualTo(BEGIN);
    }

    @Test
    void areCountedOnceTheClockIsSetBack() {
        pass(Duration.ofHours(30));
        fail("a");
        now = BEGIN;
        fail("a");
        assertThat(failures.view(BEGIN.plus(Duration.ofHours(30))).get(0).perHour())
                .isEqualTo(hours(2));
    }

    @Test
    void keepTheLatestOfMoreKindsThanThereIsRoomFor() {
        fail("it was the first");
        for (char kind = 'a'; kind < 'a' + Failures.MAX_KINDS - 1; kind++) {
            fail("kind " + kind);
        }
        fail("it was the first");
        fail("one too many");

        assertThat(failures.view(now))
                .hasSize(Failures.MAX_KINDS)
                .extracting(FailureGroup::kind)
                .startsWith("one too many", "it was the first")
                .doesNotContain("kind a")
                .contains("kind b");
    }

    @Test
    void keepTheBeginningOfALongError() {
        fail("x".repeat(5_000));
        assertThat(failures.view(now).get(0).error()).hasSize(161).endsWith("…");
        assertThat(failures.view(now).get(0).kind()).hasSize(80);
        fail("x".repeat(5_001));
        assertThat(failures.view(now)).hasSize(1);
    }
}
