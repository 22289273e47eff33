package dev.latido.event;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.LongConsumer;

/**
 * Has the same told once a while and not each time: the first of a kind at once, and then, as long as there are more, how many
 * there were each time. Of too many kinds only how many there were. For one thread.
 */
public final class Repeats {

    /** How long the same is not told again. */
    public static final Duration QUIET = Duration.ofMinutes(1);

    /** How many kinds are told of on their own at the same time. */
    public static final int MAX_KINDS = 100;

    /** Stands for all that there was no place for. */
    private static final String OTHERS = "";

    private final BiConsumer<Duration, Runnable> later;
    private final LongConsumer others;

    /** How many of each kind there were that are not told of. */
    private final Map<String, Long> untold = new HashMap<>();

    /**
     * Makes one that has told nothing.
     *
     * @param later runs something once, after a time, on the same thread
     * @param others tells how many there were within {@link #QUIET} of kinds that were too many
     */
    public Repeats(BiConsumer<Duration, Runnable> later, LongConsumer others) {
        this.later = later;
        this.others = others;
    }

    /**
     * Something happened.
     *
     * @param kind what counts as the same; not empty
     * @param first tells of it
     * @param more tells how many more of this kind there were within {@link #QUIET}
     */
    public void happened(String kind, Runnable first, LongConsumer more) {
        if (untold.computeIfPresent(kind, (same, count) -> count + 1) != null) {
            return;
        }
        if (untold.size() < MAX_KINDS) {
            untold.put(kind, 0L);
            wait(kind, more);
            first.run();
        } else if (untold.merge(OTHERS, 1L, Long::sum) == 1) {
            wait(OTHERS, others);
        }
    }

    private void wait(String kind, LongConsumer more) {
        later.accept(QUIET, () -> {
            long count = untold.getOrDefault(kind, 0L);
            if (count == 0) {
                untold.remove(kind);
            } else {
                untold.put(kind, 0L);
                wait(kind, more);
                more.accept(count);
            }
        });
    }
}
