package dev.latido.core;

import static dev.latido.core.EngineHarness.EPOCH;
import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.job.RetryPolicy;
import dev.latido.job.RetryPolicy.Backoff;
import dev.latido.policy.RateConfig;
import dev.latido.policy.RateConfig.Algorithm;
import dev.latido.protocol.Command;
import dev.latido.protocol.JobSettings;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.schedule.Interval;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rate limits through the core: the exact instants of starts over hours and days, and how they are waited for. */
@Tag("fast")
class RateLimitedJobTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static RateConfig rate(Algorithm algorithm, int permits, Duration per, int burst) {
        return new RateConfig(algorithm, permits, per, burst);
    }

    private static JobDefinition job(@Nullable RateConfig rate) {
        return JobDefinition.named("job")
                .withConcurrency(1_000)
                .withQueue(new QueueConfig(100_000, FullMode.REJECT, Map.of(), 0))
                .with(job -> job.throttle = new JobDefinition.Throttle(rate, null, null, 0));
    }

    private static EngineHarness started(JobDefinition job) {
        EngineHarness harness = EngineHarness.of(job);
        harness.start(null);
        return harness;
    }

    private static void add(EngineHarness harness, int count) {
        for (int i = 0; i < count; i++) {
            harness.add(null, "1");
        }
    }

    private static void endAll(EngineHarness harness) {
        while (!harness.performing.isEmpty()) {
            harness.end(SUCCESS);
        }
    }

    private static List<Duration> every(Duration interval, int count) {
        List<Duration> times = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            times.add(interval.multipliedBy(i));
        }
        return times;
    }

    @Test
    void pacesLikeALeakingBucket() {
        EngineHarness harness = started(job(rate(Algorithm.LEAKY, 6, MINUTE, 1)));
        add(harness, 1_000);
        harness.pass(Duration.ofDays(1));

        assertThat(harness.begins()).isEqualTo(every(Duration.ofSeconds(10), 1_000));
    }

    @Test
    void startsABurstAndThenAtTheRateOfATokenBucket() {
        EngineHarness harness = started(job(rate(Algorithm.TOKEN_BUCKET, 6, MINUTE, 3)));
        add(harness, 5);
        harness.pass(Duration.ofHours(1)); // until the bucket is full, and no longer
        add(harness, 5);
        harness.pass(Duration.ofHours(1));

        long hour = 3_600;
        assertThat(harness.begins())
                .extracting(Duration::toSeconds)
                .containsExactly(0L, 0L, 0L, 10L, 20L, hour, hour, hour, hour + 10, hour + 20);
        assertThat(harness.begins()).allMatch(begin -> begin.toNanosPart() == 0);
    }

    @Test
    void startsSoManyInEachWindow() {
        EngineHarness harness = started(job(rate(Algorithm.FIXED_WINDOW, 3, MINUTE, 1)));
        harness.passTo(Duration.ofSeconds(7)); // windows begin with the first start
        add(harness, 4);
        harness.passTo(Duration.ofSeconds(60));
        add(harness, 4);
        harness.pass(Duration.ofHours(1));

        assertThat(harness.begins())
                .extracting(Duration::toSeconds)
                .containsExactly(7L, 7L, 7L, 67L, 67L, 67L, 127L, 127L);
    }

    @Test
    void startsSoManyInAnyWindow() {
        EngineHarness harness = started(job(rate(Algorithm.SLIDING_WINDOW, 3, MINUTE, 1)));
        add(harness, 1);
        harness.passTo(Duration.ofSeconds(50));
        add(harness, 6);
        harness.pass(Duration.ofHours(1));

        assertThat(harness.begins())
                .extracting(Duration::toSeconds)
                .containsExactly(0L, 50L, 50L, 60L, 110L, 110L, 120L);
    }

    /** The promise of each algorithm, checked against every start of some simulated days with random work. */
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void keepsItsPromiseOverDays(Algorithm algorithm) {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        RateConfig config = rate(algorithm, 1 + random.nextInt(20), Duration.ofSeconds(1 + random.nextInt(600)), 5);
        EngineHarness harness = started(job(config));
        int added = 0;
        while (Duration.between(EPOCH, harness.now.wall()).toDays() < 3) {
            int count = random.nextInt(4) * random.nextInt(2 * config.permits());
            add(harness, count);
            added += count;
            harness.pass(Duration.ofMillis(random.nextInt(2_000_000)));
            endAll(harness);
            assertThat(harness.engine.parts().unit.alarms.size())
                    .as("alarms, seed %d", seed)
                    .isLessThanOrEqualTo(1);
        }
        for (int i = 0; i < 100_000 && harness.begun.size() < added; i++) {
            harness.pass(config.per());
            endAll(harness);
        }

        assertThat(harness.begun).as("seed %d", seed).hasSize(added);
        assertThat(RatePromise.of(harness.begins()).broken(config))
                .as("seed %d", seed)
                .isEmpty();
    }

    @Test
    void saysWhenTheNextPermitComes() {
        EngineHarness harness = started(job(rate(Algorithm.LEAKY, 6, MINUTE, 1)));
        add(harness, 3);
        harness.pass(Duration.ofMillis(4_200));
        assertThat(harness.job(null).why())
                .isEqualTo(
                        "working; one run is in flight, since 2026-01-01T00:00:00Z; 2 queued, rate limit 6 per 60000 ms (leaky),"
                                + " next permit in 5800 ms");
        endAll(harness);

        assertThat(harness.job(null).why())
                .isEqualTo("2 queued, rate limit 6 per 60000 ms (leaky), next permit in 5800 ms");
        assertThat(harness.job(null).policies().rateLimit()).isEqualTo(rate(Algorithm.LEAKY, 6, MINUTE, 1));
    }

    @Test
    void setsOneAlarmHoweverMuchWaits() {
        EngineHarness harness = started(job(rate(Algorithm.LEAKY, 6, MINUTE, 1)));
        add(harness, 1);
        harness.end(SUCCESS);
        assertThat(harness.engine.nextDue()).as("nothing waits").isEmpty();
        for (int i = 0; i < 50; i++) {
            add(harness, 1);
            harness.stop(null);
            harness.start(null);
        }

        assertThat(harness.engine.parts().unit.alarms.size()).isEqualTo(1);
    }

    @Test
    void countsEveryAttempt() {
        EngineHarness harness =
                started(job(rate(Algorithm.SLIDING_WINDOW, 2, MINUTE, 1)).with(job -> {
                    job.retry = new RetryPolicy(2, Backoff.FIXED, SECOND, SECOND, false);
                    job.hasFallback = true;
                }));
        add(harness, 2);
        harness.end(new Outcome.Failure("no luck"));
        harness.pass(MINUTE);
        assertThat(harness.performs).hasSize(3);
        harness.end(SUCCESS);
        harness.end(new Outcome.Failure("no luck"));
        assertThat(harness.performs).as("by the fallback").hasSize(4);
        harness.end(SUCCESS);
        add(harness, 1);
        assertThat(harness.performs).hasSize(4);
    }

    @Test
    void letsTheMostUrgentHaveTheNextPermit() {
        EngineHarness harness = started(job(rate(Algorithm.LEAKY, 6, MINUTE, 1)));
        harness.add(null, "first");
        harness.add(null, "second");
        harness.add(null, "urgent", Priority.CRITICAL);
        harness.pass(MINUTE);

        assertThat(harness.payloads()).containsExactly("first", "urgent", "second");
    }

    @Test
    void takesNoPermitForWhatIsCancelledMeanwhile() {
        EngineHarness harness = started(job(rate(Algorithm.LEAKY, 6, MINUTE, 1)));
        add(harness, 1);
        harness.cancel(harness.add(null, "2").id());
        harness.pass(Duration.ofSeconds(10));
        add(harness, 1);

        assertThat(harness.begins()).containsExactly(Duration.ZERO, Duration.ofSeconds(10));
    }

    @Test
    void coalescesTicksThatFindNoPermit() {
        EngineHarness harness = started(
                job(rate(Algorithm.FIXED_WINDOW, 1, MINUTE, 1)).withSchedule(new Interval(Duration.ofSeconds(10))));
        for (int i = 0; i < 18; i++) {
            endAll(harness);
            harness.pass(Duration.ofSeconds(10));
        }

        assertThat(harness.begins()).isEqualTo(every(MINUTE, 4));
        assertThat(harness.job(null).counters()).containsEntry("ticksCoalesced", 15L);
    }

    private static void change(EngineHarness harness, @Nullable RateConfig rate, boolean removes) {
        harness.send(new Command.ChangeJob(
                null, new JobSettings(false, null, true, rate, removes, false), Command.NO_DEADLINE));
    }

    @Test
    void obeysAnotherRateAtOnce() {
        EngineHarness harness = started(job(rate(Algorithm.LEAKY, 6, MINUTE, 1)));
        add(harness, 10);
        harness.pass(SECOND);
        change(harness, rate(Algorithm.LEAKY, 60, MINUTE, 1), false);
        assertThat(harness.begins()).containsExactly(Duration.ZERO, SECOND);
        harness.pass(SECOND);
        change(harness, rate(Algorithm.LEAKY, 1, MINUTE, 1), false);
        harness.pass(MINUTE.minusNanos(1));
        assertThat(harness.performs).hasSize(4);
        assertThat(harness.engine.parts().unit.alarms.size()).isEqualTo(1 + harness.performing.size());
        change(harness, null, true);

        assertThat(harness.performs).hasSize(10);
    }

    @Test
    void beginsAnewAfterARestart() {
        EngineHarness harness = started(job(rate(Algorithm.LEAKY, 6, MINUTE, 1)));
        add(harness, 2);
        harness.end(SUCCESS);
        EngineHarness next = harness.crash(SECOND);
        assertThat(next.performing).hasSize(1);
    }

    @Test
    void doesNotDependOnTheWallClock() {
        EngineHarness harness = started(job(rate(Algorithm.LEAKY, 6, MINUTE, 1)));
        add(harness, 3);
        harness.jump(Duration.ofDays(-1));
        harness.pass(Duration.ofSeconds(10));
        assertThat(harness.performs).hasSize(2);
        harness.jump(Duration.ofDays(2));
        harness.pass(Duration.ofSeconds(10).minusNanos(1));
        assertThat(harness.performs).hasSize(2);
        harness.pass(Duration.ofNanos(1));

        assertThat(harness.performs).hasSize(3);
    }
}
