package dev.latido.command;

import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How commands and replies look on the event bus.
 *
 * <p>The public form is plain JSON, so that any Vert.x application in the cluster can speak it: a command is
 * {@code {"type":"Start","job":"name","deadline":"2026-01-01T00:00:00Z"}} with the last two optional, a status is the
 * object that HTTP shows, and a refusal is a reply failure with the HTTP code as its code and
 * {@code "type: detail"} as its message. Inside the process the records themselves travel, uncopied: see
 * {@link #registerCodecs}.
 */
public final class Wire {

    private static final Set<String> COMMAND_FIELDS = Set.of("type", "job", "deadline");
    private static final int MAX_ECHO = 64;

    private Wire() {}

    /** Lets the records of the protocol travel inside this process. Called once per Vert.x instance. */
    public static void registerCodecs(EventBus bus) {
        bus.registerCodec(new InProcessCodec());
        bus.codecSelector(body -> body instanceof Command || body instanceof Reply ? InProcessCodec.NAME : null);
    }

    /** Returns the JSON form of {@code command}. */
    public static JsonObject encode(Command command) {
        JsonObject json = new JsonObject().put("type", command.type().wireName());
        String job = command.job();
        if (job != null) {
            json.put("job", job);
        }
        if (!command.deadline().equals(Command.NO_DEADLINE)) {
            json.put("deadline", command.deadline().toString());
        }
        return json;
    }

    /**
     * Reads a message's body as a command.
     *
     * @throws CommandException with {@link Refusal#MALFORMED}, naming the field
     */
    public static Command decodeCommand(@Nullable Object body) {
        if (body instanceof Command command) {
            return command;
        }
        if (!(body instanceof JsonObject json)) {
            throw malformed("A command is a JSON object.");
        }
        for (String field : json.fieldNames()) {
            if (!COMMAND_FIELDS.contains(field)) {
                throw malformed("Unknown field '" + shorten(field) + "'; known are type, job and deadline.");
            }
        }
        CommandType type = CommandType.ofWireName(Objects.requireNonNullElse(string(json, "type"), ""))
                .orElseThrow(() -> malformed("Field 'type' must be one of Start, Stop, GetStatus."));
        return Command.of(type, string(json, "job"), deadline(json));
    }

    private static Instant deadline(JsonObject json) {
        String text = string(json, "deadline");
        if (text == null) {
            return Command.NO_DEADLINE;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw malformed("Field 'deadline' must be a UTC time such as 2026-01-31T12:00:00Z.");
        }
    }

    private static @Nullable String string(JsonObject json, String field) {
        Object value = json.getValue(field);
        if (value == null) {
            return null;
        }
        if (value instanceof String text) {
            return text;
        }
        throw malformed("Field '" + field + "' must be a string.");
    }

    private static CommandException malformed(String detail) {
        return new CommandException(Refusal.malformed(detail));
    }

    private static String shorten(String text) {
        return text.length() <= MAX_ECHO ? text : text.substring(0, MAX_ECHO) + "…";
    }

    /** Returns the JSON form of {@code status}. */
    public static JsonObject encode(JobStatus status) {
        Instant last = status.lastExecutionTime();
        return new JsonObject()
                .put("isRunning", status.isRunning())
                .put("executionCount", status.executionCount())
                .put("lastExecutionTime", last == null ? null : last.toString())
                .put("message", status.message());
    }

    /** Answers {@code message} in the form in which it asked. */
    public static void answer(Message<?> message, Reply reply) {
        if (message.body() instanceof Command) {
            message.reply(reply);
        } else if (reply instanceof JobStatus status) {
            message.reply(encode(status));
        } else if (reply instanceof Refusal refusal) {
            message.fail(refusal.code(), refusal.type() + ": " + refusal.detail());
        }
    }

    /** Reads the body of a reply that was no failure. */
    static Reply decodeReply(@Nullable Object body) {
        if (body instanceof Reply reply) {
            return reply;
        }
        if (body instanceof JsonObject json) {
            String last = json.getString("lastExecutionTime");
            return new JobStatus(
                    json.getBoolean("isRunning"),
                    json.getLong("executionCount"),
                    last == null ? null : Instant.parse(last),
                    json.getString("message"));
        }
        return Refusal.fault();
    }

    /** Reads a failed request as the refusal that it is. */
    static Refusal decodeFailure(Throwable failure, Duration waited) {
        if (!(failure instanceof ReplyException reply)) {
            return Refusal.fault();
        }
        ReplyFailure kind = reply.failureType();
        if (kind == ReplyFailure.NO_HANDLERS) {
            return Refusal.noOwner();
        }
        if (kind == ReplyFailure.TIMEOUT) {
            return Refusal.ownerSilent(waited);
        }
        String text = String.valueOf(reply.getMessage());
        int colon = text.indexOf(": ");
        if (kind != ReplyFailure.RECIPIENT_FAILURE || colon < 0) {
            return Refusal.fault();
        }
        Duration retryAfter = reply.failureCode() == 503 ? Duration.ofSeconds(1) : null;
        return new Refusal(reply.failureCode(), text.substring(0, colon), text.substring(colon + 2), retryAfter);
    }
}
