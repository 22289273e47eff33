package dev.latido.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.latido.json.JsonFactories;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.Refusal;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.jackson.JacksonCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Checks that a text is one JSON value, without building it: payloads are kept as the text that they came as. */
final class JsonText {

    /** How deep objects and arrays may be nested. */
    static final int MAX_DEPTH = 100;

    /** How many digits a number may have. */
    static final int MAX_DIGITS = 1_000;

    /** How many characters a field's name may have. */
    static final int MAX_NAME = 50_000;

    /** How many digits an exponent may have: for each number with so many Java has a type, and so has every worker's codec. */
    static final int MAX_EXPONENT = 9;

    private static final JsonFactory FACTORY = factory(MAX_DEPTH);

    /** The same for items of a batch: what is one level down may be as deep as where it stands alone. */
    private static final JsonFactory OF_ITEMS = factory(MAX_DEPTH + 1);

    private JsonText() {}

    // A name that is given twice means one thing to one reader and another to the next (RFC 8259, 4).
    private static JsonFactory factory(int maxDepth) {
        return JsonFactories.sharingNothing()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(maxDepth)
                        .maxNumberLength(MAX_DIGITS)
                        .maxNameLength(MAX_NAME)
                        .maxStringLength(Integer.MAX_VALUE)
                        .build())
                .build();
    }

    /**
     * Checks {@code text}.
     *
     * @param what what it is, to begin a message with
     * @throws CommandException 400 with the place of the mistake
     */
    static void check(String text, String what) {
        check(FACTORY, text, what);
    }

    /** The same for {@code text} that is an item of a batch, with a payload one level down. */
    static void checkItem(String text, String what) {
        check(OF_ITEMS, text, what);
    }

    private static void check(JsonFactory factory, String text, String what) {
        if (text.startsWith("\ufeff")) {
            throw malformed(what + " begins with a byte order mark, which JSON must not (RFC 8259, 8.1).");
        }
        try (JsonParser parser = factory.createParser(text)) {
            if (parser.nextToken() == null) {
                throw malformed(what + " is empty.");
            }
            readValue(parser, text, what);
            if (parser.nextToken() != null) {
                throw malformed(
                        what + " holds more than one JSON value" + placeOf(text, parser.currentTokenLocation()) + ".");
            }
        } catch (StreamConstraintsException e) { // its own text names classes
            int depth = factory.streamReadConstraints().getMaxNestingDepth();
            throw malformed(what + " may be nested " + depth + " levels deep, with numbers of " + MAX_DIGITS
                    + " digits and names of " + MAX_NAME + " characters, and goes beyond"
                    + placeOf(text, e.getLocation()) + ".");
        } catch (JsonProcessingException e) {
            throw malformed(
                    what + " is not JSON: " + firstLine(e.getOriginalMessage()) + placeOf(text, e.getLocation()) + ".");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads on to the end of the value that {@code parser} is at the beginning of. */
    private static void readValue(JsonParser parser, String text, String what) throws IOException {
        int depth = 0;
        JsonToken token = parser.currentToken();
        while (true) {
            if (token.isStructStart()) {
                depth++;
            } else if (token.isStructEnd()) {
                depth--;
            } else if (token == JsonToken.VALUE_NUMBER_FLOAT && exponentDigits(parser) > MAX_EXPONENT) {
                throw malformed(what + " may have exponents of " + MAX_EXPONENT + " digits, and goes beyond"
                        + placeOf(text, parser.currentTokenLocation()) + ".");
            }
            if (depth == 0) {
                return;
            }
            token = parser.nextToken(); // throws where the text ends before the value does
        }
    }

    /** Returns how many digits the exponent of the number has that {@code parser} is at, leading zeros left out. */
    private static int exponentDigits(JsonParser parser) throws IOException {
        char[] number = parser.getTextCharacters();
        int end = parser.getTextOffset() + parser.getTextLength();
        int at = parser.getTextOffset();
        while (at < end && number[at] != 'e' && number[at] != 'E') {
            at++;
        }
        at++;
        while (at < end && (number[at] == '+' || number[at] == '-' || number[at] == '0')) {
            at++;
        }
        return Math.max(0, end - at);
    }

    /**
     * Reads {@code text} as an object.
     *
     * @throws CommandException 400 when it is none
     */
    static JsonObject object(String text) {
        check(text, "The body");
        try {
            Object value = JacksonCodec.fromParser(parse(text), Object.class);
            if (value instanceof JsonObject object) {
                return object;
            }
        } catch (DecodeException unreasonable) {
            // well-formed, and more than is ever kept of a body: no settings
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new CommandException(Refusal.malformed("The body must be an object with settings."));
    }

    /** Returns a parser that reads {@code text} by the rules of {@link #check}. */
    static JsonParser parse(String text) throws IOException {
        return FACTORY.createParser(text);
    }

    /** Returns a parser that reads {@code text} by the rules of {@link #checkItem}. */
    static JsonParser parseItem(String text) throws IOException {
        return OF_ITEMS.createParser(text);
    }

    private static String placeOf(String text, @Nullable JsonLocation place) {
        if (place != null && text.indexOf('\n') < 0) { // it may be a line of something longer
            return " (column " + place.getColumnNr() + ")";
        }
        return place == null ? "" : " (line " + place.getLineNr() + ", column " + place.getColumnNr() + ")";
    }

    private static String firstLine(String message) {
        int end = message.indexOf('\n');
        return Quoted.of(end < 0 ? message : message.substring(0, end), 200);
    }

    private static CommandException malformed(String detail) {
        return new CommandException(new Refusal(400, "malformed-json", detail, null));
    }
}
