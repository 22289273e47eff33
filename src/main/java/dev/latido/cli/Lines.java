package dev.latido.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Reads lines of bytes, none longer than what fits, and tells whether the next is there already. */
final class Lines {

    /** How many bytes a line may have: more than a service takes, or sends. */
    static final int MAX_BYTES = 16 * 1_048_576;

    private final BufferedInputStream in;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long consumed;

    Lines(InputStream in) {
        this.in = new BufferedInputStream(in, 65_536);
    }

    /**
     * Reads the next line, without its end; nothing when there is none any more.
     *
     * @throws IOException when the input fails, or the line is too long
     */
    Optional<byte[]> next() throws IOException {
        line.reset();
        int b = in.read();
        if (b < 0) {
            return Optional.empty();
        }
        for (; b >= 0 && b != '\n'; b = in.read()) {
            consumed++;
            if (line.size() == MAX_BYTES) {
                throw new IOException("a line has more than " + MAX_BYTES + " bytes");
            }
            line.write(b);
        }
        consumed += b < 0 ? 0 : 1;
        byte[] bytes = line.toByteArray();
        boolean isDos = bytes.length > 0 && bytes[bytes.length - 1] == '\r';
        return Optional.of(isDos ? Arrays.copyOf(bytes, bytes.length - 1) : bytes);
    }

    /** Tells whether something can be read without waiting for it. */
    boolean isReady() throws IOException {
        return in.available() > 0;
    }

    /** Returns how many bytes were read as lines. */
    long consumed() {
        return consumed;
    }

    /** Returns {@code line} as text; nothing when it is not UTF-8. */
    static Optional<String> text(byte[] line) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line))
                    .toString());
        } catch (CharacterCodingException malformed) {
            return Optional.empty();
        }
    }
}
