package dev.latido.core;

import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.schedule.Cron;
import dev.latido.schedule.Schedule;
import dev.latido.schedule.Schedule.Misfire;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A wall clock that is set both ways, a machine that sleeps, processes that are killed, and a schedule that changes or leaves the
 * file: what ran is what a naive reading of the clock says, which steps from minute to minute.
 */
@Tag("fast")
class ClockHistoryTest {

    private static final Duration CORRECTION = Duration.ofHours(3);
    private static final Duration NOTICED = Duration.ofSeconds(11);
    private static final JobDefinition OTHER = JobDefinition.named("other");

    /** What should have run: each time that is due once, as the clock passes it for the first time. */
    private static final class Naive {
        private int everyMinutes;
        private Instant seenUpTo;
        private int due;

        Naive(int everyMinutes, Instant now) {
            this.everyMinutes = everyMinutes;
            this.seenUpTo = now;
        }

        void look(Instant now) {
            if (Duration.between(now, seenUpTo).compareTo(CORRECTION) > 0) {
                seenUpTo = now; // it had been wrong
            }
            while (seenUpTo.isBefore(now)) {
                Instant next = Instant.ofEpochSecond(Math.floorDiv(seenUpTo.getEpochSecond(), 60) * 60 + 60);
                if (next.isAfter(now)) {
                    seenUpTo = now;
                } else {
                    seenUpTo = next;
                    due += next.getEpochSecond() / 60 % everyMinutes == 0 ? 1 : 0;
                }
            }
        }

        /** Another schedule is in force from {@code now} on. */
        void change(int minutes, Instant now) {
            everyMinutes = minutes;
            seenUpTo = now;
        }
    }

    private final List<String> steps = new ArrayList<>();
    private int ran;

    private static JobDefinition job(int everyMinutes) {
        Schedule schedule = new Cron("*/" + everyMinutes + " * * * *", ZoneOffset.UTC);
        return JobDefinition.named("job").withSchedule(schedule).with(job -> {
            job.misfire = Misfire.ALL;
            job.maxMissed = 1_000;
        });
    }

    private void work(EngineHarness harness, Duration time) {
        Instant end = harness.now.wall().plus(time);
        endAll(harness); // or the next tick is merged into what makes up for others
        while (harness.now.wall().isBefore(end)) {
            harness.pass(Duration.ofSeconds(1));
            endAll(harness);
        }
    }

    private void endAll(EngineHarness harness) {
        while (!harness.performing.isEmpty()) {
            harness.end(SUCCESS);
            ran++;
        }
    }

    /** Near the border of a correction the two may differ by as much as lies between two times that are due. */
    private static boolean isNearTheBorder(Naive naive, Instant wall) {
        Duration back = Duration.between(wall, naive.seenUpTo);
        return back.minus(CORRECTION).abs().compareTo(Duration.ofMinutes(12)) < 0;
    }

    /** What is due before anybody notices that the clock had been wrong is not run. */
    private static boolean isNoticedInItsMinute(Instant wall) {
        return Math.floorMod(wall.getEpochSecond(), 60) < 60 - NOTICED.toSeconds();
    }

    private static Duration jump(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> Duration.ofSeconds(random.nextInt(600));
            case 1 -> Duration.ofSeconds(-random.nextInt(600));
            case 2 -> Duration.ofMinutes(random.nextInt(600));
            case 3 -> Duration.ofMinutes(-random.nextInt(150));
            default -> Duration.ofHours(-4 - random.nextInt(40_000));
        };
    }

    private void history(long seed) {
        Random random = new Random(seed);
        int everyMinutes = random.nextBoolean() ? 1 : 5;
        EngineHarness harness = EngineHarness.of(OTHER, job(everyMinutes));
        harness.start("job");
        Naive naive = new Naive(everyMinutes, harness.now.wall());
        for (int i = 0; i < 30; i++) {
            Duration jump = jump(random);
            Instant then = harness.now.wall().plus(jump);
            int step = random.nextInt(8);
            steps.add(step + " " + jump + " at " + harness.now.wall());
            if (step < 3) {
                work(harness, Duration.ofSeconds(random.nextInt(900)));
            } else if (step < 5 && !isNearTheBorder(naive, then) && isNoticedInItsMinute(then)) { // set, or asleep
                harness.jump(jump);
            } else if (step == 5 && !isNearTheBorder(naive, then)) {
                harness = harness.restart(jump, List.of(OTHER, job(everyMinutes)));
                naive.look(harness.now.wall());
            } else if (step == 6 && !isNearTheBorder(naive, then)) {
                everyMinutes = 6 - everyMinutes;
                harness = harness.restart(jump, List.of(OTHER, job(everyMinutes)));
                naive.look(harness.now.wall());
                naive.change(everyMinutes, harness.now.wall());
            } else if (step == 7) {
                harness = harness.restart(Duration.ofSeconds(random.nextInt(90)), List.of(OTHER));
                work(harness, Duration.ofSeconds(random.nextInt(600)));
                harness = harness.restart(Duration.ofSeconds(random.nextInt(90)), List.of(OTHER, job(everyMinutes)));
                naive.change(everyMinutes, harness.now.wall());
            }
            if (random.nextInt(4) > 0 || step >= 3) {
                work(harness, NOTICED);
            }
            naive.look(harness.now.wall());
            assertThat(ran).as("seed %d: %s", seed, steps).isEqualTo(naive.due);
        }
    }

    @Test
    void whatRanIsWhatWasDue() {
        String rerun = System.getProperty("seed");
        long first = rerun == null ? System.nanoTime() : Long.parseLong(rerun);
        for (long seed = first; seed < first + (rerun == null ? 100 : 1); seed++) {
            steps.clear();
            ran = 0;
            history(seed);
        }
    }
}
