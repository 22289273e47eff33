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
 * @param isClosed whether it accepts no submissions
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
 * @param results the queue at a broker that gets its results; null for none
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
        @Nullable Results results,
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
     * @param broker the broker that has the queue; null for none: the rest is what this process has then
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
            long maxBytes,
            @Nullable Broker broker) {

        JsonObject toJson() {
            JsonObject byPriority = new JsonObject();
            queued.forEach((priority, count) -> byPriority.put(priority.wireName(), count));
            JsonObject json = new JsonObject()
                    .put("capacity", capacity)
                    .put("whenFull", whenFull)
                    .put("queued", byPriority)
                    .put("delayed", delayed)
                    .put("retrying", retrying)
                    .put("oldestQueuedAt", JsonForm.text(oldestQueuedAt))
                    .put("waitingProducers", waitingProducers)
                    .put("bytes", bytes)
                    .put("maxBytes", maxBytes);
            JsonForm.put(json, "broker", broker == null ? null : broker.toJson());
            return json;
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
                    json.getLong("maxBytes"),
                    json.getJsonObject("broker") == null ? null : Broker.fromJson(json.getJsonObject("broker")));
        }
    }

    /**
     * The broker that has a job's queue.
     *
     * @param queue where the queue is: the name of the broker and of the queue there
     * @param type the kind of broker
     * @param group what all processes share who divide the work
     * @param lanes the priorities that it has, the most urgent first
     * @param problem why it cannot be used; null when it can
     * @param capacity how many messages it holds at most, over all processes
     * @param prefetch how many this process has at most
     * @param leaseMillis how long one stays with a process that does not renew that
     * @param here how many this process has that are not done
     * @param owed of how many that are done the broker has not confirmed that yet
     * @param process by which name the broker knows this process; empty while it does not
     * @param depth how much there is over all processes, as the broker told last; null when it did not
     * @param counts how often what happened since the process began
     */
    public record Broker(
            String queue,
            String type,
            String group,
            List<Priority> lanes,
            @Nullable String problem,
            long capacity,
            int prefetch,
            long leaseMillis,
            int here,
            int owed,
            String process,
            @Nullable SharedDepth depth,
            BrokerCounts counts) {

        JsonObject toJson() {
            JsonObject json = new JsonObject()
                    .put("queue", queue)
                    .put("type", type)
                    .put("group", group)
                    .put(
                            "lanes",
                            new JsonArray(lanes.stream().map(Priority::wireName).toList()))
                    .put("isConnected", problem == null)
                    .put("problem", problem)
                    .put("capacity", capacity)
                    .put("prefetch", prefetch)
                    .put("leaseMillis", leaseMillis)
                    .put("here", here)
                    .put("owed", owed)
                    .put("process", process)
                    .put("depth", depth == null ? null : depth.toJson());
            return counts.write(json);
        }

        static Broker fromJson(JsonObject json) {
            return new Broker(
                    json.getString("queue"),
                    json.getString("type"),
                    json.getString("group"),
                    JsonForm.strings(json, "lanes").stream()
                            .map(lane -> Priority.ofWireName(lane).orElseThrow())
                            .toList(),
                    json.getString("problem"),
                    json.getLong("capacity"),
                    json.getInteger("prefetch"),
                    json.getLong("leaseMillis"),
                    json.getInteger("here"),
                    json.getInteger("owed"),
                    json.getString("process"),
                    json.getJsonObject("depth") == null ? null : SharedDepth.fromJson(json.getJsonObject("depth")),
                    BrokerCounts.read(json));
        }
    }

    /**
     * How much there is in a queue at a broker, over all processes.
     *
     * @param lanes by lane, the most urgent first
     * @param delayed how many messages are not due yet
     * @param deadLetters how many dead letters there are
     * @param newer how many messages are of a newer version than those know who met them
     * @param leftovers what is in lanes that the job does not have, the most urgent first
     * @param holders who has how much; not all of them when there are very many
     * @param isExact whether that is exact, as far as it can be of what others change
     */
    public record SharedDepth(
            List<Lane> lanes,
            long delayed,
            long deadLetters,
            long newer,
            List<Leftover> leftovers,
            List<Holder> holders,
            boolean isExact) {

        /**
         * A lane.
         *
         * @param priority which one
         * @param ready how many messages wait to be taken
         * @param held how many some process has
         */
        public record Lane(Priority priority, long ready, long held) {}

        /**
         * A lane that the job does not have, and that has something.
         *
         * @param priority which one
         * @param messages how many
         */
        public record Leftover(Priority priority, long messages) {}

        /**
         * A process that has something.
         *
         * @param process by which name the broker knows it
         * @param messages how many
         */
        public record Holder(String process, long messages) {}

        JsonObject toJson() {
            return new JsonObject()
                    .put(
                            "lanes",
                            JsonForm.array(
                                    lanes,
                                    lane -> new JsonObject()
                                            .put("priority", lane.priority.wireName())
                                            .put("ready", lane.ready)
                                            .put("held", lane.held)))
                    .put("delayed", delayed)
                    .put("deadLetters", deadLetters)
                    .put("newer", newer)
                    .put(
                            "leftovers",
                            JsonForm.array(
                                    leftovers,
                                    leftover -> new JsonObject()
                                            .put("priority", leftover.priority.wireName())
                                            .put("messages", leftover.messages)))
                    .put(
                            "holders",
                            JsonForm.array(
                                    holders,
                                    holder -> new JsonObject()
                                            .put("process", holder.process)
                                            .put("messages", holder.messages)))
                    .put("isExact", isExact);
        }

        static SharedDepth fromJson(JsonObject json) {
            return new SharedDepth(
                    JsonForm.list(
                            json,
                            "lanes",
                            lane -> new Lane(
                                    Priority.ofWireName(lane.getString("priority"))
                                            .orElseThrow(),
                                    lane.getLong("ready"),
                                    lane.getLong("held"))),
                    json.getLong("delayed"),
                    json.getLong("deadLetters"),
                    json.getLong("newer"),
                    JsonForm.list(
                            json,
                            "leftovers",
                            leftover -> new Leftover(
                                    Priority.ofWireName(leftover.getString("priority"))
                                            .orElseThrow(),
                                    leftover.getLong("messages"))),
                    JsonForm.list(
                            json,
                            "holders",
                            holder -> new Holder(holder.getString("process"), holder.getLong("messages"))),
                    json.getBoolean("isExact"));
        }
    }

    /**
     * How often what happened at a broker since the process began.
     *
     * @param published messages that this process submitted
     * @param delivered messages that were delivered to it
     * @param redelivered those of them that had been delivered before, to whomever
     * @param alreadyDone those of them that were done here before, and only settled
     * @param leasesLost leases that it lost
     * @param refused messages that became dead letters because they cannot be work
     * @param settled settlements that the broker confirmed
     * @param settleMillis how long these took, from the ends of the executions, together
     */
    public record BrokerCounts(
            long published,
            long delivered,
            long redelivered,
            long alreadyDone,
            long leasesLost,
            long refused,
            long settled,
            long settleMillis) {

        JsonObject write(JsonObject json) {
            return json.put("published", published)
                    .put("delivered", delivered)
                    .put("redelivered", redelivered)
                    .put("alreadyDone", alreadyDone)
                    .put("leasesLost", leasesLost)
                    .put("refused", refused)
                    .put("settled", settled)
                    .put("settleMillis", settleMillis);
        }

        static BrokerCounts read(JsonObject json) {
            return new BrokerCounts(
                    json.getLong("published"),
                    json.getLong("delivered"),
                    json.getLong("redelivered"),
                    json.getLong("alreadyDone"),
                    json.getLong("leasesLost"),
                    json.getLong("refused"),
                    json.getLong("settled"),
                    json.getLong("settleMillis"));
        }
    }

    /**
     * The queue at a broker that gets a job's results.
     *
     * @param queue its place and name
     * @param published how many results this process submitted there since it began
     * @param waiting how many are still to be taken, each of which keeps its slot
     * @param problem why the latest was not taken, for people; null when it was
     */
    public record Results(
            String queue,
            long published,
            int waiting,
            @Nullable String problem) {

        JsonObject toJson() {
            return new JsonObject()
                    .put("queue", queue)
                    .put("published", published)
                    .put("waiting", waiting)
                    .put("problem", problem);
        }

        static Results fromJson(JsonObject json) {
            return new Results(
                    json.getString("queue"),
                    json.getLong("published"),
                    json.getInteger("waiting"),
                    json.getString("problem"));
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
                .put("results", results == null ? null : results.toJson())
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
                json.getJsonObject("results") == null ? null : Results.fromJson(json.getJsonObject("results")),
                json.getInteger("deadLetters"),
                JsonForm.counters(json),
                JsonForm.counters(json, "refusals"));
    }
}
