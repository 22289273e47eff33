package dev.latido.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ExecutionIdTest {

    @Test
    void sortsAsTextAsItSortsAsNumber() {
        long seed = System.nanoTime();
        List<ExecutionId> ids = new ArrayList<>();
        new Random(seed).longs(1_000, 0, Long.MAX_VALUE).forEach(value -> ids.add(new ExecutionId(value)));

        List<String> byNumber = ids.stream().sorted().map(ExecutionId::toString).toList();

        assertThat(byNumber).as("seed %d", seed).isSorted();
        assertThat(byNumber).allMatch(text -> text.length() == ExecutionId.TEXT_LENGTH);
    }

    @Test
    void hasAKnownText() {
        assertThat(new ExecutionId(0)).hasToString("0000000000000");
        assertThat(new ExecutionId(Long.MAX_VALUE)).hasToString("7zzzzzzzzzzzz");
        assertThat(new ExecutionId(32 * 10 + 31)).hasToString("00000000000az");
    }

    @Test
    void isNotNegative() {
        assertThatThrownBy(() -> new ExecutionId(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void risesWithinAMillisecondAndWhenTheClockGoesBack() {
        ExecutionIds ids = new ExecutionIds();
        Moment now = new Moment(Instant.parse("2026-01-01T00:00:00Z"), 0);
        List<ExecutionId> made = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            made.add(ids.next(now));
        }
        made.add(ids.next(now.plus(Duration.ofHours(-1))));
        made.add(ids.next(now.plus(Duration.ofHours(1))));

        assertThat(made).isSorted().doesNotHaveDuplicates();
    }
}
