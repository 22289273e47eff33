package dev.latido.protocol;

import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.json.JsonValue;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The JSON form of replies, over HTTP and the bus alike. Times are UTC by RFC 3339. */
final class ReplyWire {

    private ReplyWire() {}

    static JsonObject encode(Reply reply) {
        if (reply instanceof JobStatus status) {
            return new JsonObject()
                    .put("isRunning", status.isRunning())
                    .put("executionCount", status.executionCount())
                    .put("lastExecutionTime", text(status.lastExecutionTime()))
                    .put("message", status.message());
        } else if (reply instanceof JobView job) {
            return encode(job);
        } else if (reply instanceof JobPage page) {
            return new JsonObject()
                    .put("jobs", array(page.jobs(), ReplyWire::encode))
                    .put("cursor", page.cursor());
        } else if (reply instanceof ExecutionView execution) {
            return encode(execution);
        } else if (reply instanceof ExecutionPage page) {
            return new JsonObject()
                    .put("executions", array(page.executions(), ReplyWire::encode))
                    .put("cursor", page.cursor());
        } else if (reply instanceof Inspection inspection) {
            return new JsonObject()
                    .put(
                            "service",
                            new JsonObject()
                                    .put("isStopping", inspection.service().isStopping())
                                    .put("pausedAt", text(inspection.service().pausedAt()))
                                    .put("storeProblem", inspection.service().storeProblem()))
                    .put("jobs", array(inspection.jobs(), ReplyWire::encode))
                    .put("executions", array(inspection.executions(), ReplyWire::encode));
        } else if (reply instanceof Submitted submitted) {
            return new JsonObject().put("answers", array(submitted.answers(), ReplyWire::encode));
        } else if (reply instanceof Counted counted) {
            return new JsonObject().put("matched", counted.matched()).put("changed", counted.changed());
        } else if (reply instanceof Health health) {
            JsonObject json = new JsonObject()
                    .put("degraded", new JsonArray(health.degraded()))
                    .put("overdueMillis", health.overdue().toMillis());
            put(json, "down", health.down());
            return json;
        } else if (reply instanceof SummaryView summary) {
            return encode(summary);
        } else if (reply instanceof StoreView store) {
            JsonObject json = new JsonObject()
                    .put("type", store.type())
                    .put("place", store.place())
                    .put("sequence", store.sequence())
                    .put("bytes", store.bytes())
                    .put("pendingRows", store.pendingRows());
            put(json, "problem", store.problem());
            return json;
        } else if (reply instanceof BackupView backup) {
            return new JsonObject()
                    .put("place", backup.place())
                    .put("bytes", backup.bytes())
                    .put("sequence", backup.sequence());
        } else if (reply instanceof PauseView pause) {
            return new JsonObject().put("isPaused", pause.pausedAt() != null).put("pausedAt", text(pause.pausedAt()));
        }
        Refusal refusal = (Refusal) reply;
        JsonObject json = new JsonObject()
                .put("status", refusal.code())
                .put("type", refusal.type())
                .put("detail", refusal.detail());
        Duration retryAfter = refusal.retryAfter();
        put(json, "retryAfterSeconds", retryAfter == null ? null : (Long) retryAfter.toSeconds());
        return json;
    }

    private static <T> JsonArray array(List<T> items, Function<T, JsonObject> encode) {
        JsonArray array = new JsonArray();
        items.forEach(item -> array.add(encode.apply(item)));
        return array;
    }

    private static JsonObject encode(JobView job) {
        JsonObject queued = new JsonObject();
        job.queue().queued().forEach((priority, count) -> queued.put(priority.wireName(), count));
        JsonObject counters = new JsonObject();
        job.counters().forEach(counters::put);
        return new JsonObject()
                .put("name", job.name())
                .put("isRunning", job.isRunning())
                .put("isClosed", job.isClosed())
                .put("why", job.why())
                .put("executionCount", job.executionCount())
                .put("lastExecutionTime", text(job.lastExecutionTime()))
                .put("schedule", job.schedule())
                .put("nextTick", text(job.nextTick()))
                .put(
                        "queue",
                        new JsonObject()
                                .put("capacity", job.queue().capacity())
                                .put("whenFull", job.queue().whenFull())
                                .put("queued", queued)
                                .put("delayed", job.queue().delayed())
                                .put("waitingProducers", job.queue().waitingProducers())
                                .put("bytes", job.queue().bytes())
                                .put("maxBytes", job.queue().maxBytes()))
                .put("inFlight", job.inFlight())
                .put("concurrency", job.concurrency())
                .put("policies", encode(job.policies()))
                .put("timeoutMillis", job.timeoutMillis())
                .put("durability", job.durability().wireName())
                .put("next", new JsonArray(job.next()))
                .put("deadLetters", job.deadLetters())
                .put("counters", counters);
    }

    private static JsonObject encode(JobView.Policies policies) {
        JobView.Breaker breaker = policies.breaker();
        return new JsonObject()
                .put("attempts", policies.attempts())
                .put("hasFallback", policies.hasFallback())
                .put("expiresMillis", policies.expiresMillis())
                .put("rateLimit", SettingsWire.encode(policies.rateLimit()))
                .put("key", policies.key())
                .put("rateLimitByKey", SettingsWire.encode(policies.rateLimitByKey()))
                .put("concurrencyByKey", policies.concurrencyByKey())
                .put(
                        "breaker",
                        breaker == null
                                ? null
                                : new JsonObject()
                                        .put("name", breaker.name())
                                        .put("state", breaker.state())
                                        .put("openUntil", text(breaker.openUntil())));
    }

    private static JsonObject encode(SummaryView summary) {
        JsonObject counters = new JsonObject();
        summary.counters().forEach(counters::put);
        return new JsonObject()
                .put("jobs", summary.jobs())
                .put("running", summary.running())
                .put("draining", summary.draining())
                .put("degraded", summary.degraded())
                .put("withFailures", summary.withFailures())
                .put("queued", summary.queued())
                .put("delayed", summary.delayed())
                .put("inFlight", summary.inFlight())
                .put("deadLetters", summary.deadLetters())
                .put("counters", counters)
                .put(
                        "attention",
                        array(
                                summary.attention(),
                                job -> new JsonObject().put("job", job.job()).put("why", job.why())));
    }

    private static JsonObject encode(ExecutionView execution) {
        JsonObject json = new JsonObject()
                .put("id", execution.id().toString())
                .put("job", execution.job())
                .put("state", execution.state().wireName())
                .put("priority", execution.priority().wireName())
                .put("attempt", execution.attempt())
                .put("createdAt", text(execution.createdAt()));
        put(json, "dueAt", text(execution.dueAt()));
        put(json, "startedAt", text(execution.startedAt()));
        put(json, "endedAt", text(execution.endedAt()));
        put(json, "progress", execution.progress());
        put(json, "note", execution.note());
        putText(json, "payload", execution.payload());
        putText(json, "result", execution.result());
        if (execution.isResultCut()) {
            json.put("isResultCut", true);
        }
        put(json, "error", execution.error());
        put(json, "expiresAt", text(execution.expiresAt()));
        if (!execution.failures().isEmpty()) {
            json.put("failures", array(execution.failures(), ReplyWire::encode));
        }
        if (execution.durability() != Durability.FULL) { // it is what everybody expects
            json.put("durability", execution.durability().wireName());
        }
        if (execution.isForgotten()) {
            json.put("isForgotten", true);
        }
        return json;
    }

    private static JsonObject encode(ExecutionView.Failure failure) {
        return new JsonObject()
                .put("attempt", failure.attempt())
                .put("startedAt", text(failure.startedAt()))
                .put("endedAt", text(failure.endedAt()))
                .put("error", failure.error());
    }

    private static void put(JsonObject json, String field, @Nullable Object value) {
        if (value != null) {
            json.put(field, value);
        }
    }

    private static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }

    private static void putText(JsonObject json, String field, @Nullable String text) {
        if (text != null) {
            json.put(field, valueOf(text));
        }
    }

    private static @Nullable Object valueOf(String text) {
        try {
            return JsonValue.of(text);
        } catch (DecodeException beyond) {
            return text; // the bus cannot carry it, and nothing of it is to be lost
        }
    }

    /** Reads the reply to a command of type {@code type}. */
    static Reply decode(CommandType type, JsonObject json) {
        return switch (type) {
            case START, STOP, GET_STATUS, COMPLETE, AWAIT_ROOM ->
                new JobStatus(
                        json.getBoolean("isRunning"),
                        json.getLong("executionCount"),
                        time(json, "lastExecutionTime"),
                        json.getString("message"));
            case GET_JOB, CHANGE_JOB -> job(json);
            case LIST_JOBS -> new JobPage(list(json, "jobs", ReplyWire::job), json.getString("cursor"));
            case GET_EXECUTION, AWAIT_EXECUTION, CANCEL, RETRY -> execution(json);
            case LIST_EXECUTIONS, LIST_HISTORY ->
                new ExecutionPage(list(json, "executions", ReplyWire::execution), json.getString("cursor"));
            case INSPECT -> {
                JsonObject service = json.getJsonObject("service");
                yield new Inspection(
                        new Inspection.ServiceFacts(
                                service.getBoolean("isStopping"),
                                time(service, "pausedAt"),
                                service.getString("storeProblem")),
                        list(json, "jobs", ReplyWire::job),
                        list(json, "executions", ReplyWire::execution));
            }
            case SUBMIT ->
                json.containsKey("answers")
                        ? new Submitted(list(json, "answers", ReplyWire::answer))
                        : new Submitted(List.of(execution(json)));
            case PURGE, RETRY_FAILED -> new Counted(json.getInteger("matched"), json.getInteger("changed"));
            case GET_HEALTH -> {
                List<String> degraded = new ArrayList<>();
                json.getJsonArray("degraded").forEach(line -> degraded.add((String) line));
                yield new Health(
                        List.copyOf(degraded),
                        Duration.ofMillis(json.getLong("overdueMillis")),
                        json.getString("down"));
            }
            case GET_SUMMARY -> summary(json);
            case GET_STORE ->
                new StoreView(
                        json.getString("type"),
                        json.getString("place"),
                        json.getLong("sequence"),
                        json.getLong("bytes"),
                        json.getInteger("pendingRows"),
                        json.getString("problem"));
            case PAUSE_ALL, RESUME_ALL -> new PauseView(time(json, "pausedAt"));
            case BACK_UP -> new BackupView(json.getString("place"), json.getLong("bytes"), json.getLong("sequence"));
        };
    }

    private static Reply answer(JsonObject json) {
        if (json.containsKey("id")) {
            return execution(json);
        }
        Long seconds = json.getLong("retryAfterSeconds");
        return new Refusal(
                json.getInteger("status"),
                json.getString("type"),
                json.getString("detail"),
                seconds == null ? null : Duration.ofSeconds(seconds));
    }

    private static ExecutionView execution(JsonObject json) {
        return new ExecutionView(
                ExecutionId.parse(json.getString("id")).orElseThrow(NoSuchElementException::new),
                json.getString("job"),
                ExecutionState.ofWireName(json.getString("state")).orElseThrow(NoSuchElementException::new),
                Priority.ofWireName(json.getString("priority")).orElseThrow(NoSuchElementException::new),
                json.getInteger("attempt"),
                Instant.parse(json.getString("createdAt")),
                time(json, "dueAt"),
                time(json, "startedAt"),
                time(json, "endedAt"),
                json.getDouble("progress"),
                json.getString("note"),
                jsonText(json, "payload"),
                jsonText(json, "result"),
                json.getString("error"),
                time(json, "expiresAt"),
                json.containsKey("failures") ? list(json, "failures", ReplyWire::failure) : List.of(),
                durability(json),
                json.getBoolean("isForgotten", false),
                json.getBoolean("isResultCut", false));
    }

    private static ExecutionView.Failure failure(JsonObject json) {
        return new ExecutionView.Failure(
                json.getInteger("attempt"),
                Instant.parse(json.getString("startedAt")),
                Instant.parse(json.getString("endedAt")),
                json.getString("error"));
    }

    private static Durability durability(JsonObject json) {
        return Durability.ofWireName(json.getString("durability", Durability.FULL.wireName()))
                .orElseThrow(NoSuchElementException::new);
    }

    private static JobView job(JsonObject json) {
        JsonObject queue = json.getJsonObject("queue");
        Map<Priority, Integer> queued = new EnumMap<>(Priority.class);
        for (Priority priority : Priority.values()) {
            queued.put(priority, queue.getJsonObject("queued").getInteger(priority.wireName(), 0));
        }
        List<String> next = new ArrayList<>();
        json.getJsonArray("next").forEach(name -> next.add((String) name));
        return new JobView(
                json.getString("name"),
                json.getBoolean("isRunning"),
                json.getBoolean("isClosed"),
                json.getString("why"),
                json.getLong("executionCount"),
                time(json, "lastExecutionTime"),
                json.getString("schedule"),
                time(json, "nextTick"),
                new JobView.Queue(
                        queue.getInteger("capacity"),
                        queue.getString("whenFull"),
                        queued,
                        queue.getInteger("delayed"),
                        queue.getInteger("waitingProducers"),
                        queue.getLong("bytes"),
                        queue.getLong("maxBytes")),
                json.getInteger("inFlight"),
                json.getInteger("concurrency"),
                policies(json.getJsonObject("policies")),
                json.getLong("timeoutMillis"),
                durability(json),
                next,
                json.getInteger("deadLetters"),
                counters(json));
    }

    private static Map<String, Long> counters(JsonObject json) {
        Map<String, Long> counters = new LinkedHashMap<>();
        JsonObject counted = json.getJsonObject("counters");
        counted.fieldNames().forEach(name -> counters.put(name, counted.getLong(name)));
        return counters;
    }

    private static SummaryView summary(JsonObject json) {
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
                counters(json),
                list(json, "attention", job -> new SummaryView.Attention(job.getString("job"), job.getString("why"))));
    }

    private static JobView.Policies policies(JsonObject json) {
        JsonObject breaker = json.getJsonObject("breaker");
        return new JobView.Policies(
                json.getInteger("attempts"),
                SettingsWire.decodeRate(json.getJsonObject("rateLimit")),
                json.getString("key"),
                SettingsWire.decodeRate(json.getJsonObject("rateLimitByKey")),
                json.getInteger("concurrencyByKey"),
                breaker == null
                        ? null
                        : new JobView.Breaker(
                                breaker.getString("name"), breaker.getString("state"), time(breaker, "openUntil")),
                json.getBoolean("hasFallback"),
                json.getLong("expiresMillis"));
    }

    private static <T> List<T> list(JsonObject json, String field, Function<JsonObject, T> read) {
        List<T> items = new ArrayList<>();
        json.getJsonArray(field).forEach(item -> items.add(read.apply((JsonObject) item)));
        return List.copyOf(items);
    }

    private static @Nullable Instant time(JsonObject json, String field) {
        String text = json.getString(field);
        return text == null ? null : Instant.parse(text);
    }

    private static @Nullable String jsonText(JsonObject json, String field) {
        return json.containsKey(field) ? JsonValue.textOf(json.getValue(field)) : null;
    }
}
