package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class MissingClassTest {

    @Test
    void looksForTheClassBehindWhateverFailed() {
        Throwable missing = new NoClassDefFoundError("io/vertx/core/Vertx");
        assertThat(MissingClass.explain(missing)).startsWith("io.vertx.core.Vertx cannot be loaded: the folder lib");
        assertThat(MissingClass.explain(new IllegalStateException("it", new IOException(missing))))
                .startsWith("io.vertx.core.Vertx cannot be loaded");
        assertThat(MissingClass.explain(new IllegalStateException(new ClassNotFoundException("org.slf4j.Logger"))))
                .startsWith("org.slf4j.Logger cannot be loaded");
    }

    @Test
    void knowsWhatBelongsToTheRuntime() {
        assertThat(MissingClass.explain(new NoClassDefFoundError("java/sql/Connection")))
                .startsWith("this Java runtime has no java.sql.Connection");
    }

    @Test
    void leavesEverythingElseAsItIs() {
        assertThat(MissingClass.explain(new IOException("it"))).isEqualTo("it");
        assertThat(MissingClass.explain(new IOException())).isEqualTo("java.io.IOException");
    }

    @Test
    void doesNotFollowCausesInACircle() {
        IOException one = new IOException("one");
        one.initCause(new IOException("other", one));

        assertThat(MissingClass.explain(one)).isEqualTo("one");
    }
}
