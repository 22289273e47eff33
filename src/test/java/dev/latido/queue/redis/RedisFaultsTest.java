package dev.latido.queue.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Priority;
import dev.latido.queue.BrokerConfig.Login;
import dev.latido.queue.DeadLetters;
import dev.latido.queue.Delivery;
import dev.latido.queue.Depth;
import dev.latido.queue.Member;
import dev.latido.queue.Message;
import dev.latido.queue.Outcome;
import dev.latido.queue.PausableLoop;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueBinding.Existing;
import dev.latido.queue.QueueException;
import dev.latido.queue.Settlement;
import dev.latido.room.FullMode;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What only happens at Redis, at a real one. */
@Timeout(240)
class RedisFaultsTest {

    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Settlement ACK = new Settlement.Ack(null);

    private final RedisBed bed = new RedisBed(RedisServer.start("--enable-debug-command", "yes"));

    @AfterEach
    void end() {
        bed.close();
    }

    private static QueueBinding binding(String name, Duration lease, Existing existing) {
        return new QueueBinding(
                name,
                "latido",
                List.of(Priority.HIGH, Priority.NORMAL),
                lease,
                0,
                FullMode.REJECT,
                100_000,
                Duration.ofHours(24),
                Duration.ofHours(1),
                existing,
                true);
    }

    private Member opened(String process, QueueBinding binding) {
        Member member = bed.member(process, binding);
        member.open();
        return member;
    }

    private Member join(String process, Duration lease) {
        Member member = opened(process, binding("orders", lease, Existing.ASK));
        bed.await(process + " to be up", member::isUp);
        return member;
    }

    private static Message message(String key) {
        return message(key, "1");
    }

    private static Message message(String key, String payload) {
        return new Message(key, false, payload, Priority.NORMAL, Duration.ZERO, Map.of());
    }

    private Delivery arrival(Member member, int count) {
        bed.await(member.process + " to have " + count, () -> member.arrived().size() >= count);
        assertThat(member.arrived()).hasSize(count);
        return member.arrived().get(count - 1);
    }

    private String down(Member member) {
        bed.await("word of it", () -> !member.isUp() && !member.downs().isEmpty());
        return member.downs().get(member.downs().size() - 1);
    }

    // ---- foreign programs

    @Test
    void takesWhatAnyProgramAdds() {
        Member shop = join("shop", LONG);
        String id = bed.server.cli("XADD", "orders", "*", "payload", "{\"n\":1}", "traceparent", "00-1");
        bed.server.cli("XADD", "orders", "*", "payload", "2", "message-id", "m2");
        bed.server.cli("XADD", "orders", "*", "customer", "Zoë", "key", "7\"\n");
        shop.dequeue(10);
        arrival(shop, 3);
        Delivery first = shop.arrived().get(0);
        assertThat(first.key()).isEqualTo(id);
        assertThat(first.payload()).isEqualTo("{\"n\":1}");
        assertThat(first.properties()).isEqualTo(Map.of("traceparent", "00-1"));
        assertThat(shop.arrived().get(1).key()).isEqualTo("m2");
        Delivery fields = shop.arrived().get(2);
        assertThat(fields.payload()).isEqualTo("{\"customer\":\"Zoë\",\"key\":\"7\\\"\\n\"}");
        assertThat(fields.key()).as("a column that is called key names nothing").contains("-");
        shop.arrived().forEach(delivery -> bed.get(shop.settle(delivery, ACK)));
        assertThat(bed.server.cli("XLEN", "orders")).isEqualTo("0");
        assertThat(bed.server.cli("XPENDING", "orders", "latido")).startsWith("0");
    }

    @Test
    void leavesDeadLettersThatAnyProgramReads() {
        Member shop = join("shop", LONG);
        bed.get(shop.enqueue(message("k", "[true]")));
        shop.dequeue(1);
        bed.get(shop.settle(arrival(shop, 1), new Settlement.Dead("failed", "no stock", null)));
        assertThat(bed.server.cli("XRANGE", "{orders}:dead", "-", "+").lines())
                .contains(
                        "payload", "[true]", "latido-reason", "failed", "latido-error", "no stock", "latido-key", "k");
    }

    @Test
    void refusesWhatIsNotText() {
        Member shop = join("shop", LONG);
        bed.server.cli(
                "EVAL",
                "redis.call('XADD','orders','*','payload','\"\\255\"','key','a')"
                        + " redis.call('XADD','orders','*','payload','1','key','b','x','\\255')"
                        + " redis.call('XADD','orders','*','payload','1','key','c','x','1','x','2')"
                        + " redis.call('XADD','orders','*','payload','1','payload','2')"
                        + " local many = {} for i = 1, 3000 do many[i] = tostring(i) end"
                        + " redis.call('XADD','orders','*', unpack(many))",
                "0");
        shop.dequeue(10);
        bed.await("all refusals", () -> shop.refused().size() >= 5);
        assertThat(shop.refused())
                .extracting(each -> each.reason())
                .containsExactlyInAnyOrder("malformed", "malformed", "malformed", "malformed", "too-large");
        assertThat(shop.arrived()).isEmpty();
        Depth depth = bed.get(shop.depth());
        assertThat(depth.dead()).isEqualTo(5);
        assertThat(bed.server.cli("XPENDING", "orders", "latido")).startsWith("0");
    }

    @Test
    void asksBeforeItTakesWhatWasThereBefore() {
        IntStream.range(0, 5).forEach(n -> bed.server.cli("XADD", "orders", "*", "payload", "1"));
        Member shop = opened("shop", binding("orders", LONG, Existing.ASK));
        shop.dequeue(10);
        assertThat(down(shop)).contains("5 entries", "existing: take", "existing: skip");
        assertThat(bed.server.cli("XINFO", "GROUPS", "orders")).isEmpty();
        Member skips = opened("skips", binding("orders", LONG, Existing.SKIP));
        bed.await("it to be up", skips::isUp);
        bed.await("the other to see that it is used", shop::isUp);
        bed.get(skips.enqueue(message("new")));
        assertThat(arrival(shop, 1).key()).isEqualTo("new");
        assertThat(bed.get(skips.depth()).ready().get(Priority.NORMAL)).isZero();
        assertThat(bed.server.cli("XLEN", "orders"))
                .as("nobody else's is removed")
                .isEqualTo("6");
    }

    @Test
    void takesWhatWasThereBeforeWhenItIsToldTo() {
        IntStream.range(0, 5).forEach(n -> bed.server.cli("XADD", "orders", "*", "payload", "1"));
        Member shop = opened("shop", binding("orders", LONG, Existing.TAKE));
        shop.dequeue(10);
        arrival(shop, 5);
    }

    // ---- what goes wrong at the server

    @ParameterizedTest
    @CsvSource({"DEL,orders", "FLUSHALL,ASYNC", "XGROUP,orders"})
    void rebuildsWhatSomebodyRemoved(String command, String argument) {
        Member shop = join("shop", LONG);
        bed.get(shop.enqueue(message("a")));
        shop.dequeue(10);
        Delivery before = arrival(shop, 1);
        if (command.equals("XGROUP")) {
            bed.server.cli("XGROUP", "DESTROY", "orders", "latido");
        } else {
            bed.server.cli(command, argument);
        }
        bed.server.cli("XADD", "orders", "*", "payload", "2", "key", "b");
        bed.await("what came since", () -> shop.keys().contains("b"));
        bed.await("it to be up", shop::isUp);
        assertThat(shop.downs()).allMatch(why -> why.contains("removed"));
        if (!command.equals("XGROUP")) {
            assertThat(bed.failure(shop.settle(before, ACK))).isEqualTo(QueueException.Kind.LEASE_LOST);
        }
        assertThat(bed.get(shop.enqueue(message("c"))).isKnown()).isFalse();
        bed.await("what came then", () -> shop.keys().contains("c"));
    }

    @Test
    void saysThatAKeyIsSomethingElse() {
        bed.server.cli("SET", "{orders}:high", "x");
        Member shop = opened("shop", binding("orders", LONG, Existing.ASK));
        assertThat(down(shop)).contains("{orders}:high", "string", "stream");
        bed.server.cli("DEL", "{orders}:high");
        bed.await("it to be up", shop::isUp);
    }

    @Test
    void losesNothingWhenADeadLetterHasNoPlace() {
        Member shop = join("shop", LONG);
        bed.get(shop.enqueue(message("a")));
        shop.dequeue(1);
        Delivery delivery = arrival(shop, 1);
        bed.server.cli("SET", "{orders}:dead", "x");
        assertThat(bed.failure(shop.settle(delivery, new Settlement.Dead("failed", "", null))))
                .isEqualTo(QueueException.Kind.UNAVAILABLE);
        bed.await("word of it", () -> shop.downs().stream().anyMatch(why -> why.contains("{orders}:dead")));
        assertThat(bed.server.cli("XLEN", "orders")).isEqualTo("1");
        bed.server.cli("DEL", "{orders}:dead");
        bed.await("it to be up", shop::isUp);
        bed.get(shop.settle(delivery, new Settlement.Dead("failed", "", null)));
        assertThat(bed.get(shop.depth()).dead()).isEqualTo(1);
        assertThat(shop.lost()).isEmpty();
    }

    @Test
    void survivesThatTheIdsAreUsedUp() {
        Member shop = join("shop", LONG);
        String largest = "18446744073709551615-18446744073709551615";
        bed.server.cli("XADD", "orders", largest, "payload", "1", "key", "last");
        assertThat(bed.failure(shop.enqueue(message("a")))).isEqualTo(QueueException.Kind.UNAVAILABLE);
        assertThat(shop.downs()).anyMatch(why -> why.contains("ids"));
        shop.dequeue(1);
        bed.get(shop.settle(arrival(shop, 1), ACK));
        bed.server.cli("DEL", "orders");
        bed.await("it to be usable", () -> {
            Future<?> next = shop.enqueue(message("b"));
            bed.await("an answer", next::isComplete);
            return next.succeeded();
        });
    }

    @Test
    void hasToBeWrittenBeforeItIsAcknowledged() {
        bed.server.cli("CONFIG", "SET", "appendfsync", "everysec");
        Member shop = opened("shop", binding("orders", LONG, Existing.ASK));
        assertThat(down(shop)).contains("appendfsync everysec", "always", "durability: relaxed");
        bed.server.cli("CONFIG", "SET", "appendfsync", "always");
        bed.server.cli("CLIENT", "KILL", "TYPE", "normal");
        bed.await("it to be up", shop::isUp);
    }

    @Test
    void hasToKeepWhatItHas() {
        bed.server.cli("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
        Member shop = opened("shop", binding("orders", LONG, Existing.ASK));
        assertThat(down(shop)).contains("maxmemory-policy allkeys-lru", "noeviction");
    }

    @Test
    void settlesWithoutFreeMemory() {
        Member shop = join("shop", LONG);
        for (int n = 0; n < 8; n++) {
            bed.get(shop.enqueue(message("m" + n, "\"" + "x".repeat(20_000) + "\"")));
        }
        shop.dequeue(8);
        arrival(shop, 8);
        bed.server.cli("CONFIG", "SET", "maxmemory", "1");
        assertThat(bed.failure(shop.enqueue(message("a")))).isEqualTo(QueueException.Kind.NO_MEMORY);
        assertThat(bed.failure(shop.enqueue(new Message("d", true, "1", Priority.HIGH, LONG, Map.of()))))
                .isEqualTo(QueueException.Kind.NO_MEMORY);
        assertThat(bed.server.cli("SET", "x", "1")).contains("OOM");
        List<Delivery> held = shop.arrived();
        Outcome outcome = new Outcome("succeeded", "shop", "1");
        bed.get(shop.settle(held.get(0), new Settlement.Ack(outcome)));
        bed.get(shop.settle(held.get(1), new Settlement.Dead("failed", "no", outcome)));
        bed.get(shop.settle(held.get(2), new Settlement.Later(LONG, 1, "no")));
        bed.get(shop.settle(held.get(3), new Settlement.Later(Duration.ZERO, 1, "no")));
        bed.get(shop.settle(held.get(4), new Settlement.Release()));
        assertThat(bed.get(shop.find("m0"))).contains(outcome);
        shop.dequeue(10);
        bed.await("both", () -> shop.arrived().size() >= 10);
        assertThat(shop.keys().subList(8, 10)).containsExactlyInAnyOrder("m3", "m4");
        assertThat(shop.isUp()).isTrue();
        bed.server.cli("CONFIG", "SET", "maxmemory", "0");
        bed.get(shop.enqueue(message("a")));
        assertThat(bed.get(shop.depth()).dead()).isEqualTo(1);
    }

    @Test
    void saysThatTheServerIsAReplica() {
        Member shop = join("shop", LONG);
        bed.get(shop.enqueue(message("a")));
        shop.dequeue(1);
        Delivery delivery = arrival(shop, 1);
        bed.server.cli("REPLICAOF", "127.0.0.1", "1");
        assertThat(bed.failure(shop.settle(delivery, ACK)))
                .isIn(QueueException.Kind.UNAVAILABLE, QueueException.Kind.UNKNOWN);
        bed.await("word of it", () -> shop.downs().stream().anyMatch(why -> why.contains("replica")));
        bed.server.cli("REPLICAOF", "NO", "ONE");
        bed.await("it to be up", shop::isUp);
        bed.get(shop.settle(delivery, ACK));
    }

    @Test
    void saysThatReplicasAreMissing() {
        Member shop = join("shop", LONG);
        bed.server.cli("CONFIG", "SET", "min-replicas-to-write", "1");
        assertThat(bed.failure(shop.enqueue(message("a")))).isEqualTo(QueueException.Kind.UNAVAILABLE);
        assertThat(down(shop)).contains("min-replicas-to-write");
        bed.server.cli("CONFIG", "SET", "min-replicas-to-write", "0");
        bed.await("it to be up", shop::isUp);
        bed.get(shop.enqueue(message("a")));
    }

    @Test
    void handsScriptsOverAgain() {
        Member shop = join("shop", LONG);
        bed.get(shop.enqueue(message("a")));
        bed.server.cli("SCRIPT", "FLUSH");
        List<Future<?>> all = IntStream.range(0, 20)
                .<Future<?>>mapToObj(n -> shop.enqueue(message("b" + n)))
                .toList();
        all.forEach(bed::get);
        bed.server.cli("SCRIPT", "FLUSH");
        shop.dequeue(100);
        arrival(shop, 21);
        bed.server.cli("SCRIPT", "FLUSH");
        shop.arrived().forEach(delivery -> bed.get(shop.settle(delivery, ACK)));
        assertThat(shop.downs()).isEmpty();
    }

    @Test
    void noticesThatTheServerStandsStill() {
        Duration lease = Duration.ofSeconds(3);
        Member shop = join("shop", lease);
        Member till = join("till", lease);
        bed.get(shop.enqueue(message("a")));
        shop.dequeue(1);
        arrival(shop, 1);
        till.dequeue(10);
        bed.pass(lease); // from now on it would take what others left
        bed.server.freeze();
        bed.await("word of it", () -> !shop.isUp() && !till.isUp());
        assertThat(shop.downs().get(0)).contains("does not answer");
        Future<?> meanwhile = shop.enqueue(message("b"));
        assertThat(bed.failure(meanwhile)).isEqualTo(QueueException.Kind.UNAVAILABLE);
        bed.pass(lease.multipliedBy(2));
        bed.server.thaw();
        bed.await("both to be back", () -> shop.isUp() && till.isUp());
        bed.pass(lease.multipliedBy(2));
        assertThat(till.arrived())
                .as("an outage of Redis alone doubles nothing")
                .isEmpty();
        assertThat(shop.lost()).isEmpty();
        bed.get(shop.settle(shop.arrived().get(0), ACK));
    }

    /** What it was given comes to it when another has done it. */
    @Test
    void deliversNothingThatBecameAnothersWhileItStoodStill() {
        Duration lease = Duration.ofSeconds(6);
        Member shop = join("shop", lease);
        Member till = join("till", lease);
        bed.get(till.enqueue(message("first")));
        till.dequeue(1);
        bed.get(till.settle(arrival(till, 1), ACK)); // Redis knows the scripts
        bed.get(till.enqueue(message("a")));
        bed.server.freeze();
        shop.dequeue(1);
        bed.pass(Duration.ofMillis(200)); // its call waits at the server
        bed.freeze(shop);
        bed.server.thaw();
        bed.await(
                "it to be leased",
                () -> bed.server.cli("XPENDING", "orders", "latido").startsWith("1"));
        till.dequeue(1);
        bed.get(till.settle(arrival(till, 2), ACK));
        bed.thaw(shop);
        bed.get(till.enqueue(message("b")));
        assertThat(arrival(shop, 1).key()).isEqualTo("b");
    }

    @Test
    void keepsTheFenceOverAKillOfTheServer() {
        Member shop = join("shop", LONG);
        bed.get(shop.enqueue(message("a")));
        shop.dequeue(1);
        Delivery first = arrival(shop, 1);
        bed.freeze(shop);
        Member again = join("shop", LONG);
        again.dequeue(1);
        Delivery taken = arrival(again, 1);
        assertThat(taken.deliveries()).isEqualTo(2);
        bed.breakDown(); // between taking back and settling
        bed.bringBack();
        bed.await("it to be back", () -> again.ups() == 2);
        bed.get(again.settle(taken, ACK));
        bed.thaw(shop);
        bed.await("word of it", () -> !shop.lost().isEmpty());
        assertThat(bed.failure(shop.settle(first, ACK))).isEqualTo(QueueException.Kind.LEASE_LOST);
        assertThat(bed.server.cli("XLEN", "orders")).isEqualTo("0");
    }

    @Test
    void needsFewConnectionsForAnyNumberOfQueues() {
        int count = 1_000;
        RedisBroker broker = new RedisBroker(
                bed.vertx(), bed.server.config(), bed.loop(), System::nanoTime, new Random(), Entry.VERSION);
        PausableLoop owner = bed.loop();
        List<Member> members = IntStream.range(0, count)
                .mapToObj(n -> new Member("shop", broker, binding("q" + n, LONG, Existing.ASK), owner))
                .toList();
        members.forEach(Member::open);
        members.forEach(member -> bed.await("all to be up", member::isUp));
        members.forEach(member -> member.dequeue(2));
        assertThat(bed.server.connections()).isBetween(1, 4);
        for (int n = 0; n < count; n += 111) {
            bed.server.cli("XADD", "q" + n, "*", "payload", "1");
            arrival(members.get(n), 1);
        }
        assertThat(bed.server.connections()).isBetween(1, 4);
        bed.get(broker.close());
    }

    @Test
    void keepsABoundedNumberOfDeadLettersAndCountsTheRest() {
        Member shop = join("shop", LONG);
        bed.server.cli(
                "EVAL",
                "for i = 1, 300 do redis.call('XADD', '{orders}:dead', i .. '-1', 'payload', '1') end"
                        + " for i = 1, 9701 do redis.call('XADD', '{orders}:dead', '*', 'payload', '1') end",
                "0");
        bed.get(shop.enqueue(message("a")));
        shop.dequeue(1);
        bed.get(shop.settle(arrival(shop, 1), new Settlement.Dead("failed", "", null)));
        DeadLetters kept = bed.get(shop.deadLetters("", 1));
        assertThat(kept.total())
                .as("too many, and most of those that are too old")
                .isLessThanOrEqualTo(9_950);
        assertThat(kept.total() + kept.forgotten()).isEqualTo(10_002);
    }

    @Test
    void readsThePasswordAnewAtEachConnect() {
        bed.server.cli("CONFIG", "SET", "requirepass", "first");
        AtomicReference<String> password = new AtomicReference<>("wrong-marker");
        Member shop = bed.member(
                "shop",
                binding("orders", LONG, Existing.ASK),
                bed.server.config().withLogin(() -> new Login(null, password.get())));
        shop.open();
        assertThat(down(shop)).contains("password").doesNotContain("marker");
        password.set("first");
        bed.await("it to be up", shop::isUp);
        bed.server.cli("-a", "first", "CONFIG", "SET", "requirepass", "second");
        password.set("second");
        bed.server.cli("-a", "second", "CLIENT", "KILL", "TYPE", "normal");
        bed.await("it to be back", () -> shop.ups() == 2);
        bed.get(shop.enqueue(message("a")));
    }

    /** Returns the documented rights of a user: what ACL SETUSER is called with. */
    private static List<String> documentedRights() throws IOException {
        String docs = Files.readString(Path.of("docs/queues.md"));
        Matcher block = Pattern.compile("```text\n(ACL SETUSER latido .*?)```", Pattern.DOTALL)
                .matcher(docs);
        assertThat(block.find()).as("docs/queues.md names the rights").isTrue();
        return List.of(block.group(1).replace("<password>", "secret").strip().split("\\s+", -1));
    }

    /** The whole life of messages, by a user with just what the documentation names. */
    @Test
    void needsNoMoreRightsThanAreDocumented() throws Exception {
        List<String> rights = documentedRights();
        assertThat(rights).doesNotContain("+@all", "allcommands", "~*", "allkeys");
        assertThat(bed.server.cli(rights.toArray(String[]::new))).isEqualTo("OK");
        RedisConfig config = bed.server.config().withLogin(() -> new Login("latido", "secret"));
        Member shop = bed.member("shop", binding("orders", Duration.ofSeconds(2), Existing.ASK), config);
        shop.open();
        bed.await("it to be up", shop::isUp);
        shop.dequeue(10);
        bed.get(shop.enqueue(new Message("k", true, "1", Priority.HIGH, Duration.ofMillis(1), Map.of())));
        bed.get(shop.settle(arrival(shop, 1), new Settlement.Later(Duration.ofMillis(1), 1, "no")));
        bed.get(shop.settle(arrival(shop, 2), new Settlement.Release()));
        bed.get(shop.settle(arrival(shop, 3), new Settlement.Dead("failed", "", new Outcome("failed", "shop", "1"))));
        DeadLetters dead = bed.get(shop.deadLetters("", 10));
        assertThat(dead.total()).isEqualTo(1);
        assertThat(bed.get(shop.find("k"))).isPresent();
        assertThat(bed.get(shop.replay(List.of(dead.letters().get(0).id())))).isEqualTo(1);
        bed.get(shop.settle(arrival(shop, 4), new Settlement.Ack(new Outcome("succeeded", "shop", "2"))));
        bed.server.cli("XADD", "orders", "*", "payload", "{no json");
        bed.await(
                "the malformed one",
                () -> bed.server.cli("XLEN", "{orders}:dead").equals("1"));
        assertThat(bed.get(shop.depth()).dead()).isEqualTo(1);
        bed.get(shop.enqueue(message("left")));
        arrival(shop, 5);
        bed.freeze(shop);
        Member other = bed.member("other", binding("orders", Duration.ofSeconds(2), Existing.ASK), config);
        other.open();
        other.dequeue(10);
        bed.get(other.settle(arrival(other, 1), ACK));
        bed.thaw(shop);
        assertThat(other.downs()).isEmpty();
        assertThat(shop.downs()).isEmpty();
        Member apart = bed.member("apart", binding("bills", LONG, Existing.ASK), config);
        apart.open();
        assertThat(down(apart)).as("another queue's keys").contains("may not do what a queue needs");
    }

    /** Each of the documented rights is needed: without it something is refused, or nobody is woken. */
    @Test
    void documentsNoRightThatIsNotNeeded() throws Exception {
        Pattern called = Pattern.compile("redis\\.p?call\\('([A-Z]+)'(?:, '([A-Z]+)')?");
        Set<String> used = new HashSet<>(Set.of("+ping", "+select", "+client|tracking", "+eval", "+evalsha", "+get"));
        for (Script script : Script.values()) {
            Matcher call =
                    called.matcher(script.load(List.of(), List.of()).toString().replace("\\n", "\n"));
            while (call.find()) {
                String name = call.group(1).toLowerCase(Locale.ROOT);
                String part = String.valueOf(call.group(2)).toLowerCase(Locale.ROOT);
                used.add("+" + name + (Set.of("xgroup", "xinfo").contains(name) ? "|" + part : ""));
            }
        }
        assertThat(documentedRights())
                .filteredOn(right -> right.startsWith("+"))
                .containsExactlyInAnyOrderElementsOf(used);
    }
}
