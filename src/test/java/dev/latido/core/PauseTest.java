package dev.latido.core;

import static dev.latido.core.EngineHarness.EPOCH;
import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.job.RetryPolicy;
import dev.latido.job.RetryPolicy.Backoff;
import dev.latido.policy.RateConfig;
import dev.latido.policy.RateConfig.Algorithm;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Health;
import dev.latido.protocol.PauseView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import dev.latido.schedule.Interval;
import dev.latido.schedule.Schedule;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Pausing everything: nothing begins, in no job, until it is resumed. */
@Tag("fast")
class PauseTest {

    private static final Duration TEN = Duration.ofSeconds(10);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final JobDefinition JOB = JobDefinition.named("job").withConcurrency(2);
    private static final JobDefinition TIMED =
            JobDefinition.named("timed").withSchedule(new Interval(TEN)).withAutoStart(false);

    private static EngineHarness started(JobDefinition... jobs) {
        EngineHarness harness = EngineHarness.of(jobs);
        harness.take(new Input.ServiceBegan());
        for (JobDefinition job : jobs) {
            harness.start(job.name());
        }
        return harness;
    }

    private static Reply pause(EngineHarness harness) {
        return harness.send(new Command.PauseAll(Command.NO_DEADLINE));
    }

    private static Reply resume(EngineHarness harness) {
        return harness.send(new Command.ResumeAll(Command.NO_DEADLINE));
    }

    @Test
    void beginsNothingUntilItIsResumed() {
        EngineHarness harness = started(JOB, JobDefinition.named("other"));
        ExecutionView running = harness.add("job", "1");
        harness.pass(TEN);
        assertThat(pause(harness)).isEqualTo(new PauseView(EPOCH.plus(TEN)));
        harness.add("job", "2");
        harness.add("other", "3");
        harness.end(SUCCESS);
        harness.pass(HOUR);
        assertThat(harness.performs).hasSize(1);
        assertThat(harness.state(running)).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(resume(harness)).isEqualTo(new PauseView(null));

        assertThat(harness.payloads()).containsExactly("1", "2", "3");
        assertThat(harness.events(Event.ServicePaused.class)).containsExactly(new Event.ServicePaused(EPOCH.plus(TEN)));
        assertThat(harness.events(Event.ServiceResumed.class)).hasSize(1);
    }

    @Test
    void saysSo() {
        EngineHarness harness = started(JOB);
        harness.add("job", "1");
        pause(harness);
        harness.add("job", "2");

        assertThat(harness.job("job").why())
                .isEqualTo(
                        "everything was paused at " + EPOCH + "; one run is in flight, since " + EPOCH + "; 1 queued");
        assertThat(((Health) harness.send(new Command.GetHealth(Command.NO_DEADLINE))).degraded())
                .containsExactly("everything was paused at " + EPOCH);
    }

    @Test
    void remembersWhenItBegan() {
        EngineHarness harness = started(JOB);
        pause(harness);
        harness.pass(TEN);
        assertThat(pause(harness)).isEqualTo(new PauseView(EPOCH));
        resume(harness);
        assertThat(resume(harness)).isEqualTo(new PauseView(null));

        assertThat(harness.events(Event.ServicePaused.class)).hasSize(1);
        assertThat(harness.events(Event.ServiceResumed.class)).hasSize(1);
    }

    @Test
    void missesTicksAndDoesNotPileThemUp() {
        EngineHarness harness = started(TIMED);
        harness.end(SUCCESS);
        pause(harness);
        harness.pass(HOUR.plusSeconds(4));
        assertThat(harness.performs).hasSize(1);
        assertThat(harness.job("timed").queue().queued().get(Priority.NORMAL)).isZero();
        resume(harness);
        harness.end(SUCCESS);
        harness.pass(TEN);

        assertThat(harness.begins()).containsExactly(Duration.ZERO, HOUR.plusSeconds(4), HOUR.plusSeconds(10));
        assertThat(harness.job("timed").counters()).containsEntry("ticksMissed", 359L);
    }

    @Test
    void makesUpForTicksAsTheJobWants() {
        EngineHarness harness = started(TIMED.withMisfire(Schedule.Misfire.ALL).with(job -> job.maxMissed = 3));
        harness.end(SUCCESS);
        pause(harness);
        harness.pass(HOUR);
        resume(harness);
        for (int i = 0; i < 3; i++) {
            harness.end(SUCCESS);
        }

        assertThat(harness.performs).hasSize(5);
    }

    @Test
    void letsRetriesAndDelaysComeDueAndNotBegin() {
        EngineHarness harness = started(JOB.withRetry(new RetryPolicy(2, Backoff.FIXED, TEN, TEN, false)));
        ExecutionView retried = harness.add("job", "1");
        ExecutionView delayed = harness.submit("job", new Submission("2", Priority.NORMAL, TEN, null))
                .view();
        pause(harness);
        harness.end(new Outcome.Failure("no luck"));
        harness.pass(HOUR);
        assertThat(harness.state(retried)).isEqualTo(ExecutionState.QUEUED);
        assertThat(harness.state(delayed)).isEqualTo(ExecutionState.QUEUED);
        resume(harness);

        assertThat(harness.payloads()).containsExactly("1", "2", "1");
    }

    @Test
    void stillHandsResultsOver() {
        EngineHarness harness = started(JOB.withNext("next"), JobDefinition.named("next"));
        ExecutionView view = harness.add("job", "1");
        pause(harness);
        harness.end(new Outcome.Success("2"));
        assertThat(harness.state(view)).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(harness.performs).hasSize(1);
        resume(harness);

        assertThat(harness.payloads()).containsExactly("1", "2");
    }

    @Test
    void startsNoRunWithAJob() {
        EngineHarness harness = EngineHarness.of(TIMED);
        pause(harness);
        harness.start("timed");
        harness.pass(HOUR);
        assertThat(harness.performs).isEmpty();
        resume(harness);

        assertThat(harness.performs).hasSize(1);
    }

    @Test
    void setsNoAlarmsForLimitsMeanwhile() {
        EngineHarness harness = started(JOB.with(job ->
                job.throttle = new JobDefinition.Throttle(new RateConfig(Algorithm.LEAKY, 1, TEN, 1), null, null, 0)));
        int before = harness.engine.parts().unit.alarms.size();
        pause(harness);
        for (int i = 0; i < 10; i++) {
            harness.add("job", "1");
        }

        assertThat(harness.engine.parts().unit.alarms.size()).isEqualTo(before);
    }

    @Test
    void outlivesTheProcess() {
        EngineHarness harness = started(JOB, TIMED);
        harness.add("job", "1");
        harness.pass(Duration.ofSeconds(5));
        pause(harness);
        harness.add("job", "2");
        EngineHarness next = harness.crash(HOUR);
        next.pass(HOUR);
        assertThat(next.performs).isEmpty();
        assertThat(next.events(Event.ServicePaused.class)).hasSize(1);
        assertThat(next.job("job").why()).isEqualTo("everything was paused at " + EPOCH.plusSeconds(5) + "; 2 queued");
        resume(next);
        assertThat(next.performs).hasSize(3);

        EngineHarness last = next.crash(TEN);
        assertThat(last.performs).as("it is not paused any more").isNotEmpty();
    }

    @Test
    void triesNoSuspectMeanwhile() {
        EngineHarness harness = started(JOB);
        harness.add("job", "1");
        harness.add("job", "2");
        EngineHarness next = harness.crash(TEN);
        pause(next);
        EngineHarness last = next.crash(TEN);
        assertThat(last.performs).isEmpty();
        resume(last);

        assertThat(last.performs).hasSize(1);
    }

    @Test
    void isAnsweredOnceItIsStored() {
        EngineHarness harness = started(JOB);
        harness.holdStore();
        EngineHarness.Call call = harness.ask(new Command.PauseAll(Command.NO_DEADLINE));
        assertThat(call.isAnswered()).isFalse();
        EngineHarness.Call again = harness.ask(new Command.PauseAll(Command.NO_DEADLINE));
        assertThat(again.isAnswered()).isFalse();
        harness.commit();

        assertThat(call.reply()).isEqualTo(new PauseView(EPOCH));
        assertThat(again.reply()).isEqualTo(new PauseView(EPOCH));
    }

    @Test
    void isRefusedWhenItCannotBeStored() {
        EngineHarness harness = started(JOB);
        harness.take(new Input.StoreLost(Refusal.storeFull("no space left")));
        assertThat(pause(harness)).isInstanceOf(Refusal.class);
        harness.take(new Input.StoreBack());
        harness.take(new Input.ShutdownBegan());

        assertThat(pause(harness)).isEqualTo(Refusal.stopping());
        assertThat(resume(harness)).isEqualTo(Refusal.stopping());
    }
}
