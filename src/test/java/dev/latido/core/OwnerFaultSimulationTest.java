package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.fault.Sabotage;
import dev.latido.fault.SabotagedClasses;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every method of the core, and of what it calls, throws in turn: the first time that it is called in a history, and some other
 * time. Whatever it is, the other jobs go on, nothing that was acknowledged is lost, and nobody is suspected of it.
 */
class OwnerFaultSimulationTest {

    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int TIMES = Integer.getInteger("times", 1);

    @SuppressWarnings("unchecked")
    private static BiFunction<String, Integer, String> scenario(ClassLoader classes)
            throws ReflectiveOperationException {
        return (BiFunction<String, Integer, String>) classes.loadClass(FaultScenario.class.getName())
                .getDeclaredConstructor()
                .newInstance();
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES) // for a machine that has other things to do
    void whateverThrowsHarmsNothingElse() throws Exception {
        System.out.println("-Dseed=" + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        SabotagedClasses classes = new SabotagedClasses();
        assertThat(scenario(classes).apply("none", 1)).isEqualTo("nothing was thrown");
        Map<String, Integer> calls = Sabotage.counted();
        assertThat(calls).as("methods of the core").hasSizeGreaterThan(300);

        Map<String, String> failures = new TreeMap<>();
        Map<String, Integer> outcomes = new TreeMap<>();
        calls.forEach((method, count) -> {
            for (int i = 0; i <= TIMES; i++) {
                int number = i == 0 ? 1 : 1 + random.nextInt(count);
                try {
                    outcomes.merge(scenario(classes).apply(method, number), 1, Integer::sum);
                } catch (AssertionError | RuntimeException | ReflectiveOperationException failure) {
                    Sabotage.disarm();
                    failures.put(method + " call " + number, String.valueOf(failure));
                }
            }
        });
        System.out.println(calls.size() + " methods: " + outcomes);
        assertThat(failures).isEmpty();
        assertThat(outcomes.keySet())
                .contains(
                        "it was dealt with in place",
                        "a read was not answered",
                        "the process ended for rated, and what is stored is as before");
    }
}
