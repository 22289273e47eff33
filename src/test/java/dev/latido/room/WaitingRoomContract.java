package dev.latido.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.job.Priority;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link WaitingRoom} keeps to. A queue's test extends this and says how to make one. */
public abstract class WaitingRoomContract {

    /** What is queued in these tests. */
    public static final class Item extends Linked<Item> {
        final String name;
        final Priority priority;

        Item(String name, Priority priority) {
            this.name = name;
            this.priority = priority;
        }

        /** Of an item whose name ends in a number: so many. */
        @Override
        public int bytes() {
            int colon = name.indexOf(':');
            return colon < 0 ? 0 : Integer.parseInt(name.substring(colon + 1));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** Makes an empty queue. */
    protected abstract WaitingRoom<Item> make(QueueConfig config);

    static QueueConfig config(int capacity, FullMode mode) {
        return config(capacity, mode, Map.of());
    }

    static QueueConfig config(int capacity, FullMode mode, Map<Priority, Integer> capacities) {
        return new QueueConfig(capacity, mode, capacities, 0);
    }

    static Item item(String name) {
        return new Item(name, Priority.NORMAL);
    }

    static Item item(String name, Priority priority) {
        return new Item(name, priority);
    }

    private static Offer<Item> offer(WaitingRoom<Item> queue, Item item) {
        return queue.offer(item, item.priority);
    }

    private static WaitingRoom<Item> fill(WaitingRoom<Item> queue, Item... items) {
        for (Item item : items) {
            assertThat(offer(queue, item)).isInstanceOf(Offer.Queued.class);
        }
        return queue;
    }

    private static String names(WaitingRoom<Item> queue) {
        List<String> names = new ArrayList<>();
        for (Priority priority : Priority.MOST_URGENT_FIRST) {
            queue.list(priority, null, Long.MIN_VALUE, 1_000).forEach(item -> names.add(item.name));
        }
        return String.join(" ", names);
    }

    private static String takeAll(WaitingRoom<Item> queue) {
        List<String> names = new ArrayList<>();
        for (Item item = queue.take(); item != null; item = queue.take()) {
            names.add(item.name);
        }
        return String.join(" ", names);
    }

    private static Item taken(@Nullable Item item) {
        if (item == null) {
            throw new AssertionError("the queue is empty");
        }
        return item;
    }

    @Test
    void isEmptyAtFirst() {
        WaitingRoom<Item> queue = make(config(1, FullMode.WAIT));

        assertThat(queue.take()).isNull();
        assertThat(queue.size()).isZero();
        assertThat(queue.hasRoom(Priority.LOW)).isTrue();
        assertThat(names(queue)).isEmpty();
    }

    private static QueueConfig bytes(int maxBytes, FullMode mode) {
        return new QueueConfig(9, mode, Map.of(), 0, maxBytes);
    }

    @ParameterizedTest
    @EnumSource(FullMode.class)
    void isFullOfBytesAsOfItems(FullMode mode) {
        WaitingRoom<Item> queue = fill(make(bytes(10, mode)), item("a:4"), item("b:4"));
        assertThat(queue.bytes()).isEqualTo(8);
        assertThat(queue.hasRoom(Priority.NORMAL, 2)).isTrue();
        assertThat(queue.hasRoom(Priority.NORMAL, 3)).isFalse();

        Offer<Item> offer = offer(queue, item("c:3"));

        switch (mode) {
            case WAIT, REJECT -> assertThat(offer).isInstanceOf(Offer.Full.class);
            case DROP_WRITE -> assertThat(offer).isInstanceOf(Offer.Dropped.class);
            case DROP_OLDEST -> assertThat(names(queue)).isEqualTo("b:4 c:3");
            case DROP_NEWEST -> assertThat(names(queue)).isEqualTo("a:4 c:3");
        }
    }

    @Test
    void evictsAsManyAsANewcomerNeeds() {
        WaitingRoom<Item> queue =
                fill(make(bytes(10, FullMode.DROP_OLDEST)), item("a:3"), item("b:3"), item("c:3", Priority.LOW));

        assertThat(offer(queue, item("d:7")))
                .isInstanceOfSatisfying(
                        Offer.Evicted.class,
                        evicted -> assertThat(evicted.victims().toString()).isEqualTo("[c:3, a:3]"));
        assertThat(names(queue)).isEqualTo("b:3 d:7");
        assertThat(queue.bytes()).isEqualTo(10);
    }

    @Test
    void evictsNothingForANewcomerThatWouldNotFitThen() {
        WaitingRoom<Item> queue =
                fill(make(bytes(10, FullMode.DROP_OLDEST)), item("urgent:6", Priority.HIGH), item("a:2"), item("b:2"));

        assertThat(offer(queue, item("c:5"))).isInstanceOf(Offer.Dropped.class);
        assertThat(names(queue)).isEqualTo("urgent:6 a:2 b:2");
    }

    @Test
    void holdsBytesForWhatIsQueuedLater() {
        WaitingRoom<Item> queue = make(bytes(10, FullMode.WAIT));
        assertThat(queue.reserve(Priority.NORMAL, 7)).isInstanceOf(Offer.Queued.class);
        assertThat(offer(queue, item("a:4"))).isInstanceOf(Offer.Full.class);
        queue.queueReserved(item("later:7"), Priority.NORMAL);
        assertThat(queue.bytes()).isEqualTo(7);
        assertThat(offer(queue, item("b:4"))).isInstanceOf(Offer.Full.class);
        queue.restoreReserved(Priority.NORMAL, 5);
        assertThat(queue.bytes()).isEqualTo(12);
        queue.releaseReserved(Priority.NORMAL, 5);
        taken(queue.take());
        assertThat(queue.bytes()).isZero();
        assertThat(offer(queue, item("c:10"))).isInstanceOf(Offer.Queued.class);
    }

    @Test
    void isFirstInFirstOutWithinAPriority() {
        WaitingRoom<Item> queue = fill(make(config(9, FullMode.WAIT)), item("a"), item("b"), item("c"));
        assertThat(taken(queue.take()).name).isEqualTo("a");
        fill(queue, item("d"));

        assertThat(takeAll(queue)).isEqualTo("b c d");
        assertThat(queue.size()).isZero();
    }

    @Test
    void takesTheMostUrgentFirst() {
        WaitingRoom<Item> queue = fill(
                make(config(9, FullMode.WAIT)),
                item("l", Priority.LOW),
                item("n", Priority.NORMAL),
                item("c", Priority.CRITICAL),
                item("h", Priority.HIGH),
                item("c2", Priority.CRITICAL));

        assertThat(queue.size(Priority.CRITICAL)).isEqualTo(2);
        assertThat(takeAll(queue)).isEqualTo("c c2 h n l");
    }

    @Test
    void takesTheOldestOfAllAfterPassingOverALessUrgentOneForTooLong() {
        WaitingRoom<Item> queue = fill(make(config(100, FullMode.WAIT)), item("low", Priority.LOW));
        int takes = 0;
        String name;
        do {
            fill(queue, item("c" + takes, Priority.CRITICAL), item("d" + takes, Priority.CRITICAL));
            name = taken(queue.take()).name;
            takes++;
        } while (!name.equals("low"));

        assertThat(takes).isEqualTo(WaitingRoom.PASSES + 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
    void starvesNobodyForLongerThanItSays(int before) {
        WaitingRoom<Item> queue = make(config(1_000, FullMode.WAIT));
        for (int i = 0; i < before; i++) {
            fill(queue, item("before" + i, i % 2 == 0 ? Priority.LOW : Priority.HIGH));
        }
        fill(queue, item("it", Priority.LOW));
        int takes = 0;
        String name;
        do {
            fill(queue, item("after", Priority.CRITICAL), item("after", Priority.HIGH));
            name = taken(queue.take()).name;
            takes++;
        } while (!name.equals("it"));

        assertThat(takes).isLessThanOrEqualTo((WaitingRoom.PASSES + 1) * (before + 1));
    }

    @ParameterizedTest
    @EnumSource(
            value = FullMode.class,
            names = {"WAIT", "REJECT"})
    void changesNothingWhenFullAndNotToldToDrop(FullMode mode) {
        WaitingRoom<Item> queue = fill(make(config(2, mode)), item("a"), item("b"));

        assertThat(offer(queue, item("c"))).isInstanceOf(Offer.Full.class);
        assertThat(queue.hasRoom(Priority.CRITICAL)).isFalse();
        assertThat(names(queue)).isEqualTo("a b");
    }

    @Test
    void dropsTheNewcomerWithDropWrite() {
        WaitingRoom<Item> queue = fill(make(config(2, FullMode.DROP_WRITE)), item("a"), item("b"));

        assertThat(offer(queue, item("c", Priority.CRITICAL))).isInstanceOf(Offer.Dropped.class);
        assertThat(names(queue)).isEqualTo("a b");
    }

    @Test
    void dropsTheOldestWithDropOldest() {
        Item oldest = item("a");
        WaitingRoom<Item> queue = fill(make(config(2, FullMode.DROP_OLDEST)), oldest, item("b"));

        assertThat(offer(queue, item("c"))).isEqualTo(new Offer.Evicted<>(oldest));
        assertThat(names(queue)).isEqualTo("b c");
    }

    @Test
    void dropsTheNewestWithDropNewest() {
        Item newest = item("b");
        WaitingRoom<Item> queue = fill(make(config(2, FullMode.DROP_NEWEST)), item("a"), newest);

        assertThat(offer(queue, item("c"))).isEqualTo(new Offer.Evicted<>(newest));
        assertThat(names(queue)).isEqualTo("a c");
    }

    @ParameterizedTest
    @EnumSource(
            value = FullMode.class,
            names = {"DROP_OLDEST", "DROP_NEWEST"})
    void evictsFromTheLowestPriority(FullMode mode) {
        WaitingRoom<Item> queue = fill(
                make(config(4, mode)),
                item("n", Priority.NORMAL),
                item("l1", Priority.LOW),
                item("l2", Priority.LOW),
                item("h", Priority.HIGH));

        offer(queue, item("c", Priority.CRITICAL));
        assertThat(names(queue)).isEqualTo(mode == FullMode.DROP_OLDEST ? "c h n l2" : "c h n l1");
        offer(queue, item("c2", Priority.CRITICAL));
        offer(queue, item("c3", Priority.CRITICAL));
        assertThat(names(queue)).isEqualTo("c c2 c3 h");
    }

    @ParameterizedTest
    @EnumSource(
            value = FullMode.class,
            names = {"DROP_OLDEST", "DROP_NEWEST"})
    void dropsTheNewcomerWhereOnlyMoreUrgentItemsAreQueued(FullMode mode) {
        WaitingRoom<Item> queue = fill(make(config(1, mode)), item("h", Priority.HIGH));

        assertThat(offer(queue, item("n"))).isInstanceOf(Offer.Dropped.class);
        assertThat(names(queue)).isEqualTo("h");
    }

    @Test
    void boundsAPriorityByItsOwnCapacity() {
        WaitingRoom<Item> queue =
                fill(make(config(5, FullMode.REJECT, Map.of(Priority.LOW, 1))), item("l", Priority.LOW));

        assertThat(queue.hasRoom(Priority.LOW)).isFalse();
        assertThat(offer(queue, item("l2", Priority.LOW))).isInstanceOf(Offer.Full.class);
        fill(queue, item("n1"), item("n2"), item("n3"), item("n4"));
        assertThat(queue.hasRoom(Priority.NORMAL)).isFalse();
    }

    @Test
    void evictsFromThePriorityThatIsFull() {
        WaitingRoom<Item> queue = fill(
                make(config(9, FullMode.DROP_OLDEST, Map.of(Priority.HIGH, 2))),
                item("l", Priority.LOW),
                item("h1", Priority.HIGH),
                item("h2", Priority.HIGH));

        offer(queue, item("h3", Priority.HIGH));

        assertThat(names(queue)).isEqualTo("h2 h3 l");
    }

    @ParameterizedTest
    @EnumSource(FullMode.class)
    void takesNothingOfAPriorityWithoutCapacity(FullMode mode) {
        WaitingRoom<Item> queue = make(config(2, mode, Map.of(Priority.LOW, 0)));

        assertThat(queue.hasRoom(Priority.LOW)).isFalse();
        assertThat(offer(queue, item("l", Priority.LOW))).isInstanceOfAny(Offer.Full.class, Offer.Dropped.class);
        assertThat(queue.size()).isZero();
    }

    @Test
    void holdsAPlaceForWhatComesLater() {
        WaitingRoom<Item> queue = make(config(2, FullMode.REJECT));
        assertThat(queue.reserve(Priority.NORMAL)).isInstanceOf(Offer.Queued.class);
        fill(queue, item("a"));

        assertThat(queue.hasRoom(Priority.NORMAL)).isFalse();
        assertThat(queue.size()).isEqualTo(1);
        assertThat(queue.reserve(Priority.NORMAL)).isInstanceOf(Offer.Full.class);
        queue.queueReserved(item("later"), Priority.NORMAL);
        assertThat(names(queue)).isEqualTo("a later");
        assertThat(queue.hasRoom(Priority.NORMAL)).isFalse();
    }

    @Test
    void givesAHeldPlaceBack() {
        WaitingRoom<Item> queue = make(config(1, FullMode.REJECT, Map.of(Priority.LOW, 1)));
        queue.reserve(Priority.LOW);
        queue.releaseReserved(Priority.LOW);

        assertThat(queue.hasRoom(Priority.LOW)).isTrue();
        assertThatThrownBy(() -> queue.releaseReserved(Priority.LOW)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void neverTakesAHeldPlaceAway() {
        WaitingRoom<Item> queue = make(config(1, FullMode.DROP_OLDEST));
        queue.reserve(Priority.LOW);

        assertThat(offer(queue, item("c", Priority.CRITICAL))).isInstanceOf(Offer.Dropped.class);
        queue.queueReserved(item("l", Priority.LOW), Priority.LOW);
        assertThat(names(queue)).isEqualTo("l");
    }

    @Test
    void evictsForAPlaceToHold() {
        Item victim = item("a");
        WaitingRoom<Item> queue = fill(make(config(1, FullMode.DROP_OLDEST)), victim);

        assertThat(queue.reserve(Priority.NORMAL)).isEqualTo(new Offer.Evicted<>(victim));
        assertThat(queue.size()).isZero();
        assertThat(queue.hasRoom(Priority.NORMAL)).isFalse();
    }

    @Test
    void putsBackToTheOldPlaceInWhateverOrder() {
        WaitingRoom<Item> queue = fill(make(config(4, FullMode.WAIT)), item("a"), item("b"), item("c"), item("d"));
        Item a = taken(queue.take());
        long orderOfA = a.order();
        Item b = taken(queue.take());
        long orderOfB = b.order();

        queue.putBack(a, Priority.NORMAL, orderOfA);
        queue.putBack(b, Priority.NORMAL, orderOfB);

        assertThat(names(queue)).isEqualTo("a b c d");
        Item again = taken(queue.take());
        assertThat(again).isSameAs(a);
        assertThat(taken(queue.take())).isSameAs(b);
        queue.putBack(b, Priority.NORMAL, orderOfB);
        queue.putBack(a, Priority.NORMAL, orderOfA);
        assertThat(takeAll(queue)).isEqualTo("a b c d");
    }

    @Test
    void putsBackAboveItsCapacity() {
        WaitingRoom<Item> queue = fill(make(config(1, FullMode.WAIT)), item("a"));
        Item a = taken(queue.take());
        fill(queue, item("b"));
        queue.putBack(a, Priority.NORMAL, a.order());

        assertThat(names(queue)).isEqualTo("a b");
        assertThat(queue.hasRoom(Priority.NORMAL)).isFalse();
        queue.take();
        assertThat(queue.hasRoom(Priority.NORMAL)).isFalse();
        queue.take();
        assertThat(queue.hasRoom(Priority.NORMAL)).isTrue();
    }

    @Test
    void removesFromAnywhere() {
        Item b = item("b");
        Item h = item("h", Priority.HIGH);
        WaitingRoom<Item> queue = fill(make(config(9, FullMode.WAIT)), item("a"), b, item("c"), h);

        assertThat(queue.remove(b, Priority.NORMAL)).isTrue();
        assertThat(queue.remove(b, Priority.NORMAL)).isFalse();
        assertThat(queue.remove(h, Priority.NORMAL)).isFalse();
        assertThat(queue.remove(h, Priority.HIGH)).isTrue();
        assertThat(names(queue)).isEqualTo("a c");
        assertThat(queue.size()).isEqualTo(2);
    }

    @Test
    void listsPageByPage() {
        WaitingRoom<Item> queue = make(config(20, FullMode.WAIT));
        for (int i = 0; i < 10; i++) {
            fill(queue, item(String.valueOf(i)));
        }
        List<Item> first = queue.list(Priority.NORMAL, null, Long.MIN_VALUE, 4);
        Item last = first.get(3);

        assertThat(queue.list(Priority.NORMAL, last, last.order(), 3))
                .extracting(item -> item.name)
                .containsExactly("4", "5", "6");
        assertThat(queue.list(Priority.NORMAL, null, last.order(), 3))
                .extracting(item -> item.name)
                .containsExactly("4", "5", "6");
        assertThat(queue.list(Priority.LOW, null, Long.MIN_VALUE, 3)).isEmpty();
        assertThat(queue.list(Priority.NORMAL, null, Long.MIN_VALUE, 0)).isEmpty();
    }

    @Test
    void listsOnWhereThePageEndedWhenItsLastItemHasMovedOn() {
        WaitingRoom<Item> queue = fill(make(config(9, FullMode.WAIT)), item("a"), item("b"), item("c"), item("d"));
        Item a = queue.list(Priority.NORMAL, null, Long.MIN_VALUE, 1).get(0);
        long orderOfA = a.order();
        queue.take();
        fill(queue, a); // it is queued again, at the end

        assertThat(queue.list(Priority.NORMAL, a, orderOfA, 9))
                .extracting(item -> item.name)
                .containsExactly("b", "c", "d", "a");
    }
}
