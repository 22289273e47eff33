package dev.latido.stream;

import dev.latido.event.Event;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a reader wants.
 *
 * @param jobs only of these; empty for all. What happens to all jobs is told in any case
 * @param types only events of these types; empty for all
 * @param interval how often it is told, at most, how the jobs stand that changed; null for every single event
 * @param last how far it got before; null when it begins anew
 */
public record Subscription(
        Set<String> jobs,
        Set<String> types,
        @Nullable Duration interval,
        @Nullable EventCursor last) {

    static boolean concerns(Set<String> jobs, Event event) {
        return jobs.isEmpty() || jobs.contains(event.job()) || event.job().equals(Event.ALL_JOBS);
    }

    boolean wants(Event event) {
        return concerns(jobs, event) && (types.isEmpty() || types.contains(event.type()));
    }
}
