package dev.latido.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.policy.InFlightLimit.Admission;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class InFlightLimitTest {

    private final InFlightLimit<String> limit = new InFlightLimit<>(2, 2);

    @Test
    void letsGoUpToTheLimitThenWaitThenRefuses() {
        assertThat(limit.admit("a")).isEqualTo(Admission.GO);
        assertThat(limit.admit("b")).isEqualTo(Admission.GO);
        assertThat(limit.admit("c")).isEqualTo(Admission.WAIT);
        assertThat(limit.admit("d")).isEqualTo(Admission.WAIT);
        assertThat(limit.admit("e")).isEqualTo(Admission.FULL);
        assertThat(limit.inFlight()).isEqualTo(2);
        assertThat(limit.waiting()).isEqualTo(2);
    }

    @Test
    void handsAPlaceToWhoWaitsLongest() {
        List.of("a", "b", "c", "d").forEach(limit::admit);

        assertThat(limit.release()).contains("c");
        assertThat(limit.inFlight()).isEqualTo(2);
        assertThat(limit.release()).contains("d");
        assertThat(limit.release()).isEmpty();
        assertThat(limit.inFlight()).isEqualTo(1);
    }

    @Test
    void refusesAtOnceWithoutALine() {
        InFlightLimit<String> noLine = new InFlightLimit<>(1, 0);
        noLine.admit("a");

        assertThat(noLine.admit("b")).isEqualTo(Admission.FULL);
    }

    @Test
    void expiresFromTheHeadOnly() {
        List.of("a", "b", "gone", "here").forEach(limit::admit);
        List<String> expired = new ArrayList<>();

        limit.expire(caller -> caller.equals("gone"), expired::add);
        limit.expire(caller -> caller.equals("gone"), expired::add);

        assertThat(expired).containsExactly("gone");
        assertThat(limit.waiting()).isEqualTo(1);
        assertThat(limit.release()).contains("here");
    }

    @Test
    void refusesAPlaceGivenBackTwice() {
        assertThatThrownBy(limit::release).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void refusesImpossibleBounds() {
        assertThatThrownBy(() -> new InFlightLimit<String>(0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new InFlightLimit<String>(1, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void agreesWithANaiveModelOverRandomHistories() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int history = 0; history < 200; history++) {
            int max = 1 + random.nextInt(4);
            int line = random.nextInt(4);
            InFlightLimit<Integer> real = new InFlightLimit<>(max, line);
            int inFlight = 0;
            ArrayDeque<Integer> waiting = new ArrayDeque<>();
            for (int step = 0; step < 100; step++) {
                if (inFlight == 0 || random.nextBoolean()) {
                    Admission expected =
                            inFlight < max ? Admission.GO : waiting.size() < line ? Admission.WAIT : Admission.FULL;
                    assertThat(real.admit(step)).as("seed %d", seed).isEqualTo(expected);
                    inFlight += expected == Admission.GO ? 1 : 0;
                    if (expected == Admission.WAIT) {
                        waiting.add(step);
                    }
                } else {
                    Optional<Integer> expected = Optional.ofNullable(waiting.poll());
                    assertThat(real.release()).as("seed %d", seed).isEqualTo(expected);
                    inFlight -= expected.isPresent() ? 0 : 1;
                }
                assertThat(real.inFlight()).as("seed %d", seed).isEqualTo(inFlight);
                assertThat(real.waiting()).as("seed %d", seed).isEqualTo(waiting.size());
            }
        }
    }
}
