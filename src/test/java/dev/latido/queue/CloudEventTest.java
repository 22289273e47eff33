package dev.latido.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class CloudEventTest {

    private static final String REQUIRED =
            "\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"/shop\",\"type\":\"order.placed\"";

    private static CloudEvent with(String rest) {
        return CloudEvent.read("{" + REQUIRED + rest + "}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.0",
                "-0",
                "1e5",
                "12345678901234567890123",
                "true",
                "false",
                "\"\"",
                "\"a\\u00e9\\\"}\"",
                "{ }",
                "[ 1, {\"data\": [2]} ]",
                "{\"id\":1,\"data_base64\":\"x\",\"ä\":\"€\"}"
            })
    void takesDataAsItStandsThere(String data) {
        assertThat(CloudEvent.read("{\"data\" : " + data + " ,\n" + REQUIRED + "}"))
                .isEqualTo(new CloudEvent("7", "/shop", null, data, null));
        assertThat(with(",\"data\":" + data).data()).isEqualTo(data);
    }

    /** The parser reads in parts. */
    @Test
    void takesLongDataAsItStandsThere() {
        for (int length : new int[] {3_990, 4_000, 8_000, 40_000, 300_000}) {
            String text = "\"" + "ä".repeat(length) + "\"";
            assertThat(with(",\"data\":" + text + ",\"x\":1").data()).isEqualTo(text);
            String digits = "[" + "1.50, ".repeat(length / 6) + "0]";
            assertThat(with(",\"x\":" + text + ",\"data\": " + digits).data()).isEqualTo(digits);
        }
    }

    @Test
    void hasNoDataWhereThereIsNone() {
        assertThat(with("").data()).isNull();
        assertThat(with(",\"data\":null,\"data_base64\":null"))
                .isEqualTo(new CloudEvent("7", "/shop", null, null, null));
    }

    @Test
    void decodesDataThatIsJson() {
        String coded = Base64.getEncoder().encodeToString("{\"ä\":1.0}".getBytes(StandardCharsets.UTF_8));
        assertThat(with(",\"data_base64\":\"" + coded + "\"").data()).isEqualTo("{\"ä\":1.0}");
    }

    @Test
    void tellsWhatItIsPartOf() {
        assertThat(with(",\"traceparent\":\"00-1\"").traceparent()).isEqualTo("00-1");
        assertThat(with(",\"traceparent\":1").traceparent()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "7",
                "null",
                "[]",
                "\"event\"",
                "{}",
                "{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"/shop\"}",
                "{\"specversion\":\"1.0\",\"id\":7,\"source\":\"/shop\",\"type\":\"t\"}",
                "{\"specversion\":1.0,\"id\":\"7\",\"source\":\"/shop\",\"type\":\"t\"}",
                "{\"specversion\":\"0.3\",\"id\":\"7\",\"source\":\"/shop\",\"type\":\"t\"}",
                "{\"specversion\":\"1.0\",\"id\":{\"id\":\"7\"},\"source\":\"/shop\",\"type\":\"t\"}",
                "{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":null,\"type\":\"t\"}",
                "{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":[\"/shop\"],\"type\":\"t\"}"
            })
    void refusesWhatIsNoEvent(String json) {
        CloudEvent event = CloudEvent.read(json);
        assertThat(event.problem()).isNotEmpty();
        assertThat(event.data()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ",\"data\":1,\"data\":2",
                ",\"data\":1,\"d\\u0061ta\":2",
                ",\"id\":\"8\"",
                ",\"data\":1,\"data_base64\":\"MQ==\"",
                ",\"data_base64\":\"no base64!\"",
                ",\"data_base64\":\"/w==\"",
                ",\"data_base64\":\"e30ge30=\"",
                ",\"data_base64\":\"\"",
                ",\"data\":1e9999999999",
                ",\"data\":"
            })
    void refusesDataThatIsNotOneJsonValue(String rest) {
        assertThat(with(rest).problem()).isNotEmpty();
        assertThat(with(rest).data()).isNull();
    }

    @Test
    void boundsTheDepthOfAllOfIt() {
        assertThat(with(",\"data\":" + "[".repeat(99) + "]".repeat(99)).problem())
                .isNull();
        assertThat(with(",\"data\":" + "[".repeat(100) + "]".repeat(100)).problem())
                .contains("nested");
        assertThat(with(",\"x\":" + "{\"x\":".repeat(100_000)).problem()).isNotEmpty();
    }

    @Test
    void isKnownByItsContentTypeAlone() {
        assertThat(CloudEvent.isStructured("application/cloudevents+json")).isTrue();
        assertThat(CloudEvent.isStructured("Application/CloudEvents+JSON ; charset=UTF-8"))
                .isTrue();
        assertThat(CloudEvent.isStructured(null)).isFalse();
        assertThat(CloudEvent.isStructured("")).isFalse();
        assertThat(CloudEvent.isStructured("application/json")).isFalse();
        assertThat(CloudEvent.isStructured("application/cloudevents-batch+json"))
                .isFalse();
        assertThat(CloudEvent.isStructured("text/plain; application/cloudevents+json"))
                .isFalse();
    }
}
