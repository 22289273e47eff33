package dev.latido.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class CommandObserverTest {

    private static final Reply FULL = Refusal.queueFull("j", Duration.ofSeconds(1));
    private static final Reply TAKEN = new Counted(1, 1);

    @Test
    void aSubmissionOfWhichNothingWasTakenIsARefusal() {
        assertThat(CommandObserver.result(FULL)).isEqualTo("queue-full");
        assertThat(CommandObserver.result(TAKEN)).isEqualTo("ok");
        assertThat(CommandObserver.result(new Submitted(List.of(FULL)))).isEqualTo("queue-full");
        assertThat(CommandObserver.result(new Submitted(List.of(FULL, Refusal.invalid("no")))))
                .isEqualTo("queue-full");
        assertThat(CommandObserver.result(new Submitted(List.of(FULL, TAKEN)))).isEqualTo("ok");
        assertThat(CommandObserver.result(new Submitted(List.of()))).isEqualTo("ok");
    }
}
