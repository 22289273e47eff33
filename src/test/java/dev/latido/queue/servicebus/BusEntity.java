package dev.latido.queue.servicebus;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * A queue or subscription of the stand-in: what is ready, what is locked, and what is not due yet. Time is told, never asked for.
 * Used on the server's loop alone.
 */
final class BusEntity {

    /** How a queue is made at Azure. */
    record Settings(Duration lock, int maxDeliveries, Duration dedup, boolean hasSessions, long maxMessages) {

        static final Settings USUAL = new Settings(Duration.ofMinutes(1), 10, Duration.ZERO, false, Long.MAX_VALUE);

        Settings withLock(Duration other) {
            return new Settings(other, maxDeliveries, dedup, hasSessions, maxMessages);
        }

        Settings withMaxDeliveries(int other) {
            return new Settings(lock, other, dedup, hasSessions, maxMessages);
        }

        Settings withDedup(Duration other) {
            return new Settings(lock, maxDeliveries, other, hasSessions, maxMessages);
        }

        Settings withSessions() {
            return new Settings(lock, maxDeliveries, dedup, true, maxMessages);
        }

        Settings withMaxMessages(long other) {
            return new Settings(lock, maxDeliveries, dedup, hasSessions, other);
        }
    }

    /** A message, as it was sent and what the service knows of it. */
    static final class Stored {
        final byte[] bytes;
        final long sequence;
        final long enqueuedAt;
        int deliveries;
        Map<String, Object> added = Map.of();

        Stored(byte[] bytes, long sequence, long enqueuedAt) {
            this.bytes = bytes;
            this.sequence = sequence;
            this.enqueuedAt = enqueuedAt;
        }

        Message message() {
            Message message = Proton.message();
            message.decode(bytes, 0, bytes.length);
            return message;
        }
    }

    /** A message that somebody has. */
    static final class Locked {
        final UUID token;
        final Stored stored;
        long until;

        Locked(UUID token, Stored stored, long until) {
            this.token = token;
            this.stored = stored;
            this.until = until;
        }
    }

    final String name;
    Settings settings;

    /** Where dead letters go; null for a place of dead letters. */
    final @Nullable BusEntity dead;

    private final TreeMap<Long, Stored> ready = new TreeMap<>();
    private final Map<UUID, Locked> locked = new LinkedHashMap<>();
    private final TreeMap<Long, Scheduled> scheduled = new TreeMap<>();
    private final Map<Object, Long> known = new HashMap<>();
    private long nextSequence = 1;

    private record Scheduled(Stored stored, long due) {}

    BusEntity(String name, Settings settings, boolean hasDead) {
        this.name = name;
        this.settings = settings;
        dead = hasDead ? new BusEntity(name + "/$deadletterqueue", settings, false) : null;
    }

    boolean isFull() {
        return ready.size() + locked.size() + scheduled.size() >= settings.maxMessages;
    }

    /** Takes a message that is due then; returns its number, or -1 when its id is known. */
    long add(byte[] bytes, @Nullable Object id, long due, long now) {
        known.values().removeIf(since -> since <= now - settings.dedup.toMillis());
        if (id != null && !settings.dedup.isZero() && known.putIfAbsent(id, now) != null) {
            return -1;
        }
        Stored stored = new Stored(bytes, nextSequence++, Math.max(now, due));
        if (due > now) {
            scheduled.put(stored.sequence, new Scheduled(stored, due));
        } else {
            ready.put(stored.sequence, stored);
        }
        return stored.sequence;
    }

    boolean cancel(long sequence) {
        return scheduled.remove(sequence) != null;
    }

    /** Has what is due be ready, and what was locked for too long; returns when there is something to do again, or never. */
    long pass(long now) {
        for (Scheduled each : List.copyOf(scheduled.values())) {
            if (each.due <= now) {
                scheduled.remove(each.stored.sequence);
                ready.put(each.stored.sequence, each.stored);
            }
        }
        for (Locked each : List.copyOf(locked.values())) {
            if (each.until <= now) {
                locked.remove(each.token);
                failed(each.stored);
            }
        }
        long next = Long.MAX_VALUE;
        for (Scheduled each : scheduled.values()) {
            next = Math.min(next, each.due);
        }
        for (Locked each : locked.values()) {
            next = Math.min(next, each.until);
        }
        return next;
    }

    /** One delivery was in vain. */
    private void failed(Stored stored) {
        stored.deliveries++;
        if (dead != null && stored.deliveries >= settings.maxDeliveries) {
            bury(
                    stored,
                    Map.of(
                            "DeadLetterReason",
                            "MaxDeliveryCountExceeded",
                            "DeadLetterErrorDescription",
                            "Message could not be consumed after " + stored.deliveries + " delivery attempts."));
        } else {
            ready.put(stored.sequence, stored);
        }
    }

    private void bury(Stored stored, Map<String, Object> added) {
        if (dead == null) {
            ready.put(stored.sequence, stored);
            return;
        }
        Stored buried = new Stored(stored.bytes, dead.nextSequence++, stored.enqueuedAt);
        buried.added = new HashMap<>(stored.added);
        buried.added.putAll(added);
        buried.deliveries = stored.deliveries;
        dead.ready.put(buried.sequence, buried);
    }

    /** Locks the next; null when there is none. */
    @Nullable Locked lock(long now) {
        Map.Entry<Long, Stored> next = ready.pollFirstEntry();
        if (next == null) {
            return null;
        }
        Locked taken = new Locked(UUID.randomUUID(), next.getValue(), now + settings.lock.toMillis());
        locked.put(taken.token, taken);
        return taken;
    }

    /** Returns what has this lock; null when it is over. */
    @Nullable Locked find(UUID token, long now) {
        Locked found = locked.get(token);
        return found == null || found.until <= now ? null : found;
    }

    void complete(Locked taken) {
        locked.remove(taken.token);
    }

    void abandon(Locked taken) {
        locked.remove(taken.token);
        failed(taken.stored);
    }

    void release(Locked taken) {
        locked.remove(taken.token);
        ready.put(taken.stored.sequence, taken.stored);
    }

    void deadLetter(Locked taken, Map<String, Object> added) {
        locked.remove(taken.token);
        bury(taken.stored, added);
    }

    /** Returns what there is, with its state: 0 for what is ready or locked, 2 for what is not due yet. */
    List<Map.Entry<Stored, Integer>> peek(long from, int count) {
        TreeMap<Long, Map.Entry<Stored, Integer>> all = new TreeMap<>();
        ready.values().forEach(each -> all.put(each.sequence, Map.entry(each, 0)));
        locked.values().forEach(each -> all.put(each.stored.sequence, Map.entry(each.stored, 0)));
        scheduled.values().forEach(each -> all.put(each.stored.sequence, Map.entry(each.stored, 2)));
        return new ArrayList<>(all.tailMap(from, true).values())
                .stream().limit(count).toList();
    }

    int readyCount() {
        return ready.size();
    }

    int lockedCount() {
        return locked.size();
    }

    int scheduledCount() {
        return scheduled.size();
    }
}
