package dev.latido.owner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import dev.latido.loop.VertxLoop;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AlarmClockTest {

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final Context owner = vertx.getOrCreateContext();
    private final Queue<Long> rings = new ConcurrentLinkedQueue<>();
    private final Queue<Context> where = new ConcurrentLinkedQueue<>();

    private final AlarmClock clock = new AlarmClock(new VertxLoop(owner)).ringing(() -> {
        rings.add(System.nanoTime());
        where.add(vertx.getOrCreateContext());
    });

    @AfterEach
    void close() {
        clock.close();
        vertx.close().await();
    }

    @Test
    void ringsOnceOnTheOwnersEventLoopAndNotBeforeItsTime() {
        long set = System.nanoTime();
        clock.set(TimeUnit.MILLISECONDS.toNanos(20));
        await().until(() -> rings.size() == 1);
        assertThat(rings.element() - set).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(20));
        assertThat(where).containsExactly(owner);
        clock.set(0);
        await().until(() -> rings.size() == 2);
    }

    @Test
    void ringsWhenItWasSetToLast() {
        clock.set(TimeUnit.HOURS.toNanos(1));
        clock.set(TimeUnit.MILLISECONDS.toNanos(1));
        await().until(() -> rings.size() == 1);
        clock.set(TimeUnit.MILLISECONDS.toNanos(1));
        clock.set(TimeUnit.HOURS.toNanos(1));
        clock.set(TimeUnit.MILLISECONDS.toNanos(50));
        await().until(() -> rings.size() >= 2);
        assertThat(rings).hasSizeLessThanOrEqualTo(3); // one may have been on its way
    }

    @Test
    void isSilentOnceItIsClosedAndMayBeSetAllTheSame() {
        clock.set(TimeUnit.MILLISECONDS.toNanos(1));
        await().until(() -> rings.size() == 1);
        clock.close();
        clock.set(0);
        assertThat(rings).hasSize(1);
    }

    @Test
    void isNotHurtByAnOwnerThatHasEnded() {
        Vertx other = Vertx.vertx();
        AlarmClock lonely = new AlarmClock(new VertxLoop(other.getOrCreateContext())).ringing(() -> rings.add(0L));
        other.close().await();
        lonely.set(0);
        lonely.set(TimeUnit.MILLISECONDS.toNanos(1));
        assertThat(rings).isEmpty();
        lonely.close();
    }
}
