package dev.latido.queue.redis;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a process has of a queue, and what is pending in its name without its knowing. */
final class Leases {

    private final List<Map<String, RedisHandle>> lanes = new ArrayList<>();
    private final List<ArrayDeque<Own>> own = new ArrayList<>();
    private final Map<RedisHandle, String> keys = new HashMap<>();

    /** A settlement of these was sent that nobody answered. */
    private final Set<RedisHandle> unsure = new HashSet<>();

    private long nextNumber;

    private record Own(String id, int deliveries) {}

    /** Told of what is pending in this process's name. */
    interface OwnEntry {
        void found(int lane, String id, int deliveries);
    }

    Leases(int count) {
        for (int i = 0; i < count; i++) {
            lanes.add(new LinkedHashMap<>());
            own.add(new ArrayDeque<>());
        }
    }

    /** Notes a new lease. One of the same entry before is over. */
    RedisHandle add(int lane, String id, int deliveries, String key) {
        RedisHandle handle = new RedisHandle(lane, id, deliveries, nextNumber++);
        RedisHandle before = lanes.get(lane).put(id, handle);
        if (before != null) {
            keys.remove(before);
            unsure.remove(before);
        }
        keys.put(handle, key);
        return handle;
    }

    boolean has(RedisHandle handle) {
        return keys.containsKey(handle);
    }

    String key(RedisHandle handle) {
        return keys.getOrDefault(handle, handle.id());
    }

    /** Forgets a lease; false when it is not known. */
    boolean remove(RedisHandle handle) {
        lanes.get(handle.lane()).remove(handle.id(), handle);
        unsure.remove(handle);
        return keys.remove(handle) != null;
    }

    void unsure(RedisHandle handle) {
        if (has(handle)) {
            unsure.add(handle);
        }
    }

    boolean isUnsure(RedisHandle handle) {
        return unsure.contains(handle);
    }

    List<RedisHandle> ofLane(int lane) {
        return List.copyOf(lanes.get(lane).values());
    }

    void forgetOwn(int lane) {
        own.get(lane).clear();
    }

    /** Notes what is pending in this process's name, unless it knows of it. */
    void foundOwn(int lane, String id, int deliveries) {
        if (!lanes.get(lane).containsKey(id)) {
            own.get(lane).add(new Own(id, deliveries));
        }
    }

    boolean hasOwn() {
        return own.stream().anyMatch(lane -> !lane.isEmpty());
    }

    /** Hands over up to {@code most} of them for each lane: they are taken next, or are another's. */
    void takeOwn(int most, OwnEntry told) {
        for (int lane = 0; lane < own.size(); lane++) {
            ArrayDeque<Own> entries = own.get(lane);
            for (int n = 0; n < most && !entries.isEmpty(); n++) {
                Own entry = entries.remove();
                told.found(lane, entry.id(), entry.deliveries());
            }
        }
    }
}
