package dev.latido.core;

import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.WorkPlace;
import dev.latido.policy.RateConfig;
import dev.latido.policy.RateConfig.Algorithm;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A worker elsewhere that is away costs nothing but the time that it is away: whatever was never sent was never begun. */
@Tag("fast")
class WorkerWatchTest {

    private static final Outcome NOBODY = new Outcome.Unavailable("nobody there");
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static EngineHarness started(Consumer<JobDefinition.Builder> settings) {
        EngineHarness harness = EngineHarness.of(JobDefinition.named("job").with(job -> {
            job.place = WorkPlace.OUTSIDE;
            job.concurrency = 50;
            job.queue = new QueueConfig(1_000, FullMode.REJECT, Map.of(), 0);
            settings.accept(job);
        }));
        harness.start(null);
        return harness;
    }

    private static RateConfig rate(Algorithm algorithm, int permits) {
        return new RateConfig(algorithm, permits, Duration.ofHours(1), permits);
    }

    private static void add(EngineHarness harness, int count) {
        for (int i = 0; i < count; i++) {
            harness.add(null, "{\"n\":" + i + ",\"key\":\"k\"}");
        }
    }

    private static int queued(EngineHarness harness) {
        return harness.job("job").queue().queued().values().stream()
                .mapToInt(Integer::intValue)
                .sum();
    }

    private static long begins(EngineHarness harness) {
        return harness.performs.size();
    }

    @Test
    void beginsNothingWhileItsWorkerIsAway() {
        EngineHarness harness = started(job -> {});
        harness.missing.put("job", "nobody there");
        add(harness, 60);
        int events = harness.events.size();
        for (int i = 0; i < 10; i++) {
            harness.pass(SECOND);
        }

        assertThat(harness.performs).isEmpty();
        assertThat(harness.events).as("of which nothing is told").hasSize(events);
        assertThat(harness.looks).as("it is looked for once a second").hasSize(11);
        assertThat(queued(harness)).isEqualTo(60);
        assertThat(harness.status("job").lastExecutionTime()).isNull();
        assertThat(harness.job("job").why()).contains("nobody there");

        harness.missing.clear();
        harness.pass(SECOND);

        assertThat(harness.performs)
                .as("one finds out whether it can be reached")
                .extracting(perform -> perform.attempt().number())
                .containsExactly(1);
        harness.end(SUCCESS);
        assertThat(begins(harness)).isEqualTo(51);
    }

    @Test
    void doesNotLookWhileItIsKnownToBeThere() {
        EngineHarness harness = started(job -> job.concurrency = 1);
        add(harness, 5);
        for (int i = 0; i < 5; i++) {
            harness.end(SUCCESS);
        }
        assertThat(harness.looks).hasSize(1);

        harness.pass(WorkerWatch.TRUST);
        add(harness, 1);
        assertThat(harness.looks).hasSize(2);
    }

    /** It was there when somebody looked, and not any more when the work came. */
    @Test
    void takesBackWhatNobodyGot() {
        EngineHarness harness = started(job -> {});
        add(harness, 50);
        assertThat(begins(harness)).isEqualTo(50);
        harness.missing.put("job", "nobody there");
        while (!harness.performing.isEmpty()) {
            harness.end(NOBODY);
        }
        harness.pass(SECOND.multipliedBy(10));

        assertThat(begins(harness)).isEqualTo(50);
        assertThat(harness.status("job").executionCount()).isZero();
        assertThat(harness.status("job").lastExecutionTime()).isNull();
        ExecutionView first = harness.get(harness.performs.get(0).attempt().execution());
        assertThat(first.attempt()).isZero();
        assertThat(first.startedAt()).isNull();
        assertThat(first.failures()).isEmpty();
        assertThat(first.state()).isEqualTo(ExecutionState.QUEUED);

        harness.missing.clear();
        harness.pass(SECOND);
        harness.end(SUCCESS);
        assertThat(harness.performs.subList(50, 100))
                .extracting(perform -> perform.attempt().execution())
                .as("each in its place")
                .isEqualTo(harness.performs.subList(0, 50).stream()
                        .map(perform -> perform.attempt().execution())
                        .toList());
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void spendsNoPermits(Algorithm algorithm) {
        int permits = algorithm == Algorithm.LEAKY ? 1 : 5;
        EngineHarness harness =
                started(job -> job.throttle = new JobDefinition.Throttle(rate(algorithm, permits), null, null, 0));
        add(harness, 20);
        harness.missing.put("job", "nobody there");
        while (!harness.performing.isEmpty()) {
            harness.end(NOBODY);
        }
        long inVain = begins(harness);
        harness.pass(Duration.ofSeconds(7));
        assertThat(begins(harness)).isEqualTo(inVain);

        harness.missing.clear();
        harness.pass(SECOND);
        harness.end(SUCCESS);
        assertThat(begins(harness) - inVain).isEqualTo(permits);
        harness.pass(Duration.ofMinutes(10));
        assertThat(begins(harness) - inVain).as("and no more than that").isEqualTo(permits);
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void spendsNoPermitsOfAKey(Algorithm algorithm) {
        int permits = algorithm == Algorithm.LEAKY ? 1 : 5;
        EngineHarness harness =
                started(job -> job.throttle = new JobDefinition.Throttle(null, "/key", rate(algorithm, permits), 0));
        add(harness, 20);
        harness.missing.put("job", "nobody there");
        while (!harness.performing.isEmpty()) {
            harness.end(NOBODY);
        }
        long inVain = begins(harness);
        harness.pass(Duration.ofSeconds(7));
        harness.missing.clear();
        harness.pass(SECOND);
        harness.end(SUCCESS);
        harness.pass(Duration.ofMinutes(10));
        assertThat(begins(harness) - inVain).isEqualTo(permits);
    }

    @Test
    void doesNotGiveAPermitBackToALimitThatItWasNotTakenOf() {
        EngineHarness harness = started(
                job -> job.throttle = new JobDefinition.Throttle(rate(Algorithm.TOKEN_BUCKET, 1), null, null, 0));
        add(harness, 20);
        change(harness, rate(Algorithm.TOKEN_BUCKET, 2));
        assertThat(begins(harness)).isEqualTo(3);
        harness.missing.put("job", "nobody there");
        harness.end(NOBODY); // with the only permit of the limit before
        harness.missing.clear();
        harness.pass(SECOND);
        assertThat(begins(harness)).isEqualTo(3);
    }

    @Test
    void takesTheSameRateAsNoChange() {
        EngineHarness harness = started(
                job -> job.throttle = new JobDefinition.Throttle(rate(Algorithm.TOKEN_BUCKET, 5), null, null, 0));
        add(harness, 20);
        for (int i = 0; i < 3; i++) {
            change(harness, rate(Algorithm.TOKEN_BUCKET, 5));
        }
        assertThat(begins(harness)).isEqualTo(5);
    }

    private static void change(EngineHarness harness, RateConfig rate) {
        harness.ask(new Command.ChangeJob(
                "job", new JobSettings(false, null, true, rate, false, false), Command.NO_DEADLINE));
    }

    @Test
    void boundsWhatIsQueuedWhileItsWorkerIsAway() {
        EngineHarness harness = started(job -> {
            job.concurrency = 400;
            job.maxConcurrency = 400;
            job.queue = new QueueConfig(10, FullMode.REJECT, Map.of(), 0);
        });
        harness.missing.put("job", "nobody there");
        List<Submission> items = Collections.nCopies(256, Submission.of("1"));
        Submitted reply = (Submitted) harness.send(new Command.Submit("job", items, Command.NO_DEADLINE));

        assertThat(reply.answers())
                .filteredOn(answer -> answer instanceof ExecutionView)
                .hasSize(10);
        assertThat(reply.answers())
                .filteredOn(answer -> answer instanceof Refusal)
                .hasSize(246);
        for (int i = 0; i < 5; i++) {
            harness.pass(SECOND);
            assertThat(queued(harness)).isEqualTo(10);
        }
    }

    /** Whoever cancels it must not pay for what nobody got. */
    @Test
    void givesThePermitBackOfWhatWasCancelledOnItsWay() {
        EngineHarness harness = started(
                job -> job.throttle = new JobDefinition.Throttle(rate(Algorithm.FIXED_WINDOW, 1), null, null, 0));
        add(harness, 2);
        ExecutionView first = harness.get(harness.performing.get(0).execution());
        harness.ask(new Command.Cancel(first.id(), Command.NO_DEADLINE));
        harness.end(NOBODY);
        assertThat(harness.state(first)).isEqualTo(ExecutionState.CANCELLED);
        harness.pass(SECOND);
        assertThat(begins(harness)).isEqualTo(2);
    }

    @Test
    void looksNoMoreForTheWorkerOfAStoppedJob() {
        EngineHarness harness = started(job -> {});
        harness.missing.put("job", "nobody there");
        add(harness, 1);
        harness.stop("job");
        int looks = harness.looks.size();
        harness.pass(Duration.ofMinutes(1));
        assertThat(harness.looks).hasSize(looks);

        harness.start("job");
        harness.missing.clear();
        harness.pass(SECOND);
        assertThat(begins(harness)).isEqualTo(1);
    }
}
