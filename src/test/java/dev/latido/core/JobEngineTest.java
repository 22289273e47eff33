package dev.latido.core;

import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.job.Outcome;
import dev.latido.protocol.Command;
import dev.latido.protocol.JobPage;
import dev.latido.protocol.JobStatus;
import dev.latido.protocol.JobView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.StopMode;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.schedule.Cron;
import dev.latido.schedule.Interval;
import dev.latido.schedule.Schedule.Misfire;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Starting, stopping and completing jobs, and their timers. */
@Tag("fast")
class JobEngineTest {

    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final JobDefinition HEARTBEAT = timed("heartbeat", EVERY);

    private final EngineHarness harness = EngineHarness.of(HEARTBEAT);

    private static JobDefinition timed(String name, Duration every) {
        return JobDefinition.named(name).withAutoStart(false).withSchedule(new Interval(every));
    }

    @Test
    void beginsStoppedWithoutAnyRun() {
        JobStatus status = harness.status(null);

        assertThat(status.isRunning()).isFalse();
        assertThat(status.executionCount()).isZero();
        assertThat(status.lastExecutionTime()).isNull();
        assertThat(status.message()).contains("has not been started");
        assertThat(harness.engine.nextDue()).isEmpty();
    }

    @Test
    void runsAtOnceWhenStarted() {
        JobStatus status = harness.start("heartbeat");

        assertThat(status.isRunning()).isTrue();
        assertThat(status.executionCount()).isEqualTo(1);
        assertThat(status.lastExecutionTime()).isEqualTo(EngineHarness.EPOCH);
        assertThat(status.message()).isEqualTo("Job 'heartbeat' started.");
        assertThat(harness.performing).hasSize(1);
        assertThat(harness.events)
                .extracting(Event::type)
                .containsExactly("job.started", "execution.queued", "execution.began");
    }

    @Test
    void runsAtAFixedRateWithoutDriftHoweverLateEachTickIs() {
        harness.start(null);
        harness.end(SUCCESS);
        for (int tick = 1; tick <= 1_000; tick++) {
            harness.pause(Duration.ofMillis(tick == 1 ? 5_003 : 5_000)); // always 3 ms late
            harness.end(SUCCESS);
        }

        assertThat(harness.status(null).executionCount()).isEqualTo(1_001);
        assertThat(harness.events(Event.ExecutionBegan.class).stream().skip(1))
                .allSatisfy(run -> assertThat(run.tickLag()).isEqualTo(Duration.ofMillis(3)));
        assertThat(harness.engine.nextDue()).hasValue(harness.now.nanos() + 4_997_000_000L);
    }

    @Test
    void startingAStartedJobChangesNothingAndSaysSo() {
        harness.start(null);
        harness.end(SUCCESS);
        harness.pass(Duration.ofSeconds(2));
        int events = harness.events.size();

        JobStatus status = harness.start(null);

        assertThat(status.isRunning()).isTrue();
        assertThat(status.executionCount()).isEqualTo(1);
        assertThat(status.message()).isEqualTo("Job 'heartbeat' is already running.");
        assertThat(harness.events).hasSize(events);
        assertThat(harness.engine.nextDue()).hasValue(harness.now.nanos() + 3_000_000_000L);
    }

    @Test
    void stoppingAStoppedJobChangesNothingAndSaysSo() {
        assertThat(harness.stop(null).message()).isEqualTo("Job 'heartbeat' is already stopped.");
        assertThat(harness.events).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(StopMode.class)
    void beginsNoRunAfterAStop(StopMode mode) {
        harness.start(null);
        harness.add(null, "1");
        harness.end(SUCCESS);
        harness.end(SUCCESS);

        JobStatus stopped = harness.stop(null, mode);
        harness.add(null, "2");
        harness.pass(Duration.ofHours(1));

        assertThat(stopped.isRunning()).isFalse();
        assertThat(stopped.message()).isEqualTo("Job 'heartbeat' stopped.");
        assertThat(harness.performing).isEmpty();
        assertThat(harness.engine.nextDue()).isEmpty();
        assertThat(harness.status(null).message())
                .isEqualTo("Job 'heartbeat' is stopped at 2026-01-01T00:00:00Z; 1 queued until it is started.");
    }

    @Test
    void keepsTheCountOverStopAndStart() {
        harness.start(null);
        harness.end(SUCCESS);
        harness.stop(null);
        harness.pass(Duration.ofMinutes(1));

        JobStatus status = harness.start(null);

        assertThat(status.executionCount()).isEqualTo(2);
        assertThat(status.lastExecutionTime()).isEqualTo(EngineHarness.EPOCH.plusSeconds(60));
    }

    @Test
    void countsTheRunInFlightInTheAnswerToAStop() {
        harness.start(null);

        JobStatus stopped = harness.stop(null);

        assertThat(stopped.message()).isEqualTo("Job 'heartbeat' stopped; one run is still in flight.");
        assertThat(harness.events(Event.JobStopped.class))
                .singleElement()
                .satisfies(event -> assertThat(event.inFlight()).isEqualTo(1));
        harness.end(SUCCESS);
        assertThat(harness.status(null).message()).doesNotContain("in flight");
    }

    @Test
    void tellsTheRunInFlightToEndWithStopNow() {
        harness.start(null);
        Attempt attempt = harness.performing.get(0);

        JobStatus stopped = harness.stop(null, StopMode.NOW);

        assertThat(stopped.message()).isEqualTo("Job 'heartbeat' stopped; one run is still in flight and told to end.");
        assertThat(harness.cancelled).containsExactly(attempt);
        harness.end(new Outcome.Failure("interrupted"));
        assertThat(harness.get(attempt.execution()).state()).isEqualTo(ExecutionState.CANCELLED);
    }

    @Test
    void answersADrainWhenTheLastRunHasEnded() {
        EngineHarness two = EngineHarness.of(JobDefinition.named("work").withConcurrency(2));
        two.start(null);
        two.add(null, "1");
        two.add(null, "2");
        two.add(null, "3");

        EngineHarness.Call drain = two.drain(null, Duration.ofSeconds(10));
        two.end(SUCCESS);
        assertThat(drain.isAnswered()).isFalse();
        two.end(SUCCESS);

        assertThat(drain.message()).isEqualTo("Job 'work' stopped; nothing is in flight.");
        assertThat(two.performing).isEmpty();
        assertThat(two.engine.nextDue()).isEmpty();
    }

    @Test
    void answersADrainAtItsTimeWithWhatIsStillInFlight() {
        harness.start(null);
        EngineHarness.Call drain = harness.drain(null, Duration.ofSeconds(3));
        harness.pass(Duration.ofMillis(2_999));
        assertThat(drain.isAnswered()).isFalse();
        harness.pass(Duration.ofMillis(1));

        assertThat(drain.message()).isEqualTo("Job 'heartbeat' stopped; one run is still in flight.");
        harness.end(SUCCESS);
    }

    @Test
    void answersADrainAtOnceWhenItMayNotWait() {
        harness.start(null);

        assertThat(harness.drain(null, Duration.ZERO).message()).contains("one run is still in flight");
        EngineHarness.Call past = harness.ask(new Command.Stop(null, StopMode.DRAIN, Instant.MIN, Command.NO_DEADLINE));
        assertThat(past.message()).contains("one run is still in flight");
    }

    @Test
    void answersADrainWhenTheJobIsStartedAgain() {
        harness.start(null);
        EngineHarness.Call drain = harness.drain(null, Duration.ofSeconds(30));
        harness.start(null);

        assertThat(drain.message()).isEqualTo("Job 'heartbeat' was started again.");
    }

    @Test
    void coalescesAndCountsATickDuringARun() {
        harness.start(null);

        harness.pass(Duration.ofSeconds(12));

        assertThat(harness.performing).hasSize(1);
        assertThat(harness.events(Event.TickCoalesced.class)).hasSize(2);
        assertThat(harness.job(null).counters()).containsEntry("ticksCoalesced", 2L);
        assertThat(harness.status(null).executionCount()).isEqualTo(1);
        harness.end(SUCCESS);
        harness.pass(Duration.ofSeconds(3));
        assertThat(harness.performing).hasSize(1);
        assertThat(harness.begun.get(1)).isEqualTo(harness.now);
    }

    @Test
    void coalescesTheFirstTickWhenARunFromBeforeTheStopIsStillGoing() {
        harness.start(null);
        harness.stop(null);

        JobStatus restarted = harness.start(null);

        assertThat(restarted.executionCount()).isEqualTo(1);
        assertThat(harness.performing).hasSize(1);
        assertThat(harness.events(Event.TickCoalesced.class)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = FullMode.class,
            names = {"WAIT", "REJECT", "DROP_WRITE"})
    void coalescesATickThatFindsNoRoom(FullMode mode) {
        EngineHarness full = EngineHarness.of(HEARTBEAT.withQueue(new QueueConfig(1, mode, Map.of(), 0)));
        full.start(null);
        full.end(SUCCESS);
        full.add(null, "running");
        full.add(null, "queued");
        full.pass(EVERY);

        assertThat(full.events(Event.TickCoalesced.class)).hasSize(1);
        assertThat(full.job(null).counters()).containsEntry("dropped", 0L);
    }

    @Test
    void aTickMayEvictWhatIsQueuedAndBeEvicted() {
        EngineHarness full =
                EngineHarness.of(HEARTBEAT.withQueue(new QueueConfig(1, FullMode.DROP_OLDEST, Map.of(), 0)));
        full.start(null);
        full.end(SUCCESS);
        full.add(null, "running");
        var queued = full.add(null, "queued");
        full.pass(EVERY);
        assertThat(full.state(queued)).isEqualTo(ExecutionState.DROPPED);

        full.add(null, "evicts the tick");
        full.end(SUCCESS);
        full.end(SUCCESS);
        full.pass(EVERY);

        assertThat(full.performing).hasSize(1); // the tick that was dropped does not count as still going
        assertThat(full.events(Event.TickCoalesced.class)).isEmpty();
        assertThat(full.payloads()).containsExactly(null, "running", "evicts the tick", null);
    }

    @Test
    void skipsTheTicksMissedDuringAPause() {
        harness.start(null);
        harness.end(SUCCESS);

        harness.pause(Duration.ofSeconds(17)); // due at 5, 10 and 15; the one at 15 is late, not missed

        assertThat(harness.performing).hasSize(1);
        assertThat(harness.events(Event.TicksMissed.class))
                .singleElement()
                .satisfies(event -> assertThat(event.count()).isEqualTo(2));
        assertThat(harness.events(Event.ExecutionBegan.class).get(1).tickLag()).isEqualTo(Duration.ofSeconds(2));
        assertThat(harness.engine.nextDue()).hasValue(harness.now.nanos() + 3_000_000_000L);
    }

    @Test
    void makesUpOnceForAllTicksMissedDuringAPause() {
        EngineHarness once = EngineHarness.of(HEARTBEAT.withMisfire(Misfire.ONCE));
        once.start(null);
        once.end(SUCCESS);
        once.pause(Duration.ofSeconds(5));
        once.end(SUCCESS);
        assertThat(once.performs).hasSize(2); // late is not missed

        once.pause(Duration.ofSeconds(17));
        once.end(SUCCESS);
        once.end(SUCCESS);

        assertThat(once.performs).hasSize(4); // the one that is due, and one for the two before it
        assertThat(once.events(Event.ExecutionBegan.class))
                .extracting(began -> began.tickLag() == null)
                .containsExactly(false, false, true, false);
        once.pass(EVERY);
        assertThat(once.performs).hasSize(5);
    }

    @Test
    void coalescesWhatMakesUpToo() {
        EngineHarness once = EngineHarness.of(HEARTBEAT.withMisfire(Misfire.ONCE));
        once.start(null);
        once.pause(Duration.ofSeconds(17));

        assertThat(once.performs).hasSize(1);
        assertThat(once.job(null).counters()).containsEntry("ticksMissed", 2L).containsEntry("ticksCoalesced", 2L);
    }

    @Test
    void makesUpBeforeTheTickThatIsDueAndNotBesideIt() {
        EngineHarness once =
                EngineHarness.of(HEARTBEAT.withMisfire(Misfire.ONCE).withConcurrency(2));
        once.start(null);
        once.end(SUCCESS);
        once.pause(Duration.ofSeconds(10));
        assertThat(once.performing).hasSize(1);
        once.pass(EVERY);
        assertThat(once.job(null).counters()).containsEntry("ticksCoalesced", 1L);
        once.end(SUCCESS);
        assertThat(once.performing).hasSize(1);
        once.end(SUCCESS);
        once.pass(EVERY);
        assertThat(once.performing).hasSize(1);
    }

    @Test
    void makesUpForACronTickThatPassedWhileTheJobWasStopped() {
        JobDefinition nightly = JobDefinition.named("nightly").withSchedule(new Cron("0 3 * * *", ZoneOffset.UTC));
        EngineHarness skip = EngineHarness.of(nightly);
        EngineHarness once = EngineHarness.of(nightly.withMisfire(Misfire.ONCE));
        for (EngineHarness job : List.of(skip, once)) {
            job.start(null);
            assertThat(job.performs).isEmpty();
            job.stop(null);
            job.pass(Duration.ofHours(2));
            job.start(null);
            assertThat(job.performs).isEmpty(); // nothing was missed
            job.stop(null);
            job.pass(Duration.ofHours(50));
            job.start(null);
        }

        assertThat(skip.performs).isEmpty();
        assertThat(once.performs).hasSize(1);
    }

    @Test
    void neitherRepeatsNorStallsWhenTheWallClockJumps() {
        harness.start(null);
        harness.end(SUCCESS);

        harness.now = new Moment(harness.now.wall().minus(Duration.ofDays(1)), harness.now.nanos());
        harness.pass(EVERY);
        assertThat(harness.performing).hasSize(1);
        harness.end(SUCCESS);

        harness.now = new Moment(harness.now.wall().plus(Duration.ofDays(2)), harness.now.nanos());
        harness.pass(EVERY);
        assertThat(harness.performing).hasSize(1);
    }

    @Test
    void ignoresAnAlarmThatComesEarlyOrTwice() {
        harness.start(null);
        harness.end(SUCCESS);
        harness.pause(Duration.ofMillis(4_999));
        harness.pause(Duration.ZERO);

        assertThat(harness.performing).isEmpty();
    }

    @Test
    void closesAJobThatIsCompletedAndWorksOffTheRest() {
        EngineHarness work = EngineHarness.of(JobDefinition.named("work").withSchedule(new Interval(EVERY)));
        work.start(null);
        work.add(null, "1");
        work.add(null, "2");

        assertThat(work.complete(null).message())
                .isEqualTo("Job 'work' is completed and accepts no submissions; 3 left to work off.");
        assertThat(work.complete(null).message()).isEqualTo("Job 'work' is already completed; 3 left to work off.");
        Refusal refusal = (Refusal)
                work.submit(null, dev.latido.protocol.Submission.of("3")).only();
        assertThat(refusal.type()).isEqualTo(Refusal.CLOSED);
        assertThat(refusal.code()).isEqualTo(409);
        assertThat(work.job(null).why()).startsWith("completed, working off the rest: working;");
        work.pass(Duration.ofSeconds(20)); // no tick comes any more
        work.end(SUCCESS);
        work.end(SUCCESS);
        assertThat(work.status(null).isRunning()).isTrue();
        work.end(SUCCESS);

        assertThat(work.job(null).isRunning()).isFalse();
        assertThat(work.job(null).isClosed()).isTrue();
        assertThat(work.status(null).message())
                .isEqualTo("Job 'work' is completed and stopped at 2026-01-01T00:00:20Z.");
        assertThat(work.payloads()).containsExactly(null, "1", "2");
        assertThat(work.engine.nextDue()).isEmpty();
    }

    @Test
    void opensACompletedJobWithAStart() {
        harness.start(null);
        harness.end(SUCCESS);
        assertThat(harness.complete(null).isRunning()).isFalse();
        assertThat(harness.start(null).message()).isEqualTo("Job 'heartbeat' started.");

        assertThat(harness.job(null).isClosed()).isFalse();
        assertThat(harness.performing).hasSize(1);
    }

    @Test
    void ticksAgainWhenACompletedJobIsOpenedBeforeItStopped() {
        harness.start(null);
        harness.complete(null);
        assertThat(harness.start(null).message()).isEqualTo("Job 'heartbeat' is open again and running.");
        harness.end(SUCCESS);
        harness.pass(EVERY);

        assertThat(harness.performing).hasSize(1);
    }

    @Test
    void keepsWhatAStoppedJobHasWhenItIsCompleted() {
        harness.add(null, "1");

        assertThat(harness.complete(null).message())
                .isEqualTo("Job 'heartbeat' is completed and accepts no submissions; 1 left until it is started.");
        assertThat(harness.performing).isEmpty();
        assertThat(harness.status(null).message()).contains("completed and stopped: has not been started; 1 queued");
        harness.start(null);
        harness.end(SUCCESS);
        assertThat(harness.payloads()).startsWith("1");
    }

    @Test
    void doesNotExecuteACommandWhoseDeadlineHasPassed() {
        Refusal refusal = (Refusal) harness.send(new Command.Start(null, harness.now.wall()));

        assertThat(refusal.code()).isEqualTo(503);
        assertThat(refusal.type()).isEqualTo(Refusal.DEADLINE_PASSED);
        assertThat(harness.status(null).isRunning()).isFalse();
        assertThat(harness.events).isEmpty();
        assertThat(harness.send(new Command.Start(null, Instant.MIN))).isInstanceOf(Refusal.class);
    }

    @Test
    void executesACommandRightBeforeItsDeadline() {
        Instant deadline = harness.now.wall().plusNanos(1);

        assertThat(harness.send(new Command.Start(null, deadline))).isInstanceOf(JobStatus.class);
    }

    @Test
    void refusesAnUnknownJob() {
        Refusal refusal = (Refusal) harness.send(new Command.GetJob("nobody", Command.NO_DEADLINE));

        assertThat(refusal.code()).isEqualTo(404);
        assertThat(refusal.detail()).contains("'nobody'");
    }

    @Test
    void keepsSeveralJobsApart() {
        EngineHarness two =
                EngineHarness.of(timed("slow", Duration.ofSeconds(7)), timed("quick", Duration.ofSeconds(2)));
        two.start("slow");
        two.start("quick");
        for (int second = 1; second <= 14; second++) {
            while (!two.performing.isEmpty()) {
                two.end(SUCCESS);
            }
            two.pass(Duration.ofSeconds(1));
        }

        assertThat(two.status("slow").executionCount()).isEqualTo(3);
        assertThat(two.status("quick").executionCount()).isEqualTo(8);
        assertThat(two.status(null)).isEqualTo(two.status("slow"));
        assertThat(two.stop("quick").isRunning()).isFalse();
        assertThat(two.status("slow").isRunning()).isTrue();
    }

    @Test
    void startsJobsWithAutoStartWhenTheServiceBegins() {
        EngineHarness two = EngineHarness.of(HEARTBEAT, timed("auto", EVERY).withAutoStart(true));

        two.take(new Input.ServiceBegan());

        assertThat(two.status("heartbeat").isRunning()).isFalse();
        assertThat(two.status("auto").isRunning()).isTrue();
        assertThat(two.performing).extracting(Attempt::job).containsExactly("auto");
    }

    @Test
    void listsJobsPageByPage() {
        EngineHarness three =
                EngineHarness.of(JobDefinition.named("b"), JobDefinition.named("a"), JobDefinition.named("c"));
        JobPage first = (JobPage) three.send(new Command.ListJobs(null, 2, Command.NO_DEADLINE));
        JobPage second = (JobPage) three.send(new Command.ListJobs(first.cursor(), 2, Command.NO_DEADLINE));

        assertThat(first.jobs()).extracting(JobView::name).containsExactly("a", "b");
        assertThat(second.jobs()).extracting(JobView::name).containsExactly("c");
        assertThat(second.cursor()).isNull();
        assertThat(((JobPage) three.send(new Command.ListJobs(null, -5, Command.NO_DEADLINE))).jobs())
                .hasSize(1);
    }

    @Test
    void decidesCheaplyAboutManyJobs() {
        List<JobDefinition> jobs = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            jobs.add(timed("job-" + i, Duration.ofSeconds(1)).withAutoStart(true));
        }
        EngineHarness many = EngineHarness.of(jobs.toArray(JobDefinition[]::new));
        many.take(new Input.ServiceBegan());
        assertThat(many.performing).hasSize(10_000);
        while (!many.performing.isEmpty()) {
            many.end(SUCCESS);
        }
        int inputs = many.inputs;

        many.pass(Duration.ofSeconds(1));

        assertThat(many.performing).hasSize(10_000);
        assertThat(many.inputs - inputs).isEqualTo(10_000 / Alarms.MAX_PER_RING); // rung in bounded bunches
        assertThat(many.engine.parts().unit.alarms.size()).isEqualTo(10_000 + 10_000 + 1); // ticks, time-outs, a chore
    }
}
