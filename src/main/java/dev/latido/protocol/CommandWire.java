package dev.latido.protocol;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.json.JsonValue;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The JSON form of commands. To {@code latido.control} goes
 * {@code {"type":"Start","job":"name","deadline":"2026-01-01T00:00:00Z"}}, the last two optional; to
 * {@code latido.submit} goes {@code {"job":"name","payload":…,"priority":"high","delayMillis":0,"expiresMillis":60000,"key":"…"}}, all optional,
 * or {@code {"job":"name","items":[…]}} for several at once; both with {@code "mayWait":false} for who does not want to wait
 * for room.
 */
final class CommandWire {

    /** How many items one message to {@code latido.submit} may hold. */
    static final int MAX_ITEMS = 1_000;

    private static final Set<String> SUBMISSION = Set.of("payload", "priority", "delayMillis", "expiresMillis", "key");

    private CommandWire() {}

    static JsonObject encode(Command command) {
        JsonObject json = new JsonObject();
        if (command instanceof Command.Submit submit) {
            return encode(json, submit);
        }
        json.put("type", command.type().wireName());
        if (command instanceof Command.Start start) {
            job(json, start.job());
        } else if (command instanceof Command.Stop stop) {
            job(json, stop.job());
            json.put("mode", stop.mode().wireName());
            if (stop.mode() == StopMode.DRAIN) {
                json.put("waitUntil", stop.waitUntil().toString());
            }
        } else if (command instanceof Command.GetStatus get) {
            job(json, get.job());
        } else if (command instanceof Command.Complete complete) {
            job(json, complete.job());
        } else if (command instanceof Command.GetJob get) {
            job(json, get.job());
        } else if (command instanceof Command.ListJobs list) {
            json.put("cursor", list.after()).put("limit", list.limit());
            if (!list.filter().equals(JobFilter.ALL)) {
                json.put("name", list.filter().name())
                        .put("only", list.filter().only().wireName());
            }
        } else if (command instanceof Command.AwaitRoom await) {
            job(json, await.job());
            json.put("priority", await.priority().wireName());
        } else if (command instanceof Command.AwaitExecution await) {
            json.put("id", await.id().toString()).put("until", await.until().toString());
        } else if (command instanceof Command.GetExecution get) {
            json.put("id", get.id().toString());
        } else if (command instanceof Command.ListExecutions list) {
            job(json, list.job());
            json.put("state", list.state().wireName())
                    .put("cursor", list.cursor())
                    .put("limit", list.limit());
        } else if (command instanceof Command.Inspect inspect) {
            json.put("jobs", new JsonArray(inspect.jobs()))
                    .put(
                            "executions",
                            new JsonArray(inspect.executions().stream()
                                    .map(ExecutionId::toString)
                                    .toList()));
        } else if (command instanceof Command.ListHistory list) {
            job(json, list.job());
            json.put("state", list.state() == null ? null : list.state().wireName())
                    .put("cursor", list.cursor())
                    .put("limit", list.limit());
        } else if (command instanceof Command.Cancel cancel) {
            json.put("id", cancel.id().toString());
        } else if (command instanceof Command.Retry retry) {
            json.put("id", retry.id().toString());
        } else if (command instanceof Command.Purge purge) {
            job(json, purge.job());
            json.put("countOnly", purge.countOnly());
        } else if (command instanceof Command.RetryFailed retry) {
            job(json, retry.job());
            json.put("countOnly", retry.countOnly()).put("error", retry.filter().error());
            put(json, "since", retry.filter().since());
            put(json, "until", retry.filter().until());
        } else if (command instanceof Command.ChangeJob change) {
            job(json, change.job());
            json.put("settings", SettingsWire.encode(change.settings()));
        }
        return deadline(json, command);
    }

    private static JsonObject encode(JsonObject json, Command.Submit submit) {
        job(json, submit.job());
        JsonArray items = new JsonArray();
        for (Submission item : submit.items()) {
            items.add(new JsonObject()
                    .put("payload", item.payload() == null ? null : JsonValue.of(item.payload()))
                    .put("priority", item.priority().wireName())
                    .put("delayMillis", item.delay().toMillis())
                    .put(
                            "expiresMillis",
                            item.expires() == null ? null : item.expires().toMillis())
                    .put("key", item.key()));
        }
        json.put("items", items);
        if (!submit.mayWait()) {
            json.put("mayWait", false);
        }
        return deadline(json, submit);
    }

    private static void job(JsonObject json, @Nullable String job) {
        if (job != null) {
            json.put("job", job);
        }
    }

    private static void put(JsonObject json, String field, @Nullable Instant time) {
        if (time != null) {
            json.put(field, time.toString());
        }
    }

    private static JsonObject deadline(JsonObject json, Command command) {
        return command.deadline().equals(Command.NO_DEADLINE)
                ? json
                : json.put("deadline", command.deadline().toString());
    }

    /** Reads what came to {@code latido.control}. */
    static Command decodeControl(JsonObject json) {
        JsonFields in = new JsonFields(json);
        String name = in.string("type");
        CommandType type = CommandType.ofWireName(name == null ? "" : name)
                .filter(known -> known != CommandType.SUBMIT)
                .orElseThrow(() -> JsonFields.malformed("Field 'type' must be one of " + controlTypes() + "."));
        Instant deadline = in.time("deadline", Command.NO_DEADLINE);
        return switch (type) {
            case START -> new Command.Start(job(in), deadline(in, deadline, "job"));
            case STOP -> stop(in, deadline(in, deadline, "job", "mode", "waitUntil"));
            case GET_STATUS -> new Command.GetStatus(job(in), deadline(in, deadline, "job"));
            case COMPLETE -> new Command.Complete(job(in), deadline(in, deadline, "job"));
            case GET_JOB -> new Command.GetJob(job(in), deadline(in, deadline, "job"));
            case LIST_JOBS ->
                new Command.ListJobs(
                        in.string("cursor"),
                        limit(in),
                        filter(in),
                        deadline(in, deadline, "cursor", "limit", "name", "only"));
            case AWAIT_ROOM ->
                new Command.AwaitRoom(job(in), in.priority("priority"), deadline(in, deadline, "job", "priority"));
            case AWAIT_EXECUTION ->
                new Command.AwaitExecution(
                        in.execution("id"), in.time("until", Instant.MAX), deadline(in, deadline, "id", "until"));
            case GET_EXECUTION -> new Command.GetExecution(in.execution("id"), deadline(in, deadline, "id"));
            case LIST_EXECUTIONS ->
                new Command.ListExecutions(
                        job(in),
                        state(in),
                        in.string("cursor"),
                        limit(in),
                        deadline(in, deadline, "job", "state", "cursor", "limit"));
            case LIST_HISTORY ->
                new Command.ListHistory(
                        job(in),
                        in.string("state") == null ? null : state(in),
                        in.string("cursor"),
                        limit(in),
                        deadline(in, deadline, "job", "state", "cursor", "limit"));
            case CANCEL -> new Command.Cancel(in.execution("id"), deadline(in, deadline, "id"));
            case RETRY -> new Command.Retry(in.execution("id"), deadline(in, deadline, "id"));
            case PURGE ->
                new Command.Purge(job(in), in.bool("countOnly", false), deadline(in, deadline, "job", "countOnly"));
            case RETRY_FAILED ->
                new Command.RetryFailed(
                        job(in),
                        new FailureFilter(in.string("error"), in.time("since"), in.time("until")),
                        in.bool("countOnly", false),
                        deadline(in, deadline, "job", "countOnly", "error", "since", "until"));
            case CHANGE_JOB ->
                new Command.ChangeJob(
                        job(in), settings(in.object("settings")), deadline(in, deadline, "job", "settings"));
            case PAUSE_ALL -> new Command.PauseAll(deadline(in, deadline));
            case RESUME_ALL -> new Command.ResumeAll(deadline(in, deadline));
            case INSPECT ->
                new Command.Inspect(
                        in.strings("jobs", Command.Inspect.MAX_NAMED),
                        in.executions("executions", Command.Inspect.MAX_NAMED),
                        deadline(in, deadline, "jobs", "executions"));
            case GET_STORE -> new Command.GetStore(deadline(in, deadline));
            case BACK_UP -> new Command.BackUp(deadline(in, deadline));
            case GET_SUMMARY -> new Command.GetSummary(deadline(in, deadline));
            case GET_HEALTH -> new Command.GetHealth(deadline(in, deadline));
            case SUBMIT -> throw new AssertionError("filtered above");
        };
    }

    private static JobSettings settings(@Nullable JsonObject json) {
        if (json == null) {
            throw JsonFields.malformed("Field 'settings' is missing.");
        }
        return SettingsWire.decode(json);
    }

    private static String controlTypes() {
        List<String> names = new ArrayList<>();
        for (CommandType type : CommandType.values()) {
            if (type != CommandType.SUBMIT) {
                names.add(type.wireName());
            }
        }
        return String.join(", ", names);
    }

    /** Checks that there is no field but {@code fields} and those of every command, and hands {@code deadline} on. */
    private static Instant deadline(JsonFields in, Instant deadline, String... fields) {
        Set<String> known = new HashSet<>(Set.of(fields));
        known.add("type");
        known.add("deadline");
        in.onlyKnown(known);
        return deadline;
    }

    private static @Nullable String job(JsonFields in) {
        return in.string("job");
    }

    private static int limit(JsonFields in) {
        return (int) in.number("limit", 100, 1, 1_000);
    }

    private static ExecutionState state(JsonFields in) {
        return ExecutionState.ofWireName(in.required("state"))
                .orElseThrow(() -> JsonFields.malformed("Field 'state' must be one of waiting, queued, running,"
                        + " succeeded, failed, cancelled, dropped."));
    }

    private static JobFilter filter(JsonFields in) {
        String only = in.string("only");
        return new JobFilter(
                in.string("name"),
                only == null
                        ? JobFilter.Only.ANY
                        : JobFilter.Only.ofWireName(only)
                                .orElseThrow(() -> JsonFields.malformed(
                                        "Field 'only' must be one of any, running, stopped, degraded, failed.")));
    }

    private static Command stop(JsonFields in, Instant deadline) {
        String mode = in.string("mode");
        StopMode stopMode = mode == null
                ? StopMode.PLAIN
                : StopMode.ofWireName(mode)
                        .orElseThrow(() -> JsonFields.malformed("Field 'mode' must be one of plain, now, drain."));
        return new Command.Stop(job(in), stopMode, in.time("waitUntil", Instant.MAX), deadline);
    }

    /** Reads what came to {@code latido.submit}. */
    static Command.Submit decodeSubmit(JsonObject json) {
        JsonFields in = new JsonFields(json);
        Instant deadline = in.time("deadline", Command.NO_DEADLINE);
        Object items = json.getValue("items");
        if (items == null) {
            Set<String> known = new HashSet<>(SUBMISSION);
            known.add("job");
            known.add("mayWait");
            known.add("deadline");
            in.onlyKnown(known);
            return new Command.Submit(job(in), List.of(submission(json)), in.bool("mayWait", true), deadline, null);
        }
        in.onlyKnown(Set.of("job", "items", "mayWait", "deadline"));
        if (!(items instanceof JsonArray array) || array.size() > MAX_ITEMS) {
            throw JsonFields.malformed("Field 'items' must be an array of at most " + MAX_ITEMS + " objects.");
        }
        List<Submission> submissions = new ArrayList<>(array.size());
        for (Object item : array) {
            if (!(item instanceof JsonObject object)) {
                throw JsonFields.malformed("Field 'items' must hold objects only.");
            }
            new JsonFields(object).onlyKnown(SUBMISSION);
            submissions.add(submission(object));
        }
        return new Command.Submit(job(in), submissions, in.bool("mayWait", true), deadline, null);
    }

    private static Submission submission(JsonObject json) {
        JsonFields in = new JsonFields(json);
        Object payload = json.getValue("payload");
        String key = in.string("key");
        if (key != null && (key.isEmpty() || key.length() > Submission.MAX_KEY_LENGTH)) {
            throw JsonFields.malformed("Field 'key' must have 1 to " + Submission.MAX_KEY_LENGTH + " characters.");
        }
        return new Submission(
                payload == null ? null : JsonValue.textOf(payload),
                in.priority("priority"),
                Duration.ofMillis(in.number("delayMillis", 0, 0, Submission.MAX_DELAY.toMillis())),
                json.getValue("expiresMillis") == null
                        ? null
                        : Duration.ofMillis(in.number("expiresMillis", 0, 1, Submission.MAX_DELAY.toMillis())),
                key);
    }
}
