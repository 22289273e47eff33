package dev.latido.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class TextTest {

    @Test
    void isHereOrNot() {
        assertThat(Text.of(null)).isNull();
        assertThat(Text.of("x")).isEqualTo(new Text.Here("x"));
        assertThat(Text.ifHere(null)).isNull();
        assertThat(Text.ifHere(new Text.Here("x"))).isEqualTo("x");
        assertThat(Text.ifHere(new Text.Stored(1))).isNull();
    }
}
