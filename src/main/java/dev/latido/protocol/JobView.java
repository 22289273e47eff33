package dev.latido.protocol;

import dev.latido.job.Durability;
import dev.latido.job.Priority;
import dev.latido.policy.RateConfig;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All there is to know of a job at the moment of the answer.
 *
 * @param name its name
 * @param isRunning whether it is started
 * @param isClosed whether it takes no submissions
 * @param reason what it does or, when it does not work, why not, in a word
 * @param why the same for people
 * @param degraded what is not as it should be, for people; null when all is well
 * @param executionCount how many runs have begun
 * @param lastExecutionTime when the latest began; null before the first
 * @param schedule its timer, for people; null when it has none
 * @param nextTick when its timer is due next; null when it is not
 * @param queue its queue
 * @param inFlight how many of its executions are with workers
 * @param concurrency how many may be
 * @param worker who does the work, for people; null when the job is not defined any more
 * @param policies what holds up, repeats or redirects its work
 * @param timeoutMillis how long an attempt may take, in milliseconds
 * @param durability what becomes of its executions when the process dies
 * @param next the jobs that get its results
 * @param deadLetters how many executions that failed are kept, and can be retried
 * @param counters how often what happened, by name
 * @param refusals how many submissions were refused since the service began, by the type of the refusal
 */
public record JobView(
        String name,
        boolean isRunning,
        boolean isClosed,
        Reason reason,
        String why,
        @Nullable String degraded,
        long executionCount,
        @Nullable Instant lastExecutionTime,
        @Nullable String schedule,
        @Nullable Instant nextTick,
        Queue queue,
        int inFlight,
        int concurrency,
        @Nullable String worker,
        Policies policies,
        long timeoutMillis,
        Durability durability,
        List<String> next,
        int deadLetters,
        Map<String, Long> counters,
        Map<String, Long> refusals)
        implements Reply {

    /**
     * What holds up, repeats or redirects a job's work.
     *
     * @param attempts how often an execution is tried
     * @param rateLimit how often executions may start; null for no limit
     * @param key where the key is in a payload; null where nothing is limited by key
     * @param rateLimitByKey how often those with the same key may; null for no limit
     * @param concurrencyByKey how many with the same key at once; 0 for no limit
     * @param breaker its circuit breaker; null for none
     * @param hasFallback whether another worker takes over
     * @param expiresMillis after how many milliseconds an execution is not started any more; null for never
     */
    public record Policies(
            int attempts,
            @Nullable RateConfig rateLimit,
            @Nullable String key,
            @Nullable RateConfig rateLimitByKey,
            int concurrencyByKey,
            @Nullable Breaker breaker,
            boolean hasFallback,
            @Nullable Long expiresMillis) {

        JsonObject toJson() {
            return new JsonObject()
                    .put("attempts", attempts)
                    .put("hasFallback", hasFallback)
                    .put("expiresMillis", expiresMillis)
                    .put("rateLimit", SettingsWire.encode(rateLimit))
                    .put("key", key)
                    .put("rateLimitByKey", SettingsWire.encode(rateLimitByKey))
                    .put("concurrencyByKey", concurrencyByKey)
                    .put("breaker", breaker == null ? null : breaker.toJson());
        }

        static Policies fromJson(JsonObject json) {
            JsonObject breaker = json.getJsonObject("breaker");
            return new Policies(
                    json.getInteger("attempts"),
                    SettingsWire.decodeRate(json.getJsonObject("rateLimit")),
                    json.getString("key"),
                    SettingsWire.decodeRate(json.getJsonObject("rateLimitByKey")),
                    json.getInteger("concurrencyByKey"),
                    breaker == null ? null : Breaker.fromJson(breaker),
                    json.getBoolean("hasFallback"),
                    json.getLong("expiresMillis"));
        }
    }

    /**
     * A circuit breaker.
     *
     * @param name its name
     * @param state closed, open or half-open
     * @param openUntil until when it is open; null when it is not
     */
    public record Breaker(
            String name, String state, @Nullable Instant openUntil) {

        JsonObject toJson() {
            return new JsonObject().put("name", name).put("state", state).put("openUntil", JsonForm.text(openUntil));
        }

        static Breaker fromJson(JsonObject json) {
            return new Breaker(json.getString("name"), json.getString("state"), JsonForm.time(json, "openUntil"));
        }
    }

    /**
     * A job's queue.
     *
     * @param capacity how many executions it holds at most, queued and delayed together
     * @param whenFull what it does when it is full
     * @param queued how many are queued, by priority
     * @param delayed how many wait for their delay to be over
     * @param retrying how many of these wait for another attempt
     * @param oldestQueuedAt since when what has waited longest to be begun has done so; null when nothing that is due waits
     * @param waitingProducers how many producers wait for room
     * @param bytes how many bytes the payloads have of what is queued and delayed
     * @param maxBytes how many they may have
     */
    public record Queue(
            int capacity,
            String whenFull,
            Map<Priority, Integer> queued,
            int delayed,
            int retrying,
            @Nullable Instant oldestQueuedAt,
            int waitingProducers,
            long bytes,
            long maxBytes) {

        JsonObject toJson() {
            JsonObject byPriority = new JsonObject();
            queued.forEach((priority, count) -> byPriority.put(priority.wireName(), count));
            return new JsonObject()
                    .put("capacity", capacity)
                    .put("whenFull", whenFull)
                    .put("queued", byPriority)
                    .put("delayed", delayed)
                    .put("retrying", retrying)
                    .put("oldestQueuedAt", JsonForm.text(oldestQueuedAt))
                    .put("waitingProducers", waitingProducers)
                    .put("bytes", bytes)
                    .put("maxBytes", maxBytes);
        }

        static Queue fromJson(JsonObject json) {
            Map<Priority, Integer> queued = new EnumMap<>(Priority.class);
            for (Priority priority : Priority.values()) {
                queued.put(priority, json.getJsonObject("queued").getInteger(priority.wireName(), 0));
            }
            return new Queue(
                    json.getInteger("capacity"),
                    json.getString("whenFull"),
                    queued,
                    json.getInteger("delayed"),
                    json.getInteger("retrying", 0),
                    JsonForm.time(json, "oldestQueuedAt"),
                    json.getInteger("waitingProducers"),
                    json.getLong("bytes"),
                    json.getLong("maxBytes"));
        }
    }

    @Override
    public JsonObject toJson() {
        return new JsonObject()
                .put("name", name)
                .put("isRunning", isRunning)
                .put("isClosed", isClosed)
                .put("reason", reason.wireName())
                .put("why", why)
                .put("degraded", degraded)
                .put("executionCount", executionCount)
                .put("lastExecutionTime", JsonForm.text(lastExecutionTime))
                .put("schedule", schedule)
                .put("nextTick", JsonForm.text(nextTick))
                .put("queue", queue.toJson())
                .put("inFlight", inFlight)
                .put("concurrency", concurrency)
                .put("worker", worker)
                .put("policies", policies.toJson())
                .put("timeoutMillis", timeoutMillis)
                .put("durability", durability.wireName())
                .put("next", new JsonArray(next))
                .put("deadLetters", deadLetters)
                .put("counters", JsonForm.counters(counters))
                .put("refusals", JsonForm.counters(refusals));
    }

    static JobView fromJson(JsonObject json) {
        return new JobView(
                json.getString("name"),
                json.getBoolean("isRunning"),
                json.getBoolean("isClosed"),
                Reason.ofWireName(json.getString("reason", "")),
                json.getString("why"),
                json.getString("degraded"),
                json.getLong("executionCount"),
                JsonForm.time(json, "lastExecutionTime"),
                json.getString("schedule"),
                JsonForm.time(json, "nextTick"),
                Queue.fromJson(json.getJsonObject("queue")),
                json.getInteger("inFlight"),
                json.getInteger("concurrency"),
                json.getString("worker"),
                Policies.fromJson(json.getJsonObject("policies")),
                json.getLong("timeoutMillis"),
                Durability.ofWireName(json.getString("durability", Durability.FULL.wireName()))
                        .orElseThrow(),
                JsonForm.strings(json, "next"),
                json.getInteger("deadLetters"),
                JsonForm.counters(json),
                JsonForm.counters(json, "refusals"));
    }
}
