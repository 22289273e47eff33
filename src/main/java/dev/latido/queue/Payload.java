package dev.latido.queue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.latido.json.JsonFactories;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What comes from a broker is anybody's: it is looked at before it is work. The bounds are those of payloads that come over
 * HTTP, so that whatever takes the one takes the other.
 */
public final class Payload {

    private static final int MAX_DEPTH = 100;
    private static final int MAX_DIGITS = 1_000;
    private static final int MAX_NAME = 50_000;
    private static final int MAX_EXPONENT = 9;

    // A name that is given twice means one thing to one reader and another to the next (RFC 8259, 4).
    private static final JsonFactory FACTORY = JsonFactories.sharingNothing()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_DIGITS)
                    .maxNameLength(MAX_NAME)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private Payload() {}

    /** Reads {@code json} within the bounds. */
    static JsonParser parser(String json) throws IOException {
        return FACTORY.createParser(json);
    }

    /** Returns the text that these bytes are in UTF-8, if they are any. */
    public static Optional<String> text(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder() // which reports what is malformed, where String replaces it
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** Returns what is wrong with {@code json}, for people; nothing when it is one JSON value within the bounds. */
    public static Optional<String> problem(String json) {
        if (json.startsWith("\ufeff")) {
            return Optional.of("it begins with a byte order mark, which JSON must not (RFC 8259, 8.1)");
        }
        try (JsonParser parser = parser(json)) {
            JsonToken token = parser.nextToken();
            if (token == null) {
                return Optional.of("it is empty");
            }
            int depth = 0;
            do {
                if (token == null) {
                    return Optional.of("it ends before its value does");
                }
                if (token.isStructStart()) {
                    depth++;
                } else if (token.isStructEnd()) {
                    depth--;
                } else if (token == JsonToken.VALUE_NUMBER_FLOAT && exponentDigits(parser.getText()) > MAX_EXPONENT) {
                    return Optional.of("it has an exponent of more than " + MAX_EXPONENT + " digits");
                }
                token = parser.nextToken();
            } while (depth > 0);
            return token == null ? Optional.empty() : Optional.of("it holds more than one JSON value");
        } catch (StreamConstraintsException e) { // its own text names classes
            return Optional.of("it goes beyond " + MAX_DEPTH + " nested levels, numbers of " + MAX_DIGITS
                    + " digits or names of " + MAX_NAME + " characters");
        } catch (JsonProcessingException e) {
            return Optional.of("it is not JSON: "
                    + e.getOriginalMessage().lines().findFirst().orElse("")
                    + " (line " + e.getLocation().getLineNr() + ", column "
                    + e.getLocation().getColumnNr() + ")");
        } catch (IOException e) {
            return Optional.of("it cannot be read"); // there is no I/O in it
        }
    }

    private static int exponentDigits(String number) {
        int at = Math.max(number.indexOf('e'), number.indexOf('E'));
        int digits = 0;
        for (int i = at + 1; at >= 0 && i < number.length(); i++) {
            digits += Character.isDigit(number.charAt(i)) ? 1 : 0;
        }
        return digits;
    }
}
