package dev.latido.core;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of an execution, whose work is done, on its way to the next jobs.
 *
 * @param open what brings it to the jobs that have not taken it yet; changes
 * @param took how long the worker took; null for one that was with its worker before the process began
 */
record Handover(List<Arrival> open, @Nullable Duration took) {

    /** Returns the names of the jobs that have not taken the result yet. */
    List<String> jobs() {
        return open.stream().map(arrival -> arrival.job.name()).toList();
    }
}
