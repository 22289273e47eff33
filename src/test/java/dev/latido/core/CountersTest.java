package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.store.StoredJob;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class CountersTest {

    @Test
    void addsUpWhateverIsCounted() {
        Counters one = new Counters();
        one.restore(new StoredJob.Counters(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
        one.keysForgotten = 11; // not stored
        assertThat(one.view().values()).doesNotContain(0L);
        Counters two = new Counters();
        two.add(one);
        two.add(one);
        assertThat(two.view())
                .isEqualTo(one.view().entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, entry -> 2 * entry.getValue())));
    }
}
