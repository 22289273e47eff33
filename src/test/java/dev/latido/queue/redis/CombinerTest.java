package dev.latido.queue.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.simulation.VirtualTime;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What goes into one call, and when. What becomes of it at Redis is in the suite of queues. */
@Tag("fast")
class CombinerTest {

    private static final Duration SOON = Duration.ofMillis(1);

    private final VirtualTime time = new VirtualTime(1);
    private final VirtualTime.Loop loop = time.loop("broker");
    private final List<List<String>> calls = new ArrayList<>();
    private final List<Promise<Response>> answers = new ArrayList<>();
    private final Combiner<String> combiner = new Combiner<>(loop, items -> {
        calls.add(List.copyOf(items));
        Promise<Response> answer = Promise.promise();
        answers.add(answer);
        return answer.future();
    });

    private Future<Response> ask(String item, long bytes, boolean mayWait) {
        return combiner.ask(item, bytes, item, mayWait);
    }

    private void on(Runnable task) {
        loop.execute(task);
        time.pass(SOON);
    }

    @Test
    void callsOnceForWhatIsAskedForAtOneTime() {
        on(() -> IntStream.range(0, 3).forEach(n -> ask("m" + n, 10, false)));
        on(() -> ask("later", 10, false));
        assertThat(calls).containsExactly(List.of("m0", "m1", "m2"), List.of("later"));
    }

    @Test
    void putsNoTwoOfAKeyIntoACallAndKeepsTheOrder() {
        on(() -> List.of("a", "b", "a", "c").forEach(item -> ask(item, 10, false)));
        assertThat(calls).containsExactly(List.of("a", "b"), List.of("a", "c"));
    }

    @Test
    void boundsACallByNumberAndBytes() {
        on(() -> {
            IntStream.range(0, 250).forEach(n -> ask("m" + n, 10, false));
            ask("large", 10 * Combiner.MOST_BYTES, false);
            ask("whole", Combiner.MOST_BYTES, false);
            ask("small", 1, false);
        });
        assertThat(calls).extracting(List::size).containsExactly(100, 100, 50, 1, 1, 1);
    }

    @Test
    void letsWaitWhatMayUntilThereIsACallOrItsTimeIsOver() {
        loop.execute(() -> ask("patient", 10, true));
        time.pass(Combiner.PATIENCE.minus(SOON));
        assertThat(calls).isEmpty();
        on(() -> ask("urgent", 10, false));
        assertThat(calls).containsExactly(List.of("patient", "urgent"));
        on(() -> ask("alone", 10, true));
        time.pass(Combiner.PATIENCE);
        assertThat(calls).last().isEqualTo(List.of("alone"));
        on(() -> {
            ask("with another call", 10, true);
            combiner.callNow();
        });
        assertThat(calls).hasSize(3);
    }

    @Test
    void failsAllOfACallThatFails() {
        List<Future<Response>> asked = new ArrayList<>();
        on(() -> List.of("a", "b").forEach(item -> asked.add(ask(item, 10, false))));
        answers.get(0).fail("lost");
        assertThat(asked).allMatch(Future::failed);
    }

    @Test
    void isFullUntilItIsAnswered() {
        on(() -> IntStream.range(0, Link.MAX_ASKED - 1).forEach(n -> ask("m" + n, 10, false)));
        assertThat(combiner.isFull()).isFalse();
        on(() -> ask("last", 10, false));
        assertThat(combiner.isFull()).isTrue();
        answers.get(0).fail("lost");
        assertThat(combiner.isFull()).isFalse();
    }
}
