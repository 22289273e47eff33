package dev.latido.policy;

import dev.latido.setting.Section;

/**
 * From which failures on a job counts as failing, which an operator is told of. It changes nothing of what is run.
 *
 * @param inARow how many runs, one after the other, from 1 to 10,000; 0 for no such bound
 * @param window of how many of the latest runs the share is taken, once there were so many, from 1 to 64
 * @param failureRate the share of them that failed, in percent, from 1 to 100
 */
public record FailingConfig(int inARow, int window, int failureRate) {

    /** What holds when nothing else is said. */
    public static final FailingConfig DEFAULT = new FailingConfig(3, 20, 50);

    /** The longest window: a bit for each run. */
    public static final int MAX_WINDOW = Long.SIZE;

    public FailingConfig {
        if (inARow < 0 || window < 1 || window > MAX_WINDOW || failureRate < 1 || failureRate > 100) {
            throw new IllegalArgumentException("out of bounds: " + inARow + ", " + window + ", " + failureRate);
        }
    }

    /** Reads all of them, and ends the section. */
    public static FailingConfig read(Section section) {
        FailingConfig config = new FailingConfig(
                section.integer("inARow", DEFAULT.inARow, 0, 10_000),
                section.integer("window", DEFAULT.window, 1, MAX_WINDOW),
                section.integer("failureRate", DEFAULT.failureRate, 1, 100));
        section.end();
        return config;
    }
}
