package dev.latido.core;

import dev.latido.job.ExecutionId;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The world around a core in one random history, whose every choice comes from one seed: the core, in an
 * {@link EngineHarness}, its jobs, and a run of steps with a look at everything after each.
 */
abstract class CoreWorld {

    final Random random;
    final List<JobDefinition> jobs;
    EngineHarness harness;

    /**
     * Makes a world.
     *
     * @param definitions draws the jobs
     * @param core draws the rest of the configuration, and makes a core
     */
    CoreWorld(
            long seed,
            Function<Random, List<JobDefinition>> definitions,
            BiFunction<Random, List<JobDefinition>, EngineHarness> core) {
        random = new Random(seed);
        jobs = definitions.apply(random);
        harness = core.apply(random, jobs);
    }

    /**
     * Runs as many histories as {@code -Dhistories} says, from seeds that were never used before, or the one of {@code -Dseed}.
     *
     * @param usual how many there are if nothing is said
     * @throws AssertionError when one goes wrong, with its seed
     */
    static void runHistories(int usual, LongFunction<CoreWorld> worlds) {
        String rerun = System.getProperty("seed");
        if (rerun != null) {
            worlds.apply(Long.parseLong(rerun)).run();
            return;
        }
        long first = System.nanoTime();
        int histories = Integer.getInteger("histories", usual);
        for (long seed = first; seed != first + histories; seed++) {
            try {
                worlds.apply(seed).run();
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("failed; run it again with -Dseed=" + seed, failure);
            }
        }
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    /** Makes a payload with a key, for what is limited by that. */
    static String payload(String name, String key) {
        return "[\"" + name + "\",\"" + key + "\"]";
    }

    /** Returns the key in a payload that {@link #payload} made. */
    static String key(@Nullable String payload) {
        return payload == null ? "" : payload.substring(payload.indexOf(',') + 2, payload.length() - 2);
    }

    /** Runs the history to its end. */
    abstract void run();

    /** Does something, or has something happen. */
    abstract void step();

    /** Looks at what came of it. */
    abstract void look();

    final void steps(int count) {
        for (int i = 0; i < count; i++) {
            step();
            look();
        }
    }

    /** Returns the name of some job. */
    final String anyJob() {
        return jobs.get(random.nextInt(jobs.size())).name();
    }

    /** Returns one of these, or one that there is not. */
    final ExecutionId anyOf(List<ExecutionId> ids) {
        return ids.isEmpty() ? new ExecutionId(7) : ids.get(random.nextInt(ids.size()));
    }

    final <T> T pick(T[] values) {
        return pick(random, values);
    }

    static <T> T pick(Random random, T[] values) {
        return values[random.nextInt(values.length)];
    }
}
