package dev.latido.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Histories of the whole service, each from a seed. {@code -Dseed=n} runs one again, {@code -Dhistories=n} runs more. One that
 * goes wrong is made shorter and printed.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES) // it only computes, on a machine that may be slow or busy
@ExtendWith(Quiet.class)
class WorldTest {

    /** Seeds that once found something; they are run first. */
    private static final long[] KEPT = {
        6, // a drain was answered before its stop was stored
        53413538209071L, // and so was a batch that repeated a key and waited for room
        57009589614160L, // who waited for an end was told late how things stood, as the store hung
        57769191548684L, // the wait of what was parked grew by as much as the wall clock was set back
        20877149725476L, // a tick of an earlier life was taken for a new one, by the rule alone, when it was tried
        // again
        40322844751116L, // so were two ticks of one millisecond for one that made up for another
        44401071065159L, // a timer that was started before the service began was started again, and went twice
        41909410096235L, // that a run waits for the one before it was told before what had made it
        41318039154354L, // the simulated clock, set back, was a millisecond short where it passed the moment that it
        // began at
        48987883865477L, // a command that waited while all was taken up overtook a job that was defined before it
        49622557267708L // memory was compared while work was under way that nobody had been told of
    };

    @Test
    void holdsItsRulesInRandomHistories() {
        String rerun = System.getProperty("seed");
        if (rerun != null) {
            Histories.run(Long.parseLong(rerun));
            return;
        }
        for (long seed : KEPT) {
            Histories.run(seed);
        }
        long first = System.nanoTime();
        for (long seed = first; seed != first + Integer.getInteger("histories", 1_500); seed++) {
            Histories.run(seed);
        }
    }

    @Test
    void isTheSameWithTheSameSeed() {
        World one = new World(42, new BitSet());
        World two = new World(42, new BitSet());
        one.run();
        two.run();

        assertThat(one.trace).isEqualTo(two.trace).hasSizeGreaterThan(100);
    }

    @Test
    void makesEverythingHappen() {
        Map<String, Integer> counts = new TreeMap<>();
        for (int seed = 0; seed < 30; seed++) {
            World world = new World(seed, new BitSet());
            world.run();
            world.rules.counts.forEach((what, count) -> counts.merge(what, count, Integer::sum));
            counts.merge("lost", world.bus.lost, Integer::sum);
            counts.merge("doubled", world.bus.doubled, Integer::sum);
            counts.merge("late", world.bus.late, Integer::sum);
        }
        System.out.println("WorldTest: in 30 histories: " + counts);
        assertThat(counts)
                .containsKeys(
                        "rate reached",
                        "limit of a key reached",
                        "event breaker.changed",
                        "downtime missed ticks",
                        "misfire SKIP",
                        "misfire ONCE",
                        "misfire ALL",
                        "job defined late",
                        "takeover",
                        "ended fenced",
                        "commit of a term that is over",
                        "call by a former owner")
                .allSatisfy((what, count) -> assertThat(count).as(what).isPositive());
    }
}
