package dev.latido.core;

import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;

/** How many executions may be with workers at once, over all jobs. Jobs that found no place get the next ones in turn. */
final class GlobalLimit {

    private final int limit;
    private final LinkedHashSet<JobState> line = new LinkedHashSet<>();
    private int taken;

    /**
     * Makes a limit.
     *
     * @param limit how many; 0 for no limit
     */
    GlobalLimit(int limit) {
        this.limit = limit;
    }

    /** Tells whether there is a place for {@code job}; when not, it stands in line. */
    boolean hasPlaceFor(JobState job) {
        if (limit == 0 || (taken < limit && (line.isEmpty() || line.iterator().next() == job))) {
            return true;
        }
        line.add(job);
        return false;
    }

    /** An execution of {@code job} takes a place, which was its turn. */
    void take(JobState job) {
        taken++;
        leave(job);
    }

    void giveBack() {
        taken--;
    }

    /** Returns the job whose turn it is, if there is a place; null when nobody waits for one. */
    @Nullable JobState next() {
        return limit == 0 || taken >= limit || line.isEmpty()
                ? null
                : line.iterator().next();
    }

    /** Takes {@code job} out of the line: it has nothing to begin. */
    void leave(JobState job) {
        if (!line.isEmpty()) {
            line.remove(job);
        }
    }

    boolean isFull() {
        return limit > 0 && taken >= limit;
    }

    int limit() {
        return limit;
    }
}
