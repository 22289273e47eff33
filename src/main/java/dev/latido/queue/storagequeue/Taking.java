package dev.latido.queue.storagequeue;

import dev.latido.job.Priority;
import dev.latido.loop.EventLoop;
import dev.latido.queue.QueueBinding;
import dev.latido.room.WaitingRoom;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks for as much as was asked for, one call after the other. Nothing tells when there is something: when all lanes are empty it
 * asks again after a pause, which grows while they stay so. On the broker's loop.
 */
final class Taking {

    /** The pauses while there is nothing: of two seconds, 1,800 calls an hour for each lane come. */
    static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);

    static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final QueueBinding binding;
    private final EventLoop loop;
    private final LongSupplier nanos;
    private final RandomGenerator random;
    private final Told told;
    private final int[] passed;

    private boolean isOn;

    /** Counts beginnings: what was asked before one is over. */
    private int life;

    private long notBefore;
    private int credit;
    private long creditBytes;

    /** Whether nothing came since credit was given: then one message may have more bytes. */
    private boolean isFresh;

    private boolean isAsking;

    /** The lane that is asked next, unless another is due; what is more urgent had nothing when it was asked. */
    private int next;

    /** Whether something was found since the first lane was asked. */
    private boolean hasFound;

    private int idleRounds;
    private EventLoop.@Nullable Timer wake;

    /** A message that has more bytes than may come now. */
    private @Nullable Lease stash;

    /** What comes of it. */
    interface Told {

        /** Asks for messages of a lane; a failure was reacted to when it is told. */
        Future<List<Xml.Told>> ask(Priority lane, int count);

        /** Makes leases of them: those that are work, and were not here. */
        List<Lease> lease(Priority lane, List<Xml.Told> messages);

        void arrived(List<Lease> leases);

        /** There was no use for it after all. */
        void giveBack(Lease lease);
    }

    Taking(QueueBinding binding, EventLoop loop, LongSupplier nanos, RandomGenerator random, Told told) {
        this.binding = binding;
        this.loop = loop;
        this.nanos = nanos;
        this.random = random;
        this.told = told;
        passed = new int[binding.lanes().size()];
        notBefore = nanos.getAsLong();
    }

    /** The queue can be used, and messages may be taken after {@code hold}: who had them comes first. */
    void begin(Duration hold) {
        isOn = true;
        notBefore = nanos.getAsLong() + hold.toNanos();
        startRound();
        take();
    }

    /** It cannot be used any more; what was asked for stays so. */
    void end() {
        isOn = false;
        life++;
        isAsking = false;
        cancel();
    }

    void credit(int messages, long bytes) {
        credit = messages;
        creditBytes = bytes;
        isFresh = true;
        Lease kept = stash;
        if (kept != null) {
            stash = null;
            if (hasCredit()) {
                deliver(List.of(kept));
            } else {
                told.giveBack(kept);
            }
        }
        if (wake == null) { // else there was nothing, and it is asked for again soon
            take();
        }
    }

    /** There may be something. */
    void ring() {
        if (wake != null) {
            cancel();
            startRound();
            take();
        }
    }

    /** Forgets one that is over. */
    void forget(Lease lease) {
        if (stash == lease) {
            stash = null;
        }
    }

    private boolean hasCredit() {
        return credit > 0 && creditBytes > 0;
    }

    private void startRound() {
        next = 0;
        hasFound = false;
        idleRounds = 0;
    }

    private void cancel() {
        if (wake != null) {
            wake.cancel();
            wake = null;
        }
    }

    private void wakeIn(Duration delay) {
        cancel();
        wake = loop.schedule(delay, () -> {
            wake = null;
            take();
        });
    }

    private void take() {
        if (!isOn || isAsking || stash != null || !hasCredit()) {
            return;
        }
        long hold = notBefore - nanos.getAsLong();
        if (hold > 0) {
            wakeIn(Duration.ofNanos(hold));
            return;
        }
        isAsking = true;
        int mine = life;
        int due = due();
        int lane = due < 0 ? next : due;
        int count = due < 0 ? count(lane) : 1;
        long askedAt = nanos.getAsLong();
        told.ask(binding.lanes().get(lane), count).onComplete((messages, failure) -> {
            if (mine != life) {
                return; // what it brought is hidden for a lease, and comes again
            }
            isAsking = false;
            if (messages == null) {
                wakeIn(LONGEST_PAUSE); // and if the service is not there, all of this begins anew
            } else if (nanos.getAsLong() - askedAt >= binding.lease().toNanos()) {
                take(); // this process stood still: they may be another's since
            } else {
                taken(lane, due >= 0, count, messages);
            }
        });
    }

    /** Returns a lane that was passed over too often, the most urgent of them; -1 for none. */
    private int due() {
        for (int lane = 1; lane < passed.length; lane++) {
            if (passed[lane] >= WaitingRoom.PASSES) {
                return lane;
            }
        }
        return -1;
    }

    /** Returns how many to take: no more than have their bytes, but for one, nor than may pass over others. */
    private int count(int lane) {
        long fitting = Math.max(1, creditBytes / Math.max(1, binding.maxPayloadBytes()));
        int most = (int) Math.min(Math.min(credit, Operation.MAX_MESSAGES), fitting);
        for (int other = lane + 1; other < passed.length; other++) {
            most = Math.min(most, WaitingRoom.PASSES - passed[other]);
        }
        return Math.max(1, most);
    }

    private void taken(int lane, boolean wasDue, int asked, List<Xml.Told> messages) {
        if (!messages.isEmpty()) {
            hasFound = true;
            for (int other = lane + 1; other < passed.length; other++) {
                passed[other] += messages.size();
            }
        }
        passed[lane] = 0;
        boolean isEmpty = messages.size() < asked;
        deliver(told.lease(binding.lanes().get(lane), messages));
        if (wasDue || !isEmpty) {
            next = 0;
            take();
        } else if (lane + 1 < passed.length) {
            next = lane + 1;
            take();
        } else {
            rest();
        }
    }

    private void rest() {
        idleRounds = hasFound ? 0 : Math.min(10, idleRounds + 1);
        next = 0;
        hasFound = false;
        if (isOn && stash == null && hasCredit()) {
            long most = Math.min(LONGEST_PAUSE.toNanos(), SHORTEST_PAUSE.toNanos() << Math.max(0, idleRounds - 1));
            wakeIn(Duration.ofNanos((long) (most * (0.75 + random.nextDouble() / 4))));
        }
    }

    /** Hands over what may come; there is more only when one was taken of which the bytes were not known. */
    private void deliver(List<Lease> leases) {
        int fitting = 0;
        for (Lease lease : leases) {
            int bytes = lease.content.payloadBytes();
            if (bytes > creditBytes && !isFresh && stash == null) {
                stash = lease;
                continue;
            }
            fitting++;
            credit = Math.max(0, credit - 1);
            creditBytes = Math.max(0, creditBytes - bytes);
            isFresh = false;
        }
        List<Lease> come = leases.stream().filter(each -> each != stash).toList();
        if (fitting > 0) {
            told.arrived(come);
        }
    }
}
