package dev.latido.core;

import static dev.latido.core.EngineHarness.EPOCH;
import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.job.RetryPolicy;
import dev.latido.policy.FailingConfig;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Health;
import dev.latido.protocol.Reason;
import dev.latido.protocol.Submission;
import dev.latido.protocol.SummaryView;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.schedule.Interval;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class FailingJobTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private final EngineHarness harness = EngineHarness.of(JobDefinition.named("job"));

    private static void run(EngineHarness harness, Outcome outcome) {
        harness.pass(SECOND);
        harness.add("job", "1");
        harness.end(outcome);
    }

    private static Outcome failure(String error) {
        return new Outcome.Failure(error);
    }

    private static List<String> degraded(EngineHarness harness) {
        return ((Health) harness.send(new Command.GetHealth(Command.NO_DEADLINE))).degraded();
    }

    @Test
    void isDegradedOnceThreeRunsFailedInARow() {
        harness.start("job");
        run(harness, SUCCESS);
        run(harness, failure("one"));
        run(harness, failure("two"));
        assertThat(degraded(harness)).isEmpty();
        assertThat(harness.job("job").degraded()).isNull();
        run(harness, failure("three"));

        String text = "job 'job' is failing: the latest 3 runs failed, since " + EPOCH.plusSeconds(2)
                + "; the last one: three";
        assertThat(degraded(harness)).containsExactly(text);
        assertThat(harness.job("job").degraded()).isEqualTo(text);
        assertThat(harness.job("job").why())
                .isEqualTo("nothing to do; the queue is empty; the latest 3 runs failed, since " + EPOCH.plusSeconds(2)
                        + "; the last one: three");
        SummaryView summary = (SummaryView) harness.send(new Command.GetSummary(Command.NO_DEADLINE));
        assertThat(summary.degraded()).isEqualTo(1);
        assertThat(summary.attention()).containsExactly(new SummaryView.Attention("job", text));
    }

    @Test
    void isWellAgainWithTheNextSuccess() {
        harness.start("job");
        for (int i = 0; i < 5; i++) {
            run(harness, failure("no"));
        }
        run(harness, SUCCESS);

        assertThat(degraded(harness)).isEmpty();
    }

    @Test
    void isDegradedWhenAShareOfTheLatestFailed() {
        EngineHarness half =
                EngineHarness.of(JobDefinition.named("job").with(job -> job.failing = new FailingConfig(0, 4, 50)));
        half.start("job");
        run(half, failure("first"));
        run(half, SUCCESS);
        run(half, SUCCESS);
        assertThat(degraded(half)).as("there were not so many yet").isEmpty();
        run(half, failure("second"));
        assertThat(degraded(half))
                .containsExactly("job 'job' is failing: 2 of the latest 4 runs failed, since " + EPOCH.plusSeconds(4)
                        + "; the last one: second");
        run(half, SUCCESS);

        assertThat(degraded(half)).as("the first one is out of sight").isEmpty();
    }

    /** The bits against a list that is counted. */
    @Test
    void countsAsAListWould() {
        long seed = Long.getLong("seed", System.nanoTime());
        RandomGenerator random = new SplittableRandom(seed);
        for (int window : List.of(1, 2, 20, 63, 64)) {
            RecentRuns runs = new RecentRuns(new FailingConfig(0, window, 30));
            List<Boolean> all = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                boolean fails = random.nextInt(100) < 30;
                all.add(fails);
                if (fails) {
                    runs.failed("no", i);
                } else {
                    runs.succeeded(i);
                }
                List<Boolean> latest = all.subList(Math.max(0, all.size() - window), all.size());
                long failed = latest.stream().filter(each -> each).count();
                assertThat(runs.isFailing())
                        .as("seed %d, window %d, after %s", seed, window, all)
                        .isEqualTo(latest.size() == window && failed * 100 >= 30L * window);
            }
        }
    }

    @Test
    void isSaidOfATimerToo() {
        EngineHarness timer = EngineHarness.of(JobDefinition.named("job").withSchedule(new Interval(SECOND)));
        timer.start("job");
        for (int i = 0; i < 28; i++) {
            timer.end(failure("no luck"));
            timer.pass(SECOND);
        }

        assertThat(timer.job("job").degraded()).contains("the latest 28 runs failed, since " + EPOCH);
    }

    @Test
    void attemptsThatAreRepeatedCountAsWell() {
        EngineHarness retrying = EngineHarness.of(JobDefinition.named("job")
                .withRetry(
                        new RetryPolicy(10, RetryPolicy.Backoff.FIXED, Duration.ofHours(1), Duration.ofHours(1), false))
                .withConcurrency(10));
        retrying.start("job");
        for (int i = 0; i < 5; i++) {
            run(retrying, failure("not now"));
        }

        assertThat(retrying.job("job").queue().retrying()).isEqualTo(5);
        assertThat(retrying.job("job").deadLetters()).isZero();
        assertThat(retrying.job("job").reason()).isEqualTo(Reason.DELAYED);
        assertThat(retrying.job("job").degraded()).contains("the latest 5 runs failed");
    }

    @Test
    void isNotDegradedWhileItIsStopped() {
        harness.start("job");
        for (int i = 0; i < 3; i++) {
            run(harness, failure("no"));
        }
        harness.stop("job");

        assertThat(degraded(harness)).isEmpty();
        assertThat(harness.job("job").why()).contains("the latest 3 runs failed");
    }

    @Test
    void isSaidAfterARestartAsBefore() {
        harness.start("job");
        for (int i = 0; i < 3; i++) {
            run(harness, failure("no"));
        }

        assertThat(harness.crash(Duration.ZERO).job("job").degraded())
                .isEqualTo("job 'job' is failing: the latest 3 runs failed, since " + EPOCH.plusSeconds(1)
                        + "; the last one: no");
    }

    @Test
    void isDegradedWhenItIsStoppedWithWork() {
        harness.start("job");
        harness.stop("job");
        harness.add("job", "1");

        assertThat(degraded(harness))
                .containsExactly("job 'job' is stopped at " + EPOCH + "; 1 queued until it is started");
        assertThat(harness.job("job").reason()).isEqualTo(Reason.STOPPED);
    }

    @Test
    void saysSinceWhenWorkWaits() {
        harness.add("job", "1");
        harness.pass(SECOND);
        harness.add("job", "2");
        assertThat(harness.job("job").queue().oldestQueuedAt()).isEqualTo(EPOCH);
        harness.pass(SECOND);
        harness.start("job");
        assertThat(harness.job("job").queue().oldestQueuedAt()).isEqualTo(EPOCH.plusSeconds(1));
        harness.stop("job");
        assertThat(harness.crash(Duration.ZERO).job("job").queue().oldestQueuedAt())
                .as("what was in flight is back")
                .isEqualTo(EPOCH);
        harness.start("job");
        harness.end(SUCCESS);
        harness.end(SUCCESS);

        assertThat(harness.job("job").queue().oldestQueuedAt()).isNull();
    }

    @Test
    void whatIsDelayedWaitsFromWhenItIsDue() {
        harness.stop("job");
        harness.submit("job", new Submission("1", Priority.NORMAL, Duration.ofMinutes(1), null));
        assertThat(harness.job("job").queue().oldestQueuedAt()).isNull();
        harness.pass(Duration.ofMinutes(5));

        assertThat(harness.job("job").queue().oldestQueuedAt()).isEqualTo(EPOCH.plusSeconds(60));
    }

    @Test
    void whatIsTriedAgainWaitsFromThen() {
        harness.start("job");
        ExecutionView view = harness.add("job", "1");
        harness.end(failure("no"));
        harness.stop("job");
        harness.pass(Duration.ofHours(1));
        harness.ask(new Command.Retry(view.id(), Command.NO_DEADLINE));

        assertThat(harness.job("job").queue().oldestQueuedAt()).isEqualTo(EPOCH.plus(Duration.ofHours(1)));
    }

    @Test
    void countsWhatItRefuses() {
        EngineHarness small = EngineHarness.of(
                JobDefinition.named("job").withQueue(new QueueConfig(1, FullMode.REJECT, Map.of(), 0)));
        small.stop("job");
        for (int i = 0; i < 4; i++) {
            small.submit("job", new Submission("1", Priority.NORMAL, Duration.ZERO, null));
        }

        assertThat(small.job("job").refusals()).containsExactly(Map.entry("queue-full", 3L));
    }
}
