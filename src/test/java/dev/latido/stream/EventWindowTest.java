package dev.latido.stream;

import static dev.latido.stream.StreamHarness.many;
import static dev.latido.stream.StreamHarness.progressed;
import static dev.latido.stream.StreamHarness.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.event.Event;
import dev.latido.event.EventBatch;
import dev.latido.job.ExecutionId;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class EventWindowTest {

    private static EventBatch batch(long first, Event... events) {
        return new EventBatch(first, List.of(events));
    }

    @Test
    void keepsTheLatestInNumber() {
        EventWindow window = new EventWindow("r", 3, 1_000_000);
        assertThat(window.newest()).isZero();
        assertThat(window.covers(0)).isTrue();
        assertThat(window.add(batch(1, started("a"), started("b")))).isTrue();
        assertThat(window.oldest()).isEqualTo(1);
        assertThat(window.covers(0)).isTrue();
        assertThat(window.add(batch(3, started("c"), started("d")))).isTrue();

        assertThat(window.oldest()).isEqualTo(2);
        assertThat(window.newest()).isEqualTo(4);
        assertThat(window.covers(0)).isFalse();
        assertThat(window.covers(1)).isTrue();
        assertThat(window.covers(4)).isTrue();
        assertThat(window.covers(5)).isFalse();
        assertThat(window.event(2).job()).isEqualTo("b");
        assertThatThrownBy(() -> window.event(1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keepsTheLatestInMemory() {
        EventWindow window = new EventWindow("r", 1_000, 20_000);
        window.add(batch(1, many(1_000, progressed("a", 1, "x".repeat(200)))));
        assertThat(window.newest() - window.oldest() + 1).isBetween(10L, 20L);
        assertThat(window.bytesAfter(window.oldest() - 1)).isLessThanOrEqualTo(20_000);
        long textBytes = 0;
        for (long i = window.oldest(); i <= window.newest(); i++) {
            textBytes += window.message(i).length();
        }
        assertThat(textBytes).as("what it takes to send them").isLessThan(window.bytesAfter(window.oldest() - 1));

        EventWindow tiny = new EventWindow("r", 10, 1);
        tiny.add(batch(1, many(5, started("a"))));
        assertThat(tiny.oldest()).as("one at least").isEqualTo(5);
    }

    @Test
    void knowsHowMuchCameAfter() {
        EventWindow window = new EventWindow("r", 4, 1_000_000);
        window.add(batch(1, many(6, started("a"))));
        long each = window.bytesAfter(5);
        assertThat(each).isPositive();
        assertThat(window.bytesAfter(6)).isZero();
        assertThat(window.bytesAfter(2)).isEqualTo(4 * each);
        assertThat(window.bytesAfter(1)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void beginsAnewWhenSomeAreMissing() {
        EventWindow window = new EventWindow("r", 10, 1_000_000);
        window.add(batch(1, started("a"), started("a")));
        assertThat(window.add(batch(5, started("b")))).isFalse();
        assertThat(window.oldest()).isEqualTo(5);
        assertThat(window.newest()).isEqualTo(5);
        assertThat(window.covers(4)).isTrue();
        assertThat(window.covers(3)).isFalse();
    }

    @Test
    void encodesEachEventOnce() {
        EventWindow window = new EventWindow("r", 2, 1_000_000);
        window.add(batch(1, started("a"), started("b"), started("c")));
        assertThat(window.message(3)).isSameAs(window.message(3)).isNotSameAs(window.message(2));
        assertThat(window.message(3).toString())
                .isEqualTo("id: r-3\nevent: job.started\ndata: {\"seq\":3,\"type\":\"job.started\",\"job\":\"c\","
                        + "\"at\":\"2026-01-01T00:00:00Z\"}\n\n");
        window.add(batch(4, started("d")));
        assertThat(window.message(4).toString()).startsWith("id: r-4\n");
        assertThatThrownBy(() -> window.message(1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void takesNoMoreThanThereIsMemoryFor() {
        assertThat(StreamConfig.DEFAULT.withinMemory(1_000_000).windowBytes()).isEqualTo(1_000_000);
        assertThat(StreamConfig.DEFAULT.withinMemory(1L << 40)).isEqualTo(StreamConfig.DEFAULT);
    }

    @Test
    void findsTheExecutionsThatChangedLast() {
        EventWindow window = new EventWindow("r", 10, 1_000_000);
        window.add(batch(
                1,
                progressed("a", 1, ""),
                progressed("b", 2, ""),
                started("a"),
                progressed("a", 3, ""),
                progressed("a", 1, "")));
        assertThat(ids(window.executionsAfter(0, Set.of(), 9))).containsExactly(1L, 3L, 2L);
        assertThat(ids(window.executionsAfter(1, Set.of(), 2))).containsExactly(1L, 3L);
        assertThat(ids(window.executionsAfter(0, Set.of("b"), 9))).containsExactly(2L);
        assertThat(window.executionsAfter(5, Set.of(), 9)).isEmpty();
    }

    private static List<Long> ids(List<ExecutionId> executions) {
        return executions.stream().map(ExecutionId::value).toList();
    }
}
