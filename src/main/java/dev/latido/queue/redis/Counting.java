package dev.latido.queue.redis;

import dev.latido.job.Priority;
import dev.latido.queue.Depth;
import dev.latido.queue.QueueBinding;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How it is counted what a queue has.
 *
 * @param binding which queue
 * @param keys the names there
 */
record Counting(QueueBinding binding, Keys keys) {

    /** Lanes that the queue could have, and does not: what is there was left when they were. */
    private List<Priority> others() {
        return Arrays.stream(Priority.values())
                .filter(lane -> !binding.lanes().contains(lane))
                .toList();
    }

    /** Returns the script's keys. */
    List<String> all() {
        List<String> all = new ArrayList<>(List.of(keys.delayed(), keys.dead(), keys.skipped(), keys.newer()));
        all.addAll(keys.lanes());
        others().forEach(lane -> all.add(keys.lane(lane)));
        return all;
    }

    List<Object> arguments() {
        return List.of(binding.group(), keys.lanes().size());
    }

    /**
     * Reads the script's answer.
     *
     * @param skipped how many entries of each lane are no work
     */
    Depth depth(Response answer, List<Long> skipped) {
        Map<Priority, Long> ready = new EnumMap<>(Priority.class);
        Map<Priority, Long> leased = new EnumMap<>(Priority.class);
        int at = 3;
        for (int i = 0; i < binding.lanes().size(); i++) {
            Priority lane = binding.lanes().get(i);
            long all = Link.number(answer, at++);
            long held = Link.number(answer, at++);
            ready.put(lane, Math.max(0, all - skipped.get(i) - held));
            leased.put(lane, held);
        }
        Map<Priority, Long> leftovers = new EnumMap<>(Priority.class);
        for (Priority lane : others()) {
            long left = Link.number(answer, at++);
            if (left > 0) {
                leftovers.put(lane, left);
            }
        }
        Map<String, Long> holders = new HashMap<>();
        Response told = Objects.requireNonNull(answer.get(at));
        for (int i = 0; i + 1 < told.size(); i += 2) {
            holders.put(Link.text(told, i), Link.number(told, i + 1));
        }
        return new Depth(
                ready,
                leased,
                Link.number(answer, 0),
                Link.number(answer, 1),
                Link.number(answer, 2),
                leftovers,
                holders,
                true);
    }
}
