package dev.latido.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.document.Page;
import dev.latido.protocol.Reason;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The runbook says of every reason what to do, at an anchor that is made of its word. */
@Tag("fast")
class ReasonsTest {

    @Test
    void eachHasItsSectionInTheRunbook() {
        assertThat(Page.of("docs/operations.md").anchors().stream().filter(anchor -> anchor.startsWith("reason-")))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(Reason.values())
                        .map(reason -> "reason-" + reason.wireName())
                        .toList());
    }
}
