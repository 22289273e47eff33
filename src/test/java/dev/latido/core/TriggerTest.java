package dev.latido.core;

import static dev.latido.core.EngineHarness.EPOCH;
import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.core.JobDefinition.Overlap;
import dev.latido.event.Event;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.RetryPolicy;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.FailureFilter;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.schedule.Cron;
import dev.latido.schedule.Interval;
import dev.latido.schedule.Once;
import dev.latido.schedule.Schedule;
import dev.latido.schedule.Schedule.Misfire;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Timers through the core: ticks that overlap, that are late on purpose, that were missed, and clocks that jump. */
@Tag("fast")
class TriggerTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration TEN = Duration.ofSeconds(10);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Schedule EACH_MINUTE = new Cron("* * * * *", ZoneOffset.UTC);

    private static JobDefinition job(Schedule schedule) {
        return JobDefinition.named("job").withSchedule(schedule);
    }

    private static EngineHarness started(JobDefinition job) {
        EngineHarness harness = EngineHarness.of(job);
        harness.start(null);
        return harness;
    }

    /** Lets time pass, and each run end at once. */
    private static void work(EngineHarness harness, Duration time) {
        Instant end = harness.in(time);
        while (harness.now.wall().isBefore(end)) {
            harness.pass(SECOND);
            while (!harness.performing.isEmpty()) {
                harness.end(SUCCESS);
            }
        }
    }

    private static List<Long> seconds(EngineHarness harness) {
        return harness.begins().stream().map(Duration::toSeconds).toList();
    }

    private static long counter(EngineHarness harness, String name) {
        return Objects.requireNonNull(harness.job(null).counters().get(name), name);
    }

    // Overlap

    @Test
    void mergesTicksIntoARunThatIsStillGoing() {
        EngineHarness harness = started(job(new Interval(TEN)));
        harness.pass(Duration.ofSeconds(35));
        harness.end(SUCCESS);
        harness.pass(TEN);

        assertThat(seconds(harness)).containsExactly(0L, 40L);
        assertThat(counter(harness, "ticksCoalesced")).isEqualTo(3);
    }

    @Test
    void queuesOneTickBehindARunThatIsStillGoing() {
        EngineHarness harness = started(job(new Interval(TEN)).with(job -> job.overlap = Overlap.QUEUE_ONE));
        harness.pass(Duration.ofSeconds(35));
        assertThat(counter(harness, "ticksCoalesced")).isEqualTo(2);
        harness.end(SUCCESS);
        assertThat(seconds(harness)).containsExactly(0L, 35L);
        harness.pass(TEN);
        harness.end(SUCCESS);

        assertThat(seconds(harness)).containsExactly(0L, 35L, 45L);
        assertThat(counter(harness, "ticksCoalesced")).isEqualTo(2);
    }

    // Jitter

    @Test
    void isLateByARandomTimeUpToTheJitter() {
        EngineHarness harness = started(job(new Interval(TEN)).with(job -> job.jitter = Duration.ofSeconds(4)));
        work(harness, HOUR);
        List<Duration> begins = harness.begins();
        Set<Duration> different = new HashSet<>();

        assertThat(begins).hasSizeBetween(359, 360);
        for (int i = 0; i < begins.size(); i++) {
            Duration late = begins.get(i).minus(TEN.multipliedBy(i));
            assertThat(late).isBetween(Duration.ZERO, Duration.ofSeconds(4));
            different.add(late);
        }
        assertThat(different).hasSizeGreaterThan(100);
        assertThat(harness.events(Event.ExecutionBegan.class).get(7).tickLag())
                .isEqualTo(begins.get(7).minus(TEN.multipliedBy(7)));
    }

    @Test
    void countsATickThatIsLateOnPurposeAmongThoseThatOverlap() {
        EngineHarness harness = started(job(new Interval(SECOND)).with(job -> job.jitter = TEN));
        harness.pass(HOUR.dividedBy(60));

        assertThat(harness.job(null).queue().delayed() + harness.performing.size())
                .isLessThanOrEqualTo(1);
        assertThat(harness.engine.parts().unit.alarms.size()).isLessThanOrEqualTo(2);
    }

    // Misfire

    @Test
    void makesUpForNoTickThatWasMissed() {
        EngineHarness harness = started(job(new Interval(TEN)));
        harness.end(SUCCESS);
        harness.pause(Duration.ofSeconds(55));

        assertThat(seconds(harness)).containsExactly(0L, 55L);
        assertThat(counter(harness, "ticksMissed")).isEqualTo(4);
    }

    @Test
    void makesUpForManyTicksOnce() {
        EngineHarness harness = started(job(new Interval(TEN)).withMisfire(Misfire.ONCE));
        harness.end(SUCCESS);
        harness.pause(Duration.ofSeconds(55));
        harness.end(SUCCESS);

        assertThat(seconds(harness)).containsExactly(0L, 55L, 55L);
    }

    @Test
    void makesUpForEachTickUpToTheirLimit() {
        JobDefinition all = job(new Interval(TEN)).withMisfire(Misfire.ALL).with(job -> job.maxMissed = 3);
        EngineHarness harness = started(all);
        harness.end(SUCCESS);
        harness.pause(Duration.ofSeconds(25)); // one was missed, one is due
        assertThat(harness.performing).hasSize(1);
        harness.end(SUCCESS);
        harness.end(SUCCESS);
        assertThat(harness.performing).isEmpty();
        harness.pause(HOUR);
        for (int i = 0; i < 4; i++) {
            harness.end(SUCCESS);
        }

        assertThat(harness.performing).isEmpty();
        assertThat(counter(harness, "ticksMissed")).isEqualTo(360);
        assertThat(harness.performs).hasSize(7);
    }

    @Test
    void makesUpForEachTickThatPassedWhileThereWasNoProcess() {
        JobDefinition all = job(EACH_MINUTE).withMisfire(Misfire.ALL).with(job -> job.maxMissed = 100);
        EngineHarness harness = started(all);
        work(harness, Duration.ofMinutes(2));
        EngineHarness next = harness.crash(Duration.ofMinutes(5));
        work(next, Duration.ofSeconds(30));

        assertThat(next.performs).hasSize(5);
        assertThat(next.events(Event.TicksMissed.class))
                .singleElement()
                .satisfies(missed -> assertThat(missed.count()).isEqualTo(5));
    }

    @Test
    void makesUpForNoMoreThanTheQueueHolds() {
        JobDefinition all = job(new Interval(SECOND)).withMisfire(Misfire.ALL).with(job -> {
            job.maxMissed = 1_000;
            job.queue = new QueueConfig(10, FullMode.REJECT, Map.of(), 0);
        });
        EngineHarness harness = started(all);
        harness.end(SUCCESS);
        harness.pause(HOUR);

        assertThat(harness.job(null).queue().queued()).containsValue(9);
        assertThat(harness.performing).hasSize(1);
        assertThat(counter(harness, "ticksCoalesced")).isEqualTo(1_000 - 10 + 1);
    }

    // Once

    @Test
    void ticksOnceAtItsTime() {
        EngineHarness harness = started(job(new Once(EPOCH.plus(HOUR))));
        assertThat(harness.job(null).nextTick()).isEqualTo(EPOCH.plus(HOUR));
        work(harness, Duration.ofDays(2));

        assertThat(harness.begins()).containsExactly(HOUR);
        assertThat(harness.job(null).why()).contains("no tick will come any more");
        assertThat(harness.crash(HOUR).performs).isEmpty();
    }

    @Test
    void doesNotTickWhenItsTimeIsOverBeforeItIsStarted() {
        EngineHarness harness = started(job(new Once(EPOCH.minusMillis(1))));
        work(harness, HOUR);

        assertThat(harness.performs).isEmpty();
    }

    @Test
    void makesUpForItsTickAsTheJobWants() {
        for (Misfire misfire : Misfire.values()) {
            EngineHarness harness = started(job(new Once(EPOCH.plus(HOUR))).withMisfire(misfire));
            EngineHarness next = harness.crash(HOUR.multipliedBy(2));
            work(next, HOUR);
            assertThat(next.performs).as("%s", misfire).hasSize(misfire == Misfire.SKIP ? 0 : 1);
            assertThat(next.crash(HOUR).performs)
                    .as("%s, and never again", misfire)
                    .isEmpty();
        }
    }

    @Test
    void ticksOnceWhateverTheClockDoes() {
        EngineHarness harness = started(job(new Once(EPOCH.plus(HOUR))));
        work(harness, Duration.ofMinutes(10));
        harness.jump(HOUR.multipliedBy(3));
        assertThat(harness.performs).isEmpty();
        work(harness, TEN);
        assertThat(harness.performs).as("noticed within ten seconds").hasSize(1);
        harness.jump(HOUR.multipliedBy(-4));
        work(harness, HOUR.multipliedBy(5));

        assertThat(harness.performs).hasSize(1);
    }

    // Clocks that jump

    @Test
    void keepsItsIntervalWhenTheWallClockJumps() {
        EngineHarness harness = started(job(new Interval(TEN)));
        harness.end(SUCCESS);
        long begun = harness.now.nanos();
        for (Duration jump : List.of(HOUR, HOUR.multipliedBy(-5), Duration.ofDays(400), Duration.ofDays(-800))) {
            harness.jump(jump);
            harness.pass(TEN.minusNanos(1));
            assertThat(harness.performing).isEmpty();
            harness.pass(Duration.ofNanos(1));
            harness.end(SUCCESS);
        }

        assertThat(harness.begun)
                .extracting(moment -> (moment.nanos() - begun) / 1_000_000_000)
                .containsExactly(0L, 10L, 20L, 30L, 40L);
        assertThat(counter(harness, "ticksMissed")).isZero();
    }

    @Test
    void repeatsNoOccurrenceWhenTheClockIsSetBack() {
        EngineHarness harness = started(job(EACH_MINUTE));
        work(harness, Duration.ofMinutes(10));
        assertThat(harness.performs).hasSize(10);
        harness.jump(HOUR.negated());
        assertThat(harness.job(null).nextTick()).isEqualTo(EPOCH.plusSeconds(11 * 60));
        work(harness, HOUR);
        assertThat(harness.performs).hasSize(10);
        work(harness, Duration.ofMinutes(1));

        assertThat(seconds(harness)).endsWith(600L, 660L);
        assertThat(counter(harness, "ticksMissed")).isZero();
    }

    @Test
    void repeatsNoOccurrenceWhenTheClockWasSetBackBetweenTwoProcesses() {
        EngineHarness harness = started(job(EACH_MINUTE));
        work(harness, Duration.ofMinutes(10));
        EngineHarness next = harness.crash(Duration.ofMinutes(-5));
        work(next, Duration.ofMinutes(5));
        assertThat(next.performs).isEmpty();
        work(next, Duration.ofMinutes(1));

        assertThat(seconds(next)).containsExactly(660L);
    }

    @Test
    void noticesWithinTenSecondsWhenTheClockIsSetForward() {
        EngineHarness harness = started(job(EACH_MINUTE));
        work(harness, Duration.ofSeconds(61));
        harness.jump(HOUR);
        work(harness, TEN);

        assertThat(harness.performs).hasSize(2);
        assertThat(counter(harness, "ticksMissed")).isEqualTo(59);
        work(harness, Duration.ofMinutes(1));
        assertThat(seconds(harness)).endsWith(3_720L);
    }

    @Test
    void followsAClockThatIsPutRightAgain() {
        for (Schedule each : List.of(EACH_MINUTE, new Cron("* * * * * *", ZoneOffset.UTC))) {
            EngineHarness harness = started(job(each));
            harness.jump(Duration.ofDays(4 * 365));
            work(harness, Duration.ofMinutes(2));
            harness.jump(Duration.ofDays(-4 * 365));
            int before = harness.performs.size();
            work(harness, Duration.ofMinutes(10));

            assertThat(harness.performs.size() - before).isGreaterThanOrEqualTo(9);
            assertThat(harness.warnings)
                    .singleElement()
                    .asString()
                    .contains("the wall clock was set back, from 2029-12-31T00:0", " to 2026-01-01T00:0", "job 'job'");
        }
    }

    @Test
    void followsAClockThatIsPutRightBetweenTwoProcesses() {
        EngineHarness harness = started(job(EACH_MINUTE));
        harness.jump(Duration.ofDays(4 * 365));
        work(harness, Duration.ofMinutes(2));
        EngineHarness next = harness.crash(Duration.ofDays(-4 * 365));
        work(next, Duration.ofMinutes(10));

        assertThat(next.performs).hasSizeGreaterThanOrEqualTo(9);
    }

    @Test
    void takesUpToThreeHoursForAnOrdinaryCorrection() {
        EngineHarness harness = started(job(EACH_MINUTE));
        work(harness, Duration.ofMinutes(1));
        harness.jump(HOUR.multipliedBy(-3));
        work(harness, HOUR.multipliedBy(3));
        assertThat(harness.performs).as("what was run is not repeated").hasSize(1);
        harness.jump(HOUR.multipliedBy(-3).minusSeconds(60));
        work(harness, HOUR);

        assertThat(harness.performs).as("the clock had been wrong").hasSizeGreaterThanOrEqualTo(60);
    }

    // Times that have passed

    @Test
    void saysThatATimeHasPassedBeforeTheFirstStart() {
        Instant at = EPOCH.minusSeconds(3600);
        for (Misfire misfire : Misfire.values()) {
            EngineHarness harness = started(job(new Once(at)).withMisfire(misfire));
            work(harness, HOUR);

            assertThat(harness.performs).as("%s", misfire).hasSize(misfire == Misfire.SKIP ? 0 : 1);
            assertThat(harness.job(null).why()).contains("its time has passed", at.toString());
            assertThat(counter(harness, "ticksMissed")).isEqualTo(1);
            assertThat(harness.warnings).hasSize(misfire == Misfire.SKIP ? 1 : 0);
            EngineHarness next = harness.crash(HOUR);
            assertThat(next.performs).as("%s, and never again", misfire).isEmpty();
            assertThat(next.warnings).isEmpty();
            assertThat(next.job(null).why()).contains("its time has passed");
        }
    }

    @Test
    void saysThatATimePassedWhileItWasNotStarted() {
        EngineHarness harness = EngineHarness.of(job(new Once(EPOCH.plus(HOUR))));
        harness.pass(HOUR.multipliedBy(2));
        harness.start(null);
        assertThat(harness.performs).isEmpty();
        assertThat(harness.warnings).singleElement().asString().contains("its time has passed", "Submit to it");
        harness.stop(null);
        harness.start(null);

        assertThat(harness.warnings).as("each start is for nothing").hasSize(2);
    }

    // Ticks that are late on purpose

    @Test
    void isNeverLateBeyondTheNextTick() {
        for (Schedule each : List.of(new Interval(SECOND), new Cron("* * * * * *", ZoneOffset.UTC))) {
            EngineHarness harness = started(job(each).with(job -> job.jitter = TEN));
            Instant end = harness.in(Duration.ofSeconds(30));
            while (harness.now.wall().isBefore(end)) {
                harness.pass(Duration.ofMillis(1));
                if (!harness.performing.isEmpty()) {
                    harness.end(SUCCESS);
                }
            }

            assertThat(harness.performs.size()).as("%s", each).isBetween(28, 31);
            assertThat(counter(harness, "ticksCoalesced")).isLessThanOrEqualTo(2);
        }
    }

    // Runs of one timer are never beside each other

    private static JobDefinition wide(Schedule schedule) {
        return job(schedule).withConcurrency(3);
    }

    @Test
    void tickThatIsRetriedIsAnOpenOneAgain() {
        EngineHarness harness = started(wide(new Interval(TEN)));
        harness.end(new Outcome.Failure("no"));
        harness.send(new Command.RetryFailed(null, FailureFilter.ANY, false, Command.NO_DEADLINE));
        assertThat(harness.performing).hasSize(1);
        harness.pass(TEN);

        assertThat(harness.performing).as("the next tick is merged into it").hasSize(1);
        assertThat(counter(harness, "ticksCoalesced")).isEqualTo(1);
        harness.end(SUCCESS);
        harness.pass(TEN);
        assertThat(harness.performing).hasSize(1);
    }

    @Test
    void ticksThatAreRetriedRunOneAfterTheOther() {
        EngineHarness harness = started(wide(new Interval(TEN)));
        for (int i = 0; i < 3; i++) {
            harness.end(new Outcome.Failure("no"));
            harness.pass(TEN);
        }
        harness.end(SUCCESS);
        harness.send(new Command.RetryFailed(null, FailureFilter.ANY, false, Command.NO_DEADLINE));

        assertThat(harness.performing).hasSize(1);
        assertThat(harness.job(null).why()).startsWith("working; one run is in flight");
        ExecutionView other = harness.add(null, "1");
        assertThat(harness.state(other)).as("others pass").isEqualTo(ExecutionState.RUNNING);
        harness.end(other.id(), SUCCESS);
        for (int i = 0; i < 3; i++) {
            assertThat(harness.performing).as("run %d", i).hasSize(1);
            harness.end(SUCCESS);
        }
        assertThat(counter(harness, "succeeded")).isEqualTo(5);
    }

    @Test
    void theOneBehindWaitsForTheRunToEnd() {
        EngineHarness harness = started(wide(new Interval(TEN)).with(job -> job.overlap = Overlap.QUEUE_ONE));
        harness.pass(TEN);
        assertThat(harness.performing).hasSize(1);
        assertThat(harness.job(null).queue().delayed()).isEqualTo(1);
        EngineHarness next = harness.crash(SECOND);
        assertThat(next.performing).as("after a restart too").hasSize(1);
        next.end(SUCCESS);
        assertThat(next.performing).hasSize(1);
        next.end(SUCCESS);
        assertThat(next.performing).isEmpty();
    }

    @Test
    void runsThatMakeUpForOthersComeOneAfterTheOther() {
        EngineHarness harness = started(wide(new Interval(TEN)).withMisfire(Misfire.ALL));
        harness.end(SUCCESS);
        harness.pause(TEN.multipliedBy(4));
        for (int i = 0; i < 4; i++) {
            assertThat(harness.performing).as("run %d", i).hasSize(1);
            harness.end(SUCCESS);
        }
        assertThat(harness.performing).isEmpty();
    }

    @Test
    void theRunAfterAFailedAttemptWaitsForTheOneThatCameMeanwhile() {
        EngineHarness harness = started(wide(new Interval(TEN))
                .with(job -> job.overlap = Overlap.QUEUE_ONE)
                .withRetry(new RetryPolicy(3, RetryPolicy.Backoff.FIXED, SECOND, SECOND, false)));
        harness.pass(TEN);
        harness.end(new Outcome.Failure("no"));
        assertThat(harness.performing).as("the one behind it").hasSize(1);
        harness.pass(SECOND.multipliedBy(2));
        assertThat(harness.performing).as("the second attempt waits").hasSize(1);
        harness.end(SUCCESS);
        assertThat(harness.performs.get(2).attempt().number()).isEqualTo(2);
        harness.end(SUCCESS);
        assertThat(harness.performing).isEmpty();
    }

    @Test
    void mayCancelWhatWaitsForTheRunBeforeIt() {
        EngineHarness harness = started(wide(new Interval(TEN)).with(job -> job.overlap = Overlap.QUEUE_ONE));
        harness.pass(TEN);
        harness.send(new Command.Purge(null, false, Command.NO_DEADLINE));
        assertThat(harness.job(null).queue().delayed()).isZero();
        harness.end(SUCCESS);
        assertThat(harness.performing).isEmpty();
        harness.pass(TEN);
        assertThat(harness.performing).hasSize(1);
    }
}
