package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class AlarmsTest {

    private static final long ORIGIN = origin(); // so that the clock wraps around

    private final Alarms alarms = new Alarms();
    private final List<String> rung = new ArrayList<>();

    private static long origin() {
        return Long.MAX_VALUE - 5;
    }

    private static Moment at(long nanos) {
        return new Moment(Instant.EPOCH, ORIGIN + nanos);
    }

    private Alarms.Alarm set(long nanos, String name) {
        return alarms.set(ORIGIN + nanos, null, () -> rung.add(name));
    }

    @Test
    void ringsInTheOrderOfTimeAndThenOfSettingAcrossTheWrapAround() {
        set(10, "third");
        set(3, "first");
        set(3, "second");
        set(20, "later");

        assertThat(alarms.nextDue()).hasValue(ORIGIN + 3);
        alarms.ring(at(10), ignored -> {});
        assertThat(rung).containsExactly("first", "second", "third");
        assertThat(alarms.nextDue()).hasValue(ORIGIN + 20);
    }

    @Test
    void doesNotRingWhatIsCancelledByOneBeforeIt() {
        Alarms.Alarm victim = set(2, "victim");
        alarms.set(ORIGIN + 1, null, () -> alarms.cancel(victim));
        alarms.ring(at(5), ignored -> {});

        assertThat(rung).isEmpty();
        assertThat(alarms.size()).isZero();
        alarms.cancel(victim);
        alarms.cancel(null);
    }

    @Test
    void comesToAnEndWhenAlarmsSetAlarmsThatAreDue() {
        alarms.set(ORIGIN, null, this::again);
        alarms.ring(at(0), ignored -> {});

        assertThat(rung).hasSize(Alarms.MAX_PER_RING);
        assertThat(alarms.size()).isEqualTo(1);
    }

    private void again() {
        rung.add("again");
        alarms.set(ORIGIN, null, this::again);
    }

    private static Moment at(Duration monotonic, Duration wall) {
        return new Moment(Instant.EPOCH.plus(wall), ORIGIN + monotonic.toNanos());
    }

    private void setByWall(Duration time) {
        alarms.setByWall(time.toMillis(), at(0), null, () -> rung.add("at " + time));
    }

    @Test
    void looksAtTheWallClockEveryTenSecondsWhenItMayBeSet() {
        setByWall(Duration.ofMinutes(2));
        assertThat(alarms.nextDue()).hasValue(ORIGIN + Duration.ofSeconds(10).toNanos());
        setByWall(Duration.ofSeconds(4));
        assertThat(alarms.nextDue()).hasValue(ORIGIN + Duration.ofSeconds(4).toNanos());

        alarms.ring(at(Duration.ofSeconds(4), Duration.ofHours(-1)), ignored -> {}); // set back
        assertThat(rung).isEmpty();
        assertThat(alarms.nextDue()).hasValue(ORIGIN + Duration.ofSeconds(14).toNanos());
        alarms.ring(at(Duration.ofSeconds(14), Duration.ofMinutes(20)), ignored -> {}); // the machine slept

        assertThat(rung).containsExactly("at PT4S", "at PT2M");
        assertThat(alarms.nextDue()).isEmpty();
    }

    @Test
    void cancelsWhatWaitsForTheWallClock() {
        Alarms.Alarm alarm = alarms.setByWall(5, at(0), null, () -> rung.add("it"));
        alarms.cancel(alarm);
        alarms.ring(at(Duration.ofSeconds(1), Duration.ofSeconds(1)), ignored -> {});

        assertThat(rung).isEmpty();
        assertThat(alarms.nextDue()).isEmpty();
        assertThat(alarms.size()).isZero();
    }
}
