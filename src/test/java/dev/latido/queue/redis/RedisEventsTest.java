package dev.latido.queue.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Priority;
import dev.latido.queue.DeadLetter;
import dev.latido.queue.Delivery;
import dev.latido.queue.JobQueue;
import dev.latido.queue.Member;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueBinding.Existing;
import dev.latido.queue.Settlement;
import dev.latido.room.FullMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CloudEvents that any program adds to a real Redis. */
@Timeout(240)
class RedisEventsTest {

    private static final String STRUCTURED = "application/cloudevents+json";
    private static final String EVENT =
            "{\"specversion\":\"1.0\",\"id\":\"e7\",\"source\":\"/shop\",\"type\":\"order.placed\"";

    private final RedisBed bed = new RedisBed(RedisServer.start());
    private Member shop;

    @BeforeEach
    void begin() {
        shop = bed.member(
                "shop",
                new QueueBinding(
                        "orders",
                        "latido",
                        List.of(Priority.NORMAL),
                        Duration.ofMinutes(10),
                        0,
                        FullMode.REJECT,
                        1_000,
                        Duration.ofHours(24),
                        Duration.ofHours(1),
                        Existing.TAKE,
                        true));
        shop.open();
        bed.await("it to be up", shop::isUp);
    }

    @AfterEach
    void end() {
        bed.close();
    }

    /** Adds an entry of these fields, and returns its id. */
    private String add(String... fields) {
        List<String> command = new ArrayList<>(List.of("XADD", "orders", "*"));
        command.addAll(List.of(fields));
        return bed.server.cli(command.toArray(String[]::new));
    }

    private Delivery taken(String... fields) {
        int had = shop.arrived().size();
        add(fields);
        return next(had);
    }

    private Delivery next(int had) {
        shop.dequeue(1);
        bed.await("a delivery", () -> shop.arrived().size() > had);
        return shop.arrived().get(had);
    }

    private JobQueue.Refused refused(String... fields) {
        int had = shop.refused().size();
        add(fields);
        shop.dequeue(1);
        bed.await("a refusal", () -> shop.refused().size() > had);
        assertThat(shop.arrived()).isEmpty();
        assertThat(bed.server.cli("XLEN", "orders")).isEqualTo("0");
        return shop.refused().get(had);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ce-", "ce_"})
    void takesAnEventInBinaryMode(String prefix) {
        Delivery event = taken(
                prefix + "specversion",
                "1.0",
                prefix + "id",
                "é7",
                prefix + "type",
                "order.placed",
                prefix + "source",
                "/shop",
                prefix + "traceparent",
                "00-1",
                "content-type",
                "application/json",
                "data",
                "{\"n\":1.0}");
        assertThat(event.key()).isEqualTo("é7");
        assertThat(event.payload()).isEqualTo("{\"n\":1.0}");
        assertThat(event.payloadBytes()).isEqualTo(9);
        assertThat(event.properties())
                .containsEntry("ce-source", "/shop")
                .containsEntry("ce-type", "order.placed")
                .containsEntry("traceparent", "00-1")
                .doesNotContainKeys("data", "ce-id");
        Delivery beside = taken(prefix + "id", "8", "payload", "[2]", "key", "k");
        assertThat(beside.key()).isEqualTo("8");
        assertThat(beside.payload()).isEqualTo("[2]");
        assertThat(beside.properties()).isEqualTo(Map.of("key", "k"));
    }

    @Test
    void takesAnEventWithoutData() {
        assertThat(taken("ce-id", "1", "ce-type", "tick").payload()).isNull();
        assertThat(taken("ce-id", "2", "data", "").payload()).isNull();
        assertThat(taken("content-type", STRUCTURED, "payload", EVENT + "}").payload())
                .isNull();
    }

    @Test
    void takesAnEventInStructuredMode() {
        Delivery event = taken(
                "content-type", STRUCTURED + "; charset=utf-8", "payload", EVENT + ",\"data\":{\"n\":1.0}}", "p", "q");
        assertThat(event.key()).isEqualTo("e7");
        assertThat(event.payload()).isEqualTo("{\"n\":1.0}");
        assertThat(event.payloadBytes()).isEqualTo(9);
        assertThat(event.properties()).containsEntry("ce-source", "/shop").containsEntry("p", "q");
    }

    /** It names itself nowhere but in the payload, which is another's. */
    @Test
    void takesAPayloadThatLooksLikeAnEventAsAPayload() {
        String looks = EVENT + ",\"data\":1}";
        String id = add("payload", looks);
        assertThat(next(0).payload()).isEqualTo(looks);
        assertThat(shop.arrived().get(0).key()).isEqualTo(id);
        assertThat(taken("content-type", "application/json", "payload", looks).payload())
                .isEqualTo(looks);
        assertThat(taken("specversion", "1.0", "id", "7", "data", "x").payload())
                .isEqualTo("{\"specversion\":\"1.0\",\"id\":\"7\",\"data\":\"x\"}");
    }

    @Test
    void namesAnEventByItsEntryWhereItsIdIsNoName() {
        for (String id : List.of("", "i".repeat(256))) {
            int had = shop.arrived().size();
            String binary = add("ce-id", id, "data", "1");
            assertThat(next(had).key()).isEqualTo(binary);
            String structured = add("content-type", STRUCTURED, "payload", EVENT.replace("e7", id) + ",\"data\":1}");
            assertThat(next(had + 1).key()).isEqualTo(structured);
        }
        assertThat(taken("ce-id", "ä".repeat(255), "data", "1").key()).isEqualTo("ä".repeat(255));
    }

    @Test
    void refusesWhatIsNoEventOrAmbiguous() {
        List<String[]> all = List.of(
                new String[] {"ce-id", "1", "ce_id", "1", "data", "1"},
                new String[] {"ce-id", "1", "ce-id", "2", "data", "1"},
                new String[] {"ce-id", "1", "data", "1", "payload", "1"},
                new String[] {"ce-id", "1", "data", "no json"},
                new String[] {"ce-id", "1", "data", "[".repeat(101) + "]".repeat(101)},
                new String[] {"content-type", STRUCTURED, "data", EVENT + "}"},
                new String[] {"content-type", STRUCTURED, "payload", ""},
                new String[] {"content-type", STRUCTURED, "payload", "[]"},
                new String[] {"content-type", STRUCTURED, "payload", EVENT.replace("\"e7\"", "7") + "}"},
                new String[] {"content-type", STRUCTURED, "payload", EVENT + ",\"data_base64\":\"AA==\"}"},
                new String[] {"content-type", STRUCTURED, "payload", EVENT + ",\"data\":1,\"data\":2}"});
        for (String[] fields : all) {
            assertThat(refused(fields).reason()).as(String.join(" ", fields)).isEqualTo("malformed");
        }
        assertThat(bed.get(shop.depth()).dead()).isEqualTo(all.size());
    }

    @Test
    void refusesAnEventThatIsTooLargeByItsName() {
        String large = "\"" + "x".repeat(1_000) + "\"";
        JobQueue.Refused binary = refused("ce-id", "b", "data", large);
        assertThat(binary.reason()).isEqualTo("too-large");
        assertThat(binary.key()).isEqualTo("b");
        assertThat(refused("content-type", STRUCTURED, "payload", EVENT + ",\"data\":" + large + "}")
                        .reason())
                .as("all of it counts")
                .isEqualTo("too-large");
        DeadLetter letter = bed.get(shop.deadLetters("", 10)).letters().get(0);
        assertThat(letter.key()).isEqualTo("b");
        assertThat(letter.payload()).isEqualTo(large);
        assertThat(letter.payloadBytes()).isEqualTo(1_002);
        assertThat(bed.get(shop.replay(List.of(letter.id())))).isEqualTo(1);
        shop.dequeue(1);
        bed.await("it again", () -> shop.refused().size() == 3);
        assertThat(shop.refused().get(2).key()).isEqualTo("b");
    }

    /** Nor where a replay has to find the name, as nobody could read the entry. */
    @Test
    void keepsTheNameOfTheEntryWhereTheIdIsNoName() {
        String large = "\"" + "x".repeat(1_000) + "\"";
        for (String id : List.of("", "ä".repeat(256))) {
            String entry = refused("ce-id", id, "data", large).key();
            assertThat(entry).contains("-");
            List<DeadLetter> letters = bed.get(shop.deadLetters("", 10)).letters();
            DeadLetter last = letters.get(letters.size() - 1);
            assertThat(last.key()).isEqualTo(entry);
            int had = shop.refused().size();
            bed.get(shop.replay(List.of(last.id())));
            shop.dequeue(1);
            bed.await("it again", () -> shop.refused().size() > had);
            assertThat(shop.refused().get(had).key()).isEqualTo(entry);
        }
    }

    @Test
    void keepsTheNameOfAnEventThatIsMovedOn() {
        add("ce-id", "b", "ce-source", "/shop", "data", "1");
        add("content-type", STRUCTURED, "payload", EVENT + ",\"data\":2}");
        shop.dequeue(2);
        bed.await("both", () -> shop.arrived().size() == 2);
        shop.arrived().forEach(each -> bed.get(shop.settle(each, new Settlement.Later(Duration.ZERO, 1, "no"))));
        shop.dequeue(2);
        bed.await("both again", () -> shop.arrived().size() == 4);
        assertThat(shop.keys().subList(2, 4)).containsExactlyInAnyOrder("b", "e7");
        shop.arrived()
                .subList(2, 4)
                .forEach(each -> bed.get(shop.settle(each, new Settlement.Dead("failed", "no", null))));
        List<DeadLetter> letters = bed.get(shop.deadLetters("", 10)).letters();
        assertThat(letters).extracting(DeadLetter::key).containsExactlyInAnyOrder("b", "e7");
        bed.get(shop.replay(letters.stream().map(DeadLetter::id).toList()));
        shop.dequeue(2);
        bed.await("both anew", () -> shop.arrived().size() == 6);
        for (Delivery each : shop.arrived().subList(4, 6)) {
            assertThat(each.payload()).isEqualTo(each.key().equals("b") ? "1" : "2");
            assertThat(each.properties()).containsEntry("ce-source", "/shop").containsEntry(Delivery.ROUND, "1");
            bed.get(shop.settle(each, new Settlement.Ack(null)));
        }
        assertThat(shop.keys().subList(4, 6)).containsExactlyInAnyOrder("b", "e7");
        assertThat(bed.server.cli("XLEN", "orders")).isEqualTo("0");
    }
}
