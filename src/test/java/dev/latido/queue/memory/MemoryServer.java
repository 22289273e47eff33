package dev.latido.queue.memory;

import dev.latido.job.Priority;
import dev.latido.queue.DeadLetter;
import dev.latido.queue.DeadLetters;
import dev.latido.queue.Delivery;
import dev.latido.queue.Depth;
import dev.latido.queue.JobQueue;
import dev.latido.queue.Message;
import dev.latido.queue.Outcome;
import dev.latido.queue.Payload;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueException;
import dev.latido.queue.QueueException.Kind;
import dev.latido.queue.Receipt;
import dev.latido.queue.Settlement;
import dev.latido.queue.Tick;
import dev.latido.room.WaitingRoom;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The queue of the broker, as it keeps it. It goes by its own clock, and each call is one step. */
public final class MemoryServer {

    private static final int MAX_PROPERTY_BYTES = 65_536;

    /** What its clock shows at nanosecond 0. */
    private static final long EPOCH_MILLIS = 1_750_000_000_000L;

    private final LongSupplier nanos;
    private final Map<Priority, ArrayDeque<Stored>> ready = new EnumMap<>(Priority.class);
    private final Map<Long, Lease> leases = new LinkedHashMap<>();
    private final List<Stored> delayed = new ArrayList<>();
    private final List<Dead> dead = new ArrayList<>();
    private final Map<String, Known> keys = new HashMap<>();
    private final Map<String, Kept> outcomes = new HashMap<>();
    private final Deque<String> ticks = new ArrayDeque<>();
    private final List<Runnable> bells = new ArrayList<>();
    private long nextId;

    /** A message, as it is here. It changes when it is moved on. */
    private static final class Stored {
        private final long id;
        private final String key;
        private final Priority lane;
        private final @Nullable String payload;
        private final Map<String, String> properties;
        private int deliveries;
        private int attempts;
        private long dueNanos;

        private Stored(long id, String key, Priority lane, @Nullable String payload, Map<String, String> properties) {
            this.id = id;
            this.key = key;
            this.lane = lane;
            this.payload = payload;
            this.properties = properties;
        }

        private int bytes() {
            return payload == null ? 0 : payload.getBytes(StandardCharsets.UTF_8).length;
        }
    }

    private static final class Lease {
        private final Stored message;
        private final String process;
        private final int deliveries;
        private long endNanos;

        private Lease(Stored message, String process, long endNanos) {
            this.message = message;
            this.process = process;
            deliveries = ++message.deliveries;
            this.endNanos = endNanos;
        }

        private LeaseName name() {
            return new LeaseName(message.id, deliveries);
        }
    }

    private record Dead(Stored message, String reason, String error) {}

    private record Known(String work, long endNanos) {}

    private record Kept(Outcome outcome, long endNanos) {}

    /** What is leased, without what only the client knows. */
    record Taken(
            long id,
            String key,
            Priority lane,
            @Nullable String payload,
            int bytes,
            int deliveries,
            int attempts,
            Map<String, String> properties) {}

    /** What a process takes; {@code kept} is what it had before and has no room for yet. */
    record Take(List<Taken> taken, List<JobQueue.Refused> refused, List<LeaseName> kept) {}

    /** One lease of one message. */
    record LeaseName(long id, int deliveries) {}

    /** How often lanes were passed over by a process. */
    static final class Turn {
        private final Map<Priority, Integer> passed = new EnumMap<>(Priority.class);
    }

    public MemoryServer(LongSupplier nanos) {
        this.nanos = nanos;
        for (Priority lane : Priority.values()) {
            ready.put(lane, new ArrayDeque<>());
        }
    }

    /** Has {@code bell} ring whenever there may be something new. */
    void bell(Runnable bell) {
        bells.add(bell);
    }

    private void ring() {
        bells.forEach(Runnable::run);
    }

    private ArrayDeque<Stored> lane(Priority lane) {
        return ready.computeIfAbsent(lane, ignored -> new ArrayDeque<>());
    }

    Receipt enqueue(QueueBinding binding, Message message) throws QueueException {
        long now = nanos.getAsLong();
        String work = message.lane() + "|" + message.payload();
        if (message.isRepeatable()) {
            Known known = keys.get(message.key());
            if (known != null && known.endNanos - now > 0) {
                return new Receipt(true, known.work.equals(work));
            }
        }
        Stored stored = new Stored(nextId++, message.key(), message.lane(), message.payload(), message.properties());
        if (stored.bytes() > binding.maxPayloadBytes() || propertyBytes(stored) > MAX_PROPERTY_BYTES) {
            throw new QueueException(Kind.TOO_LARGE, "too large");
        }
        boolean givesWay = binding.isOfResults() && bells.isEmpty();
        if (isFull(binding) && !givesWay) {
            throw new QueueException(Kind.FULL, "full");
        }
        if (message.isRepeatable()) {
            keys.put(message.key(), new Known(work, now + binding.dedup().toNanos()));
        }
        if (!binding.isOfResults()) {
            outcomes.put(
                    message.key(),
                    new Kept(Outcome.QUEUED, now + binding.dedup().toNanos()));
        }
        add(stored, message.delay());
        while (givesWay && lane(stored.lane).size() > binding.capacity()) {
            lane(stored.lane).remove();
        }
        return new Receipt(false);
    }

    private void add(Stored stored, Duration delay) {
        if (delay.isZero()) {
            lane(stored.lane).add(stored);
        } else {
            delay(stored, delay);
        }
        ring();
    }

    Tick.Fate tick(QueueBinding binding, Tick tick) {
        long now = nanos.getAsLong();
        if (millis() < tick.dueMillis()) {
            return Tick.Fate.EARLY;
        }
        Known known = keys.get(tick.key());
        if (known != null && known.endNanos - now > 0) {
            return Tick.Fate.KNOWN;
        }
        keys.put(tick.key(), new Known("tick", now + tick.dedup().toNanos()));
        long open = ticks.stream()
                .filter(key -> find(key).filter(Outcome.QUEUED::equals).isPresent())
                .count();
        if (open > tick.mayBeOpen()) {
            return Tick.Fate.BUSY;
        } else if (isFull(binding)) {
            return Tick.Fate.FULL;
        }
        outcomes.put(tick.key(), new Kept(Outcome.QUEUED, now + binding.dedup().toNanos()));
        ticks.addFirst(tick.key());
        while (ticks.size() > 2) {
            ticks.removeLast();
        }
        add(
                new Stored(
                        nextId++,
                        tick.key(),
                        Priority.NORMAL,
                        null,
                        Map.of("due", Instant.ofEpochMilli(tick.dueMillis()).toString())),
                tick.delay());
        return Tick.Fate.TAKEN;
    }

    long millis() {
        return EPOCH_MILLIS + Math.floorDiv(nanos.getAsLong(), 1_000_000);
    }

    private boolean isFull(QueueBinding binding) {
        int count = leases.size()
                + delayed.size()
                + ready.values().stream().mapToInt(ArrayDeque::size).sum();
        return binding.capacity() > 0 && count >= binding.capacity();
    }

    /** Dead letters have names of their own, in their order. */
    private void bury(Stored message, String reason, String error) {
        Stored letter = new Stored(nextId++, message.key, message.lane, message.payload, message.properties);
        dead.add(new Dead(letter, reason, error));
    }

    private static int propertyBytes(Stored stored) {
        return stored.properties.entrySet().stream()
                .mapToInt(each -> each.getKey().length() + each.getValue().length())
                .sum();
    }

    /** What somebody else hands in. */
    public void put(Priority lane, Map<String, String> fields) {
        Map<String, String> properties = new HashMap<>(fields);
        String payload = properties.remove("payload");
        String key = properties.remove("key");
        long id = nextId++;
        lane(lane).add(new Stored(id, key == null ? "#" + id : key, lane, payload, properties));
        ring();
    }

    private void delay(Stored stored, Duration delay) {
        stored.dueNanos = nanos.getAsLong() + delay.toNanos();
        delayed.add(stored);
    }

    /** Tells in how long something is due next. */
    Optional<Duration> nextDue() {
        return delayed.stream()
                .map(stored -> Duration.ofNanos(Math.max(0, stored.dueNanos - nanos.getAsLong())))
                .min(Duration::compareTo);
    }

    /** Returns the keys of what a process has. */
    public List<String> heldBy(String process) {
        return leases.values().stream()
                .filter(lease -> lease.process.equals(process))
                .map(lease -> lease.message.key)
                .toList();
    }

    /** Lists what this process has: what it does not know of it, it had before it was started again. */
    List<LeaseName> own(String process) {
        return leases.values().stream()
                .filter(lease -> lease.process.equals(process))
                .map(Lease::name)
                .toList();
    }

    Take take(
            QueueBinding binding,
            String process,
            Turn turn,
            List<LeaseName> own,
            boolean mayReclaim,
            int messages,
            long bytes,
            boolean isFresh) {
        long now = nanos.getAsLong();
        Set<Stored> before = new HashSet<>(); // which stay leased when there is no room for them yet
        for (Iterator<Stored> all = delayed.iterator(); all.hasNext(); ) {
            Stored stored = all.next();
            if (stored.dueNanos - now <= 0) {
                all.remove();
                lane(stored.lane).add(stored);
            }
        }
        for (Iterator<Map.Entry<Long, Lease>> all = leases.entrySet().iterator(); all.hasNext(); ) {
            Lease lease = all.next().getValue();
            if (isOwn(lease, process, own)) {
                before.add(lease.message);
                lane(lease.message.lane).addFirst(lease.message);
            } else if (mayReclaim && lease.endNanos - now <= 0) {
                all.remove();
                lane(lease.message.lane).addFirst(lease.message);
            }
        }
        List<Taken> taken = new ArrayList<>();
        List<JobQueue.Refused> refused = new ArrayList<>();
        long left = bytes;
        boolean isFirst = isFresh;
        while (taken.size() < messages && left > 0) {
            Priority lane = next(binding, turn);
            if (lane == null) {
                break;
            }
            Stored stored = lane(lane).element();
            if (isRefused(binding, stored, refused)) {
                lane(lane).remove();
                leases.remove(stored.id);
                bury(stored, refused.get(refused.size() - 1).reason(), "");
                continue;
            }
            if (stored.bytes() > left && !isFirst) {
                break;
            }
            lane(lane).remove();
            passOver(binding, turn, lane);
            Lease lease = new Lease(stored, process, now + binding.lease().toNanos());
            leases.put(stored.id, lease);
            taken.add(new Taken(
                    stored.id,
                    stored.key,
                    lane,
                    stored.payload,
                    stored.bytes(),
                    lease.deliveries,
                    stored.attempts,
                    stored.properties));
            left -= stored.bytes();
            isFirst = false;
        }
        ready.values().forEach(lane -> lane.removeAll(before));
        List<LeaseName> kept = leases.values().stream()
                .filter(lease -> isOwn(lease, process, own))
                .map(Lease::name)
                .toList();
        return new Take(taken, refused, kept);
    }

    private static boolean isOwn(Lease lease, String process, List<LeaseName> own) {
        return lease.process.equals(process) && own.contains(lease.name());
    }

    private @Nullable Priority next(QueueBinding binding, Turn turn) {
        Priority best = null;
        for (Priority lane : binding.lanes()) {
            if (lane(lane).isEmpty()) {
                continue;
            }
            if (turn.passed.getOrDefault(lane, 0) >= WaitingRoom.PASSES) {
                return lane;
            }
            best = best == null ? lane : best;
        }
        return best;
    }

    private void passOver(QueueBinding binding, Turn turn, Priority taken) {
        turn.passed.put(taken, 0);
        for (Priority lane : binding.lanes()) {
            if (lane.compareTo(taken) < 0 && !lane(lane).isEmpty()) {
                turn.passed.merge(lane, 1, Integer::sum);
            }
        }
    }

    private static boolean isRefused(QueueBinding binding, Stored stored, List<JobQueue.Refused> refused) {
        if (stored.bytes() > binding.maxPayloadBytes() || propertyBytes(stored) > MAX_PROPERTY_BYTES) {
            refused.add(new JobQueue.Refused(stored.key, "too-large", "it is too large"));
            return true;
        }
        Optional<String> problem = stored.payload == null ? Optional.empty() : Payload.problem(stored.payload);
        problem.ifPresent(detail -> refused.add(new JobQueue.Refused(stored.key, "malformed", detail)));
        return problem.isPresent();
    }

    private @Nullable Lease lease(String process, LeaseName name) {
        Lease lease = leases.get(name.id);
        return lease != null && lease.process.equals(process) && lease.deliveries == name.deliveries ? lease : null;
    }

    /** Returns those that are lost. */
    List<LeaseName> renew(QueueBinding binding, String process, List<LeaseName> names) {
        List<LeaseName> lost = new ArrayList<>();
        for (LeaseName name : names) {
            Lease lease = lease(process, name);
            if (lease == null) {
                lost.add(name);
            } else {
                lease.endNanos = nanos.getAsLong() + binding.lease().toNanos();
            }
        }
        return lost;
    }

    /**
     * Ends a lease.
     *
     * @param isRepeated whether this may have been done before: then it is, if the message is not here any more
     */
    void settle(QueueBinding binding, String process, LeaseName name, Settlement how, boolean isRepeated)
            throws QueueException {
        Lease lease = lease(process, name);
        if (lease == null && isRepeated && !isHere(name.id)) {
            return;
        }
        if (lease == null) {
            throw new QueueException(Kind.LEASE_LOST, "another process has it");
        }
        Stored message = lease.message;
        leases.remove(message.id);
        if (how instanceof Settlement.Ack ack) {
            keep(binding, message, ack.outcome());
        } else if (how instanceof Settlement.Dead letter) {
            keep(binding, message, letter.outcome());
            bury(message, letter.reason(), letter.error());
        } else if (how instanceof Settlement.Later later) {
            Stored moved = new Stored(nextId++, message.key, message.lane, message.payload, message.properties);
            moved.attempts = later.attempts();
            delay(moved, later.pause());
        } else {
            lane(message.lane).addFirst(message);
        }
        ring();
    }

    private boolean isHere(long id) {
        return leases.containsKey(id)
                || ready.values().stream().anyMatch(lane -> lane.stream().anyMatch(message -> message.id == id));
    }

    private void keep(QueueBinding binding, Stored message, @Nullable Outcome outcome) {
        if (outcome != null) {
            outcomes.put(
                    message.key,
                    new Kept(outcome, nanos.getAsLong() + binding.outcomes().toNanos()));
        }
    }

    public DeadLetters deadLetters(String after, int limit) {
        long from = after.isEmpty() ? -1 : Long.parseLong(after);
        return new DeadLetters(
                dead.stream()
                        .filter(letter -> letter.message.id > from)
                        .limit(limit)
                        .map(letter -> new DeadLetter(
                                String.valueOf(letter.message.id),
                                letter.message.key,
                                letter.message.lane,
                                letter.message.payload == null ? "" : letter.message.payload,
                                letter.message.bytes(),
                                letter.reason,
                                letter.error,
                                0,
                                letter.message.properties))
                        .toList(),
                dead.size(),
                0);
    }

    int replay(QueueBinding binding, List<String> ids) throws QueueException {
        int replayed = 0;
        for (String id : ids) {
            Dead letter = dead.stream()
                    .filter(each -> String.valueOf(each.message.id).equals(id))
                    .findFirst()
                    .orElse(null);
            if (letter == null) {
                continue;
            }
            if (isFull(binding)) {
                if (replayed == 0) {
                    throw new QueueException(Kind.FULL, "full");
                }
                break;
            }
            dead.remove(letter);
            Map<String, String> properties = new HashMap<>(letter.message.properties);
            properties.merge(Delivery.ROUND, "1", (before, one) -> String.valueOf(Integer.parseInt(before) + 1));
            outcomes.put(
                    letter.message.key,
                    new Kept(Outcome.QUEUED, nanos.getAsLong() + binding.dedup().toNanos()));
            lane(letter.message.lane)
                    .add(new Stored(
                            nextId++, letter.message.key, letter.message.lane, letter.message.payload, properties));
            replayed++;
        }
        ring();
        return replayed;
    }

    Optional<Outcome> find(String key) {
        Kept kept = outcomes.get(key);
        return kept == null || kept.endNanos - nanos.getAsLong() <= 0 ? Optional.empty() : Optional.of(kept.outcome);
    }

    public Depth depth(QueueBinding binding) {
        Map<Priority, Long> waiting = new EnumMap<>(Priority.class);
        Map<Priority, Long> leased = new EnumMap<>(Priority.class);
        for (Priority lane : binding.lanes()) {
            waiting.put(lane, (long) lane(lane).size());
            leased.put(
                    lane,
                    leases.values().stream()
                            .filter(lease -> lease.message.lane == lane)
                            .count());
        }
        Map<String, Long> holders = new HashMap<>();
        leases.values().forEach(lease -> holders.merge(lease.process, 1L, Long::sum));
        return new Depth(waiting, leased, delayed.size(), dead.size(), 0, Map.of(), holders, true);
    }
}
