package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Attempt;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.job.RetryPolicy;
import dev.latido.job.RetryPolicy.Backoff;
import dev.latido.job.WorkPlace;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Submission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How an execution that kills the process is found, and nobody else is blamed for it. */
@Tag("fast")
class CrashQuarantineTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final JobDefinition JOB = JobDefinition.named("job");
    private static final JobDefinition OUTSIDE =
            JobDefinition.named("outside").with(job -> job.place = WorkPlace.OUTSIDE);

    @Test
    void whatKillsTheProcessIsFoundAndTheOthersGoOn() {
        JobDefinition wide = JOB.withConcurrency(4);
        EngineHarness harness = EngineHarness.of(wide);
        harness.start("job");
        ExecutionView killer = harness.add("job", "\"killer\"");
        List<ExecutionView> innocent = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            innocent.add(harness.add("job", "" + i));
        }
        int crashes = 0;
        while (harness.get(killer.id()).state() != ExecutionState.FAILED) {
            assertThat(crashes).as("crashes until it is found").isLessThan(3);
            // Everything that begins ends at once, but for the killer, with which the process dies.
            for (int i = 0; i < harness.performing.size(); ) {
                if (harness.performing.get(i).execution().equals(killer.id())) {
                    i++;
                } else if (crashes < 2) {
                    i++; // these are still under way
                } else {
                    harness.end(harness.performing.get(i).execution(), EngineHarness.SUCCESS);
                }
            }
            harness = harness.crash(SECOND);
            crashes++;
        }

        assertThat(crashes).isEqualTo(3);
        assertThat(harness.get(killer.id()).error()).isEqualTo("quarantined: in flight when the process died, 3 times");
        while (!harness.performing.isEmpty()) {
            harness.end(EngineHarness.SUCCESS);
        }
        for (ExecutionView each : innocent) {
            assertThat(harness.state(each)).isEqualTo(ExecutionState.SUCCEEDED);
        }
    }

    @Test
    void suspectsAreTriedOneAtATime() {
        JobDefinition wide = JOB.withConcurrency(3);
        EngineHarness harness = EngineHarness.of(wide);
        harness.start("job");
        List<ExecutionView> quarantine =
                List.of(harness.add("job", "1"), harness.add("job", "2"), harness.add("job", "3"));
        EngineHarness next = harness.crash(SECOND).crash(SECOND);
        assertThat(next.performing).hasSize(1);
        assertThat(next.job("job").queue().delayed()).isEqualTo(2);
        assertThat(next.get(quarantine.get(1).id()).note()).isEqualTo(CrashQuarantine.NOTE);
        ExecutionView other = next.add("job", "4");
        assertThat(next.performing).as("nothing runs beside it").hasSize(1);
        next.cancel(quarantine.get(1).id());
        next.end(quarantine.get(0).id(), EngineHarness.SUCCESS);

        assertThat(next.state(quarantine.get(1))).isEqualTo(ExecutionState.CANCELLED);
        assertThat(next.state(quarantine.get(2))).isEqualTo(ExecutionState.RUNNING);
        assertThat(next.state(other)).isEqualTo(ExecutionState.QUEUED);
        next.end(EngineHarness.SUCCESS);
        assertThat(next.state(other)).as("all is as usual again").isEqualTo(ExecutionState.RUNNING);
    }

    @Test
    void suspectsAreTriedAloneAtEachAttempt() {
        EngineHarness harness = EngineHarness.of(
                JOB.withConcurrency(3).withRetry(new RetryPolicy(3, Backoff.FIXED, SECOND, SECOND, false)));
        harness.start("job");
        ExecutionView first = harness.add("job", "1");
        ExecutionView second = harness.add("job", "2");
        EngineHarness next = harness.crash(SECOND).crash(SECOND);
        next.end(first.id(), new Outcome.Failure("no luck"));
        assertThat(next.state(second)).isEqualTo(ExecutionState.RUNNING);
        next.pass(SECOND.multipliedBy(2)); // the first is due for another attempt
        assertThat(next.performing).as("but not beside the other").hasSize(1);
        next.end(second.id(), new Outcome.Unavailable("nobody there"));
        next.pass(WorkerWatch.LOOK_EVERY);
        assertThat(next.performing).as("whoever comes first, alone").hasSize(1);
        next.end(EngineHarness.SUCCESS);
        next.end(EngineHarness.SUCCESS);

        assertThat(next.state(first)).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(next.state(second)).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void suspectThatComesBackWhileOthersRunWaitsForThem() {
        EngineHarness harness = EngineHarness.of(
                JOB.withConcurrency(2).withRetry(new RetryPolicy(3, Backoff.FIXED, SECOND, SECOND, false)));
        harness.start("job");
        ExecutionView suspect = harness.add("job", "1");
        EngineHarness next = harness.crash(SECOND).crash(SECOND);
        next.end(suspect.id(), new Outcome.Failure("no luck"));
        ExecutionView other = next.add("job", "2");
        assertThat(next.state(other)).isEqualTo(ExecutionState.RUNNING);
        next.pass(SECOND.multipliedBy(2));
        assertThat(next.state(suspect)).as("not beside the other").isEqualTo(ExecutionState.WAITING);
        assertThat(next.get(suspect.id()).note()).isEqualTo(CrashQuarantine.NOTE);
        next.end(other.id(), EngineHarness.SUCCESS);

        assertThat(next.state(suspect)).isEqualTo(ExecutionState.RUNNING);
    }

    @Test
    void suspectsOfAStoppedJobHoldUpNobody() {
        JobDefinition other = JobDefinition.named("other");
        EngineHarness harness = EngineHarness.of(JOB, other);
        harness.start("job");
        harness.start("other");
        harness.add("job", "1");
        ExecutionView second = harness.add("other", "2");
        EngineHarness next = harness.crash(SECOND);
        next.stop("job");
        EngineHarness last = next.crash(SECOND);

        assertThat(last.state(second)).isEqualTo(ExecutionState.RUNNING);
        last.start("job");
        assertThat(last.performing).hasSize(1);
        last.end(EngineHarness.SUCCESS);
        assertThat(last.performing).hasSize(1);
    }

    @Test
    void suspectsAreSuspectsAfterAnotherCrash() {
        EngineHarness harness = EngineHarness.of(JOB.withConcurrency(2));
        harness.start("job");
        ExecutionView first = harness.add("job", "1");
        ExecutionView second = harness.add("job", "2");
        EngineHarness next = harness.crash(SECOND).crash(SECOND).crash(SECOND);

        assertThat(next.state(first)).isEqualTo(ExecutionState.FAILED);
        assertThat(next.state(second))
                .as("it was not in flight at the third crash")
                .isEqualTo(ExecutionState.RUNNING);
    }

    @Test
    void oneCrashIsEnoughWhereNothingMayRunTwice() {
        EngineHarness harness = EngineHarness.of(JOB.withMaxCrashes(1));
        harness.start("job");
        ExecutionView once = harness.add("job", "1");
        EngineHarness next = harness.crash(SECOND);

        assertThat(next.get(once.id()).error()).isEqualTo("quarantined: in flight when the process died, once");
        next.send(new Command.Retry(once.id(), Command.NO_DEADLINE));
        assertThat(next.performs).hasSize(1);
    }

    @Test
    void orderlyEndIsNoCrash() {
        EngineHarness harness = EngineHarness.of(JOB.withMaxCrashes(1));
        harness.start("job");
        ExecutionView running = harness.add("job", "1");
        harness.take(new Input.ShutdownBegan());
        harness.take(new Input.GraceEnded());

        assertThat(harness.crash(SECOND).state(running)).isEqualTo(ExecutionState.RUNNING);
    }

    // Who is no suspect

    @Test
    void workElsewhereIsNeverASuspect() {
        EngineHarness harness = EngineHarness.of(OUTSIDE.withConcurrency(10));
        harness.start("outside");
        List<ExecutionView> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(harness.add("outside", "" + i));
        }
        for (int crash = 0; crash < 5; crash++) {
            harness = harness.crash(SECOND);
            assertThat(harness.performing)
                    .as("all at once, after crash %d", crash)
                    .hasSize(10);
        }
        for (ExecutionView each : all) {
            harness.end(each.id(), EngineHarness.SUCCESS);
            assertThat(harness.state(each)).isEqualTo(ExecutionState.SUCCEEDED);
        }
    }

    @Test
    void theWorkerOfTheAttemptCountsAndNotTheOneOfTheJob() {
        JobDefinition job = OUTSIDE.with(changed -> {
            changed.hasFallback = true;
            changed.fallbackPlace = WorkPlace.INSIDE;
            changed.maxCrashes = 1;
        });
        EngineHarness harness = EngineHarness.of(job);
        harness.start("outside");
        ExecutionView first = harness.add("outside", "1");
        harness = harness.crash(SECOND);
        assertThat(harness.state(first)).isEqualTo(ExecutionState.RUNNING);
        harness.end(first.id(), new Outcome.Failure("no"));
        assertThat(harness.performs.get(harness.performs.size() - 1).byFallback())
                .isTrue();

        assertThat(harness.crash(SECOND).state(first)).isEqualTo(ExecutionState.FAILED);
    }

    /** The worker of a job was replaced by one that works elsewhere, or the other way round. */
    @Test
    void theAttemptIsJudgedByTheWorkerThatHadIt() {
        JobDefinition inside = OUTSIDE.with(changed -> {
            changed.place = WorkPlace.INSIDE;
            changed.maxCrashes = 1;
        });
        EngineHarness harness = EngineHarness.of(inside);
        harness.start("outside");
        ExecutionView wasInside = harness.add("outside", "1");
        EngineHarness next = harness.restart(SECOND, List.of(OUTSIDE.withMaxCrashes(1)));
        assertThat(next.state(wasInside)).isEqualTo(ExecutionState.FAILED);
        ExecutionView wasOutside = next.add("outside", "2");

        assertThat(next.restart(SECOND, List.of(inside)).state(wasOutside)).isEqualTo(ExecutionState.RUNNING);
    }

    @Test
    void aDeathAfterTheProcessWasToldToEndIsNobodysFault() {
        EngineHarness harness = EngineHarness.of(JOB.withConcurrency(3));
        harness.start("job");
        List<ExecutionView> all = List.of(harness.add("job", "1"), harness.add("job", "2"), harness.add("job", "3"));
        for (int end = 0; end < 5; end++) {
            harness.take(new Input.EndBegan());
            harness.take(new Input.ShutdownBegan());
            harness = harness.crash(SECOND); // before the grace time is over
            assertThat(harness.performing).hasSize(3);
        }
        harness = harness.crash(SECOND);

        for (ExecutionView each : all) {
            assertThat(harness.state(each)).as("one crash is one").isEqualTo(ExecutionState.RUNNING);
        }
        assertThat(harness.crash(SECOND).performing)
                .as("the second one makes suspects")
                .hasSize(1);
    }

    @Test
    void workThatWasToldToEndAndDiedWithTheProcessIsCancelled() {
        EngineHarness harness = EngineHarness.of(JOB);
        harness.start("job");
        ExecutionView running = harness.add("job", "1");
        harness.cancel(running.id());
        harness.take(new Input.EndBegan());

        assertThat(harness.crash(SECOND).state(running)).isEqualTo(ExecutionState.CANCELLED);
    }

    // Alone, over all jobs

    @Test
    void nothingElseIsInsideTheProcessMeanwhile() {
        JobDefinition other = JobDefinition.named("other").withConcurrency(2);
        EngineHarness harness = EngineHarness.of(JOB.withConcurrency(2), other, OUTSIDE);
        harness.start("job");
        ExecutionView first = harness.add("job", "1");
        ExecutionView second = harness.add("job", "2");
        EngineHarness next = harness.crash(SECOND).crash(SECOND);
        assertThat(next.performing).extracting(Attempt::execution).containsExactly(first.id());
        next.start("other");
        next.start("outside");
        ExecutionView waits = next.add("other", "3");
        ExecutionView runs = next.add("outside", "4");

        assertThat(next.state(runs)).as("elsewhere it cannot be blamed").isEqualTo(ExecutionState.RUNNING);
        assertThat(next.state(waits)).isEqualTo(ExecutionState.QUEUED);
        assertThat(next.job("other").why())
                .isEqualTo("1 queued, waiting: execution " + first.id()
                        + " of job 'job' is tried alone, because the process died while it ran");
        assertThat(next.job("job").why())
                .isEqualTo("working; one run is in flight, since 2026-01-01T00:00:02Z; waiting: execution " + first.id()
                        + " of job 'job' is tried alone, because the process died while it ran; 1 to be tried"
                        + " alone, because the process died while they ran");
        next.end(first.id(), EngineHarness.SUCCESS);
        assertThat(next.state(second)).isEqualTo(ExecutionState.RUNNING);
        assertThat(next.state(waits)).isEqualTo(ExecutionState.QUEUED);
        next.end(second.id(), EngineHarness.SUCCESS);
        assertThat(next.state(waits)).isEqualTo(ExecutionState.RUNNING);
    }

    @Test
    void whatSomebodyRetriesIsTakenForInnocent() {
        JobDefinition other = JobDefinition.named("other");
        EngineHarness harness = EngineHarness.of(JOB, other);
        harness.start("job");
        ExecutionView suspect = harness.add("job", "1");
        EngineHarness next = harness.crash(SECOND).crash(SECOND);
        next.end(suspect.id(), new Outcome.Failure("no"));
        next.start("other");
        next.add("other", "2");
        next.send(new Command.Retry(suspect.id(), Command.NO_DEADLINE));

        assertThat(next.performing).as("beside the other").hasSize(2);
    }

    @Test
    void suspectThatMayNotBeginYetHoldsUpNobody() {
        JobDefinition other = JobDefinition.named("other");
        EngineHarness harness = EngineHarness.of(JOB.withConcurrency(2), other);
        harness.start("job");
        harness.add("job", "1");
        harness.add("job", "2");
        EngineHarness next = harness.crash(SECOND).crash(SECOND);
        next.stop("job");
        next.end(EngineHarness.SUCCESS);
        next.start("other");
        next.add("other", "3");

        assertThat(next.performing).as("the suspect's job is stopped").hasSize(1);
        next.start("job");
        assertThat(next.performing).as("it waits for the other to end").hasSize(1);
        assertThat(next.job("job").why()).contains("1 to be tried alone");
        ExecutionView behind = next.add("other", "4");
        next.end(EngineHarness.SUCCESS);
        assertThat(next.performing).hasSize(1);
        assertThat(next.performing.get(0).job()).isEqualTo("job");
        next.end(EngineHarness.SUCCESS);
        assertThat(next.state(behind)).isEqualTo(ExecutionState.RUNNING);
    }

    /** Else work that takes longer than a worker is trusted to be there would begin each time somebody looks for it. */
    @Test
    void suspectWhoseWorkerIsLookedForIsNotOvertakenForEver() {
        JobDefinition other = JobDefinition.named("other");
        JobDefinition job = OUTSIDE.with(changed -> {
            changed.hasFallback = true;
            changed.fallbackPlace = WorkPlace.INSIDE;
            changed.maxCrashes = 2;
        });
        EngineHarness harness = EngineHarness.of(other, job);
        harness.start("outside");
        ExecutionView suspect = harness.add("outside", "1");
        harness.end(suspect.id(), new Outcome.Failure("no"));
        assertThat(harness.performing).as("by the fallback, inside").hasSize(1);
        harness.start("other");
        for (int i = 0; i < 3; i++) {
            harness.add("other", "" + i);
        }
        EngineHarness next = harness.crash(SECOND);
        int overtaken = 0;
        while (next.state(suspect) == ExecutionState.WAITING) {
            assertThat(overtaken++).as("executions that begin before it").isLessThan(2);
            next.pass(WorkerWatch.TRUST.multipliedBy(2));
            next.end(EngineHarness.SUCCESS);
        }
    }

    // The guilty and nobody else

    /** Without this, an attempt that kills the process leaves no trace of itself, and does it again and again. */
    @Test
    void theStoreKnowsOfAnAttemptInsideBeforeItBegins() {
        EngineHarness harness = EngineHarness.of(JOB.withDurability(Durability.RELAXED));
        harness.start("job");
        harness.holdStore();
        EngineHarness.Call call = harness.submit("job", new Submission("1", Priority.NORMAL, Duration.ZERO, null));
        assertThat(call.isAnswered()).as("which does not wait").isTrue();
        assertThat(harness.performs).isEmpty();
        harness.cancel(call.view().id());
        assertThat(harness.cancelled).as("in the order of the two").isEmpty();
        harness.commit();
        assertThat(harness.performs).hasSize(1);
        assertThat(harness.cancelled).hasSize(1);
    }

    @Test
    void relaxedWorkElsewhereBeginsAtOnce() {
        EngineHarness harness = EngineHarness.of(OUTSIDE.withDurability(Durability.RELAXED));
        harness.start("outside");
        harness.holdStore();
        harness.add("outside", "1");

        assertThat(harness.performs).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Durability.class,
            names = {"FULL", "RELAXED"})
    void numberNineIsNotBlamedForTenAndTwentyFive(Durability durability) {
        JobDefinition job = JOB.withConcurrency(6)
                .withDurability(durability)
                .withRetry(new RetryPolicy(3, Backoff.FIXED, SECOND, SECOND, false));
        Deaths deaths = new Deaths(List.of(job), new Random(1));
        for (int i = 0; i < 40; i++) {
            deaths.add("job", i == 10 || i == 25);
        }
        deaths.run();
    }

    @Test
    void onlyTheGuiltyAreBlamed() {
        long seed = Long.getLong("seed", System.nanoTime());
        int runs = System.getProperty("seed") != null ? 1 : 300;
        for (int i = 0; i < runs; i++) {
            Random random = new Random(seed + i);
            try {
                List<JobDefinition> jobs = new ArrayList<>();
                for (int j = 0; j < 3; j++) {
                    int number = j;
                    jobs.add(JobDefinition.named("job" + j).with(each -> {
                        each.concurrency = 1 + random.nextInt(6);
                        each.maxCrashes = 2 + random.nextInt(3);
                        each.durability = random.nextBoolean() ? Durability.FULL : Durability.RELAXED;
                        each.place = number == 2 ? WorkPlace.OUTSIDE : WorkPlace.INSIDE;
                        each.retry = new RetryPolicy(3, Backoff.FIXED, SECOND, SECOND, false);
                    }));
                }
                Deaths deaths = new Deaths(jobs, random);
                for (int n = 0; n < 40; n++) {
                    String job = "job" + random.nextInt(3);
                    deaths.add(job, !job.equals("job2") && random.nextInt(8) == 0);
                }
                deaths.run();
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("failed; run it again with -Dseed=" + (seed + i), failure);
            }
        }
    }

    /** A process that dies because of some executions, a random time after they began. */
    private static final class Deaths {
        private final Random random;
        private EngineHarness harness;
        private final Map<ExecutionId, Boolean> guilt = new HashMap<>();

        Deaths(List<JobDefinition> jobs, Random random) {
            this.random = random;
            int maxInFlight = random.nextInt(3) == 0 ? 1 + random.nextInt(5) : 0;
            harness = EngineHarness.of(HistoryConfig.DEFAULT, maxInFlight, jobs.toArray(JobDefinition[]::new));
            jobs.forEach(job -> harness.start(job.name()));
            jobs.forEach(job -> harness.stop(job.name()));
        }

        void add(String job, boolean isGuilty) {
            guilt.put(harness.add(job, "1").id(), isGuilty);
        }

        void run() {
            harness.engine.states().forEach(job -> harness.start(job.name()));
            int deaths = 0;
            while (!harness.performing.isEmpty() || isAnyLeft()) {
                boolean isFatal =
                        harness.performing.stream().anyMatch(attempt -> guilt.getOrDefault(attempt.execution(), false));
                if (isFatal && random.nextInt(4) == 0) {
                    deaths++;
                    assertThat(deaths).as("deaths").isLessThan(200);
                    harness = harness.crash(SECOND);
                } else if (!endOneInnocent() && !isFatal) {
                    harness.pass(SECOND);
                }
            }
            guilt.forEach((id, isGuilty) -> assertThat(harness.get(id).state())
                    .as("%s, guilty: %s", harness.get(id), isGuilty)
                    .isEqualTo(isGuilty ? ExecutionState.FAILED : ExecutionState.SUCCEEDED));
        }

        private boolean isAnyLeft() {
            return guilt.keySet().stream()
                    .anyMatch(id -> !harness.get(id).state().isTerminal());
        }

        private boolean endOneInnocent() {
            List<Attempt> innocent = harness.performing.stream()
                    .filter(attempt -> !guilt.getOrDefault(attempt.execution(), false))
                    .toList();
            if (innocent.isEmpty()) {
                return false;
            }
            ExecutionId id = innocent.get(random.nextInt(innocent.size())).execution();
            boolean isRetried = harness.get(id).failures().size() < 2;
            harness.end(id, isRetried && random.nextInt(4) == 0 ? new Outcome.Failure("no") : EngineHarness.SUCCESS);
            return true;
        }
    }
}
