package dev.latido.queue.storagequeue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.job.Priority;
import dev.latido.queue.Delivery;
import dev.latido.queue.Message;
import dev.latido.queue.Settlement;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import javax.xml.stream.XMLStreamException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a text at Azure means, and that it always fits. */
@Tag("fast")
class StorageWireTest {

    private static final int MOST = StorageBroker.CAPABILITIES.maxPayloadBytes();

    /** What Azure takes. */
    private static final int MAX_TEXT = 65_536;

    private static final String ID = "8f0d0b6e-8f3c-4a43-9df4-2ad5b7c3a001";

    private static Wire read(String text) {
        return Wire.of(ID, text, MOST);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Wire again(Message message) {
        Wire.Written written = Wire.written(message, MOST);
        assertThat(written.tooLarge()).isNull();
        return read(written.text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1234", "12345678", "true", "null", "-1e5", "\"abcd\"", "{\"a\":1}", "[]", " 1 "})
    void takesJsonAsItIsAndInBase64(String json) {
        for (String text : new String[] {json, base64(json)}) {
            Wire read = read(text);
            assertThat(read.refusal()).isNull();
            assertThat(read.payload()).isEqualTo(json);
            assertThat(read.key()).as("nothing else names it").isEqualTo(ID);
            assertThat(read.properties()).isEmpty();
            assertThat(read.attempts()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nul", "{", "abcd", "{\"specversion\":\"1.0\"", "eyJhIjoxfQ"})
    void refusesWhatIsNoJson(String text) {
        assertThat(Objects.requireNonNull(read(text).refusal()).reason()).isEqualTo("malformed");
    }

    @Test
    void takesWhatLooksLikeAnEventForAPayload() {
        String event = "{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"/shop\",\"type\":\"t\",\"data\":4}";
        assertThat(read(event).payload()).isEqualTo(event);
        String other = "{\"latido\":\"is nice\",\"specversion\":\"1.0\"}";
        assertThat(read(other).payload()).isEqualTo(other);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "null", " null ", "{\"ä\":[1.0,\"\\u0000€\uFFFF\"]}", "\"}\"", "[1,\r\n2]"})
    void keepsAPayloadToTheLastSign(String payload) {
        Message message = new Message(
                "k\"1",
                false,
                payload,
                Priority.HIGH,
                Duration.ZERO,
                Map.of("traceparent", "00-ä", "p", "{\"}", "e", ""));
        Wire read = again(message);
        assertThat(read.refusal()).isNull();
        assertThat(read.payload()).isEqualTo(payload.strip().equals("null") ? payload : payload.strip());
        assertThat(read.key()).isEqualTo("k\"1");
        assertThat(read.properties()).isEqualTo(message.properties());
    }

    @Test
    void keepsThatThereIsNoPayload() {
        Wire read = again(new Message("k", false, null, Priority.NORMAL, Duration.ZERO, Map.of()));
        assertThat(read.payload()).isNull();
        assertThat(read.refusal()).isNull();
        assertThat(read.key()).isEqualTo("k");
    }

    @Test
    void takesAPayloadThatIsAsDeepAsItMayBe() {
        String deep = "[".repeat(100) + "]".repeat(100);
        assertThat(read(deep).refusal()).isNull();
        assertThat(again(new Message("k", false, deep, Priority.NORMAL, Duration.ZERO, Map.of()))
                        .refusal())
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"latido\":\"1\",\"specversion\":\"1.0\",\"id\":\"k\"",
                "{\"latido\":\"1\",\"specversion\":\"1.0\",\"id\":\"k\"} x",
                "{\"latido\":\"1\",\"specversion\":\"1.0\",\"id\":\"k\",\"data\":{}",
                "{\"latido\":\"1\",\"specversion\":\"1.0\",\"id\":\"k\",\"data\":1} x",
                "{\"latido\":\"1\",\"specversion\":\"1.0\",\"id\":\"k\",\"data\":1,\"x\":\"y\"}",
                "{\"latido\":\"1\",\"specversion\":\"1.0\",\"id\":\"k\",\"id\":\"l\",\"data\":1}",
                "{\"latido\":\"1\",\"specversion\":\"1.0\",\"id\":\"k\",\"n\":5,\"data\":1}",
                "{\"latido\":\"1\",\"specversion\":\"1.0\",\"id\":\"k\",\"data_base64\":\"//8=\"}",
                "{\"latido\":\"1\",\"specversion\":\"1.0\",\"id\":\"k\",\"data_base64\":\"ew==\"}",
                "{\"latido\":\"1\",\"specversion\":\"1.0\",\"id\":\"k\",\"latidoproperties\":\"{\\\"a\\\":1}\",\"data\":1}",
                "{\"latido\":\"1\",\"specversion\":\"1.0\",\"id\":\"k\",\"latidoproperties\":\"\\q\",\"data\":1}",
            })
    void refusesAnEnvelopeThatIsBroken(String text) {
        Wire read = read(text);
        assertThat(Objects.requireNonNull(read.refusal()).reason()).isEqualTo("malformed");
        assertThat(read.key()).isEqualTo("k");
    }

    @Test
    void refusesWhatIsOfANewerVersionAndKeepsItAsItIs() {
        String text = "{\"latido\":\"2\",\"specversion\":\"1.0\",\"id\":\"k\",\"n\":5}";
        Wire read = read(text);
        assertThat(Objects.requireNonNull(read.refusal()).reason()).isEqualTo("newer-version");
        String dead = read.dead(Priority.NORMAL, "newer-version", "", 1, text);
        assertThat(dead).isEqualTo(text);
        Wire.Dead letter = Wire.dead(ID, dead);
        assertThat(letter.reason()).isEqualTo("newer-version");
        assertThat(letter.replayed()).isEqualTo(text);
    }

    @Test
    void hasRoomForTheErrorOfALargestMessage() {
        String payload = '"' + "x".repeat(MOST - 2) + '"';
        Wire.Written written =
                Wire.written(new Message(ID, false, payload, Priority.NORMAL, Duration.ZERO, Map.of()), MOST);
        assertThat(written.tooLarge()).isNull();
        for (String text : new String[] {written.text(), payload}) {
            Wire read = read(text);
            assertThat(read.refusal()).isNull();
            for (String error :
                    new String[] {"e".repeat(9_999), "\u0001".repeat(9_999), "\uD83D\uDE00".repeat(9_999)}) {
                String later = read.later(new Settlement.Later(Duration.ZERO, 999, error));
                assertThat(later.length()).isLessThanOrEqualTo(MAX_TEXT);
                Wire again = read(later);
                assertThat(again.refusal())
                        .as("never less after it was moved on")
                        .isNull();
                assertThat(again.attempts()).isEqualTo(999);
                assertThat(again.payload()).isEqualTo(payload);
                String dead = again.dead(Priority.CRITICAL, "r".repeat(999), error, Long.MAX_VALUE / 10_000, "");
                assertThat(dead.length()).isLessThanOrEqualTo(MAX_TEXT);
                Wire.Dead letter = Wire.dead(ID, dead);
                assertThat(letter.lane()).isEqualTo(Priority.CRITICAL);
                assertThat(letter.payloadBytes()).isEqualTo(MOST);
                assertThat(letter.error()).endsWith("…").startsWith(error.substring(0, 20));
                assertThat(letter.replayed().length()).isLessThanOrEqualTo(MAX_TEXT);
                assertThat(read(letter.replayed()).properties()).containsEntry(Delivery.ROUND, "1");
            }
        }
    }

    @Test
    void takesNothingThatHasNoRoomForAnError() {
        String payload = '"' + "x".repeat(MOST - 2) + '"';
        Map<String, String> properties = Map.of("p", "y".repeat(2_000));
        assertThat(Wire.written(new Message("k", false, payload, Priority.NORMAL, Duration.ZERO, properties), MOST)
                        .tooLarge())
                .contains("together");
        assertThat(Wire.written(
                                new Message(
                                        "k",
                                        false,
                                        "1",
                                        Priority.NORMAL,
                                        Duration.ZERO,
                                        Map.of("p", "y".repeat(9_000))),
                                MOST)
                        .tooLarge())
                .contains("properties");
    }

    @Test
    void keepsADeadLetterAsItIsThatHasNoRoomForMore() {
        String text = '"' + "x".repeat(60_000) + '"';
        Wire read = read(text);
        assertThat(Objects.requireNonNull(read.refusal()).reason()).isEqualTo("too-large");
        String dead = read.dead(Priority.HIGH, "too-large", "", 1, text);
        assertThat(dead).isEqualTo(text);
        Wire.Dead letter = Wire.dead(ID, dead);
        assertThat(letter.payloadBytes()).isEqualTo(60_002);
        assertThat(letter.payload()).hasSize(4_096);
        assertThat(letter.replayed()).isEqualTo(text);
    }

    /** Nothing could be done about the others of the same list otherwise, either. */
    @ParameterizedTest
    @ValueSource(strings = {"&#x1;", "&#1;", "\u0001", "&#xFFFF;", "&#65535;", "\uFFFE", "&#x01f;"})
    void readsAListWithWhatXmlCannotHave(String sign) throws Exception {
        String xml =
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><QueueMessagesList><QueueMessage><MessageId>1</MessageId>"
                        + "<MessageText>\"" + sign
                        + "\"</MessageText></QueueMessage><QueueMessage><MessageId>2</MessageId>"
                        + "<MessageText>&lt;&#x41;\n</MessageText></QueueMessage></QueueMessagesList>";
        assertThat(Xml.messages(xml.getBytes(StandardCharsets.UTF_8)))
                .extracting(Xml.Told::text)
                .containsExactly("\"\uFFFD\"", "<A\n");
    }

    @Test
    void resolvesNothingThatXmlNames() {
        String xml = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><QueueMessagesList><QueueMessage>"
                + "<MessageText>&e;</MessageText></QueueMessage></QueueMessagesList>";
        assertThatThrownBy(() -> Xml.messages(xml.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(XMLStreamException.class);
    }
}
