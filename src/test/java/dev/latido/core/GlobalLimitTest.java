package dev.latido.core;

import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Outcome;
import dev.latido.policy.RateConfig;
import dev.latido.policy.RateConfig.Algorithm;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The limit on what all jobs have with workers, and how they take turns. */
@Tag("fast")
class GlobalLimitTest {

    private static JobDefinition job(String name) {
        return JobDefinition.named(name).withConcurrency(10);
    }

    private static EngineHarness started(int limit, JobDefinition... jobs) {
        EngineHarness harness = EngineHarness.of(HistoryConfig.DEFAULT, limit, jobs);
        for (JobDefinition job : jobs) {
            harness.start(job.name());
        }
        return harness;
    }

    private static void add(EngineHarness harness, String job, int count) {
        for (int i = 0; i < count; i++) {
            harness.add(job, job);
        }
    }

    private static List<String> begun(EngineHarness harness) {
        List<String> jobs = new ArrayList<>();
        harness.performs.forEach(perform -> jobs.add(perform.attempt().job()));
        return jobs;
    }

    @Test
    void keepsSoManyWithWorkersAndNoMore() {
        EngineHarness harness = started(3, job("a"), job("b"));
        add(harness, "a", 2);
        add(harness, "b", 2);
        assertThat(begun(harness)).containsExactly("a", "a", "b");
        assertThat(harness.job("b").why())
                .isEqualTo(
                        "working; one run is in flight, since 2026-01-01T00:00:00Z; 1 queued, waiting for a slot: all 3 of the service are taken");
        harness.end(SUCCESS);

        assertThat(begun(harness)).containsExactly("a", "a", "b", "b");
    }

    @Test
    void servesJobsInTurn() {
        EngineHarness harness = started(1, job("a"), job("b"), job("c"));
        add(harness, "a", 100);
        add(harness, "b", 3);
        add(harness, "c", 2);
        for (int i = 0; i < 10; i++) {
            harness.end(SUCCESS);
        }

        assertThat(begun(harness)).containsExactly("a", "a", "b", "c", "a", "b", "c", "a", "b", "a", "a");
    }

    @Test
    void keepsNoTurnForAJobThatMayNotBegin() {
        EngineHarness harness = started(
                1,
                job("a"),
                job("b"),
                job("c").with(job -> job.throttle = new JobDefinition.Throttle(
                        new RateConfig(Algorithm.LEAKY, 1, Duration.ofSeconds(10), 1), null, null, 0)));
        add(harness, "a", 10);
        add(harness, "b", 2);
        add(harness, "c", 2);
        harness.stop("b");
        for (int i = 0; i < 5; i++) {
            harness.end(SUCCESS);
        }
        assertThat(begun(harness)).containsExactly("a", "a", "c", "a", "a", "a");
        harness.start("b");
        harness.pass(Duration.ofSeconds(10));
        for (int i = 0; i < 4; i++) {
            harness.end(SUCCESS);
        }

        assertThat(begun(harness).subList(6, 10)).containsExactly("a", "b", "c", "a");
    }

    @Test
    void doesNotCountWhatHandsOverItsResult() {
        EngineHarness harness =
                started(1, job("a").withNext("b"), job("b").withQueue(new QueueConfig(1, FullMode.WAIT, Map.of(), 0)));
        harness.stop("b");
        add(harness, "a", 4);
        harness.end(new Outcome.Success("1"));
        harness.end(new Outcome.Success("2"));
        harness.end(new Outcome.Success("3"));
        assertThat(begun(harness)).containsExactly("a", "a", "a", "a");
        assertThat(harness.engine.inFlight()).isEqualTo(1);
        harness.end(SUCCESS);
        harness.start("b");

        assertThat(begun(harness)).containsExactly("a", "a", "a", "a", "b");
    }

    @Test
    void givesThePlaceBackHoweverAnAttemptEnds() {
        EngineHarness harness = started(1, job("a"), job("b"));
        add(harness, "a", 1);
        harness.end(new Outcome.Failure("no luck"));
        add(harness, "a", 1);
        harness.pass(JobDefinition.DEFAULT_TIMEOUT);
        add(harness, "a", 1);
        harness.performing.remove(0);
        harness.cancel(harness.performing.get(0).execution());
        harness.end(SUCCESS);
        add(harness, "a", 1);
        harness.end(new Outcome.Unavailable("nobody there"));
        add(harness, "b", 1);

        assertThat(begun(harness)).containsExactly("a", "a", "a", "a", "b");
    }

    @Test
    void goesOnAfterACrash() {
        EngineHarness harness = started(2, job("a"), job("b"));
        add(harness, "a", 2);
        add(harness, "b", 2);
        EngineHarness next = harness.crash(Duration.ZERO);
        assertThat(next.performing).hasSize(2);
        for (int i = 0; i < 4; i++) {
            next.end(SUCCESS);
        }

        assertThat(next.job("a").counters()).containsEntry("succeeded", 2L);
        assertThat(next.job("b").counters()).containsEntry("succeeded", 2L);
    }

    @Test
    void obeysTheLimitOfEachJobToo() {
        EngineHarness harness = started(5, job("a").withConcurrency(1), job("b"));
        add(harness, "a", 5);
        add(harness, "b", 5);

        assertThat(begun(harness)).containsExactly("a", "b", "b", "b", "b");
    }
}
