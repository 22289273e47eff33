package dev.latido.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Priority;
import dev.latido.room.memory.MemoryRoom;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("fast")
class MemoryRoomTest extends WaitingRoomContract {

    @Override
    protected WaitingRoom<Item> make(QueueConfig config) {
        return new MemoryRoom<>(config);
    }

    @Test
    void isAStrictLinkedList() {
        LinkedFifo<Item> list = new LinkedFifo<>();
        Item one = item("one");
        list.add(one, 5);
        list.insert(item("zero"), 1);
        list.insert(item("three"), 9);
        list.insert(item("two"), 7);

        assertThat(list.all()).extracting(item -> item.name).containsExactly("zero", "one", "two", "three");
        assertThat(list.last()).hasToString("three");
        assertThat(list.orderOfFirst()).isEqualTo(1);
        list.remove(one);
        assertThat(list.all()).hasSize(3);
    }

    @ParameterizedTest
    @EnumSource(FullMode.class)
    void doesWhatANaiveListDoes(FullMode mode) {
        Long rerun = Long.getLong("seed");
        long first = rerun == null ? System.nanoTime() : rerun;
        for (long seed = first; seed < first + (rerun == null ? 300 : 1); seed++) {
            try {
                compare(mode, new Random(seed));
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError(mode + " failed; run it again with -Dseed=" + seed, failure);
            }
        }
    }

    private void compare(FullMode mode, Random random) {
        int capacity = 1 + random.nextInt(8);
        Map<Priority, Integer> capacities = new EnumMap<>(Priority.class);
        for (Priority priority : Priority.values()) {
            if (random.nextInt(3) == 0) {
                capacities.put(priority, random.nextInt(capacity + 1));
            }
        }
        QueueConfig config = config(capacity, mode, capacities);
        WaitingRoom<Item> queue = make(config);
        NaiveQueue naive = new NaiveQueue(config);
        List<Item> taken = new ArrayList<>();
        List<Long> orders = new ArrayList<>();
        for (int step = 0; step < 200; step++) {
            Priority priority = Priority.MOST_URGENT_FIRST.get(random.nextInt(4));
            Item item = item(String.valueOf(step), priority);
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> assertThat(queue.offer(item, priority)).isEqualTo(naive.offer(item));
                case 3 -> assertThat(queue.reserve(priority)).isEqualTo(naive.reserve(priority));
                case 4 -> {
                    if (naive.held(priority) > 0) {
                        naive.held.remove(priority);
                        if (random.nextBoolean()) {
                            queue.queueReserved(item, priority);
                            naive.add(item);
                        } else {
                            queue.releaseReserved(priority);
                        }
                    }
                }
                case 5 -> {
                    Item next = queue.take();
                    assertThat(next).isSameAs(naive.take());
                    if (next != null) {
                        taken.add(next);
                        orders.add(next.order());
                    }
                }
                case 6 -> {
                    if (!taken.isEmpty()) {
                        int at = random.nextInt(taken.size());
                        Item back = taken.remove(at);
                        queue.putBack(back, back.priority, orders.remove(at));
                        naive.putBack(back);
                    }
                }
                default -> {
                    if (!naive.items.isEmpty()) {
                        Item gone = naive.items.get(random.nextInt(naive.items.size()));
                        assertThat(queue.remove(gone, gone.priority)).isTrue();
                        naive.items.remove(gone);
                    }
                }
            }
            same(queue, naive, random);
        }
    }

    private static void same(WaitingRoom<Item> queue, NaiveQueue naive, Random random) {
        assertThat(queue.size()).isEqualTo(naive.items.size());
        for (Priority priority : Priority.values()) {
            List<Item> lane = naive.lane(priority);
            assertThat(queue.hasRoom(priority)).isEqualTo(naive.hasRoom(priority));
            assertThat(queue.size(priority)).isEqualTo(lane.size());
            assertThat(queue.list(priority, null, Long.MIN_VALUE, 1_000)).isEqualTo(lane);
            if (!lane.isEmpty()) {
                int at = random.nextInt(lane.size());
                Item after = lane.get(at);
                List<Item> page = lane.subList(at + 1, Math.min(lane.size(), at + 3));
                assertThat(queue.list(priority, after, after.order(), 2)).isEqualTo(page);
                assertThat(queue.list(priority, null, after.order(), 2)).isEqualTo(page);
            }
        }
    }

    /** One list of everything, in the order of coming, searched from end to end. */
    private static final class NaiveQueue {
        final QueueConfig config;
        final List<Item> items = new ArrayList<>();
        final List<Priority> held = new ArrayList<>();
        final List<Item> everQueued = new ArrayList<>();
        int passes;

        NaiveQueue(QueueConfig config) {
            this.config = config;
        }

        List<Item> lane(Priority priority) {
            return items.stream().filter(item -> item.priority == priority).toList();
        }

        long held(Priority priority) {
            return held.stream().filter(priority::equals).count();
        }

        private boolean laneIsFull(Priority priority) {
            return lane(priority).size() + held(priority) >= config.capacityOf(priority);
        }

        boolean hasRoom(Priority priority) {
            return items.size() + held.size() < config.capacity() && !laneIsFull(priority);
        }

        void add(Item item) {
            items.add(item);
            everQueued.add(item);
        }

        Offer<Item> offer(Item item) {
            Offer<Item> room = room(item.priority);
            if (room instanceof Offer.Queued || room instanceof Offer.Evicted) {
                add(item);
            }
            return room;
        }

        Offer<Item> reserve(Priority priority) {
            Offer<Item> room = room(priority);
            if (room instanceof Offer.Queued || room instanceof Offer.Evicted) {
                held.add(priority);
            }
            return room;
        }

        private Offer<Item> room(Priority priority) {
            if (hasRoom(priority)) {
                return new Offer.Queued<>();
            }
            if (config.whenFull() == FullMode.WAIT || config.whenFull() == FullMode.REJECT) {
                return new Offer.Full<>();
            }
            List<Item> candidates = new ArrayList<>();
            for (Priority from : laneIsFull(priority) ? List.of(priority) : List.of(Priority.values())) {
                if (candidates.isEmpty() && from.level() <= priority.level()) {
                    candidates.addAll(lane(from));
                }
            }
            if (config.whenFull() == FullMode.DROP_WRITE || candidates.isEmpty()) {
                return new Offer.Dropped<>();
            }
            Item victim = candidates.get(config.whenFull() == FullMode.DROP_OLDEST ? 0 : candidates.size() - 1);
            items.remove(victim);
            return new Offer.Evicted<>(victim);
        }

        @Nullable Item take() {
            if (items.isEmpty()) {
                return null;
            }
            Item urgent = items.get(0);
            for (Item item : items) {
                urgent = item.priority.level() > urgent.priority.level() ? item : urgent;
            }
            Priority top = urgent.priority;
            boolean passesOver = items.stream().anyMatch(item -> item.priority != top);
            Item next = passesOver && passes >= WaitingRoom.PASSES ? items.get(0) : urgent;
            passes = passesOver && next.priority == top ? passes + 1 : 0;
            items.remove(next);
            return next;
        }

        void putBack(Item item) {
            int place = everQueued.indexOf(item);
            int at = 0;
            while (at < items.size() && everQueued.indexOf(items.get(at)) < place) {
                at++;
            }
            items.add(at, item);
        }
    }
}
