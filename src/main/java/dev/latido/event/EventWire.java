package dev.latido.event;

import dev.latido.outcome.Outcome;
import io.vertx.core.json.JsonObject;

/** How events look on the bus: a flat JSON object with {@code seq}, {@code type}, {@code job} and {@code at}. */
public final class EventWire {

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
                .put("job", event.job())
                .put("at", event.at().toString());
        if (event instanceof Event.JobStopped stopped) {
            json.put("inFlight", stopped.inFlight());
        } else if (event instanceof Event.RunBegan began) {
            json.put("execution", began.execution().toString())
                    .put("lagMillis", began.lag().toMillis());
        } else if (event instanceof Event.RunEnded ended) {
            json.put("execution", ended.execution().toString())
                    .put("outcome", ended.outcome().label())
                    .put("durationMillis", ended.took().toMillis());
            if (ended.outcome() instanceof Outcome.Failure failure) {
                json.put("error", failure.error());
            }
        } else if (event instanceof Event.TicksMissed missed) {
            json.put("count", missed.count());
        }
        return json;
    }
}
