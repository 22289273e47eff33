package dev.latido.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.command.Command;
import dev.latido.command.JobStatus;
import dev.latido.command.Refusal;
import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.job.JobDefinition;
import dev.latido.job.Moment;
import dev.latido.outcome.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobControlTest {

    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final Outcome SUCCESS = new Outcome.Success();

    private final ControlHarness harness = harness(new JobDefinition("heartbeat", EVERY, false, "log"));

    private static ControlHarness harness(JobDefinition... jobs) {
        return new ControlHarness(new JobControl(jobs[0].name(), List.of(jobs)));
    }

    @Test
    void beginsStoppedWithoutAnyRun() {
        JobStatus status = harness.status(null);

        assertThat(status.isRunning()).isFalse();
        assertThat(status.executionCount()).isZero();
        assertThat(status.lastExecutionTime()).isNull();
        assertThat(status.message()).contains("has not been started");
        assertThat(harness.control.nextDue()).isEmpty();
    }

    @Test
    void runsAtOnceWhenStarted() {
        JobStatus status = harness.start("heartbeat");

        assertThat(status.isRunning()).isTrue();
        assertThat(status.executionCount()).isEqualTo(1);
        assertThat(status.lastExecutionTime()).isEqualTo(ControlHarness.EPOCH);
        assertThat(status.message()).isEqualTo("Job 'heartbeat' started.");
        assertThat(harness.performing).hasSize(1);
        assertThat(harness.events).extracting(Event::type).containsExactly("job.started", "run.began");
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
        assertThat(harness.events(Event.RunBegan.class).stream().skip(1))
                .allSatisfy(run -> assertThat(run.lag()).isEqualTo(Duration.ofMillis(3)));
        assertThat(harness.control.nextDue()).hasValue(harness.now.nanos() + 4_997_000_000L);
    }

    @Test
    void startingAStartedJobChangesNothingAndSaysSo() {
        harness.start(null);
        harness.pass(Duration.ofSeconds(2));
        int events = harness.events.size();

        JobStatus status = harness.start(null);

        assertThat(status.isRunning()).isTrue();
        assertThat(status.executionCount()).isEqualTo(1);
        assertThat(status.message()).isEqualTo("Job 'heartbeat' is already running.");
        assertThat(harness.events).hasSize(events);
        assertThat(harness.control.nextDue()).hasValue(harness.now.nanos() + 3_000_000_000L);
    }

    @Test
    void stoppingAStoppedJobChangesNothingAndSaysSo() {
        assertThat(harness.stop(null).message()).isEqualTo("Job 'heartbeat' is already stopped.");
        assertThat(harness.events).isEmpty();
    }

    @Test
    void beginsNoRunAfterAStop() {
        harness.start(null);
        harness.end(SUCCESS);

        JobStatus stopped = harness.stop(null);
        harness.pass(Duration.ofHours(1));

        assertThat(stopped.isRunning()).isFalse();
        assertThat(stopped.message()).isEqualTo("Job 'heartbeat' stopped.");
        assertThat(harness.performing).isEmpty();
        assertThat(harness.control.nextDue()).isEmpty();
        assertThat(harness.status(null).message()).contains("was stopped at 2026-01-01T00:00:00Z");
    }

    @Test
    void keepsTheCountOverStopAndStart() {
        harness.start(null);
        harness.end(SUCCESS);
        harness.stop(null);
        harness.pass(Duration.ofMinutes(1));

        JobStatus status = harness.start(null);

        assertThat(status.executionCount()).isEqualTo(2);
        assertThat(status.lastExecutionTime()).isEqualTo(ControlHarness.EPOCH.plusSeconds(60));
    }

    @Test
    void countsTheRunInFlightInTheAnswerToAStop() {
        harness.start(null);

        JobStatus stopped = harness.stop(null);

        assertThat(stopped.message()).contains("one run is still in flight");
        assertThat(harness.events(Event.JobStopped.class))
                .singleElement()
                .satisfies(event -> assertThat(event.inFlight()).isEqualTo(1));
        harness.end(SUCCESS);
        assertThat(harness.status(null).message()).doesNotContain("in flight");
    }

    @Test
    void coalescesAndCountsATickDuringARun() {
        harness.start(null);

        harness.pass(Duration.ofSeconds(12));

        assertThat(harness.performing).hasSize(1);
        assertThat(harness.events(Event.TickCoalesced.class)).hasSize(2);
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

    @Test
    void skipsTheTicksMissedDuringAPause() {
        harness.start(null);
        harness.end(SUCCESS);

        harness.pause(Duration.ofSeconds(17)); // due at 5, 10 and 15; the one at 15 is late, not missed

        assertThat(harness.performing).hasSize(1);
        assertThat(harness.events(Event.TicksMissed.class))
                .singleElement()
                .satisfies(event -> assertThat(event.count()).isEqualTo(2));
        assertThat(harness.events(Event.RunBegan.class).get(1).lag()).isEqualTo(Duration.ofSeconds(2));
        assertThat(harness.control.nextDue()).hasValue(harness.now.nanos() + 3_000_000_000L);
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
        assertThat(harness.events(Event.TicksMissed.class)).isEmpty();
        assertThat(harness.events(Event.RunBegan.class))
                .extracting(Event.RunBegan::execution)
                .isSorted()
                .doesNotHaveDuplicates();
    }

    @Test
    void toleratesAnAlarmThatComesEarlyOrTwice() {
        harness.start(null);
        harness.end(SUCCESS);
        harness.pause(Duration.ofMillis(4_999));
        harness.pause(Duration.ZERO);

        assertThat(harness.performing).isEmpty();
    }

    @Test
    void doesNotExecuteACommandWhoseDeadlineHasPassed() {
        Refusal refusal = (Refusal) harness.send(new Command.Start(null, harness.now.wall()));

        assertThat(refusal.code()).isEqualTo(503);
        assertThat(refusal.type()).isEqualTo(Refusal.DEADLINE_PASSED);
        assertThat(harness.status(null).isRunning()).isFalse();
        assertThat(harness.events).isEmpty();
    }

    @Test
    void executesACommandRightBeforeItsDeadline() {
        Instant deadline = harness.now.wall().plusNanos(1);

        assertThat(harness.send(new Command.Start(null, deadline))).isInstanceOf(JobStatus.class);
    }

    @Test
    void refusesAnUnknownJob() {
        Refusal refusal = (Refusal) harness.send(new Command.Stop("nobody", Command.NO_DEADLINE));

        assertThat(refusal.code()).isEqualTo(404);
        assertThat(refusal.detail()).contains("'nobody'");
    }

    @Test
    void recordsAFailedRunAndGoesOn() {
        harness.start(null);
        harness.pass(Duration.ofMillis(40));
        harness.end(new Outcome.Failure("boom"));

        assertThat(harness.events(Event.RunEnded.class)).singleElement().satisfies(event -> {
            assertThat(event.outcome().label()).isEqualTo("failed");
            assertThat(event.took()).isEqualTo(Duration.ofMillis(40));
        });
        harness.pass(EVERY);
        assertThat(harness.performing).hasSize(1);
    }

    @Test
    void ignoresALateAnswerOfAnOldAttempt() {
        harness.start(null);
        Attempt first = harness.performing.get(0);
        harness.end(SUCCESS);
        harness.pass(EVERY);
        int events = harness.events.size();

        harness.take(new Input.AttemptEnded(first, SUCCESS));

        assertThat(harness.events).hasSize(events);
        assertThat(harness.control.inFlight()).isEqualTo(1);
    }

    @Test
    void keepsSeveralJobsApart() {
        ControlHarness two = harness(
                new JobDefinition("slow", Duration.ofSeconds(7), false, "log"),
                new JobDefinition("quick", Duration.ofSeconds(2), false, "log"));
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
        ControlHarness two = harness(
                new JobDefinition("manual", EVERY, false, "log"), new JobDefinition("auto", EVERY, true, "log"));

        two.take(new Input.ServiceBegan());

        assertThat(two.status("manual").isRunning()).isFalse();
        assertThat(two.status("auto").isRunning()).isTrue();
        assertThat(two.performing).extracting(Attempt::job).containsExactly("auto");
    }

    @Test
    void beginsNothingAndRefusesControlWhileShuttingDown() {
        harness.start(null);
        harness.take(new Input.ShutdownBegan());
        harness.end(SUCCESS);
        harness.pass(Duration.ofMinutes(1));

        assertThat(harness.performing).isEmpty();
        assertThat(harness.control.nextDue()).isEmpty();
        assertThat(((Refusal) harness.send(new Command.Start(null, Command.NO_DEADLINE))).type())
                .isEqualTo(Refusal.STOPPING);
        assertThat(((Refusal) harness.send(new Command.Stop(null, Command.NO_DEADLINE))).type())
                .isEqualTo(Refusal.STOPPING);
        assertThat(harness.status(null).isRunning()).isTrue();
        assertThat(harness.control.inFlight()).isZero();
    }

    @Test
    void needsItsDefaultJob() {
        assertThatThrownBy(() -> new JobControl("missing", List.of())).hasMessageContaining("'missing'");
    }
}
