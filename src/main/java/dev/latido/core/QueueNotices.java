package dev.latido.core;

import dev.latido.job.Priority;
import dev.latido.queue.Depth;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a queue at a broker has that nobody will work on as things are, and that people are to be told of. */
final class QueueNotices {

    private QueueNotices() {}

    /** Says what it has of that: of each kind how much, and what that is. */
    static Map<String, Long> of(Depth depth) {
        Map<String, Long> notices = new LinkedHashMap<>();
        for (Priority lane : Priority.values()) {
            long left = depth.leftovers().getOrDefault(lane, 0L);
            if (left > 0) {
                notices.put("messages left in the lane " + lane.wireName() + ", which queue.lanes does not name", left);
            }
        }
        if (depth.newer() > 0) {
            notices.put("messages of a newer version, which wait for a process that knows it", depth.newer());
        }
        return notices;
    }

    /** Says all of it in one; empty when there is nothing, or nothing is known. */
    static String text(@Nullable Depth depth) {
        StringBuilder text = new StringBuilder();
        if (depth != null) {
            of(depth)
                    .forEach((what, count) -> text.append(text.isEmpty() ? "" : ", and ")
                            .append(count)
                            .append(' ')
                            .append(what));
        }
        return text.toString();
    }
}
