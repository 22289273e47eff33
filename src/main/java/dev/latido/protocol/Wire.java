package dev.latido.protocol;

import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How commands and replies look on the event bus.
 *
 * <p>The public form is plain JSON, so that any Vert.x application in the cluster can speak it; a refusal is a reply
 * failure with the HTTP code as its code and {@code "type: detail"} as its message. Inside the process the records
 * themselves travel, uncopied: see {@link #registerCodecs}.
 */
public final class Wire {

    /** The codes of refusals after which another try makes sense: too much, not now, no space left. */
    private static final Set<Integer> LATER = Set.of(429, 503, 507);

    private Wire() {}

    /** Lets the records of the protocol travel inside this process. Called once per Vert.x instance. */
    public static void registerCodecs(EventBus bus) {
        bus.registerCodec(new InProcessCodec());
        bus.codecSelector(body -> body instanceof Command || body instanceof Reply || body instanceof CommandBatch
                ? InProcessCodec.NAME
                : null);
    }

    /** Returns the address that takes commands of type {@code type}. */
    public static String addressOf(CommandType type) {
        return type == CommandType.SUBMIT ? Addresses.SUBMIT : Addresses.CONTROL;
    }

    /** Returns the JSON form of {@code command}. */
    public static JsonObject encode(Command command) {
        JsonObject json = new JsonObject();
        if (command.type() != CommandType.SUBMIT) {
            json.put("type", command.type().wireName());
        }
        command.type().form().write(command, json);
        return json;
    }

    /**
     * Reads what of a job is to be changed: {@code {"concurrency":8,"rateLimit":{…},"stored":true}}.
     *
     * @throws CommandException with {@link Refusal#INVALID}, naming the field
     */
    public static JobSettings decodeSettings(JsonObject json) {
        return SettingsWire.decode(json);
    }

    /**
     * Reads a message's body as a command.
     *
     * @throws CommandException with {@link Refusal#MALFORMED}, naming the field
     */
    public static Command decodeCommand(String address, @Nullable Object body) {
        if (body instanceof Command command) {
            return command;
        }
        if (!(body instanceof JsonObject json)) {
            throw JsonFields.malformed("A command is a JSON object.");
        }
        try {
            JsonFields in = new JsonFields(json);
            CommandType type = address.equals(Addresses.SUBMIT) ? CommandType.SUBMIT : controlType(in);
            return type.form().read(in);
        } catch (ClassCastException e) {
            throw JsonFields.malformed("The message holds something that is not JSON.");
        }
    }

    private static CommandType controlType(JsonFields in) {
        String name = in.string("type");
        return CommandType.ofWireName(name == null ? "" : name)
                .filter(known -> known != CommandType.SUBMIT)
                .orElseThrow(() -> JsonFields.malformed("Field 'type' must be one of " + controlTypes() + "."));
    }

    private static String controlTypes() {
        return Arrays.stream(CommandType.values())
                .filter(type -> type != CommandType.SUBMIT)
                .map(CommandType::wireName)
                .collect(Collectors.joining(", "));
    }

    /** Answers {@code message} in the form in which it asked. */
    public static void answer(Message<?> message, Reply reply) {
        if (message.body() instanceof Command) {
            message.reply(reply);
        } else if (reply instanceof Refusal refusal) {
            message.fail(refusal.code(), refusal.type() + ": " + refusal.detail());
        } else if (reply instanceof Submitted submitted && isSingle(message)) {
            answer(message, submitted.answers().get(0));
        } else {
            message.reply(reply.toJson());
        }
    }

    private static boolean isSingle(Message<?> message) {
        return message.body() instanceof JsonObject json && !json.containsKey("items");
    }

    /** Reads the body of a reply that was no failure. */
    public static Reply decodeReply(CommandType type, @Nullable Object body) {
        if (body instanceof Reply reply) {
            return reply;
        }
        try {
            return body instanceof JsonObject json ? type.reply(json) : Refusal.fault();
        } catch (NullPointerException | ClassCastException | NoSuchElementException notOurs) {
            return Refusal.fault();
        }
    }

    /** Reads a failed request as the refusal that it is. */
    public static Refusal decodeFailure(Throwable failure, Duration waited) {
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
        boolean laterMayWork = LATER.contains(reply.failureCode());
        Duration retryAfter = laterMayWork ? Duration.ofSeconds(1) : null;
        return new Refusal(reply.failureCode(), text.substring(0, colon), text.substring(colon + 2), retryAfter);
    }
}
