package dev.latido.queue.servicebus;

import dev.latido.job.Priority;
import dev.latido.loop.EventLoop;
import dev.latido.queue.QueueBinding;
import dev.latido.room.WaitingRoom;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.proton.ProtonReceiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes as much as was asked for. A receiver gives its queue credit, and gets so many messages as they come; what it gave is taken
 * back by draining it, which the service answers once it has sent what it had.
 *
 * <p>With one lane its credit is what was asked for. With several, the most urgent is asked first: given credit and drained, then
 * the next. Once all are empty each has credit for one, and whichever gets something has all asked anew. What so comes beyond
 * what was asked for waits here for a moment, and then goes back. On the broker's loop.
 */
final class Taking {

    /** How many may be on their way. */
    private static final int MAX_CREDIT = 1_000;

    /** How many bytes these may have together, where a message may have many. */
    private static final long MAX_BYTES = 64L * 1024 * 1024;

    /** How long what was not asked for waits here. */
    private static final Duration KEPT_FOR = Duration.ofSeconds(1);

    private final QueueBinding binding;
    private final EventLoop loop;
    private final Told told;
    private final List<Lane> lanes = new ArrayList<>();
    private final int[] passed;

    /** What came beyond what was asked for, in this order. */
    private final List<Held> stash = new ArrayList<>();

    private boolean isOn;

    /** Counts beginnings: what was asked before one is over. */
    private int life;

    private int credit;
    private long creditBytes;

    /** Whether nothing came since credit was given: then one message may have more bytes. */
    private boolean isFresh;

    /** Whether a lane is asked or drained just now. */
    private boolean isBusy;

    /** Whether all lanes were empty, and each has credit for one. */
    private boolean isListening;

    /** The lane that is asked next, unless another is due; what is more urgent had nothing when it was asked. */
    private int next;

    private EventLoop.@Nullable Timer keptTimer;

    /** What comes of it. */
    interface Told {

        void arrived(List<Held> messages);

        /** There was no use for it after all. */
        void giveBack(Held message);

        /** A queue does not answer. */
        void silent(String what);
    }

    /** One lane, and the link that its messages come by. */
    static final class Lane {
        private final Priority priority;
        private @Nullable ProtonReceiver receiver;

        /** How many may still come. */
        private int open;

        /** How many came since it was asked. */
        private int came;

        Lane(Priority priority) {
            this.priority = priority;
        }
    }

    Taking(QueueBinding binding, EventLoop loop, Told told) {
        this.binding = binding;
        this.loop = loop;
        this.told = told;
        binding.lanes().forEach(lane -> lanes.add(new Lane(lane)));
        passed = new int[lanes.size()];
    }

    /** Messages may come by these links. */
    void begin(Map<Priority, ProtonReceiver> receivers) {
        end();
        isOn = true;
        lanes.forEach(lane -> lane.receiver = receivers.get(lane.priority));
        take();
    }

    /** None come any more; what was asked for stays so. */
    void end() {
        isOn = false;
        life++;
        isBusy = false;
        isListening = false;
        next = 0;
        lanes.forEach(lane -> {
            lane.receiver = null;
            lane.open = 0;
        });
    }

    void credit(int messages, long bytes) {
        credit = messages;
        creditBytes = bytes;
        isFresh = true;
        take();
    }

    /** Forgets one that is over. */
    void forget(Held message) {
        stash.remove(message);
    }

    /** A message came by the link of a lane; null when it is nothing to be told of. */
    void came(Priority priority, @Nullable Held message) {
        for (Lane lane : lanes) {
            if (lane.priority == priority) {
                lane.open = Math.max(0, lane.open - 1);
                lane.came++;
            }
        }
        if (message != null) {
            stash.add(message);
        }
        deliver();
        if (!isBusy) {
            take();
        }
    }

    private boolean wants() {
        return credit > 0 && creditBytes > 0 && stash.isEmpty();
    }

    /** Delivers what is here and was asked for, the most urgent first. */
    private void deliver() {
        List<Held> come = new ArrayList<>();
        while (!stash.isEmpty() && credit > 0 && creditBytes > 0) {
            Held first = stash.get(0);
            for (Held each : stash) {
                first = each.lane.compareTo(first.lane) > 0 ? each : first;
            }
            if (!isFresh && first.wire.payloadBytes() > creditBytes) {
                break;
            }
            stash.remove(first);
            credit--;
            creditBytes = Math.max(0, creditBytes - first.wire.payloadBytes());
            isFresh = false;
            come.add(first);
        }
        if (!come.isEmpty()) {
            told.arrived(come);
        }
    }

    /** Sees to it that what is asked for can come, and nothing else. */
    private void take() {
        deliver();
        if (!isOn || isBusy) {
            return;
        }
        if (!wants()) {
            stop();
        } else if (lanes.size() == 1) {
            takeFromOne(lanes.get(0));
        } else if (!isListening || lanes.stream().anyMatch(lane -> lane.open == 0)) {
            isListening = false;
            if (lanes.stream().anyMatch(lane -> lane.open > 0)) {
                drainAll(); // it comes back here
            } else {
                ask();
            }
        }
    }

    /** Returns how many may come, without more bytes than are asked for. */
    private int wanted(Lane lane) {
        long byBytes = creditBytes / Math.max(1, binding.maxPayloadBytes());
        long largest = lane.receiver == null || lane.receiver.getRemoteMaxMessageSize() == null
                ? 1
                : Math.max(1, lane.receiver.getRemoteMaxMessageSize().longValue());
        long bounded = Math.min(Math.min(credit, MAX_CREDIT), Math.min(byBytes, MAX_BYTES / largest));
        return (int) Math.max(1, bounded);
    }

    private void takeFromOne(Lane lane) {
        int wanted = wanted(lane);
        if (lane.open < wanted) {
            give(lane, wanted - lane.open);
        } else if (lane.open > wanted) {
            drainAll();
        }
    }

    private static void give(Lane lane, int count) {
        if (lane.receiver != null) {
            lane.open += count;
            lane.receiver.flow(count);
        }
    }

    /** Asks one lane: the one that was passed over too often, or the next. */
    private void ask() {
        int due = due();
        int index = due < 0 ? next : due;
        Lane lane = lanes.get(index);
        int count = due < 0 ? count(index) : 1;
        lane.came = 0;
        give(lane, count);
        busy(drain(lane), () -> asked(index, due >= 0, count));
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

    /** Returns how many to ask a lane for: no more than may pass over others. */
    private int count(int lane) {
        int most = wanted(lanes.get(lane));
        for (int other = lane + 1; other < passed.length; other++) {
            most = Math.min(most, WaitingRoom.PASSES - passed[other]);
        }
        return Math.max(1, most);
    }

    private void asked(int index, boolean wasDue, int count) {
        int came = lanes.get(index).came;
        for (int other = index + 1; other < passed.length; other++) {
            passed[other] += came;
        }
        passed[index] = 0;
        if (wasDue || came >= count) {
            next = 0;
        } else if (index + 1 < passed.length) {
            next = index + 1;
        } else {
            next = 0;
            if (wants()) {
                isListening = true;
                lanes.forEach(lane -> give(lane, 1));
            }
        }
    }

    // ---- giving back

    /** Nothing is wanted: nothing more may come, and what came is for others, after a moment. */
    private void stop() {
        isListening = false;
        if (lanes.stream().anyMatch(lane -> lane.open > 0)) {
            drainAll();
        } else if (!stash.isEmpty() && credit == 0 && isFresh) {
            giveBack();
        } else if (!stash.isEmpty() && credit == 0 && keptTimer == null) {
            keptTimer = loop.schedule(KEPT_FOR, () -> {
                keptTimer = null;
                deliver();
                if (credit == 0) { // else it waits for room for its bytes
                    giveBack();
                }
                take();
            });
        }
    }

    private void giveBack() {
        List<Held> all = List.copyOf(stash);
        stash.clear();
        all.forEach(told::giveBack);
    }

    private void drainAll() {
        busy(
                Future.all(lanes.stream()
                        .filter(lane -> lane.open > 0)
                        .map(this::drain)
                        .toList()),
                () -> {});
    }

    /** Takes back what credit a lane has; completes when what was on its way is here. */
    private Future<Void> drain(Lane lane) {
        ProtonReceiver receiver = lane.receiver;
        if (receiver == null) {
            return Future.succeededFuture();
        }
        int mine = life;
        Promise<Void> drained = Promise.promise();
        EventLoop.Timer timer = loop.schedule(Bus.ANSWER, () -> {
            if (mine == life) {
                told.silent("the queue of the lane " + lane.priority.wireName());
            }
        });
        receiver.drain(
                0,
                done -> loop.execute(() -> {
                    timer.cancel();
                    if (mine == life) {
                        lane.open = 0;
                        drained.complete();
                    }
                }));
        return drained.future();
    }

    /** Nothing else is asked until this is done; then it is looked at again. */
    private void busy(Future<?> call, Runnable then) {
        int mine = life;
        isBusy = true;
        call.onSuccess(done -> {
            if (mine == life) {
                isBusy = false;
                then.run();
                take();
            }
        });
    }
}
