package dev.latido.core;

import static dev.latido.core.EngineHarness.EPOCH;
import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Durability;
import dev.latido.schedule.Cron;
import dev.latido.schedule.Interval;
import dev.latido.schedule.Once;
import dev.latido.schedule.Schedule;
import dev.latido.schedule.Schedule.Misfire;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What was missed was due by the schedule that was in force at the time, whatever the file says later. */
@Tag("fast")
class ScheduleInForceTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Schedule YEARLY = new Cron("@yearly", ZoneOffset.UTC);
    private static final Schedule EACH_SECOND = new Cron("* * * * * *", ZoneOffset.UTC);
    private static final JobDefinition OTHER = JobDefinition.named("other");

    private static JobDefinition job(@Nullable Schedule schedule) {
        JobDefinition job = JobDefinition.named("job").withMisfire(Misfire.ALL);
        return schedule == null ? job : job.withSchedule(schedule);
    }

    private static EngineHarness started(@Nullable Schedule schedule) {
        EngineHarness harness = EngineHarness.of(OTHER, job(schedule));
        harness.start("job");
        endAll(harness);
        return harness;
    }

    private static EngineHarness restart(EngineHarness before, Duration downtime, @Nullable Schedule schedule) {
        return before.restart(downtime, List.of(OTHER, job(schedule)));
    }

    private static void work(EngineHarness harness, Duration time) {
        Instant end = harness.in(time);
        while (harness.now.wall().isBefore(end)) {
            harness.pass(SECOND);
            endAll(harness);
        }
    }

    private static int endAll(EngineHarness harness) {
        int ended = 0;
        while (!harness.performing.isEmpty()) {
            harness.end(SUCCESS);
            ended++;
        }
        return ended;
    }

    private static long missed(EngineHarness harness) {
        return Objects.requireNonNull(harness.job("job").counters().get("ticksMissed"));
    }

    @Test
    void missesNothingByAScheduleThatWasNotInForce() {
        for (Schedule now : List.of(EACH_SECOND, new Interval(SECOND), new Once(EPOCH.plusSeconds(70)))) {
            for (Schedule before :
                    List.of(YEARLY, new Interval(Duration.ofDays(1)), new Once(EPOCH.plus(Duration.ofDays(9))))) {
                EngineHarness harness = started(before);
                work(harness, MINUTE);
                EngineHarness next = restart(harness, Duration.ofSeconds(15), now);

                assertThat(endAll(next)).as("%s, then %s", before, now).isZero();
                assertThat(missed(next)).isZero();
                EngineHarness third = restart(next, Duration.ofSeconds(3), now);
                assertThat(missed(third)).isEqualTo(now instanceof Once ? 0 : 3);
            }
        }
    }

    @Test
    void missesWhatWasDueByTheScheduleBefore() {
        EngineHarness harness = started(EACH_SECOND);
        work(harness, MINUTE);
        EngineHarness next = restart(harness, SECOND.multipliedBy(3), YEARLY);
        assertThat(endAll(next)).isEqualTo(3);
        assertThat(missed(next)).isEqualTo(3);

        EngineHarness third = restart(next, SECOND.multipliedBy(3), YEARLY);
        assertThat(endAll(third)).as("and once").isZero();
        assertThat(missed(third)).isEqualTo(3);
    }

    @Test
    void countsNothingForAJobThatWasOutOfTheFile() {
        EngineHarness harness = started(EACH_SECOND);
        work(harness, MINUTE);
        EngineHarness without = harness.restart(SECOND, List.of(OTHER));
        without.pass(Duration.ofSeconds(8));
        EngineHarness back = restart(without, SECOND, EACH_SECOND);
        assertThat(endAll(back)).isZero();
        assertThat(missed(back)).isZero();
        work(back, SECOND.multipliedBy(5));
        assertThat(back.performs).hasSize(5);
    }

    @Test
    void countsNothingForAJobThatHadNoSchedule() {
        EngineHarness harness = started(EACH_SECOND);
        EngineHarness without = restart(harness, Duration.ZERO, null);
        without.pass(MINUTE);
        EngineHarness back = restart(without, SECOND, EACH_SECOND);

        assertThat(endAll(back)).isZero();
        assertThat(missed(back)).isZero();
    }

    @Test
    void aZoneIsPartOfTheSchedule() {
        EngineHarness harness = started(new Cron("0 1 * * *", ZoneOffset.UTC)); // it is midnight
        EngineHarness next = restart(harness, HOUR.multipliedBy(2), new Cron("0 1 * * *", ZoneId.of("Asia/Tokyo")));
        assertThat(endAll(next)).as("by the zone before").isEqualTo(1);
        next.pass(HOUR.multipliedBy(14).minusSeconds(1));
        assertThat(next.performing).isEmpty();
        next.pass(SECOND);
        assertThat(next.performing).hasSize(1);
    }

    @Test
    void aStartMakesUpForNothingBeforeTheScheduleWasInForce() {
        EngineHarness harness = started(YEARLY);
        harness.stop("job");
        harness.pass(HOUR);
        EngineHarness next = restart(harness, SECOND, EACH_SECOND);
        next.pass(SECOND.multipliedBy(4));
        next.start("job");

        assertThat(endAll(next)).isEqualTo(4);
        assertThat(missed(next)).isEqualTo(4);
    }

    @Test
    void whatIsNotStoredIsNotRepeatedAfterAKill() {
        JobDefinition none = job(EACH_SECOND).with(job -> job.durability = Durability.NONE);
        EngineHarness harness = EngineHarness.of(OTHER, none);
        harness.start("job");
        work(harness, MINUTE);
        assertThat(harness.performs).hasSize(60);
        EngineHarness next = harness.crash(SECOND.multipliedBy(2));

        assertThat(endAll(next)).isZero();
    }
}
