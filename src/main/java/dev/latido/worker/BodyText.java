package dev.latido.worker;

import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The body of a response as text, decoded piece by piece as it comes, up to a bound. A byte order mark says how; without one
 * the {@code charset} of its type does, and where that is absent or unknown it is UTF-8. Not thread-safe.
 */
final class BodyText {

    private static final Pattern CHARSET =
            Pattern.compile(";\\s*charset\\s*=\\s*\"?([^\\s;\"]+)", Pattern.CASE_INSENSITIVE);

    /** How long the longest byte order mark is. */
    private static final int MARK_BYTES = 3;

    private final Charset declared;
    private final int maxChars;
    private final StringBuilder text = new StringBuilder();
    private final CharBuffer decoded = CharBuffer.allocate(1_024);

    /** Bytes of a character, or of a byte order mark, of which the rest has not come. */
    private ByteBuffer rest = ByteBuffer.allocate(0);

    private @Nullable CharsetDecoder decoder;
    private boolean isMalformed;

    /**
     * Begins a text.
     *
     * @param contentType the field {@code Content-Type}; null when there is none
     * @param maxChars how many characters are wanted
     */
    BodyText(@Nullable String contentType, int maxChars) {
        this.declared = charset(contentType);
        this.maxChars = maxChars;
    }

    private static Charset charset(@Nullable String contentType) {
        Matcher matcher = CHARSET.matcher(contentType == null ? "" : contentType);
        try {
            return matcher.find() ? Charset.forName(matcher.group(1)) : StandardCharsets.UTF_8;
        } catch (IllegalArgumentException unknown) {
            return StandardCharsets.UTF_8;
        }
    }

    /** Tells whether a body of this type is JSON: {@code application/json}, {@code text/json} or {@code …+json}. */
    static boolean isJson(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        String type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return type.equals("application/json") || type.equals("text/json") || type.endsWith("+json");
    }

    /** Takes the next bytes; does nothing once the text is too long. */
    void add(Buffer bytes) {
        if (!isTooLong()) {
            decode(bytes.getBytes(), false);
        }
    }

    /** Returns the text, one character longer than is wanted at most; no more bytes come after this. */
    String end() {
        if (!isTooLong()) {
            decode(new byte[0], true);
        }
        text.setLength(Math.min(text.length(), maxChars + 1));
        return text.toString();
    }

    /** Tells whether the text has more characters than are wanted. */
    boolean isTooLong() {
        return text.length() > maxChars;
    }

    /** Tells whether there was something that is no character, which stands in the text as a replacement character. */
    boolean isMalformed() {
        return isMalformed;
    }

    private void decode(byte[] next, boolean isLast) {
        ByteBuffer bytes = ByteBuffer.allocate(rest.remaining() + next.length)
                .put(rest)
                .put(next)
                .flip();
        if (decoder == null && (isLast || bytes.remaining() >= MARK_BYTES)) {
            decoder = decoderOf(bytes);
        }
        if (decoder != null) {
            decode(decoder, bytes, isLast);
        }
        rest = bytes;
    }

    /** Chooses how to decode a body that begins with {@code bytes}, and takes the byte order mark from them. */
    private CharsetDecoder decoderOf(ByteBuffer bytes) {
        Charset charset = declared;
        if (begins(bytes, 0xef, 0xbb, 0xbf)) {
            charset = StandardCharsets.UTF_8;
            bytes.position(3);
        } else if (begins(bytes, 0xfe, 0xff)) {
            charset = StandardCharsets.UTF_16BE;
            bytes.position(2);
        } else if (begins(bytes, 0xff, 0xfe) && !declared.name().startsWith("UTF-32")) {
            charset = StandardCharsets.UTF_16LE;
            bytes.position(2);
        }
        return charset.newDecoder(); // which reports what it cannot decode
    }

    private static boolean begins(ByteBuffer bytes, int... with) {
        if (bytes.remaining() < with.length) {
            return false;
        }
        for (int i = 0; i < with.length; i++) {
            if ((bytes.get(i) & 0xff) != with[i]) {
                return false;
            }
        }
        return true;
    }

    private void decode(CharsetDecoder with, ByteBuffer bytes, boolean isLast) {
        CoderResult result;
        do {
            result = with.decode(bytes, decoded, isLast);
            text.append(decoded.flip());
            decoded.clear();
            if (result.isError()) {
                isMalformed = true;
                text.append('\ufffd');
                bytes.position(bytes.position() + result.length());
            }
        } while (!result.isUnderflow() && !isTooLong());
    }
}
