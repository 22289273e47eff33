package dev.latido.core;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The result of an execution, whose work is done, on its way to the next jobs, and to the queue at a broker that gets it.
 *
 * @param open what brings it to the jobs that have not taken it yet; changes
 * @param queues the names of the queues that have not taken it yet; changes
 * @param took how long the worker took; null for one that was with its worker before the process began
 */
record Handover(
        List<Arrival> open, Set<String> queues, @Nullable Duration took) {

    /** Returns the names of the jobs and queues that have not taken the result yet. A queue's has a colon, and no job's has. */
    List<String> targets() {
        return Stream.concat(open.stream().map(arrival -> arrival.job.name()), queues.stream())
                .toList();
    }

    boolean isDone() {
        return open.isEmpty() && queues.isEmpty();
    }
}
