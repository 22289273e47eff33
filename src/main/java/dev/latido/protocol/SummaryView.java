package dev.latido.protocol;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/**
 * What all jobs come to together at the moment of the answer.
 *
 * @param jobs how many there are
 * @param running how many are started
 * @param draining how many are stopped and have executions in flight still
 * @param degraded how many work, but not as they should
 * @param withFailures how many have executions that failed and can be retried
 * @param queued how many executions are queued
 * @param delayed how many wait for their delay to be over
 * @param inFlight how many are with workers
 * @param deadLetters how many executions that failed are kept, and can be retried
 * @param counters how often what happened, by name
 * @param attention why jobs are degraded, in the order of their names; at most {@link #MAX_ATTENTION}
 */
public record SummaryView(
        int jobs,
        int running,
        int draining,
        int degraded,
        int withFailures,
        long queued,
        long delayed,
        long inFlight,
        long deadLetters,
        Map<String, Long> counters,
        List<Attention> attention)
        implements Reply {

    /** How many degraded jobs are named. */
    public static final int MAX_ATTENTION = 10;

    /** A job that is degraded, and why. */
    public record Attention(String job, String why) {}

    @Override
    public JsonObject toJson() {
        return new JsonObject()
                .put("jobs", jobs)
                .put("running", running)
                .put("draining", draining)
                .put("degraded", degraded)
                .put("withFailures", withFailures)
                .put("queued", queued)
                .put("delayed", delayed)
                .put("inFlight", inFlight)
                .put("deadLetters", deadLetters)
                .put("counters", JsonForm.counters(counters))
                .put(
                        "attention",
                        JsonForm.array(
                                attention,
                                each -> new JsonObject().put("job", each.job()).put("why", each.why())));
    }

    static SummaryView fromJson(JsonObject json) {
        return new SummaryView(
                json.getInteger("jobs"),
                json.getInteger("running"),
                json.getInteger("draining"),
                json.getInteger("degraded"),
                json.getInteger("withFailures"),
                json.getLong("queued"),
                json.getLong("delayed"),
                json.getLong("inFlight"),
                json.getLong("deadLetters"),
                JsonForm.counters(json),
                JsonForm.list(json, "attention", each -> new Attention(each.getString("job"), each.getString("why"))));
    }
}
