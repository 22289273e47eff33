package dev.latido.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.latido.job.Priority;
import dev.latido.queue.QueueBinding.Existing;
import dev.latido.room.FullMode;
import dev.latido.room.WaitingRoom;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.opentest4j.TestAbortedException;

/** What every queue at a broker promises, a test each; left out only where its record says that it does not. */
@Timeout(240)
public abstract class JobQueueContract {

    /** So long that nothing in a test comes from the end of a lease. */
    protected static final Duration LONG = Duration.ofMinutes(10);

    /** In which something would come that must not. */
    private static final Duration A_WHILE = Duration.ofMillis(300);

    protected static final Settlement ACK = new Settlement.Ack(null);

    /** What stands in a test that is left out because the record does not promise what it tries. */
    static final String NOT_PROMISED = "the record does not promise it";

    private QueueBed bed;
    private final List<Member> members = new ArrayList<>();

    /** What fails tells in which bed, which may have a seed. */
    @RegisterExtension
    final TestExecutionExceptionHandler inWhichBed = (context, failure) -> {
        if (!(failure instanceof TestAbortedException)) {
            failure.addSuppressed(new Exception("in " + bed));
        }
        throw failure;
    };

    protected abstract QueueBed makeBed();

    protected final QueueBed bed() {
        return bed;
    }

    /** Leaves the test out where the record does not promise what it tries. */
    private static void onlyIf(boolean isPromised) {
        assumeTrue(isPromised, NOT_PROMISED);
    }

    @BeforeEach
    final void begin() {
        bed = makeBed();
    }

    @AfterEach
    final void nobodyBrokeTheRules() {
        try {
            for (Member member : members) {
                assertThat(member.fault()).as(member.process).isNull();
            }
        } finally {
            bed.close();
        }
    }

    protected static QueueBinding binding(Duration lease) {
        return new QueueBinding(
                "orders",
                "latido",
                List.of(Priority.HIGH, Priority.NORMAL, Priority.LOW),
                lease,
                0,
                FullMode.REJECT,
                1_000,
                Duration.ofHours(24),
                Duration.ofHours(1),
                Existing.TAKE,
                true);
    }

    protected static QueueBinding bounded(QueueBinding binding, long capacity) {
        return new QueueBinding(
                binding.name(),
                binding.group(),
                binding.lanes(),
                binding.lease(),
                capacity,
                binding.whenFull(),
                binding.maxPayloadBytes(),
                binding.dedup(),
                binding.outcomes(),
                binding.existing(),
                binding.isDurable());
    }

    /** Has a process use the queue, and waits until it can. */
    protected final Member join(String process, QueueBinding binding) {
        Member member = bed.member(process, binding);
        members.add(member);
        member.open();
        bed.await(process + " to be up", member::isUp);
        return member;
    }

    protected final Member join(String process) {
        return join(process, binding(LONG));
    }

    protected static Message message(String key) {
        return message(key, Priority.NORMAL);
    }

    protected static Message message(String key, Priority lane) {
        return new Message(key, false, "{\"n\":\"" + key + "\"}", lane, Duration.ZERO, Map.of());
    }

    private static Message repeatable(String key, String payload) {
        return new Message(key, true, payload, Priority.NORMAL, Duration.ZERO, Map.of());
    }

    private static Message delayed(String key, Duration delay) {
        return new Message(key, false, "1", Priority.NORMAL, delay, Map.of());
    }

    protected final Receipt put(Member member, String key) {
        return bed.get(member.enqueue(message(key)));
    }

    /** Waits until so many have arrived, and returns the last. */
    protected final Delivery arrival(Member member, int count) {
        bed.await(member.process + " to have " + count, () -> member.arrived().size() >= count);
        assertThat(member.arrived()).hasSize(count);
        return member.arrived().get(count - 1);
    }

    private static long sum(Map<Priority, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Shows that nothing comes, by what would come behind it. */
    private void assertNothingComesTo(Member member, int had) {
        Member other = member;
        put(other, "probe-" + had);
        assertThat(arrival(member, had + 1).key()).isEqualTo("probe-" + had);
    }

    /** Tells whether the broker keeps keys, and so what became of them. */
    private boolean keepsKeys() {
        return !bed.capabilities().dedup().isZero();
    }

    private Outcome outcome(Member member, String key) {
        return bed.get(member.find(key)).orElseThrow();
    }

    // ---- handing in and taking

    @Test
    void deliversWhatWasEnqueuedWithAllThatBelongsToIt() {
        Member shop = join("shop");
        Map<String, String> properties = Map.of("traceparent", "00-ä-1", "empty", "");
        Receipt receipt = bed.get(shop.enqueue(
                new Message("k1", false, "{\"ä\":[1.0,\"\\u0000€\"]}", Priority.HIGH, Duration.ZERO, properties)));
        bed.get(shop.enqueue(new Message("k2", false, null, Priority.NORMAL, Duration.ZERO, Map.of())));
        shop.dequeue(10);
        bed.await("both", () -> shop.arrived().size() == 2);
        Delivery first = shop.arrived().get(0);
        assertThat(receipt).isEqualTo(new Receipt(false));
        assertThat(first.key()).isEqualTo("k1");
        assertThat(first.lane()).isEqualTo(Priority.HIGH);
        assertThat(first.payload()).isEqualTo("{\"ä\":[1.0,\"\\u0000€\"]}");
        assertThat(first.payloadBytes()).isEqualTo(24);
        assertThat(first.properties()).isEqualTo(properties);
        assertThat(first.deliveries()).isEqualTo(1);
        assertThat(first.attempts()).isZero();
        assertThat(shop.arrived().get(1).payload()).isNull();
        assertThat(shop.arrived().get(1).payloadBytes()).isZero();
    }

    @Test
    void deliversToWhoWaits() {
        Member shop = join("shop");
        Member till = join("till");
        shop.dequeue(1);
        put(till, "a");
        assertThat(arrival(shop, 1).key()).isEqualTo("a");
    }

    @Test
    void deliversEachMessageToOne() {
        List<Member> all = List.of(join("shop"), join("till"), join("desk"));
        all.forEach(member -> member.dequeue(100));
        List<String> keys = IntStream.range(0, 60).mapToObj(n -> "m" + n).toList();
        List<Future<Receipt>> receipts =
                keys.stream().map(key -> all.get(0).enqueue(message(key))).toList();
        receipts.forEach(bed::get);
        bed.await(
                "all of it",
                () -> all.stream().mapToInt(member -> member.arrived().size()).sum() >= keys.size());
        assertThat(all.stream().flatMap(member -> member.keys().stream())).containsExactlyInAnyOrderElementsOf(keys);
    }

    @Test
    void keepsTheOrderWithinALane() {
        onlyIf(bed.capabilities().order() == Capabilities.Order.FIFO);
        Member shop = join("shop");
        List<String> keys = IntStream.range(0, 40).mapToObj(n -> "m" + n).toList();
        keys.forEach(key -> put(shop, key));
        shop.dequeue(100);
        bed.await("all", () -> shop.arrived().size() >= 40);
        assertThat(shop.keys()).isEqualTo(keys);
    }

    // ---- credit

    @Test
    void deliversNoMoreThanItWasAskedFor() {
        Member shop = join("shop");
        IntStream.range(0, 10).forEach(n -> put(shop, "m" + n));
        shop.dequeue(3);
        arrival(shop, 3);
        bed.pass(A_WHILE);
        assertThat(shop.arrived()).hasSize(3);
        Depth depth = bed.get(shop.depth());
        assertThat(sum(depth.leased())).isEqualTo(3);
        shop.dequeue(1);
        arrival(shop, 4);
        shop.dequeue(100);
        arrival(shop, 10);
    }

    @Test
    void deliversNothingWithoutCredit() {
        Member shop = join("shop");
        shop.dequeue(5);
        shop.dequeue(0);
        bed.get(shop.depth()); // what was asked before is answered
        put(shop, "a");
        bed.pass(A_WHILE);
        assertThat(shop.arrived()).isEmpty();
        shop.dequeue(1);
        arrival(shop, 1);
    }

    @Test
    void deliversNoMoreBytesThanItWasAskedFor() {
        Member shop = join("shop");
        String payload = "\"" + "x".repeat(98) + "\"";
        for (int n = 0; n < 5; n++) {
            bed.get(shop.enqueue(new Message("m" + n, false, payload, Priority.NORMAL, Duration.ZERO, Map.of())));
        }
        shop.dequeue(10, 250);
        arrival(shop, 2);
        bed.pass(A_WHILE);
        assertThat(shop.arrived()).hasSize(2);
        shop.dequeue(10, 1); // one may have more, and comes alone
        arrival(shop, 3);
        bed.pass(A_WHILE);
        assertThat(shop.arrived()).hasSize(3);
        shop.dequeue(10, 0);
        bed.pass(A_WHILE);
        assertThat(shop.arrived()).hasSize(3);
        shop.dequeue(10, 1_000);
        arrival(shop, 5);
    }

    // ---- lanes

    @Test
    void takesTheMostUrgentFirst() {
        onlyIf(bed.capabilities().lanes() >= 3);
        Member shop = join("shop");
        for (Priority lane : List.of(Priority.LOW, Priority.NORMAL, Priority.HIGH)) {
            bed.get(shop.enqueue(message(lane + "1", lane)));
            bed.get(shop.enqueue(message(lane + "2", lane)));
        }
        for (int n = 1; n <= 6; n++) {
            shop.dequeue(1);
            arrival(shop, n);
        }
        assertThat(shop.keys()).containsExactly("HIGH1", "HIGH2", "NORMAL1", "NORMAL2", "LOW1", "LOW2");
    }

    @Test
    void letsNoLaneStarve() {
        onlyIf(bed.capabilities().lanes() >= 3);
        for (int batch : List.of(1, 7, 100)) {
            Member shop = join("shop" + batch);
            Map<Priority, Integer> put = new EnumMap<>(Priority.class);
            put.put(Priority.HIGH, 60);
            put.put(Priority.NORMAL, 10);
            put.put(Priority.LOW, 3);
            put.forEach((lane, count) ->
                    IntStream.range(0, count).forEach(n -> bed.get(shop.enqueue(message(lane + "-" + n, lane)))));
            while (shop.arrived().size() < 73) {
                int had = shop.arrived().size();
                shop.dequeue(Math.min(batch, 73 - had));
                arrival(shop, had + Math.min(batch, 73 - had));
            }
            Map<Priority, Integer> passed = new EnumMap<>(Priority.class);
            Map<Priority, Integer> left = new EnumMap<>(put);
            for (Delivery delivery : shop.arrived()) {
                left.merge(delivery.lane(), -1, Integer::sum);
                passed.put(delivery.lane(), 0);
                for (Priority lane : put.keySet()) {
                    if (lane.compareTo(delivery.lane()) < 0 && left.getOrDefault(lane, 0) > 0) {
                        int times = passed.getOrDefault(lane, 0) + 1;
                        passed.put(lane, times);
                        assertThat(times) // two less urgent ones take turns
                                .as(lane + " in batches of " + batch)
                                .isLessThanOrEqualTo(WaitingRoom.PASSES + 1);
                    }
                }
            }
            assertThat(shop.arrived().get(0).lane()).isEqualTo(Priority.HIGH);
            assertThat(shop.arrived().subList(0, WaitingRoom.PASSES))
                    .allMatch(delivery -> delivery.lane() == Priority.HIGH);
            shop.arrived().forEach(delivery -> bed.get(shop.settle(delivery, ACK)));
            bed.get(shop.close());
        }
    }

    // ---- delay

    @Test
    void delaysAMessage() {
        Duration delay = bed.shortLease();
        onlyIf(bed.capabilities().maxDelay().compareTo(delay) >= 0);
        Member shop = join("shop");
        shop.dequeue(10);
        long begin = bed.nanos();
        bed.get(shop.enqueue(delayed("later", delay)));
        bed.get(shop.enqueue(delayed("much-later", LONG)));
        put(shop, "now");
        assertThat(arrival(shop, 1).key()).isEqualTo("now");
        assertThat(arrival(shop, 2).key()).isEqualTo("later");
        assertThat(Duration.ofNanos(bed.nanos() - begin)).isGreaterThanOrEqualTo(delay.minusMillis(2)); // whole ones
        Depth depth = bed.get(shop.depth());
        assertThat(depth.delayed()).isEqualTo(1);
        assertThat(sum(depth.leased())).isEqualTo(2);
    }

    // ---- ticks

    private long dueIn(Member member, Duration time) {
        return bed.get(member.time()) + time.toMillis();
    }

    private static Tick tick(String key, long due, int mayBeOpen) {
        return new Tick(key, due, mayBeOpen, Duration.ZERO, Duration.ofHours(24));
    }

    @Test
    void makesOneMessageOfATickOfAllProcesses() {
        onlyIf(!bed.capabilities().dedup().isZero());
        Member shop = join("shop");
        Member till = join("till");
        shop.dequeue(10);
        long due = dueIn(shop, Duration.ZERO);
        List<Future<Tick.Fate>> all = Stream.of(shop, till, shop, till)
                .map(each -> each.tick(tick("orders@1", due, 0)))
                .toList();
        bed.await("all answers", () -> all.stream().allMatch(Future::isComplete));
        assertThat(all.stream().map(bed::get))
                .containsExactlyInAnyOrder(Tick.Fate.TAKEN, Tick.Fate.KNOWN, Tick.Fate.KNOWN, Tick.Fate.KNOWN);
        Delivery taken = arrival(shop, 1);
        assertThat(taken.key()).isEqualTo("orders@1");
        assertThat(taken.payload()).isNull();
        assertThat(bed.get(till.find("orders@1"))).contains(Outcome.QUEUED);
        bed.get(shop.settle(taken, ACK));
        assertThat(bed.get(till.tick(tick("orders@1", due, 0)))).isEqualTo(Tick.Fate.KNOWN);
        assertNothingComesTo(shop, 1);
    }

    @Test
    void makesATickWhenItIsDueByItsOwnClockAndNotBefore() {
        onlyIf(!bed.capabilities().dedup().isZero());
        Member shop = join("shop");
        shop.dequeue(10);
        long due = dueIn(shop, bed.shortLease());
        assertThat(bed.get(shop.tick(tick("orders@1", due, 0)))).isEqualTo(Tick.Fate.EARLY);
        bed.pass(bed.shortLease().plusMillis(50));
        assertThat(bed.get(shop.tick(tick("orders@1", due, 0)))).isEqualTo(Tick.Fate.TAKEN);
        arrival(shop, 1);
    }

    @Test
    void makesNoTickWhileTooManyBeforeAreNotDone() {
        onlyIf(!bed.capabilities().dedup().isZero());
        Member shop = join("shop");
        Member till = join("till");
        shop.dequeue(10);
        long due = dueIn(shop, Duration.ZERO);
        Outcome done = new Outcome("succeeded", "shop", "1");
        assertThat(bed.get(shop.tick(tick("orders@1", due, 0)))).isEqualTo(Tick.Fate.TAKEN);
        assertThat(bed.get(till.tick(tick("orders@2", due, 0)))).isEqualTo(Tick.Fate.BUSY);
        assertThat(bed.get(till.tick(tick("orders@3", due, 1)))).isEqualTo(Tick.Fate.TAKEN);
        assertThat(bed.get(shop.tick(tick("orders@4", due, 1)))).isEqualTo(Tick.Fate.BUSY);
        bed.get(shop.settle(arrival(shop, 2), new Settlement.Ack(done)));
        assertThat(bed.get(shop.tick(tick("orders@5", due, 0)))).isEqualTo(Tick.Fate.BUSY);
        bed.get(shop.settle(shop.arrived().get(0), new Settlement.Ack(done)));
        assertThat(bed.get(shop.tick(tick("orders@2", due, 0))))
                .as("what was merged stays so")
                .isEqualTo(Tick.Fate.KNOWN);
        assertThat(bed.get(shop.tick(tick("orders@6", due, 0)))).isEqualTo(Tick.Fate.TAKEN);
        arrival(shop, 3);
        assertThat(shop.keys()).containsExactly("orders@1", "orders@3", "orders@6");
    }

    @Test
    void makesNoTickWithoutRoomAndNoneAfterwards() {
        onlyIf(!bed.capabilities().dedup().isZero());
        Member shop = join("shop", bounded(binding(LONG), 1));
        put(shop, "first");
        long due = dueIn(shop, Duration.ZERO);
        assertThat(bed.get(shop.tick(tick("orders@1", due, 0)))).isEqualTo(Tick.Fate.FULL);
        shop.dequeue(10);
        bed.get(shop.settle(arrival(shop, 1), ACK));
        assertThat(bed.get(shop.tick(tick("orders@1", due, 0)))).isEqualTo(Tick.Fate.KNOWN);
        assertThat(bed.get(shop.tick(tick("orders@2", due, 0)))).isEqualTo(Tick.Fate.TAKEN);
    }

    // ---- keys

    @Test
    void knowsAKeyThatMayBeRepeated() {
        onlyIf(!bed.capabilities().dedup().isZero());
        Member shop = join("shop");
        Member till = join("till");
        assertThat(bed.get(shop.enqueue(repeatable("k", "1")))).isEqualTo(new Receipt(false));
        assertThat(bed.get(till.enqueue(repeatable("k", "1")))).isEqualTo(new Receipt(true));
        assertThat(bed.get(till.enqueue(repeatable("k", "2")))).isEqualTo(new Receipt(true, false));
        assertThat(bed.get(till.enqueue(repeatable("l", "1")))).isEqualTo(new Receipt(false));
        shop.dequeue(10);
        Delivery first = arrival(shop, 2);
        assertThat(shop.arrived()).extracting(Delivery::payload).containsExactly("1", "1");
        bed.get(shop.settle(shop.arrived().get(0), ACK));
        bed.get(shop.settle(first, ACK));
        assertThat(bed.get(till.enqueue(repeatable("k", "1")))).isEqualTo(new Receipt(true));
        assertNothingComesTo(shop, 2);
    }

    /** A back end may put them into one call. */
    @Test
    void knowsAKeyThatIsRepeatedAtTheSameTime() {
        onlyIf(!bed.capabilities().dedup().isZero());
        Member shop = join("shop");
        List<Future<Receipt>> all = List.of(
                shop.enqueue(repeatable("k", "1")),
                shop.enqueue(repeatable("l", "1")),
                shop.enqueue(repeatable("k", "1")),
                shop.enqueue(message("m")),
                shop.enqueue(repeatable("k", "2")),
                shop.enqueue(message("m")));
        assertThat(all.stream().map(bed::get))
                .containsExactly(
                        new Receipt(false),
                        new Receipt(false),
                        new Receipt(true),
                        new Receipt(false),
                        new Receipt(true, false),
                        new Receipt(false));
        shop.dequeue(10);
        arrival(shop, 4);
        assertThat(shop.keys()).containsExactly("k", "l", "m", "m");
    }

    @Test
    void asksNobodyAboutAKeyThatIsNotRepeated() {
        Member shop = join("shop");
        put(shop, "k");
        assertThat(put(shop, "k")).isEqualTo(new Receipt(false));
        shop.dequeue(10);
        arrival(shop, 2);
        assertThat(shop.keys()).containsExactly("k", "k");
    }

    @Test
    void forgetsNoKeyOfWhatDidNotFit() {
        onlyIf(bed.capabilities().bound() == Capabilities.Bound.EXACT
                && !bed.capabilities().dedup().isZero());
        Member shop = join("shop", bounded(binding(LONG), 1));
        put(shop, "a");
        assertThat(bed.failure(shop.enqueue(repeatable("k", "1")))).isEqualTo(QueueException.Kind.FULL);
        shop.dequeue(1);
        bed.get(shop.settle(arrival(shop, 1), ACK));
        assertThat(bed.get(shop.enqueue(repeatable("k", "1"))))
                .as("it was never taken")
                .isEqualTo(new Receipt(false));
        assertThat(bed.get(shop.enqueue(repeatable("k", "1"))))
                .as("full, and known")
                .isEqualTo(new Receipt(true));
    }

    // ---- bounds

    @Test
    void isFullAtItsCapacityAndNotBefore() {
        onlyIf(bed.capabilities().bound() == Capabilities.Bound.EXACT);
        Member shop = join("shop", bounded(binding(LONG), 20));
        Member till = join("till", bounded(binding(LONG), 20));
        List<Future<Receipt>> all = IntStream.range(0, 60)
                .mapToObj(n -> (n % 2 == 0 ? shop : till)
                        .enqueue(
                                n % 3 == 0
                                        ? delayed("m" + n, LONG)
                                        : message("m" + n, n % 3 == 1 ? Priority.HIGH : Priority.NORMAL)))
                .toList();
        bed.await("all answers", () -> all.stream().allMatch(Future::isComplete));
        assertThat(all.stream().filter(Future::succeeded)).hasSize(20);
        all.stream()
                .filter(Future::failed)
                .forEach(each -> assertThat(bed.failure(each)).isEqualTo(QueueException.Kind.FULL));
        shop.dequeue(1);
        Delivery taken = arrival(shop, 1);
        assertThat(bed.failure(till.enqueue(message("x"))))
                .as("what is leased counts")
                .isEqualTo(QueueException.Kind.FULL);
        bed.get(shop.settle(taken, ACK));
        put(till, "x");
        assertThat(bed.failure(shop.enqueue(message("y")))).isEqualTo(QueueException.Kind.FULL);
    }

    private static QueueBinding results(long capacity, Duration keptFor) {
        return new QueueBinding(
                "orders",
                QueueBinding.NO_GROUP,
                List.of(Priority.NORMAL),
                LONG,
                capacity,
                FullMode.DROP_OLDEST,
                1_000,
                Duration.ofHours(24),
                keptFor,
                Existing.TAKE,
                true);
    }

    @Test
    void hasTheOldestResultsGiveWayWhereNobodyTakesThem() {
        onlyIf(bed.capabilities().bound() == Capabilities.Bound.EXACT);
        Member shop = join("shop", results(3, LONG));
        for (int n = 1; n <= 5; n++) {
            put(shop, "r" + n);
        }
        Member reader = join("reader");
        reader.dequeue(10);
        arrival(reader, 3);
        assertThat(reader.keys()).containsExactly("r3", "r4", "r5");
    }

    @Test
    void losesNoResultsThatSomebodyTakes() {
        onlyIf(bed.capabilities().bound() == Capabilities.Bound.EXACT);
        Member reader = join("reader");
        Member shop = join("shop", results(3, LONG));
        for (int n = 1; n <= 3; n++) {
            put(shop, "r" + n);
        }
        assertThat(bed.failure(shop.enqueue(message("r4")))).isEqualTo(QueueException.Kind.FULL);
        reader.dequeue(10);
        bed.get(reader.settle(arrival(reader, 3), ACK));
        put(shop, "r4");
        arrival(reader, 4);
        assertThat(reader.keys()).containsExactly("r1", "r2", "r3", "r4");
    }

    @Test
    void refusesWhatIsTooLarge() {
        Member shop = join("shop");
        String largest = "\"" + "ä".repeat(499) + "\"";
        bed.get(shop.enqueue(new Message("fits", false, largest, Priority.NORMAL, Duration.ZERO, Map.of())));
        assertThat(bed.failure(shop.enqueue(
                        new Message("large", false, largest + " ", Priority.NORMAL, Duration.ZERO, Map.of()))))
                .isEqualTo(QueueException.Kind.TOO_LARGE);
        assertThat(bed.failure(shop.enqueue(new Message(
                        "wide", false, "1", Priority.NORMAL, Duration.ZERO, Map.of("p", "x".repeat(100_000))))))
                .isEqualTo(QueueException.Kind.TOO_LARGE);
        shop.dequeue(10);
        Delivery fits = arrival(shop, 1);
        assertThat(fits.payloadBytes()).isEqualTo(1_000);
        bed.get(shop.settle(fits, new Settlement.Later(Duration.ZERO, 1, "e".repeat(100_000))));
        Delivery again = arrival(shop, 2);
        bed.get(shop.settle(again, new Settlement.Dead("failed", "e".repeat(100_000), null)));
        assertThat(bed.get(shop.depth()).dead()).isEqualTo(1);
    }

    @Test
    void makesWhatCannotBeWorkADeadLetter() {
        Member shop = join("shop");
        List<String> malformed = List.of(
                "{\"a\":", "{} {}", "nul", "[".repeat(200) + "]".repeat(200), "{\"a\":1,\"a\":2}", "1e9999999999");
        malformed.forEach(payload -> bed.put("orders", Priority.NORMAL, Map.of("payload", payload)));
        bed.put("orders", Priority.NORMAL, Map.of("payload", "\"" + "x".repeat(5_000) + "\""));
        bed.put("orders", Priority.HIGH, Map.of("payload", "{}", "wide", "x".repeat(100_000)));
        bed.put("orders", Priority.NORMAL, Map.of("payload", "[1]", "key", "good"));
        shop.dequeue(1);
        assertThat(arrival(shop, 1).key()).isEqualTo("good");
        int count = malformed.size() + 2;
        bed.await("all refusals", () -> shop.refused().size() >= count);
        assertThat(shop.refused()).hasSize(count);
        assertThat(shop.refused().stream().filter(each -> each.reason().equals("malformed")))
                .hasSize(malformed.size());
        assertThat(shop.refused().stream().filter(each -> each.reason().equals("too-large")))
                .hasSize(2);
        assertThat(shop.refused())
                .allMatch(each -> !each.key().isEmpty() && !each.detail().isEmpty());
        bed.await("dead letters", () -> bed.get(shop.depth()).dead() == count);
        Depth depth = bed.get(shop.depth());
        assertThat(sum(depth.leased())).isEqualTo(1);
        assertThat(sum(depth.ready())).isZero();
    }

    // ---- settling

    @Test
    void forgetsWhatIsAcknowledged() {
        Member shop = join("shop");
        Member till = join("till");
        put(shop, "a");
        shop.dequeue(10);
        Delivery delivery = arrival(shop, 1);
        if (keepsKeys()) {
            assertThat(outcome(till, "a")).isEqualTo(Outcome.QUEUED);
        }
        assertThat(bed.get(till.find("never"))).isEmpty();
        Outcome outcome = new Outcome("succeeded", "shop", "17");
        bed.get(shop.settle(delivery, new Settlement.Ack(outcome)));
        if (keepsKeys()) {
            assertThat(outcome(till, "a")).isEqualTo(outcome);
        }
        Depth depth = bed.get(till.depth());
        assertThat(sum(depth.ready()) + sum(depth.leased()) + depth.delayed() + depth.dead())
                .isZero();
        assertThat(bed.failure(shop.settle(delivery, ACK)))
                .as("the handle means nothing any more")
                .isEqualTo(QueueException.Kind.LEASE_LOST);
        assertNothingComesTo(shop, 1);
    }

    /** Many at the same time, each in its own way, and some twice. */
    @Test
    void endsEachOfManyLeasesAsItIsTold() {
        Member shop = join("shop");
        Member till = join("till");
        List<String> keys = IntStream.range(0, 240).mapToObj(n -> "m" + n).toList();
        keys.stream().map(key -> shop.enqueue(message(key))).toList().forEach(bed::get);
        shop.dequeue(keys.size());
        bed.await("all of it", () -> shop.arrived().size() == keys.size());
        List<Future<Void>> settled = new ArrayList<>();
        for (int n = 0; n < keys.size(); n++) {
            Delivery delivery = shop.arrived().get(n);
            Outcome outcome = new Outcome("succeeded", "shop", delivery.key());
            settled.add(shop.settle(
                    delivery,
                    switch (n % 24) {
                        case 7 -> new Settlement.Dead("failed", "no", outcome);
                        case 11 -> new Settlement.Release();
                        case 23 -> new Settlement.Later(LONG, 1, "not yet");
                        default -> new Settlement.Ack(outcome);
                    }));
        }
        settled.forEach(bed::get);
        boolean isExact = bed.capabilities().exactDepth();
        Depth depth = bed.get((isExact ? till : shop).depth());
        if (isExact) {
            assertThat(sum(depth.ready()) + sum(depth.leased())).isEqualTo(10);
        }
        assertThat(List.of(depth.delayed(), depth.dead())).containsExactly(10L, 10L);
        if (keepsKeys()) {
            assertThat(outcome(till, "m239")).isEqualTo(Outcome.QUEUED);
            assertThat(outcome(till, "m238")).isEqualTo(new Outcome("succeeded", "shop", "m238"));
        }
        till.dequeue(20);
        bed.await("what was given back", () -> till.arrived().size() == 10);
        assertThat(till.keys())
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 10)
                        .mapToObj(n -> shop.arrived().get(11 + 24 * n).key())
                        .toList());
    }

    @Test
    void keepsDeadLetters() {
        Member shop = join("shop");
        Member till = join("till");
        put(shop, "a");
        shop.dequeue(10);
        Outcome outcome = new Outcome("failed", "shop", "17");
        bed.get(shop.settle(arrival(shop, 1), new Settlement.Dead("failed", "it was Monday", outcome)));
        if (keepsKeys()) {
            assertThat(outcome(till, "a")).isEqualTo(outcome);
        }
        Depth depth = bed.get(till.depth());
        assertThat(sum(depth.ready()) + sum(depth.leased()) + depth.delayed()).isZero();
        assertThat(depth.dead()).isEqualTo(1);
        assertNothingComesTo(shop, 1);
    }

    @Test
    void listsDeadLetters() {
        Member shop = join("shop");
        assertThat(bed.get(shop.deadLetters("", 10))).isEqualTo(new DeadLetters(List.of(), 0, 0));
        bed.get(shop.enqueue(
                new Message("a", false, "{\"b\":1}", Priority.HIGH, Duration.ZERO, Map.of("traceparent", "00-1"))));
        IntStream.range(0, 4).forEach(n -> put(shop, "m" + n));
        shop.dequeue(5);
        arrival(shop, 5);
        shop.arrived()
                .forEach(delivery ->
                        bed.get(shop.settle(delivery, new Settlement.Dead("failed", "no " + delivery.key(), null))));
        bed.put("orders", Priority.NORMAL, Map.of("payload", "{", "key", "bad"));
        shop.dequeue(1);
        bed.await("the refusal", () -> shop.refused().size() == 1);
        DeadLetters first = bed.get(shop.deadLetters("", 2));
        assertThat(first.total()).isEqualTo(6);
        assertThat(first.forgotten()).isZero();
        assertThat(first.letters()).extracting(DeadLetter::key).containsExactly("a", "m0");
        DeadLetter letter = first.letters().get(0);
        assertThat(letter.lane()).isEqualTo(Priority.HIGH);
        assertThat(letter.payload()).isEqualTo("{\"b\":1}");
        assertThat(letter.payloadBytes()).isEqualTo(7);
        assertThat(letter.reason()).isEqualTo("failed");
        assertThat(letter.error()).isEqualTo("no a");
        assertThat(letter.properties()).containsEntry("traceparent", "00-1");
        DeadLetters rest = bed.get(shop.deadLetters(first.letters().get(1).id(), 100));
        assertThat(rest.letters()).extracting(DeadLetter::key).containsExactly("m1", "m2", "m3", "bad");
        assertThat(rest.letters().get(3).reason()).isEqualTo("malformed");
        assertThat(rest.letters().get(3).payload()).isEqualTo("{");
    }

    @Test
    void replaysDeadLetters() {
        Member shop = join("shop");
        Member till = join("till");
        bed.put("orders", Priority.HIGH, Map.of("payload", "1", "p", "q"));
        Stream.of("a", "b").forEach(key -> put(shop, key));
        shop.dequeue(3);
        arrival(shop, 3);
        List<String> keys = shop.keys();
        shop.arrived().forEach(delivery -> bed.get(shop.settle(delivery, new Settlement.Dead("failed", "no", null))));
        List<String> ids = bed.get(till.deadLetters("", 10)).letters().stream()
                .map(DeadLetter::id)
                .toList();
        assertThat(bed.get(till.replay(ids.subList(0, 2)))).isEqualTo(2);
        assertThat(bed.get(till.replay(ids))).as("the others are none any more").isEqualTo(1);
        assertThat(bed.get(till.depth()).dead()).isZero();
        till.dequeue(3);
        arrival(till, 3);
        assertThat(till.keys()).containsExactlyInAnyOrderElementsOf(keys);
        assertThat(till.arrived())
                .allMatch(delivery -> delivery.attempts() == 0 && delivery.deliveries() == 1)
                .allMatch(delivery -> "1".equals(delivery.properties().get(Delivery.ROUND)));
        Delivery foreign = till.arrived().stream()
                .filter(delivery -> delivery.key().equals(keys.get(0)))
                .findFirst()
                .orElseThrow();
        assertThat(foreign.lane()).isEqualTo(Priority.HIGH);
        assertThat(foreign.properties()).containsEntry("p", "q");
        bed.get(till.settle(foreign, new Settlement.Dead("failed", "again", null)));
        String again = bed.get(till.deadLetters("", 1)).letters().get(0).id();
        bed.get(till.replay(List.of(again)));
        till.dequeue(1);
        assertThat(arrival(till, 4).properties()).containsEntry(Delivery.ROUND, "2");
    }

    @Test
    void replaysDeadLettersAsFarAsThereIsRoom() {
        onlyIf(bed.capabilities().bound() == Capabilities.Bound.EXACT);
        Member shop = join("shop", bounded(binding(LONG), 4));
        Member till = join("till", bounded(binding(LONG), 4));
        bed.put("orders", Priority.HIGH, Map.of("payload", "1", "p", "q"));
        Stream.of("a", "b").forEach(key -> put(shop, key));
        shop.dequeue(3);
        arrival(shop, 3);
        List<String> keys = shop.keys();
        Outcome outcome = new Outcome("failed", "shop", "17");
        shop.arrived()
                .forEach(delivery -> bed.get(shop.settle(delivery, new Settlement.Dead("failed", "no", outcome))));
        List<String> ids = bed.get(till.deadLetters("", 10)).letters().stream()
                .map(DeadLetter::id)
                .toList();
        Stream.of("c", "d").forEach(key -> put(shop, key));
        assertThat(bed.get(till.replay(ids))).as("there is room for two").isEqualTo(2);
        assertThat(bed.failure(till.replay(ids))).isEqualTo(QueueException.Kind.FULL);
        assertThat(bed.get(till.depth()).dead()).isEqualTo(1);
        till.dequeue(4);
        arrival(till, 4);
        till.arrived().forEach(delivery -> bed.get(till.settle(delivery, ACK)));
        assertThat(bed.get(till.replay(ids))).as("the others are none any more").isEqualTo(1);
        till.dequeue(1);
        arrival(till, 5);
        assertThat(till.keys()).containsAll(keys).hasSize(5);
        for (Delivery delivery : till.arrived()) {
            boolean isReplayed = keys.contains(delivery.key());
            assertThat(delivery.properties().get(Delivery.ROUND)).isEqualTo(isReplayed ? "1" : null);
            assertThat(delivery.attempts()).isZero();
            assertThat(delivery.deliveries()).isEqualTo(1);
        }
        Delivery foreign = till.arrived().stream()
                .filter(delivery -> delivery.key().equals(keys.get(0)))
                .findFirst()
                .orElseThrow();
        assertThat(foreign.lane()).isEqualTo(Priority.HIGH);
        assertThat(foreign.properties()).containsEntry("p", "q");
        assertThat(bed.get(till.find("b"))).as("it is open again").contains(Outcome.QUEUED);
        bed.get(till.settle(till.arrived().get(4), new Settlement.Dead("failed", "again", null)));
        String again = bed.get(till.deadLetters("", 1)).letters().get(0).id();
        bed.get(till.replay(List.of(again)));
        till.dequeue(1);
        assertThat(arrival(till, 6).properties()).containsEntry(Delivery.ROUND, "2");
    }

    @Test
    void movesAMessageOnToLater() {
        Duration pause = bed.shortLease();
        Member shop = join("shop");
        bed.get(shop.enqueue(
                new Message("a", false, "{\"b\":1}", Priority.HIGH, Duration.ZERO, Map.of("traceparent", "00-1"))));
        shop.dequeue(10);
        Delivery first = arrival(shop, 1);
        long begin = bed.nanos();
        bed.get(shop.settle(first, new Settlement.Later(pause, 3, "it was Monday")));
        Depth meanwhile = bed.get(shop.depth());
        Delivery again = arrival(shop, 2);
        assertThat(Duration.ofNanos(bed.nanos() - begin)).isGreaterThanOrEqualTo(pause.minusMillis(2));
        assertThat(meanwhile.delayed() + sum(meanwhile.ready()) + sum(meanwhile.leased()))
                .isEqualTo(1);
        assertThat(again.key()).isEqualTo("a");
        assertThat(again.attempts()).isEqualTo(3);
        assertThat(again.lane()).isEqualTo(Priority.HIGH);
        assertThat(again.payload()).isEqualTo("{\"b\":1}");
        assertThat(again.properties()).isEqualTo(Map.of("traceparent", "00-1"));
        assertThat(again.handle()).isNotEqualTo(first.handle());
        assertThat(bed.failure(shop.settle(first, ACK))).isEqualTo(QueueException.Kind.LEASE_LOST);
        bed.get(shop.settle(again, ACK));
        assertNothingComesTo(shop, 2);
    }

    @Test
    void keepsTheNameThatTheBrokerGave() {
        Member shop = join("shop");
        bed.put("orders", Priority.NORMAL, Map.of("payload", "1"));
        bed.put("orders", Priority.HIGH, Map.of("payload", "1"));
        shop.dequeue(10);
        arrival(shop, 2);
        assertThat(shop.keys()).doesNotHaveDuplicates();
        List<String> keys = shop.keys();
        shop.arrived()
                .forEach(delivery -> bed.get(shop.settle(delivery, new Settlement.Later(Duration.ZERO, 1, null))));
        arrival(shop, 4);
        assertThat(shop.keys().subList(2, 4)).containsExactlyInAnyOrderElementsOf(keys);
    }

    @Test
    void givesBackAtOnce() {
        Member shop = join("shop");
        Member till = join("till");
        IntStream.range(0, 5).forEach(n -> put(shop, "m" + n));
        shop.dequeue(5);
        arrival(shop, 5);
        till.dequeue(5); // and waits
        shop.arrived().forEach(delivery -> bed.get(shop.settle(delivery, new Settlement.Release())));
        arrival(till, 5);
        assertThat(till.keys()).containsExactlyInAnyOrder("m0", "m1", "m2", "m3", "m4");
        int deliveries = bed.capabilities().countsReleases() ? 2 : 1;
        assertThat(till.arrived())
                .allMatch(delivery -> delivery.deliveries() == deliveries && delivery.attempts() == 0);
        assertThat(bed.failure(shop.settle(shop.arrived().get(0), ACK))).isEqualTo(QueueException.Kind.LEASE_LOST);
        if (bed.capabilities().exactDepth()) {
            assertThat(sum(bed.get(shop.depth()).leased())).isEqualTo(5);
        }
        till.arrived().forEach(delivery -> bed.get(till.settle(delivery, ACK)));
    }

    @Test
    void takesAgainWhatItGaveBack() {
        Member shop = join("shop");
        put(shop, "a");
        for (int n = 1; n <= 4; n++) {
            shop.dequeue(1);
            Delivery delivery = arrival(shop, n);
            if (bed.capabilities().countsReleases()) {
                assertThat(delivery.deliveries())
                        .as("tells this lease from the one before, which may be ended again when an answer was lost")
                        .isEqualTo(n);
            }
            bed.get(shop.settle(delivery, new Settlement.Release()));
        }
        shop.dequeue(1);
        Delivery last = arrival(shop, 5);
        assertThat(bed.failure(shop.settle(shop.arrived().get(0), ACK)))
                .as("each lease has a handle of its own")
                .isEqualTo(QueueException.Kind.LEASE_LOST);
        bed.get(shop.settle(last, ACK));
    }

    // ---- leases

    @Test
    void keepsALeaseForAsLongAsItTakes() {
        onlyIf(bed.capabilities().lease() == Capabilities.Lease.RENEWED);
        Member shop = join("shop", binding(bed.shortLease()));
        Member till = join("till", binding(bed.shortLease()));
        IntStream.range(0, 3).forEach(n -> put(shop, "m" + n));
        shop.dequeue(3);
        arrival(shop, 3);
        till.dequeue(10);
        bed.pass(bed.shortLease().multipliedBy(5));
        assertThat(till.arrived()).isEmpty();
        assertThat(shop.lost()).isEmpty();
        shop.arrived().forEach(delivery -> bed.get(shop.settle(delivery, ACK)));
        put(shop, "x");
        assertThat(arrival(till, 1).key()).isEqualTo("x");
    }

    @Test
    void givesWhatADeadProcessHadToOthersAfterTheLease() {
        onlyIf(bed.capabilities().atDeath() == Capabilities.AtDeath.AT_LEASE_END);
        Duration lease = bed.shortLease();
        Member shop = join("shop", binding(lease));
        Member till = join("till", binding(lease));
        put(shop, "a");
        shop.dequeue(1);
        arrival(shop, 1);
        till.dequeue(10);
        bed.pass(lease.multipliedBy(2)); // so that nobody waits because he has just come
        long begin = bed.nanos();
        bed.kill(shop);
        Delivery again = arrival(till, 1);
        assertThat(Duration.ofNanos(bed.nanos() - begin))
                .as("a lease after it was renewed, which is done at a third of it")
                .isGreaterThanOrEqualTo(lease.dividedBy(2));
        assertThat(again.key()).isEqualTo("a");
        if (bed.capabilities().countsDeliveries()) {
            assertThat(again.deliveries()).isEqualTo(2);
        }
        bed.get(till.settle(again, ACK));
    }

    @Test
    void givesWhatADeadProcessHadToOthersAtOnce() {
        onlyIf(bed.capabilities().atDeath() == Capabilities.AtDeath.AT_ONCE);
        Member shop = join("shop");
        Member till = join("till");
        Stream.of("a", "b").forEach(key -> put(shop, key));
        shop.dequeue(2);
        arrival(shop, 2);
        till.dequeue(10);
        bed.kill(shop);
        bed.await("both", () -> till.arrived().size() >= 2);
        assertThat(till.keys()).containsExactlyInAnyOrder("a", "b");
        if (bed.capabilities().countsDeliveries()) {
            assertThat(till.arrived()).allMatch(delivery -> delivery.deliveries() == 2);
        }
        till.arrived().forEach(delivery -> bed.get(till.settle(delivery, ACK)));
    }

    @Test
    void tellsWhoLostALeaseAndRefusesTheSettlement() {
        onlyIf(bed.capabilities().fencedSettlement());
        Duration lease = bed.shortLease();
        Member shop = join("shop", binding(lease));
        Member till = join("till", binding(lease));
        Stream.of("a", "b", "c", "d").forEach(key -> put(shop, key));
        shop.dequeue(4);
        arrival(shop, 4);
        bed.freeze(shop);
        till.dequeue(10);
        arrival(till, 4);
        List<Settlement> all = List.of(
                new Settlement.Ack(new Outcome("succeeded", "shop", "1")),
                new Settlement.Dead("failed", "no", new Outcome("failed", "shop", "1")),
                new Settlement.Later(Duration.ZERO, 1, null),
                new Settlement.Release());
        List<Future<Void>> late = IntStream.range(0, 4)
                .mapToObj(n -> shop.settle(shop.arrived().get(n), all.get(n)))
                .toList();
        bed.thaw(shop);
        late.forEach(each -> assertThat(bed.failure(each)).isEqualTo(QueueException.Kind.LEASE_LOST));
        bed.await("word of it", () -> shop.lost().size() >= 4);
        assertThat(shop.lost())
                .containsExactlyInAnyOrderElementsOf(
                        shop.arrived().stream().map(Delivery::handle).toList());
        Depth depth = bed.get(till.depth());
        assertThat(sum(depth.leased())).isEqualTo(4);
        assertThat(sum(depth.ready()) + depth.delayed() + depth.dead()).isZero();
        if (keepsKeys()) {
            assertThat(outcome(till, "a")).isEqualTo(Outcome.QUEUED);
        }
        till.arrived().forEach(delivery -> bed.get(till.settle(delivery, ACK)));
    }

    @Test
    void tellsWhoLostALeaseAndDoesNothing() {
        Duration lease = bed.shortLease();
        Member shop = join("shop", binding(lease));
        Member till = join("till", binding(lease));
        put(shop, "a");
        shop.dequeue(1);
        Delivery delivery = arrival(shop, 1);
        bed.freeze(shop);
        till.dequeue(1);
        arrival(till, 1);
        bed.thaw(shop);
        bed.await("word of it", () -> !shop.lost().isEmpty());
        assertThat(shop.lost()).containsExactly(delivery.handle());
        assertThat(bed.failure(shop.settle(delivery, ACK))).isEqualTo(QueueException.Kind.LEASE_LOST);
        bed.get(till.settle(till.arrived().get(0), ACK));
    }

    @Test
    void comesBackToWhatItHadBeforeItsRestartAtOnce() {
        onlyIf(bed.capabilities().atDeath() == Capabilities.AtDeath.AT_LEASE_END
                && bed.capabilities().ownAfterRestart());
        Member shop = join("shop");
        Member till = join("till");
        Stream.of("a", "b", "c").forEach(key -> put(shop, key));
        shop.dequeue(2);
        arrival(shop, 2);
        bed.kill(shop);
        till.dequeue(1);
        assertThat(arrival(till, 1).key()).isEqualTo("c");
        till.dequeue(10);
        Member again = join("shop");
        again.dequeue(1);
        arrival(again, 1);
        again.dequeue(10);
        arrival(again, 2);
        assertThat(again.keys()).containsExactlyInAnyOrder("a", "b");
        if (bed.capabilities().countsDeliveries()) {
            assertThat(again.arrived()).allMatch(delivery -> delivery.deliveries() == 2);
        }
        again.arrived().forEach(delivery -> bed.get(again.settle(delivery, ACK)));
        assertThat(till.keys()).containsExactly("c");
    }

    @Test
    void refusesASettlementOfTheSameProcessBeforeItsRestart() {
        onlyIf(bed.capabilities().fencedSettlement() && bed.capabilities().ownAfterRestart());
        Member shop = join("shop");
        put(shop, "a");
        shop.dequeue(1);
        Delivery before = arrival(shop, 1);
        bed.freeze(shop);
        Member twin = join("shop");
        twin.dequeue(1);
        Delivery after = arrival(twin, 1);
        Future<Void> late = shop.settle(before, ACK);
        bed.thaw(shop);
        assertThat(bed.failure(late)).isEqualTo(QueueException.Kind.LEASE_LOST);
        assertThat(sum(bed.get(twin.depth()).leased())).isEqualTo(1);
        bed.get(twin.settle(after, ACK));
    }

    @Test
    void settlesNothingWhenItCloses() {
        Duration lease = bed.shortLease();
        Member shop = join("shop", binding(lease));
        put(shop, "a");
        shop.dequeue(1);
        arrival(shop, 1);
        bed.get(shop.close());
        Member till = join("till", binding(lease));
        if (bed.capabilities().atDeath() == Capabilities.AtDeath.AT_LEASE_END) {
            Depth depth = bed.get(till.depth());
            assertThat(sum(depth.leased()) + (bed.capabilities().exactDepth() ? 0 : sum(depth.ready())))
                    .isEqualTo(1);
        }
        till.dequeue(10);
        Delivery again = arrival(till, 1);
        assertThat(again.key()).isEqualTo("a");
        bed.get(till.settle(again, ACK));
    }

    // ---- depth

    @Test
    void tellsWhoHasHowMuch() {
        onlyIf(bed.capabilities().exactDepth());
        Member shop = join("shop");
        Member till = join("till");
        for (int n = 0; n < 5; n++) {
            bed.get(shop.enqueue(message("m" + n, n == 0 ? Priority.HIGH : Priority.NORMAL)));
        }
        shop.dequeue(3);
        Delivery one = arrival(shop, 3);
        till.dequeue(1);
        arrival(till, 1);
        assertThat(bed.get(till.depth()).holders()).containsExactlyInAnyOrderEntriesOf(Map.of("shop", 3L, "till", 1L));
        bed.get(shop.settle(one, new Settlement.Release()));
        assertThat(bed.get(till.depth()).holders()).containsExactlyInAnyOrderEntriesOf(Map.of("shop", 2L, "till", 1L));
    }

    @Test
    void tellsHowMuchThereIs() {
        Member shop = join("shop");
        onlyIf(bed.capabilities().exactDepth());
        IntStream.range(0, 3).forEach(n -> bed.get(shop.enqueue(message("h" + n, Priority.HIGH))));
        IntStream.range(0, 4).forEach(n -> put(shop, "n" + n));
        IntStream.range(0, 2).forEach(n -> bed.get(shop.enqueue(delayed("d" + n, LONG))));
        shop.dequeue(4);
        arrival(shop, 4);
        bed.get(shop.settle(shop.arrived().get(0), new Settlement.Dead("failed", "", null)));
        bed.get(shop.settle(shop.arrived().get(1), new Settlement.Later(LONG, 1, null)));
        bed.get(shop.settle(shop.arrived().get(3), new Settlement.Release()));
        assertThat(bed.get(shop.depth()))
                .isEqualTo(new Depth(
                        Map.of(Priority.HIGH, 0L, Priority.NORMAL, 4L, Priority.LOW, 0L),
                        Map.of(Priority.HIGH, 1L, Priority.NORMAL, 0L, Priority.LOW, 0L),
                        3,
                        1,
                        0,
                        Map.of(),
                        Map.of("shop", 1L),
                        true));
    }

    // ---- outages

    @Test
    void recoversByItselfFromAnOutage() {
        onlyIf(bed.capabilities().lease() == Capabilities.Lease.RENEWED);
        Member shop = join("shop");
        Member till = join("till");
        Stream.of("a", "b").forEach(key -> put(shop, key));
        shop.dequeue(1);
        Delivery held = arrival(shop, 1);
        till.dequeue(1);
        Delivery other = arrival(till, 1);
        till.dequeue(1);
        bed.breakDown();
        bed.await("word of it", () -> !shop.isUp() && !till.isUp());
        assertThat(bed.failure(shop.enqueue(message("c"))))
                .isIn(QueueException.Kind.UNAVAILABLE, QueueException.Kind.UNKNOWN);
        assertThat(bed.failure(shop.settle(held, ACK)))
                .isIn(QueueException.Kind.UNAVAILABLE, QueueException.Kind.UNKNOWN);
        assertThat(bed.failure(shop.depth())).isIn(QueueException.Kind.UNAVAILABLE, QueueException.Kind.UNKNOWN);
        bed.bringBack();
        bed.await("both to be back", () -> shop.isUp() && till.isUp());
        put(shop, "d");
        bed.await("what was asked for before", () -> till.arrived().size() >= 2);
        bed.get(shop.settle(held, new Settlement.Ack(new Outcome("succeeded", "shop", "1"))));
        bed.get(till.settle(other, ACK));
        assertThat(shop.keys()).containsExactly("a");
        assertThat(till.keys()).containsExactly("b", "d");
        assertThat(shop.lost()).isEmpty();
        assertThat(till.lost()).isEmpty();
        if (keepsKeys()) {
            assertThat(bed.get(till.find("a"))).isPresent();
        }
    }

    @Test
    void deliversNothingTwiceForAnOutageThatIsLongerThanTheLease() {
        onlyIf(bed.capabilities().keptOverOutage());
        Duration lease = bed.shortLease();
        Member shop = join("shop", binding(lease));
        Member till = join("till", binding(lease));
        IntStream.range(0, 20).forEach(n -> put(shop, "m" + n));
        shop.dequeue(10);
        arrival(shop, 10);
        till.dequeue(10);
        arrival(till, 10);
        shop.dequeue(20);
        till.dequeue(20);
        bed.pass(lease);
        bed.breakDown();
        bed.await("word of it", () -> !shop.isUp() && !till.isUp());
        bed.pass(lease.multipliedBy(3));
        bed.bringBack();
        bed.await("both to be back", () -> shop.isUp() && till.isUp());
        Member desk = join("desk", binding(lease));
        desk.dequeue(20);
        bed.pass(lease.multipliedBy(3));
        for (Member member : List.of(shop, till)) {
            assertThat(member.arrived()).as(member.process).hasSize(10);
            assertThat(member.lost()).as(member.process).isEmpty();
            member.arrived().forEach(delivery -> bed.get(member.settle(delivery, ACK)));
        }
        assertThat(desk.arrived()).isEmpty();
    }

    @Test
    void repeatsASettlementWhoseAnswerWasLost() {
        onlyIf(bed.capabilities().lease() == Capabilities.Lease.RENEWED);
        Member shop = join("shop");
        List<Settlement> all = List.of(
                new Settlement.Ack(new Outcome("succeeded", "shop", "1")),
                new Settlement.Dead("failed", "no", null),
                new Settlement.Later(LONG, 1, null));
        for (int round = 0; round < 4; round++) {
            int had = shop.arrived().size();
            for (int n = 0; n < all.size(); n++) {
                put(shop, "m" + round + n);
            }
            shop.dequeue(all.size());
            arrival(shop, had + all.size());
            List<Delivery> held = shop.arrived().subList(had, had + all.size());
            List<Future<Void>> first = IntStream.range(0, all.size())
                    .mapToObj(n -> shop.settle(held.get(n), all.get(n)))
                    .toList();
            bed.breakDown();
            bed.await("word of it", () -> !shop.isUp());
            bed.bringBack();
            bed.await("it to be back", shop::isUp);
            for (int n = 0; n < all.size(); n++) {
                Future<Void> settled = first.get(n);
                bed.await("an answer", settled::isComplete);
                if (settled.failed()) {
                    assertThat(bed.failure(settled)).isIn(QueueException.Kind.UNKNOWN, QueueException.Kind.UNAVAILABLE);
                    bed.get(shop.settle(held.get(n), all.get(n)));
                }
            }
            Depth depth = bed.get(shop.depth());
            assertThat(sum(depth.ready()) + sum(depth.leased())).isZero();
            if (bed.capabilities().later() == Capabilities.Later.RESEND) { // one that was repeated may be there twice
                assertThat(depth.delayed()).isBetween(round + 1L, 2 * (round + 1L));
            } else {
                assertThat(depth.delayed()).isEqualTo(round + 1);
            }
            if (bed.capabilities().deadLetters() == Capabilities.DeadLetters.QUEUE) { // the same
                assertThat(depth.dead()).isBetween(round + 1L, 2 * (round + 1L));
            } else {
                assertThat(depth.dead()).isEqualTo(round + 1);
            }
            if (keepsKeys()) {
                assertThat(bed.get(shop.find("m" + round + 0))).isPresent();
            }
            assertThat(shop.lost()).isEmpty();
        }
    }

    @Test
    void losesItsLeasesInAnOutageAndGetsTheMessagesAgain() {
        onlyIf(bed.capabilities().lease() == Capabilities.Lease.UNTIL_DISCONNECT);
        Member shop = join("shop");
        Stream.of("a", "b", "c").forEach(key -> put(shop, key));
        shop.dequeue(2);
        arrival(shop, 2);
        List<Delivery> before = shop.arrived();
        shop.dequeue(1);
        arrival(shop, 3);
        bed.get(shop.settle(shop.arrived().get(2), ACK));
        shop.dequeue(5);
        bed.breakDown();
        bed.await("word of it", () -> !shop.isUp() && shop.lost().size() >= 2);
        assertThat(shop.lost())
                .containsExactlyInAnyOrderElementsOf(
                        before.stream().map(Delivery::handle).toList());
        assertThat(bed.failure(shop.enqueue(message("d"))))
                .isIn(QueueException.Kind.UNAVAILABLE, QueueException.Kind.UNKNOWN);
        assertThat(bed.failure(shop.depth())).isIn(QueueException.Kind.UNAVAILABLE, QueueException.Kind.UNKNOWN);
        bed.bringBack();
        bed.await("it to be back", shop::isUp);
        bed.await("what was asked for before", () -> shop.arrived().size() >= 5);
        List<Delivery> again = shop.arrived().subList(3, 5);
        assertThat(again).extracting(Delivery::key).containsExactlyInAnyOrder("a", "b");
        before.forEach(delivery ->
                assertThat(bed.failure(shop.settle(delivery, ACK))).isEqualTo(QueueException.Kind.LEASE_LOST));
        again.forEach(delivery -> bed.get(shop.settle(delivery, ACK)));
        put(shop, "d");
        assertThat(arrival(shop, 6).key()).isEqualTo("d");
    }

    @Test
    void losesNothingWhoseSettlementWasNotAnswered() {
        onlyIf(bed.capabilities().lease() == Capabilities.Lease.UNTIL_DISCONNECT);
        Member shop = join("shop");
        List<Settlement> all = List.of(
                new Settlement.Ack(null),
                new Settlement.Dead("failed", "no", null),
                new Settlement.Later(LONG, 1, null));
        Stream.of("a", "b", "c").forEach(key -> put(shop, key));
        shop.dequeue(3);
        arrival(shop, 3);
        List<Delivery> held = shop.arrived();
        List<Future<Void>> settled = IntStream.range(0, all.size())
                .mapToObj(n -> shop.settle(held.get(n), all.get(n)))
                .toList();
        bed.breakDown();
        bed.await("word of it", () -> !shop.isUp());
        bed.await("answers", () -> settled.stream().allMatch(Future::isComplete));
        bed.bringBack();
        bed.await("it to be back", shop::isUp);
        for (int n = 0; n < all.size(); n++) {
            if (settled.get(n).failed()) {
                assertThat(bed.failure(settled.get(n)))
                        .isIn(QueueException.Kind.UNKNOWN, QueueException.Kind.UNAVAILABLE);
                assertThat(bed.failure(shop.settle(held.get(n), all.get(n)))).isEqualTo(QueueException.Kind.LEASE_LOST);
            }
        }
        shop.dequeue(10);
        bed.await(
                "b to be a dead letter, or to come again",
                () -> bed.get(shop.depth()).dead() > 0 || hasAgain(shop, "b"));
        bed.await(
                "c to be delayed, or to come again", () -> bed.get(shop.depth()).delayed() > 0 || hasAgain(shop, "c"));
        if (settled.get(0).succeeded()) {
            assertThat(hasAgain(shop, "a")).isFalse();
        }
    }

    private static boolean hasAgain(Member member, String key) {
        return member.keys().stream().filter(key::equals).count() > 1;
    }

    @Test
    void isNotThereUntilItIsReached() {
        bed.breakDown();
        Member shop = bed.member("shop", binding(LONG));
        members.add(shop);
        shop.open();
        shop.dequeue(1);
        bed.await("word of it", () -> !shop.downs().isEmpty());
        assertThat(bed.failure(shop.enqueue(message("a")))).isEqualTo(QueueException.Kind.UNAVAILABLE);
        bed.bringBack();
        bed.await("it to be up", shop::isUp);
        put(shop, "a");
        arrival(shop, 1);
    }
}
