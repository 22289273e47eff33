package dev.latido.event;

import io.vertx.core.json.JsonObject;
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
            "execution.returned",
            "execution.attempt-failed",
            "execution.late-outcome",
            "job.worker-missing",
            "job.worker-back",
            "job.queue-lost",
            "job.queue-back",
            "job.queue-noticed",
            "message.refused",
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
        event.write(json);
        return json;
    }
}
