package dev.latido.queue.redis;

import dev.latido.queue.Outcome;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.Settlement;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a lease is ended.
 *
 * @param binding where
 * @param keys the names there
 * @param process who has it
 */
record Settling(QueueBinding binding, Keys keys, String process) {

    /** How many dead letters are kept, at most. */
    static final long MAX_DEAD = 10_000;

    /** For how long they are. */
    static final Duration DEAD_AGE = Duration.ofDays(14);

    /** What is told of a message until it is done. */
    static final String QUEUED = text(Outcome.QUEUED);

    private static final int MAX_REASON = 100;
    private static final int MAX_ERROR = 2_048;

    /** How many bytes an error has at most, as it is kept. */
    static final int MAX_ERROR_BYTES = 4 * MAX_ERROR;

    List<String> keys(RedisHandle handle, String key) {
        return List.of(keys.lanes().get(handle.lane()), keys.delayed(), keys.dead(), keys.outcome(key), keys.bell());
    }

    /** Returns the script's arguments. */
    List<Object> arguments(RedisHandle handle, String key, Settlement how) {
        List<Object> arguments = new ArrayList<>(List.of(binding.group(), process, handle.id(), handle.deliveries()));
        String lane = binding.lanes().get(handle.lane()).wireName();
        if (how instanceof Settlement.Ack ack) {
            arguments.addAll(List.of("ack", lane, key));
            addOutcome(arguments, ack.outcome());
        } else if (how instanceof Settlement.Dead dead) {
            arguments.addAll(List.of("dead", lane, key));
            addOutcome(arguments, dead.outcome());
            arguments.add(cut(dead.reason(), MAX_REASON));
            arguments.add(cut(dead.error(), MAX_ERROR));
            arguments.add(MAX_DEAD);
            arguments.add(DEAD_AGE.toMillis());
        } else if (how instanceof Settlement.Later later) {
            arguments.addAll(List.of("later", lane, key));
            arguments.add(millis(later.pause()));
            arguments.add(later.attempts());
            arguments.add(cut(later.error() == null ? "" : later.error(), MAX_ERROR));
        } else {
            arguments.addAll(List.of("release", lane, key));
            arguments.add(binding.lease().toMillis());
        }
        return arguments;
    }

    private void addOutcome(List<Object> arguments, @Nullable Outcome outcome) {
        arguments.add(outcome == null ? "" : text(outcome));
        arguments.add(Math.max(1, binding.outcomes().toMillis()));
    }

    /** Returns what a process leaves of an outcome. */
    static String text(Outcome outcome) {
        return new JsonObject()
                .put("state", outcome.state())
                .put("process", outcome.process())
                .put("execution", outcome.execution())
                .encode();
    }

    /** Reads what a process left; nothing when somebody else wrote it. */
    static Optional<Outcome> outcome(String json) {
        try {
            JsonObject outcome = new JsonObject(json);
            return Optional.of(new Outcome(
                    outcome.getString("state", ""),
                    outcome.getString("process", ""),
                    outcome.getString("execution", "")));
        } catch (DecodeException | ClassCastException e) {
            return Optional.empty();
        }
    }

    /** Returns whole milliseconds, not fewer. */
    static long millis(Duration duration) {
        return duration.plusNanos(999_999).toMillis();
    }

    private static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(most - 2)) ? most - 2 : most - 1;
        return text.substring(0, end) + "…";
    }
}
