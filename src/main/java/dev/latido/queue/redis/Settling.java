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

    /**
     * One lease and how it ends.
     *
     * @param handle the lease
     * @param key the message's
     * @param how it ends
     */
    record End(RedisHandle handle, String key, Settlement how) {

        /** Returns how large it is for a call: what is moved as a whole goes alone. */
        long bytes() {
            return how instanceof Settlement.Ack || how instanceof Settlement.Release ? 0 : Combiner.MOST_BYTES;
        }
    }

    List<String> keys(List<End> ends) {
        List<String> all = new ArrayList<>(List.of(keys.delayed(), keys.dead(), keys.bell()));
        all.addAll(keys.lanes());
        ends.forEach(end -> all.add(keys.outcome(end.key())));
        return all;
    }

    /** Returns the script's arguments. */
    List<Object> arguments(List<End> ends) {
        List<Object> arguments = new ArrayList<>(List.of(
                keys.lanes().size(),
                binding.group(),
                process,
                binding.lease().toMillis(),
                Math.max(1, binding.outcomes().toMillis()),
                MAX_DEAD,
                DEAD_AGE.toMillis()));
        for (End end : ends) {
            RedisHandle handle = end.handle();
            arguments.add(handle.lane() + 1);
            arguments.add(binding.lanes().get(handle.lane()).wireName());
            arguments.add(handle.id());
            arguments.add(handle.deliveries());
            if (end.how() instanceof Settlement.Ack ack) {
                arguments.addAll(List.of("ack", end.key(), told(ack.outcome()), "", ""));
            } else if (end.how() instanceof Settlement.Dead dead) {
                String reason = cut(dead.reason(), MAX_REASON);
                arguments.addAll(
                        List.of("dead", end.key(), told(dead.outcome()), reason, cut(dead.error(), MAX_ERROR)));
            } else if (end.how() instanceof Settlement.Later later) {
                String error = cut(later.error() == null ? "" : later.error(), MAX_ERROR);
                arguments.addAll(List.of("later", end.key(), millis(later.pause()), later.attempts(), error));
            } else {
                arguments.addAll(List.of("release", end.key(), "", "", ""));
            }
        }
        return arguments;
    }

    private static String told(@Nullable Outcome outcome) {
        return outcome == null ? "" : text(outcome);
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
