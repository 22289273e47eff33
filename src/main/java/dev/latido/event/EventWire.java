package dev.latido.event;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;

/**
 * How events look on the bus and in the stream: a flat JSON object with {@code seq}, {@code type}, {@code job} (null when
 * it happened to all of them) and {@code at}.
 */
public final class EventWire {

    /** The types of all events. */
    public static final List<String> TYPES = List.of(
            "job.started",
            "job.stopped",
            "job.recovered",
            "job.closed",
            "tick.coalesced",
            "tick.missed",
            "job.dead-letters-lost",
            "execution.queued",
            "execution.waiting",
            "execution.began",
            "execution.progressed",
            "execution.succeeded",
            "execution.failed",
            "execution.cancelled",
            "execution.dropped",
            "execution.attempt-failed",
            "execution.late-outcome",
            "breaker.changed",
            "job.changed",
            "service.paused",
            "service.resumed",
            "store.lost",
            "store.back");

    private EventWire() {}

    /**
     * Returns the JSON form of {@code event}.
     *
     * @param seq its number, rising by one from event to event of one service
     */
    public static JsonObject encode(long seq, Event event) {
        JsonObject json = new JsonObject()
                .put("seq", seq)
                .put("type", event.type())
                .put("job", event.job().equals(Event.ALL_JOBS) ? null : event.job())
                .put("at", event.at().toString());
        if (event instanceof Event.JobStopped stopped) {
            json.put("inFlight", stopped.inFlight());
        } else if (event instanceof Event.JobRecovered recovered) {
            JsonObject queued = new JsonObject();
            recovered.queued().forEach((priority, count) -> queued.put(priority.wireName(), count));
            json.put("queued", queued).put("waiting", recovered.waiting()).put("inFlight", recovered.inFlight());
        } else if (event instanceof Event.TicksMissed missed) {
            json.put("count", missed.count());
        } else if (event instanceof Event.DeadLettersLost lost) {
            json.put("count", lost.count()).put("kept", lost.kept());
        } else if (event instanceof Event.ExecutionQueued queued) {
            json.put("execution", queued.execution().toString())
                    .put("priority", queued.priority().wireName())
                    .put("depth", queued.depth())
                    .put("inFlight", queued.inFlight());
        } else if (event instanceof Event.ExecutionBegan began) {
            json.put("execution", began.execution().toString())
                    .put("priority", began.priority().wireName())
                    .put("attempt", began.attempt())
                    .put("waitedMillis", began.waited().toMillis());
            if (began.tickLag() != null) {
                json.put("tickLagMillis", began.tickLag().toMillis());
            }
            if (began.held() != null) {
                json.put("heldMillis", began.held().toMillis());
            }
            json.put("depth", began.depth()).put("inFlight", began.inFlight());
        } else if (event instanceof Event.ExecutionProgressed progressed) {
            json.put("execution", progressed.execution().toString())
                    .put("progress", progressed.fraction())
                    .put("note", progressed.note());
        } else if (event instanceof Event.ExecutionEnded ended) {
            Duration took = ended.took();
            json.put("execution", ended.execution().toString())
                    .put("priority", ended.priority().wireName())
                    .put("why", ended.why())
                    .put("durationMillis", took == null ? null : (Long) took.toMillis())
                    .put("depth", ended.depth())
                    .put("inFlight", ended.inFlight());
        } else if (event instanceof Event.AttemptFailed failed) {
            json.put("execution", failed.execution().toString())
                    .put("attempt", failed.attempt())
                    .put("error", failed.error())
                    .put("next", failed.next().toString())
                    .put("durationMillis", failed.took().toMillis());
        } else if (event instanceof Event.BreakerChanged changed) {
            json.put("breaker", changed.breaker())
                    .put("state", changed.state())
                    .put("until", changed.until() == null ? null : String.valueOf(changed.until()));
        } else if (event instanceof Event.JobChanged changed) {
            json.put("concurrency", changed.concurrency()).put("rateLimit", changed.rate());
        } else if (event instanceof Event.StoreLost lost) {
            json.put("problem", lost.problem());
        } else if (event instanceof Event.LateOutcome late) {
            json.put("execution", late.execution().toString()).put("attempt", late.attempt());
        }
        return json;
    }
}
