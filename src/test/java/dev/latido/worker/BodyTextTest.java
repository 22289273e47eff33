package dev.latido.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class BodyTextTest {

    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private static BodyText read(@Nullable String contentType, byte[] bytes) {
        BodyText body = new BodyText(contentType, 1_000);
        body.add(Buffer.buffer(bytes));
        return body;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "none | UTF-8",
                "text/plain | UTF-8",
                "text/plain; charset=utf-8 | UTF-8",
                "text/plain;charset=ISO-8859-1 | ISO-8859-1",
                "text/plain; x=y; Charset = \"iso-8859-1\" | ISO-8859-1",
                "text/plain; charset=windows-1252;x=y | windows-1252",
                "text/plain; charset=utf-16 | UTF-16BE",
                "text/plain; charset=utf-16le | UTF-16LE",
                "text/plain; charset=utf-32 | UTF-32BE",
                "text/plain; charset=latin-17 | UTF-8",
                "text/plain; charset=\u0000 | UTF-8",
                "text/plain; charset | UTF-8"
            })
    void obeysTheCharset(@Nullable String contentType, Charset charset) {
        BodyText body = read(
                contentType,
                "Zoë €"
                        .replace("€", charset.newEncoder().canEncode('€') ? "€" : "$")
                        .getBytes(charset));
        assertThat(body.end()).matches("Zoë [€$]");
        assertThat(body.isMalformed()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "text/plain; charset=utf-8",
                "text/plain; charset=iso-8859-1",
                "application/json; charset=utf-16"
            })
    void aByteOrderMarkHasTheLastWordAndIsNoPartOfTheText(String contentType) {
        for (Charset charset : List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE)) {
            assertThat(read(contentType, "\ufeffé\ufeff".getBytes(charset)).end())
                    .isEqualTo("é\ufeff");
        }
        assertThat(read("text/plain; charset=utf-32", "\ufeffé".getBytes(Charset.forName("UTF-32LE")))
                        .end())
                .isEqualTo("é");
    }

    @ParameterizedTest
    @CsvSource({
        "'', ''",
        "61, a",
        "ef, \ufffd",
        "efbb, \ufffd",
        "efbbbf, ''",
        "fe, \ufffd",
        "feff, ''",
        "fffe, ''",
        "e9, \ufffd",
        "61c3, a\ufffd"
    })
    void readsWhatIsShorterThanAMark(String hex, String expected) {
        byte[] bytes = new byte[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        }
        BodyText body = read(null, bytes);
        assertThat(body.end()).isEqualTo(expected);
        assertThat(body.isMalformed()).isEqualTo(expected.contains("\ufffd"));
    }

    @Test
    void standsForWhatIsNoCharacterWithAReplacement() {
        BodyText body = read("text/plain", new byte[] {'a', (byte) 0xff, 'b', (byte) 0xe2, (byte) 0x82, 'c'});
        assertThat(body.end()).isEqualTo("a\ufffdb\ufffdc");
        assertThat(body.isMalformed()).isTrue();
        assertThat(read("text/plain", "\ufffd".getBytes(StandardCharsets.UTF_8)).isMalformed())
                .isFalse();
    }

    /** However the bytes are cut into pieces, the text is the same. */
    @Test
    void readsPieceByPiece() {
        SplittableRandom random = new SplittableRandom(SEED);
        String text = "\ufeffa é € 😀 \0 日本 ".repeat(200);
        for (Charset charset : List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16LE, Charset.forName("UTF-32"))) {
            byte[] bytes = text.getBytes(charset);
            for (int i = 0; i < 50; i++) {
                BodyText body = new BodyText("text/plain;charset=" + charset, text.length());
                for (int from = 0; from < bytes.length; ) {
                    int to = Math.min(bytes.length, from + random.nextInt(i < 10 ? 3 : 5_000));
                    body.add(Buffer.buffer(Arrays.copyOfRange(bytes, from, to)));
                    from = to;
                }
                assertThat(body.isTooLong()).isFalse();
                assertThat(body.end()).as("-Dseed=%d", SEED).isEqualTo(text.substring(1));
                assertThat(body.isMalformed()).as("-Dseed=%d", SEED).isFalse();
            }
        }
    }

    @Test
    void keepsOneCharacterMoreThanIsWanted() {
        for (String chunk : List.of("é", "é".repeat(3), "é".repeat(100_000))) {
            BodyText body = new BodyText("text/plain", 5);
            for (int i = 0; i < 100; i++) {
                body.add(Buffer.buffer(chunk));
            }
            assertThat(body.isTooLong()).isTrue();
            assertThat(body.end()).isEqualTo("é".repeat(6));
            assertThat(body.isTooLong()).isTrue();
            assertThat(body.end()).isEqualTo("é".repeat(6));
        }
        BodyText whole = new BodyText("text/plain", 5);
        whole.add(Buffer.buffer("é".repeat(5)));
        assertThat(whole.isTooLong()).isFalse();
        assertThat(whole.end()).isEqualTo("é".repeat(5));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "application/json, true",
                "Application/JSON;charset=utf-8, true",
                "text/json, true",
                "application/problem+json , true",
                "none, false",
                "'', false",
                "text/plain, false",
                "application/jsonp, false",
                "application/x-ndjson, false"
            })
    void knowsJson(@Nullable String contentType, boolean isJson) {
        assertThat(BodyText.isJson(contentType)).isEqualTo(isJson);
    }
}
