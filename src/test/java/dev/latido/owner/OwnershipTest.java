package dev.latido.owner;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The states of an owner, and the steps between them. */
@Tag("fast")
class OwnershipTest {

    private static final List<Ownership> LIFE =
            List.of(Ownership.STANDBY, Ownership.TAKING_UP, Ownership.READY, Ownership.DRAINING, Ownership.ENDED);

    @ParameterizedTest
    @EnumSource(Ownership.class)
    void goesOneStepForwardsOrIsOver(Ownership from) {
        int at = LIFE.indexOf(from);
        List<Ownership> over = List.of(Ownership.FENCED, Ownership.CUT_OFF, Ownership.FAULTED);
        List<Ownership> expected = at < 0
                ? List.of()
                : Stream.concat(LIFE.stream().skip(at + 1).limit(1), over.stream())
                        .toList();

        assertThat(Stream.of(Ownership.values()).filter(from::canBecome)).containsExactlyElementsOf(expected);
        assertThat(from.isOver()).isEqualTo(at < 0);
    }

    @Test
    void asksTheCoreOnlyBetweenTakingUpAndTheEnd() {
        assertThat(Stream.of(Ownership.values()).filter(Ownership::decides))
                .containsExactly(Ownership.READY, Ownership.DRAINING, Ownership.ENDED);
    }
}
