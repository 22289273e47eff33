package dev.latido.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.job.Moment;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class ScheduleTest {

    private static final ZoneId MADRID = ZoneId.of("Europe/Madrid");

    private static Moment at(String wall) {
        return new Moment(Instant.parse(wall), Long.MAX_VALUE - 1_000_000_000L);
    }

    /** Lets a timer run on a clock that is right, and returns the wall times at which it was due. */
    private static List<String> run(Schedule schedule, String from, Duration amount) {
        Moment now = at(from);
        Moment end = now.plus(amount);
        Timer timer = schedule.start(now);
        List<String> due = new ArrayList<>();
        while (timer.dueNanos() - end.nanos() <= 0) {
            long wait = timer.dueNanos() - now.nanos();
            assertThat(wait).isGreaterThanOrEqualTo(0);
            now = now.plus(Duration.ofNanos(wait));
            if (timer.look(now).due()) {
                due.add(now.wall().toString());
            }
        }
        return due;
    }

    @Test
    void anIntervalIsDueAtOnceAndThenAtAFixedRate() {
        assertThat(run(new Interval(Duration.ofSeconds(5)), "2026-01-01T00:00:00Z", Duration.ofSeconds(14)))
                .containsExactly("2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z", "2026-01-01T00:00:10Z");
    }

    @Test
    void anIntervalCountsWhatItMissed() {
        Moment start = at("2026-01-01T00:00:00Z");
        Timer timer = new Interval(Duration.ofSeconds(5)).start(start);
        timer.look(start);

        assertThat(timer.look(start.plus(Duration.ofSeconds(17)))).isEqualTo(Timer.Tick.due(Duration.ofSeconds(2), 2));
        assertThat(timer.look(start.plus(Duration.ofSeconds(19)))).isEqualTo(Timer.Tick.NONE);
        assertThat(timer.next(start.plus(Duration.ofSeconds(19)))).contains(Instant.parse("2026-01-01T00:00:20Z"));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 366L * 24 * 3600 * 1000 + 1})
    void anIntervalHasBounds(long millis) {
        assertThatThrownBy(() -> new Interval(Duration.ofMillis(millis))).hasMessageContaining("interval");
    }

    @Test
    void cronFollowsTheZone() {
        assertThat(run(new Cron("0 3 * * *", MADRID), "2026-01-10T00:00:00Z", Duration.ofDays(2)))
                .containsExactly("2026-01-10T02:00:00Z", "2026-01-11T02:00:00Z");
        assertThat(run(new Cron("*/20 0 12 * * *", ZoneOffset.UTC), "2026-01-10T11:59:00Z", Duration.ofHours(1)))
                .containsExactly("2026-01-10T12:00:00Z", "2026-01-10T12:00:20Z", "2026-01-10T12:00:40Z");
    }

    @ParameterizedTest
    @CsvSource({"2026-03-28T22:00:00Z", "2026-10-24T22:00:00Z"}) // the clock is put forward, and back
    void cronRunsThroughTheNightsInWhichTheClockIsChanged(String from) {
        List<String> due = run(new Cron("*/30 * * * *", MADRID), from, Duration.ofHours(8));

        assertThat(due).isSorted().doesNotHaveDuplicates().hasSizeBetween(14, 16);
    }

    @ParameterizedTest
    @CsvSource({"2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"})
    void cronGoesOnAfterTheClockIsChanged(String from) {
        assertThat(run(new Cron("30 2 * * *", MADRID), from, Duration.ofDays(5)))
                .hasSizeBetween(4, 5);
    }

    @Test
    void cronCountsWhatItMissed() {
        Moment start = at("2026-01-01T00:00:30Z");
        Timer timer = new Cron("* * * * *", ZoneOffset.UTC).start(start);

        assertThat(timer.look(start.plus(Duration.ofSeconds(20)))).isEqualTo(Timer.Tick.NONE);
        assertThat(timer.look(start.plus(Duration.ofSeconds(200))))
                .isEqualTo(Timer.Tick.due(Duration.ofSeconds(50), 2));
    }

    @Test
    void isDueOnTimeThoughTheWallClockIsReadInMilliseconds() {
        Instant wall = Instant.parse("2026-01-01T00:00:00.250Z");
        Moment now = new Moment(wall, 0, 600_000);
        long left = 750_000_000 - 600_000;

        assertThat(new Cron("* * * * * *", ZoneOffset.UTC).start(now).dueNanos())
                .isEqualTo(left);
        assertThat(new Once(wall.plusMillis(750)).start(now).dueNanos()).isEqualTo(left);
        assertThat(now.wallAt(left)).isEqualTo(wall.plusMillis(750));
    }

    @Test
    void cronLooksForTheNextOccurrenceWhenItsTickIsOnItsWay() {
        Moment start = at("2026-01-01T00:00:00Z");
        Timer timer = new Cron("*/10 * * * * *", ZoneOffset.UTC).start(start);
        Moment due = start.plus(Duration.ofSeconds(10));
        assertThat(timer.look(due)).isEqualTo(Timer.Tick.due(Duration.ZERO, 0));

        Moment soon = due.plus(Duration.ofMillis(1));
        assertThat(timer.dueNanos()).isEqualTo(soon.nanos());
        assertThat(timer.look(soon)).isEqualTo(Timer.Tick.NONE);
        assertThat(timer.dueNanos()).isEqualTo(due.plus(Duration.ofSeconds(10)).nanos());
    }

    @Test
    void cronIsNotHeldUpByAYearOfMissedSeconds() {
        Moment start = at("2026-01-01T00:00:00Z");
        Timer timer = new Cron("* * * * * *", ZoneOffset.UTC).start(start);
        Moment later = new Moment(start.wall().plus(Duration.ofDays(365)), start.nanos() + 1);

        Timer.Tick tick = timer.look(later);

        assertThat(tick.due()).isTrue();
        assertThat(tick.missed()).isEqualTo(999);
        assertThat(timer.next(later)).contains(later.wall().plusSeconds(1));
    }

    @Test
    void cronDoesNotRepeatWhenTheWallClockIsSetBack() {
        Moment start = at("2026-01-01T11:59:59Z");
        Timer timer = new Cron("0 12 * * *", ZoneOffset.UTC).start(start);
        Moment noon = start.plus(Duration.ofSeconds(1));
        assertThat(timer.look(noon).due()).isTrue();

        Moment setBack = new Moment(noon.wall().minusSeconds(3600), noon.nanos() + 1);
        assertThat(timer.look(setBack).due()).isFalse();
        assertThat(timer.look(setBack.plus(Duration.ofHours(1))).due()).isFalse();
    }

    @Test
    void aStopMissesOnlyTheTicksOfACron() {
        Instant from = Instant.parse("2026-01-01T11:00:00Z");
        Cron noon = new Cron("0 12 * * *", ZoneOffset.UTC);

        assertThat(noon.beforeStart(from, from.plusSeconds(3599)).missed()).isZero();
        assertThat(noon.beforeStart(from, from.plusSeconds(3600)).missed()).isOne();
        assertThat(noon.beforeStart(null, from).missed()).isZero();
        assertThat(new Interval(Duration.ofSeconds(1))
                        .beforeStart(from, from.plusSeconds(9))
                        .missed())
                .isZero();
    }

    @Test
    void isReadFromItsDescription() {
        for (Schedule each : List.of(
                new Cron("0 0 9 ? * FRI-MON/2", ZoneId.of("Europe/Madrid")),
                new Cron("@daily", ZoneOffset.ofHours(2)),
                new Interval(Duration.ofMillis(1500)),
                new Once(Instant.parse("2026-01-31T12:00:00.5Z")))) {
            Schedule read = Schedule.described(each.describe());
            assertThat(read).isNotNull().hasSameClassAs(each);
            assertThat(read == null ? "" : read.describe()).isEqualTo(each.describe());
        }
        for (String nothing :
                List.of("", " ", "cron", "cron 1 UTC", "every day", "every -1 ms", "once at noon", "x y z")) {
            assertThat(Schedule.described(nothing)).as(nothing).isNull();
        }
    }

    // Ticks that several processes share

    @Test
    void anIntervalIsDueForAllAtItsMultiplesSinceTheEpoch() {
        Interval seven = new Interval(Duration.ofSeconds(7));
        Instant from = Instant.parse("2026-01-01T00:00:00.001Z");
        Instant next = seven.dueAfter(from).orElseThrow();
        assertThat(next.toEpochMilli() % 7_000).isZero();
        assertThat(next).isAfter(from).isBeforeOrEqualTo(from.plusSeconds(7));
        assertThat(seven.dueAfter(next)).contains(next.plusSeconds(7));
        assertThat(seven.lastDue(from, next.minusMillis(1))).isEmpty();
        assertThat(seven.lastDue(from, next)).contains(next);
        assertThat(seven.lastDue(from, next.plusSeconds(20))).contains(next.plusSeconds(14));
        assertThat(seven.lastDue(next, next)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"* * * * * *", "*/7 * * * *", "0 3 * * 1", "30 2 * * *", "0 0 1 1 *", "0 0 29 2 *"})
    void anExpressionIsDueForAllAsItsTimerSays(String expression) {
        Cron cron = new Cron(expression, MADRID);
        Instant from = Instant.parse("2025-11-03T09:11:12.013Z");
        List<Instant> due = new ArrayList<>();
        for (Instant next = cron.dueAfter(from).orElseThrow();
                due.size() < 500;
                next = cron.dueAfter(next).orElseThrow()) {
            due.add(next);
        }
        assertThat(due).isSorted().doesNotHaveDuplicates();
        for (int i = 0; i < due.size(); i++) {
            assertThat(cron.lastDue(from, due.get(i))).contains(due.get(i));
            Instant before = due.get(i).minusMillis(1);
            assertThat(cron.lastDue(from, before).orElse(from)).isEqualTo(i == 0 ? from : due.get(i - 1));
        }
        assertThat(cron.lastDue(due.get(7), due.get(7))).isEmpty();
        assertThat(cron.lastDue(due.get(7), from))
                .as("a clock that was set back")
                .isEmpty();
    }

    @Test
    void theTicksThatAreSharedAreTheSameWhoeverLooksAndWhenever() {
        Interval ten = new Interval(Duration.ofSeconds(10));
        Moment now = at("2026-01-01T00:00:03Z");
        Timer early = ten.shared(now.wall(), now);
        Timer late = ten.shared(now.wall().plusSeconds(4), now.plus(Duration.ofSeconds(4)));
        assertThat(early.look(now).due()).isFalse();
        assertThat(early.next(now)).contains(Instant.parse("2026-01-01T00:00:10Z"));
        assertThat(late.next(now.plus(Duration.ofSeconds(4)))).isEqualTo(early.next(now));
        Moment due = now.plus(Duration.ofSeconds(8));
        assertThat(early.look(due)).isEqualTo(new Timer.Tick(true, Duration.ofSeconds(1), 0, Duration.ZERO));
        assertThat(late.look(due)).isEqualTo(new Timer.Tick(true, Duration.ofSeconds(1), 0, Duration.ZERO));
        assertThat(early.look(due).due()).as("once").isFalse();
        Moment stoodStill = due.plus(Duration.ofSeconds(100));
        assertThat(early.look(stoodStill))
                .as("the latest")
                .isEqualTo(new Timer.Tick(true, Duration.ofSeconds(1), 0, Duration.ZERO));
    }
}
