package dev.latido.queue.redis;

import dev.latido.job.Priority;
import dev.latido.loop.EventLoop;
import dev.latido.queue.Delivery;
import dev.latido.queue.JobQueue.Refused;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.Settlement;
import dev.latido.room.WaitingRoom;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Takes as much as was asked for, one call after the other, while the queue can be used. On the broker's loop. */
final class Taking {

    private static final int BATCH = 100;

    private final QueueBinding binding;
    private final Keys keys;
    private final String process;
    private final EventLoop loop;
    private final LongSupplier nanos;
    private final Leases leases;
    private final Settling settling;
    private final int version;
    private final Told told;

    /** The connections; null while the queue cannot be used. */
    private RedisBroker.@Nullable Session session;

    /** Counts beginnings: what was asked before one is over. */
    private int life;

    private long begunAt;
    private int credit;
    private long creditBytes;

    /** Whether nothing came since credit was given: then one message may have more bytes. */
    private boolean isFresh;

    private boolean isAsking;
    private boolean isRung;
    private boolean isReclaimDue;
    private final int[] passed;
    private EventLoop.@Nullable Timer dueTimer;

    /** The server's clock as it was told last, and when. */
    private long serverMillis;

    private long serverMillisAt;

    /** What comes of it. */
    interface Told {

        /** A call is made now. */
        void asks();

        void arrived(List<Delivery> deliveries);

        void refused(Refused refused);

        /** A call was answered. */
        void works();

        void failed(Throwable cause);
    }

    Taking(
            QueueBinding binding,
            Keys keys,
            String process,
            EventLoop loop,
            LongSupplier nanos,
            Leases leases,
            Settling settling,
            int version,
            Told told) {
        this.binding = binding;
        this.keys = keys;
        this.process = process;
        this.loop = loop;
        this.nanos = nanos;
        this.leases = leases;
        this.settling = settling;
        this.version = version;
        this.told = told;
        passed = new int[keys.lanes().size()];
    }

    /** The queue can be used. */
    void begin(RedisBroker.Session begun) {
        session = begun;
        begunAt = nanos.getAsLong();
        take();
    }

    /** It cannot be used any more; what was asked for stays so. */
    void end() {
        session = null;
        life++;
        isAsking = false;
        wakeIn(-1);
    }

    void credit(int messages, long bytes) {
        credit = messages;
        creditBytes = bytes;
        isFresh = true;
        take();
    }

    /** There may be something. */
    void ring() {
        take();
    }

    /** Looks for what others left, and takes what no ring told of. */
    void look() {
        isReclaimDue = true;
        take();
    }

    private void take() {
        RedisBroker.Session now = session;
        if (now == null || credit <= 0 || creditBytes <= 0) {
            return;
        }
        if (isAsking) {
            isRung = true;
            return;
        }
        isAsking = true;
        isRung = false;
        int mine = life;
        int asked = Math.min(credit, BATCH);
        long askedAt = nanos.getAsLong();
        List<String> all = new ArrayList<>(List.of(keys.name(), keys.delayed(), keys.dead()));
        all.addAll(keys.lanes());
        told.asks();
        now.commands().run(Script.TAKE, all, arguments(asked)).onComplete((answer, failure) -> {
            if (mine != life) {
                return; // what it brought is found as this process's own
            }
            isAsking = false;
            if (failure != null) {
                told.failed(failure);
            } else {
                told.works();
                taken(now, asked, askedAt, Objects.requireNonNull(answer));
            }
        });
    }

    private List<Object> arguments(int asked) {
        List<Object> arguments = new ArrayList<>(List.of(
                binding.group(),
                process,
                asked,
                creditBytes,
                isFresh ? 1 : 0,
                binding.maxPayloadBytes(),
                Publishing.MAX_OTHER_BYTES,
                Publishing.MAX_FIELDS,
                binding.lease().toMillis(),
                reclaimUntil(),
                WaitingRoom.PASSES,
                Settling.MAX_DEAD,
                Settling.DEAD_AGE.toMillis(),
                version));
        for (Priority lane : binding.lanes()) {
            arguments.add(lane.wireName());
        }
        for (int count : passed) {
            arguments.add(count);
        }
        leases.takeOwn(asked, (lane, id, deliveries) -> {
            arguments.add(lane + 1);
            arguments.add(id);
            arguments.add(deliveries);
        });
        return arguments;
    }

    /**
     * Until when by the server's clock this call may take over what others had; 0 for never. A call that waits in the socket of
     * a server that stands still must not, when it is read at last: those who renew wait there, too.
     */
    private long reclaimUntil() {
        long now = nanos.getAsLong();
        if (!isReclaimDue || now - begunAt < binding.lease().toNanos() || serverMillis == 0) {
            return 0;
        }
        isReclaimDue = false;
        return serverMillis
                + Duration.ofNanos(now - serverMillisAt).toMillis()
                + binding.lease().dividedBy(3).toMillis();
    }

    /** Reads the answer, of which the parts are told at the end of the script. */
    private void taken(RedisBroker.Session now, int asked, long askedAt, Response answer) {
        serverMillis = Link.number(answer, 0);
        serverMillisAt = nanos.getAsLong();
        Response counts = Objects.requireNonNull(answer.get(3));
        for (int i = 0; i < passed.length; i++) {
            passed[i] = (int) Link.number(counts, i);
        }
        for (Response each : Objects.requireNonNull(answer.get(5))) {
            Response fields = Objects.requireNonNull(each.get(3));
            String key = Entry.keyOf(lane(laneOf(each)), Link.text(each, 1), fields);
            told.refused(new Refused(key, Entry.TOO_LARGE, Link.text(each, 2)));
        }
        Response entries = Objects.requireNonNull(answer.get(4));
        if (serverMillisAt - askedAt < binding.lease().toNanos()) {
            deliver(now, entries);
        } else { // this process stood still: they may be another's since, which the next call finds out
            note(entries);
        }
        boolean hasMore = isRung || entries.size() == asked || Link.number(answer, 2) > 0 || leases.hasOwn();
        note(Objects.requireNonNull(answer.get(6)));
        wakeIn(Link.number(answer, 1));
        if (hasMore) {
            take();
        }
    }

    /** Notes what is pending in this process's name, and not delivered. */
    private void note(Response entries) {
        for (Response each : entries) {
            leases.foundOwn(laneOf(each), Link.text(each, 1), (int) Link.number(each, 2));
        }
    }

    private void deliver(RedisBroker.Session now, Response entries) {
        List<Delivery> deliveries = new ArrayList<>();
        for (Response each : entries) {
            int lane = laneOf(each);
            String id = Link.text(each, 1);
            Entry entry = Entry.of(lane(lane), id, Objects.requireNonNull(each.get(3)), binding.maxPayloadBytes());
            RedisHandle handle = leases.add(lane, id, (int) Link.number(each, 2), entry.key());
            if (entry.refusal() != null) {
                leases.remove(handle);
                bury(now, handle, entry.refusal());
                continue;
            }
            credit = Math.max(0, credit - 1);
            creditBytes = Math.max(0, creditBytes - entry.payloadBytes());
            isFresh = false;
            deliveries.add(entry.delivery(handle, lane(lane)));
        }
        if (!deliveries.isEmpty()) {
            told.arrived(deliveries);
        }
    }

    private Priority lane(int index) {
        return binding.lanes().get(index);
    }

    private static int laneOf(Response entry) {
        return (int) Link.number(entry, 0) - 1;
    }

    private void wakeIn(long millis) {
        if (dueTimer != null) {
            dueTimer.cancel();
            dueTimer = null;
        }
        if (millis >= 0) {
            dueTimer = loop.schedule(Duration.ofMillis(millis + 1), this::ring);
        }
    }

    /** Makes what cannot be work a dead letter. If that fails, it is found as this process's own another time. */
    private void bury(RedisBroker.Session now, RedisHandle handle, Refused refusal) {
        Settlement dead = new Settlement.Dead(refusal.reason(), refusal.detail(), null);
        List<Settling.End> end = List.of(new Settling.End(handle, refusal.key(), dead));
        now.commands()
                .run(Script.SETTLE, settling.keys(end), settling.arguments(end))
                .onComplete((answer, failure) -> {
                    if (failure != null) {
                        told.failed(failure);
                    } else if (Link.text(Objects.requireNonNull(answer), 0).equals("done")) {
                        told.refused(refusal);
                    }
                });
    }
}
