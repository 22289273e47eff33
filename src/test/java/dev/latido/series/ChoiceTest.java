package dev.latido.series;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.series.Choice.Need;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ChoiceTest {

    private final Choice choice = new Choice(2);

    @Test
    void takesAllWhereThereIsRoom() {
        choice.offer("a", Need.NONE, false, 0);
        choice.offer("b", Need.NONE, false, 0);
        assertThat(choice.take()).containsExactlyInAnyOrder("a", "b");
        assertThat(choice.take()).as("it begins anew").isEmpty();
    }

    @Test
    void putsWhoeverNeedsSomebodyBeforeTheActive() {
        choice.offer("busy", Need.NONE, true, 1_000_000);
        choice.offer("letters", Need.FAILURES, false, 0);
        choice.offer("busier", Need.NONE, false, 2_000_000);
        choice.offer("degraded", Need.ATTENTION, false, 0);
        assertThat(choice.take()).containsExactlyInAnyOrder("letters", "degraded");
    }

    @Test
    void takesTheMostActiveOfOthers() {
        choice.offer("a", Need.NONE, false, 5);
        choice.offer("b", Need.NONE, false, 7);
        choice.offer("c", Need.NONE, false, 6);
        assertThat(choice.take()).containsExactlyInAnyOrder("b", "c");
    }

    @Test
    void changesNothingForALittleMoreActivity() {
        choice.offer("new", Need.NONE, false, 199);
        choice.offer("a", Need.NONE, true, 100);
        choice.offer("idle", Need.NONE, true, 0);
        choice.offer("quiet", Need.NONE, false, 0);
        assertThat(choice.take()).containsExactlyInAnyOrder("a", "new");
        choice.offer("new", Need.NONE, false, 199);
        choice.offer("a", Need.NONE, true, 100);
        choice.offer("b", Need.NONE, true, 100);
        assertThat(choice.take()).containsExactlyInAnyOrder("a", "b");
        choice.offer("quiet", Need.NONE, false, 0);
        choice.offer("x", Need.NONE, true, 0);
        choice.offer("y", Need.NONE, true, 0);
        assertThat(choice.take()).containsExactlyInAnyOrder("x", "y");
    }
}
