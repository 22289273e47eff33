package dev.latido.core;

import static dev.latido.core.EngineHarness.EPOCH;
import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.policy.RateConfig;
import dev.latido.policy.RateConfig.Algorithm;
import dev.latido.protocol.Command;
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.JobView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Changes of a job while the service runs: what they do, and what is left of them after a restart. */
@Tag("fast")
class ChangeJobTest {

    private static final Duration TEN = Duration.ofSeconds(10);
    private static final RateConfig PACED = new RateConfig(Algorithm.LEAKY, 1, TEN, 1);
    private static final RateConfig FASTER = new RateConfig(Algorithm.LEAKY, 1, Duration.ofSeconds(1), 1);
    private static final JobDefinition JOB =
            JobDefinition.named("job").withConcurrency(2).with(job -> job.maxConcurrency = 5);
    private static final JobDefinition LIMITED =
            JOB.with(job -> job.throttle = new JobDefinition.Throttle(PACED, null, null, 0));

    private static EngineHarness started(JobDefinition job, int executions) {
        EngineHarness harness = EngineHarness.of(job);
        harness.start("job");
        for (int i = 0; i < executions; i++) {
            harness.add("job", "1");
        }
        return harness;
    }

    private static Reply change(EngineHarness harness, JobSettings settings) {
        return harness.send(new Command.ChangeJob("job", settings, Command.NO_DEADLINE));
    }

    private static JobSettings concurrency(@Nullable Integer wanted, boolean isStored) {
        return new JobSettings(true, wanted, false, null, false, isStored);
    }

    private static JobSettings rate(@Nullable RateConfig wanted, boolean isStored) {
        return new JobSettings(false, null, true, wanted, false, isStored);
    }

    private static JobSettings noRate(boolean isStored) {
        return new JobSettings(false, null, true, null, true, isStored);
    }

    @Test
    void beginsMoreAtOnceWhenItMay() {
        EngineHarness harness = started(JOB, 6);
        assertThat(harness.performing).hasSize(2);
        JobView view = (JobView) change(harness, concurrency(5, false));

        assertThat(harness.performing).hasSize(5);
        assertThat(view.concurrency()).isEqualTo(5);
        assertThat(view.inFlight()).isEqualTo(5);
        assertThat(harness.events(Event.JobChanged.class)).containsExactly(new Event.JobChanged("job", EPOCH, 5, null));
    }

    @Test
    void theSameRateLimitAgainChangesNothingAndGivesNoPermits() {
        EngineHarness harness = started(LIMITED, 3);
        assertThat(harness.performing).hasSize(1);
        for (int i = 0; i < 3; i++) {
            change(harness, rate(PACED, true));
            change(harness, rate(null, false));
        }

        assertThat(harness.performing).as("the permit is taken").hasSize(1);
        harness.pass(TEN);
        assertThat(harness.performing).hasSize(2);
    }

    @Test
    void letsGoOnWhatIsInFlightWhenItMayBeginLess() {
        EngineHarness harness = started(JOB, 6);
        change(harness, concurrency(1, false));
        assertThat(harness.performing).hasSize(2);
        assertThat(harness.cancelled).isEmpty();
        harness.end(SUCCESS);
        assertThat(harness.performs).hasSize(2);
        harness.end(SUCCESS);

        assertThat(harness.performs).hasSize(3);
    }

    @Test
    void refusesWhatIsOutOfBounds() {
        EngineHarness harness = started(JOB, 6);
        for (int wanted : List.of(0, -1, 6)) {
            assertThat(((Refusal) change(harness, concurrency(wanted, true))).detail())
                    .isEqualTo("'concurrency' must be 1 to 5, was " + wanted + ".");
        }

        assertThat(harness.job("job").concurrency()).isEqualTo(2);
        assertThat(harness.events(Event.JobChanged.class)).isEmpty();
    }

    @Test
    void goesBackToTheConfigurationWhenItIsAsked() {
        EngineHarness harness = started(LIMITED, 0);
        change(harness, new JobSettings(true, 4, true, FASTER, false, true));
        assertThat(harness.job("job").policies().rateLimit()).isEqualTo(FASTER);
        change(harness, new JobSettings(true, null, true, null, false, true));

        assertThat(harness.job("job").concurrency()).isEqualTo(2);
        assertThat(harness.job("job").policies().rateLimit()).isEqualTo(PACED);
        assertThat(harness.crash(TEN).job("job").policies().rateLimit()).isEqualTo(PACED);
        assertThat(harness.crash(TEN).job("job").concurrency()).isEqualTo(2);
    }

    @Test
    void leavesAloneWhatIsNotNamed() {
        EngineHarness harness = started(LIMITED, 0);
        change(harness, rate(FASTER, false));
        change(harness, concurrency(4, false));

        assertThat(harness.job("job").concurrency()).isEqualTo(4);
        assertThat(harness.job("job").policies().rateLimit()).isEqualTo(FASTER);
        assertThat(harness.events(Event.JobChanged.class))
                .extracting(Event.JobChanged::rate)
                .containsOnly("1 per 1000 ms (leaky)");
    }

    @Test
    void isForgottenAtARestartUnlessItIsStored() {
        EngineHarness harness = started(LIMITED, 0);
        change(harness, concurrency(4, false));
        change(harness, rate(FASTER, false));
        EngineHarness next = harness.crash(TEN);

        assertThat(next.job("job").concurrency()).isEqualTo(2);
        assertThat(next.job("job").policies().rateLimit()).isEqualTo(PACED);
        assertThat(next.events(Event.JobChanged.class)).isEmpty();
    }

    @Test
    void isKeptOverARestartWhenItIsStored() {
        EngineHarness harness = started(LIMITED, 0);
        change(harness, concurrency(4, true));
        change(harness, rate(FASTER, true));
        EngineHarness next = harness.crash(TEN).crash(TEN);
        assertThat(next.job("job").concurrency()).isEqualTo(4);
        assertThat(next.job("job").policies().rateLimit()).isEqualTo(FASTER);
        assertThat(next.events(Event.JobChanged.class)).as("for who counts").hasSize(1);
        change(next, concurrency(3, false));
        change(next, rate(PACED, false));
        EngineHarness last = next.crash(TEN);

        assertThat(last.job("job").concurrency()).as("what was stored before").isEqualTo(4);
        assertThat(last.job("job").policies().rateLimit()).isEqualTo(FASTER);
    }

    @Test
    void keepsThatThereIsNoRateLimit() {
        EngineHarness harness = started(LIMITED, 3);
        change(harness, noRate(true));
        assertThat(harness.performing).hasSize(2);
        assertThat(harness.job("job").policies().rateLimit()).isNull();

        assertThat(harness.crash(TEN).job("job").policies().rateLimit()).isNull();
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void keepsRatesOfEveryKind(Algorithm algorithm) {
        RateConfig config = new RateConfig(algorithm, 7, Duration.ofMillis(1_234), 3);
        EngineHarness harness = started(JOB, 0);
        change(harness, rate(config, true));

        assertThat(harness.crash(TEN).job("job").policies().rateLimit()).isEqualTo(config);
    }

    @Test
    void givesWayToAStricterConfiguration() {
        EngineHarness harness = started(JOB, 6);
        change(harness, concurrency(5, true));
        EngineHarness next = harness.restart(TEN, List.of(JOB.with(job -> job.maxConcurrency = 3)));

        assertThat(next.job("job").concurrency()).isEqualTo(3);
        assertThat(next.performing).hasSize(3);
    }

    @Test
    void isAnsweredOnceItIsStored() {
        EngineHarness harness = started(JOB, 6);
        harness.holdStore();
        EngineHarness.Call call = harness.ask(new Command.ChangeJob("job", concurrency(5, true), Command.NO_DEADLINE));
        assertThat(call.isAnswered()).isFalse();
        assertThat(harness.performs).hasSize(2);
        harness.commit();

        assertThat(((JobView) call.reply()).concurrency()).isEqualTo(5);
        assertThat(harness.performs).hasSize(5);
    }

    @Test
    void isRefusedWhenItCannotBe() {
        EngineHarness harness = started(JOB, 0);
        assertThat(harness.send(new Command.ChangeJob("nobody", concurrency(5, true), Command.NO_DEADLINE)))
                .isInstanceOf(Refusal.class);
        harness.take(new Input.StoreLost(Refusal.storeFull("no space left")));
        assertThat(change(harness, concurrency(5, false))).isInstanceOf(Refusal.class);
        harness.take(new Input.StoreBack());
        harness.take(new Input.ShutdownBegan());

        assertThat(change(harness, concurrency(5, false))).isEqualTo(Refusal.stopping());
        assertThat(harness.job("job").concurrency()).isEqualTo(2);
    }
}
