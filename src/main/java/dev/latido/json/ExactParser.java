package dev.latido.json;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import java.io.IOException;
import java.math.BigDecimal;

/** A parser whose numbers are those that were written: a decimal is a {@code double} only where that is the same number. */
final class ExactParser extends JsonParserDelegate {

    ExactParser(JsonParser parser) {
        super(parser);
    }

    @Override
    public Number getNumberValue() throws IOException {
        if (currentToken() != JsonToken.VALUE_NUMBER_FLOAT) {
            return super.getNumberValue();
        }
        String text = getText();
        double nearest = Double.parseDouble(text);
        try {
            BigDecimal exact = new BigDecimal(text);
            return Double.isFinite(nearest) && exact.compareTo(new BigDecimal(Double.toString(nearest))) == 0
                    ? (Number) nearest
                    : exact;
        } catch (NumberFormatException beyond) { // an exponent of more than 32 bits
            throw new JsonParseException(this, "There is no Java type for this number", beyond);
        }
    }
}
