package dev.latido.queue.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Priority;
import dev.latido.queue.Delivery;
import dev.latido.queue.Depth;
import dev.latido.queue.Member;
import dev.latido.queue.Message;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueBinding.Existing;
import dev.latido.queue.QueueException;
import dev.latido.queue.Settlement;
import dev.latido.room.FullMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is at a real Redis and not for a process as it is: messages of newer versions, and lanes that it does not have. */
@Timeout(240)
class RedisLeftTest {

    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Settlement ACK = new Settlement.Ack(null);

    private final RedisBed bed = new RedisBed(RedisServer.start());

    @AfterEach
    void end() {
        bed.close();
    }

    private static QueueBinding binding(List<Priority> lanes, Duration lease, long capacity, Existing existing) {
        return new QueueBinding(
                "orders",
                "latido",
                lanes,
                lease,
                capacity,
                FullMode.REJECT,
                1_000,
                Duration.ofHours(24),
                Duration.ofHours(1),
                existing,
                true);
    }

    private Member join(String process, int version, Duration lease, long capacity) {
        Member member = bed.member(
                process,
                binding(List.of(Priority.HIGH, Priority.NORMAL), lease, capacity, Existing.TAKE),
                bed.server.config(),
                version);
        member.open();
        bed.await(process + " to be up", member::isUp);
        return member;
    }

    private Member join(String process, int version) {
        return join(process, version, LONG, 0);
    }

    private String add(String... fields) {
        List<String> command = new ArrayList<>(List.of("XADD", "orders", "*"));
        command.addAll(List.of(fields));
        return bed.server.cli(command.toArray(String[]::new));
    }

    private Delivery arrival(Member member, int count) {
        bed.await(member.process + " to have " + count, () -> member.arrived().size() >= count);
        assertThat(member.arrived()).hasSize(count);
        return member.arrived().get(count - 1);
    }

    private Depth depth(Member member) {
        return bed.get(member.depth());
    }

    private static Message message(String key) {
        return new Message(key, false, "1", Priority.NORMAL, Duration.ZERO, Map.of());
    }

    // ---- newer versions

    @Test
    void leavesWhatItDoesNotKnowToWhoDoes() {
        Member old = join("old", 1);
        old.dequeue(10);
        String unnamed = add("latido-version", "2", "payload", "{\"n\":1}", "p", "q");
        add("latido-version", "2", "payload", "in a form of its own", "key", "k");
        add("latido-version", "3", "key", "k3", "payload", "3");
        add("latido-version", "99999999999999999999999", "payload", "x".repeat(5_000));
        bed.server.cli("XADD", "{orders}:high", "*", "latido-version", "2", "payload", "4", "key", "urgent");
        add("payload", "5", "key", "behind");
        assertThat(arrival(old, 1).key()).as("it passes them").isEqualTo("behind");
        bed.await("all others to be put aside", () -> depth(old).newer() == 5);
        assertThat(depth(old).dead()).isZero();
        assertThat(old.refused()).isEmpty();
        Member newer = join("newer", 2);
        newer.dequeue(10);
        bed.await(
                "those of its version",
                () -> newer.arrived().size() + newer.refused().size() >= 3);
        assertThat(newer.keys()).containsExactlyInAnyOrder(unnamed, "urgent");
        assertThat(newer.refused().get(0).key()).isEqualTo("k");
        Delivery first = newer.arrived().stream()
                .filter(each -> each.key().equals(unnamed))
                .findFirst()
                .orElseThrow();
        assertThat(first.payload()).isEqualTo("{\"n\":1}");
        assertThat(first.properties()).isEqualTo(Map.of("p", "q"));
        assertThat(first.attempts()).isZero();
        assertThat(first.deliveries()).isEqualTo(1);
        assertThat(newer.arrived().stream().map(Delivery::lane))
                .containsExactlyInAnyOrder(Priority.HIGH, Priority.NORMAL);
        assertThat(depth(newer).newer()).as("nobody knows those").isEqualTo(2);
        add("latido-version", "2", "payload", "6", "key", "at once");
        bed.await("what came when both were there", () -> newer.keys().contains("at once"));
        newer.arrived().forEach(each -> bed.get(newer.settle(each, ACK)));
        bed.get(old.settle(old.arrived().get(0), ACK));
        assertThat(bed.server.cli("XLEN", "orders")).isEqualTo("0");
        assertThat(bed.server.cli("XPENDING", "orders", "latido")).startsWith("0");
    }

    @Test
    void passesAnyNumberOfThem() {
        for (int n = 0; n < 5; n++) {
            bed.server.cli(
                    "EVAL",
                    "for i = 1, 50 do redis.call('XADD', 'orders', '*', 'payload', i, 'latido-version', '2') end",
                    "0");
        }
        add("payload", "1", "key", "behind");
        Member old = join("old", 1);
        old.dequeue(1);
        assertThat(arrival(old, 1).key()).isEqualTo("behind");
        assertThat(depth(old).newer()).isEqualTo(250);
    }

    /** Once they are out of the way, nobody asks for them again and again. */
    @Test
    void doesNothingWithThemUntilSomebodyKnowsThem() {
        Member old = join("old", 1);
        Member other = join("other", 1);
        old.dequeue(10);
        other.dequeue(10);
        IntStream.range(0, 20).forEach(n -> add("payload", "1", "latido-version", "2"));
        bed.await("all to be put aside", () -> depth(old).newer() == 20);
        bed.pass(Duration.ofMillis(200)); // what rang for them is heard
        bed.server.cli("CONFIG", "RESETSTAT");
        bed.pass(Duration.ofSeconds(1));
        String scripts = bed.server
                .cli("INFO", "commandstats")
                .lines()
                .filter(line -> line.startsWith("cmdstat_evalsha:"))
                .findFirst()
                .orElse("cmdstat_evalsha:calls=0,");
        assertThat(Integer.parseInt(scripts.replaceFirst(".*calls=(\\d+),.*", "$1")))
                .as(scripts)
                .isLessThan(10);
        assertThat(old.arrived()).isEmpty();
    }

    @Test
    void takesOverFromADeadProcessWhatItDoesNotKnow() {
        Duration lease = Duration.ofSeconds(2);
        Member newer = join("newer", 2, lease, 0);
        add("payload", "1", "latido-version", "2", "key", "k");
        newer.dequeue(10);
        arrival(newer, 1);
        bed.kill(newer);
        Member old = join("old", 1, lease, 0);
        old.dequeue(10);
        bed.await("it to be put aside", () -> depth(old).newer() == 1);
        assertThat(old.arrived()).isEmpty();
        assertThat(bed.server.cli("XPENDING", "orders", "latido")).startsWith("0");
    }

    @Test
    void countsThemAsPartOfTheQueue() {
        Member old = join("old", 1, LONG, 2);
        add("payload", "1", "latido-version", "2");
        old.dequeue(1);
        bed.await("it to be put aside", () -> depth(old).newer() == 1);
        bed.get(old.enqueue(message("a")));
        assertThat(bed.failure(old.enqueue(message("b")))).isEqualTo(QueueException.Kind.FULL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "0", "001"})
    void takesWhatIsOfAVersionThatItKnows(String version) {
        Member old = join("old", 1);
        add("payload", "1", "latido-version", version);
        old.dequeue(1);
        assertThat(arrival(old, 1).payload()).isEqualTo("1");
        assertThat(old.arrived().get(0).properties()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two", "-2", "2.1", " 2", "٢"})
    void refusesWhatIsNoVersion(String version) {
        Member old = join("old", 1);
        add("payload", "1", "latido-version", version);
        old.dequeue(1);
        bed.await("the refusal", () -> old.refused().size() == 1);
        assertThat(old.refused().get(0).reason()).isEqualTo("malformed");
        assertThat(depth(old).newer()).isZero();
    }

    /** It has more fields than a script can pass on. */
    @Test
    void survivesMoreFieldsThanItCanPutAside() {
        Member old = join("old", 1);
        bed.server.cli(
                "EVAL",
                "local many = {'latido-version', '2'} for i = 3, 7000 do many[i] = tostring(i) end"
                        + " redis.call('XADD', 'orders', '*', unpack(many))",
                "0");
        old.dequeue(1);
        bed.await("the refusal", () -> old.refused().size() == 1);
        assertThat(old.refused().get(0).reason()).isEqualTo("too-large");
        bed.get(old.enqueue(message("a")));
        arrival(old, 1);
    }

    @Test
    void saysThatTheirPlaceIsSomethingElse() {
        Member old = bed.member("old", binding(List.of(Priority.NORMAL), LONG, 0, Existing.TAKE));
        bed.server.cli("SET", "{orders}:newer", "x");
        old.open();
        bed.await("word of it", () -> !old.downs().isEmpty());
        assertThat(old.downs().get(0)).contains("{orders}:newer", "string", "zset");
        bed.server.cli("DEL", "{orders}:newer");
        bed.await("it to be up", old::isUp);
    }

    /** A name that somebody wrote into a message is one only where it can be one. */
    @Test
    void takesNoIdThatIsNone() {
        Member old = join("old", 1);
        old.dequeue(10);
        String id = add("payload", "1", "latido-id", "x".repeat(50_000));
        assertThat(arrival(old, 1).key()).isEqualTo(id);
        add("payload", "2", "latido-id", "7-1");
        assertThat(arrival(old, 2).key()).isEqualTo("7-1");
    }

    // ---- lanes

    @Test
    void tellsWhatIsInLanesThatItDoesNotHave() {
        List<Priority> all = List.of(Priority.HIGH, Priority.NORMAL, Priority.LOW);
        Member before = bed.member("before", binding(all, LONG, 0, Existing.TAKE));
        before.open();
        bed.await("it to be up", before::isUp);
        for (int n = 0; n < 3; n++) {
            bed.get(before.enqueue(new Message("l" + n, false, "1", Priority.LOW, Duration.ZERO, Map.of())));
        }
        bed.get(before.enqueue(message("n")));
        assertThat(depth(before).leftovers()).isEmpty();
        bed.get(before.close());
        bed.server.cli("SET", "{orders}:critical", "another's");
        Member after = bed.member("after", binding(List.of(Priority.HIGH), LONG, 0, Existing.ASK));
        after.open();
        bed.await("it to be up", after::isUp);
        after.dequeue(10);
        assertThat(depth(after).leftovers()).isEqualTo(Map.of(Priority.LOW, 3L, Priority.NORMAL, 1L));
        assertThat(after.arrived()).isEmpty();
        assertThat(bed.server.cli("XLEN", "{orders}:low")).isEqualTo("3");
        Member again = bed.member("again", binding(all, LONG, 0, Existing.ASK));
        again.open();
        again.dequeue(10);
        arrival(again, 4);
        assertThat(Set.copyOf(again.keys())).isEqualTo(Set.of("l0", "l1", "l2", "n"));
        again.arrived().forEach(each -> bed.get(again.settle(each, ACK)));
        assertThat(depth(after).leftovers()).isEmpty();
    }

    @Test
    void tellsNothingOfWhatIsNoWork() {
        IntStream.range(0, 3).forEach(n -> bed.server.cli("XADD", "{orders}:low", "*", "payload", "1"));
        Member skips = bed.member("skips", binding(List.of(Priority.LOW), LONG, 0, Existing.SKIP));
        skips.open();
        bed.await("it to be up", skips::isUp);
        bed.get(skips.enqueue(new Message("l", false, "1", Priority.LOW, Duration.ZERO, Map.of())));
        Member after = bed.member("after", binding(List.of(Priority.NORMAL), LONG, 0, Existing.ASK));
        after.open();
        bed.await("it to be up", after::isUp);
        assertThat(depth(after).leftovers()).isEqualTo(Map.of(Priority.LOW, 1L));
    }
}
