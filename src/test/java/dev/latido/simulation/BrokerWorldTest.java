package dev.latido.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Histories of processes that share queues at a broker. {@code -Dseed=n} runs one again, {@code -Dhistories=n} runs more. */
@Timeout(value = 20, unit = TimeUnit.MINUTES) // it only computes, on a machine that may be slow or busy
@ExtendWith(Quiet.class)
class BrokerWorldTest {

    @Test
    void holdsItsRulesInRandomHistories() {
        String rerun = System.getProperty("seed");
        if (rerun != null) {
            run(Long.parseLong(rerun));
            return;
        }
        long first = System.nanoTime();
        for (long seed = first; seed != first + Integer.getInteger("histories", 300); seed++) {
            run(seed);
        }
    }

    private static Map<String, Integer> run(long seed) {
        try {
            BrokerWorld world = new BrokerWorld(seed);
            world.run();
            return world.counts;
        } catch (RuntimeException | AssertionError failure) {
            throw new AssertionError("seed " + seed + " fails; run it again with -Dseed=" + seed, failure);
        }
    }

    @Test
    void makesEverythingHappen() {
        Map<String, Integer> counts = new TreeMap<>();
        for (int seed = 0; seed < 30; seed++) {
            run(seed).forEach((what, count) -> counts.merge(what, count, Integer::sum));
        }
        System.out.println("BrokerWorldTest: in 30 histories: " + counts);
        assertThat(counts)
                .containsKeys(
                        "kill",
                        "stood still",
                        "ended in order",
                        "outage",
                        "done",
                        "done again",
                        "returned",
                        "malformed",
                        "dead",
                        "ticks")
                .allSatisfy((what, count) -> assertThat(count).as(what).isPositive());
    }

    static List<Guard> guards() {
        return List.of(
                new Guard(
                        "the end is stored before the broker is told",
                        "core/Leases",
                        "unit.addOnceStored(settle);",
                        "unit.add(settle);"),
                new Guard(
                        "what is delivered again is found in the inbox",
                        "core/Leases",
                        "Execution known = job.leases.inbox.find(key, payloadHash);",
                        "Execution known = null;"),
                new Guard(
                        "what the broker did not confirm is told again",
                        "core/Leases",
                        "if (state.isUp && state.again == null) {",
                        "if (false) {"),
                new Guard(
                        "what failed goes back with its attempts",
                        "core/Deliveries",
                        "if (origin != null && execution.attempt > origin.attemptsBefore) {",
                        "if (false) {"));
    }

    @ParameterizedTest
    @MethodSource("guards")
    void findsEachGuardThatIsSwitchedOff(Guard guard, @TempDir Path directory) throws Exception {
        Guard.Found found = guard.find(directory, BrokerWorld.class, 500);
        System.out.println("BrokerWorldTest: | " + guard.name() + " | `" + guard.type() + "` | "
                + (found == null ? "not found" : found.seeds() + " | " + found.what()) + " |");
        assertThat(found).as(guard.name()).isNotNull();
    }
}
