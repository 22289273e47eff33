package dev.latido.simulation;

import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs histories, and makes one that goes wrong shorter: steps are left out as long as it goes wrong in the same way. */
final class Histories {

    private static final int MOST_TRIES = 400;

    private Histories() {}

    /**
     * Runs the history of {@code seed}.
     *
     * @throws AssertionError when a rule does not hold, with the seed and a short history
     */
    static void run(long seed) {
        try {
            new World(seed, new BitSet()).run();
        } catch (RuntimeException | AssertionError failure) {
            BitSet left = shorten(seed, rule(failure));
            World world = new World(seed, left);
            try {
                world.run();
            } catch (RuntimeException | AssertionError again) {
                throw new AssertionError(
                        "seed " + seed + " fails; run it again with -Dseed=" + seed + ". With "
                                + (World.STEPS - left.cardinality()) + " of " + World.STEPS + " steps:\n"
                                + String.join("\n", last(world.trace)),
                        again);
            }
            throw new AssertionError("seed " + seed + " fails; run it again with -Dseed=" + seed, failure);
        }
    }

    /** Runs the history of {@code seed}; returns the rule that it broke, or what was thrown. Null when all held. */
    static @Nullable String brokenBy(long seed) {
        try {
            new World(seed, new BitSet()).run();
            return null;
        } catch (RuntimeException | AssertionError failure) {
            return rule(failure);
        }
    }

    private static List<String> last(List<String> trace) {
        return trace.subList(Math.max(0, trace.size() - 200), trace.size());
    }

    private static String rule(Throwable failure) {
        return failure instanceof Broken broken ? broken.rule() : failure.toString();
    }

    /** Leaves out as many steps as it finds it can, in halves, quarters and so on. */
    private static BitSet shorten(long seed, String rule) {
        BitSet left = new BitSet();
        int tries = 0;
        for (int size = World.STEPS / 2; size > 0; size /= 2) {
            for (int from = 0; from < World.STEPS && tries < MOST_TRIES; from += size) {
                BitSet more = (BitSet) left.clone();
                more.set(from, Math.min(World.STEPS, from + size));
                if (more.cardinality() > left.cardinality()) {
                    tries++;
                    if (fails(seed, more, rule)) {
                        left = more;
                    }
                }
            }
        }
        return left;
    }

    private static boolean fails(long seed, BitSet left, String rule) {
        try {
            new World(seed, left).run();
            return false;
        } catch (RuntimeException | AssertionError failure) {
            return rule(failure).equals(rule);
        }
    }
}
