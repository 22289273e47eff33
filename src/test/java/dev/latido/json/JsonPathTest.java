package dev.latido.json;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class JsonPathTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "/a | {\"a\":\"x\"} | x",
                "/a/b | {\"a\":{\"c\":1,\"b\":1.50}} | 1.50",
                "/a/1 | {\"a\":[true,false]} | false",
                "/a~1b | {\"a/b\":null} | null",
                "/a | {\"a\":{}} | ``",
                "/a | {\"b\":1} | ``",
                "/a | [1] | ``",
                "/a | no json | ``"
            })
    void findsAValue(String pointer, String json, String found) {
        assertThat(JsonPath.of(pointer).find(json)).isEqualTo(found);
    }

    /** As the result of the job before may be: work of one customer would have been taken for that of another. */
    @Test
    void findsAValueBehindOneThatIsDeepOrLong() {
        String deep = "[".repeat(5_000) + "1".repeat(5_000) + ",-0." + "1".repeat(5_000) + "]".repeat(5_000);
        assertThat(JsonPath.of("/key").find("{\"n\":" + deep + ",\"key\":\"ada\"}"))
                .isEqualTo("ada");
        assertThat(JsonPath.of("/n/0/0/0").find("{\"n\":" + deep + "}")).isEmpty();
        assertThat(JsonPath.of("/key").find("{\"" + "n".repeat(60_000) + "\":1,\"key\":2}"))
                .isEqualTo("2");
    }
}
