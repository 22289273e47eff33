package dev.latido.core;

import dev.latido.policy.FailingConfig;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How the latest runs of a job ended, so that somebody is told when it fails again and again. A run is an attempt that its
 * worker, or the fallback, got and was not told to end.
 */
final class RecentRuns {

    private final FailingConfig config;

    /** The latest runs, the latest in the lowest bit; set for those that failed. */
    private long failed;

    /** How many runs there were, up to the window. */
    private int seen;

    private int inARow;

    /** When the first of those in a row ended. */
    private long inARowSince;

    /** Since when the share is too large; 0 while it is not. */
    private long shareSince;

    private @Nullable String latestError;

    RecentRuns(FailingConfig config) {
        this.config = config;
    }

    void succeeded(long endedMillis) {
        inARow = 0;
        add(false, endedMillis);
    }

    void failed(String error, long endedMillis) {
        latestError = error;
        if (inARow++ == 0) {
            inARowSince = endedMillis;
        }
        add(true, endedMillis);
    }

    private void add(boolean hasFailed, long endedMillis) {
        failed = failed << 1 | (hasFailed ? 1 : 0);
        seen = Math.min(seen + 1, config.window());
        boolean isTooMany = seen == config.window() && failures() * 100 >= config.failureRate() * seen;
        if (!isTooMany) {
            shareSince = 0;
        } else if (shareSince == 0) {
            shareSince = Math.max(1, endedMillis);
        }
    }

    private int failures() {
        return Long.bitCount(failed & (-1L >>> (Long.SIZE - seen)));
    }

    /** Tells whether it counts as failing. */
    boolean isFailing() {
        return isFailingInARow() || shareSince != 0;
    }

    private boolean isFailingInARow() {
        return config.inARow() > 0 && inARow >= config.inARow();
    }

    /** Says what failed, since when, and with which error last; null where it does not count as failing. */
    @Nullable String describe() {
        if (isFailingInARow()) {
            String runs = inARow == 1 ? "the latest run" : "the latest " + inARow + " runs";
            return runs + " failed, since " + Instant.ofEpochMilli(inARowSince) + "; the last one: " + latestError;
        }
        return shareSince == 0
                ? null
                : failures() + " of the latest " + seen + " runs failed, since " + Instant.ofEpochMilli(shareSince)
                        + "; the last one: " + latestError;
    }
}
