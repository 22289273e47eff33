package dev.latido.event;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One event of every type, with everything in it that can be. */
public final class EventSamples {

    /** The circuit breaker that changes. */
    public static final String BREAKER = "b";

    private static final Instant AT = Instant.parse("2026-01-01T00:00:00.123Z");
    private static final Duration TOOK = Duration.ofMillis(9);
    private static final ExecutionId ID = new ExecutionId(42);

    private static final Map<Priority, Integer> QUEUED =
            Map.of(Priority.LOW, 3, Priority.NORMAL, 0, Priority.HIGH, 0, Priority.CRITICAL, 0);

    private EventSamples() {}

    /** Returns them, all of the job {@code job} that are of one. */
    public static List<Event> of(String job) {
        List<Event> events = new ArrayList<>(List.of(
                new Event.JobStarted(job, AT),
                new Event.JobStopped(job, AT, 1),
                new Event.JobRecovered(job, AT, QUEUED, 1, 2),
                new Event.JobClosed(job, AT),
                new Event.TickCoalesced(job, AT),
                new Event.TicksMissed(job, AT, 12),
                new Event.DeadLettersLost(job, AT, 2, 3),
                new Event.ExecutionBegan(job, AT, ID, Priority.LOW, 4, TOOK, TOOK, TOOK, 3, 2),
                new Event.ExecutionProgressed(job, AT, ID, 0.5, "half"),
                new Event.AttemptFailed(job, AT, ID, 1, 3, "boom", AT, false, TOOK),
                new Event.BreakerChanged(job, AT, BREAKER, "open", AT),
                new Event.JobChanged(job, AT, 7, "5 a second"),
                new Event.ServicePaused(AT),
                new Event.ServiceResumed(AT),
                new Event.LateOutcome(job, AT, ID, 2),
                new Event.WorkerChanged(job, AT, "no consumer"),
                new Event.WorkerChanged(job, AT, null),
                new Event.QueueLost(job, AT, "shop:orders", "connection refused"),
                new Event.QueueBack(job, AT, "shop:orders"),
                new Event.QueueNoticed(job, AT, "shop:orders", "messages left in the lane low", 3),
                new Event.MessageRefused(job, AT, "1-0", "malformed"),
                new Event.StoreLost(AT, "no space"),
                new Event.StoreBack(AT)));
        for (ExecutionState state : ExecutionState.values()) {
            if (state.isTerminal()) {
                events.add(new Event.ExecutionEnded(job, AT, ID, state, Priority.LOW, "why", 1, 3, TOOK, 3, 2));
            } else if (state != ExecutionState.RUNNING) {
                events.add(new Event.ExecutionQueued(job, AT, ID, Priority.LOW, state, 3, 2));
            }
        }
        return events;
    }
}
