package dev.latido.setting;

import dev.latido.process.FileAccess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The value of a setting that must not be shown: a text, or the file that has it. Exactly one of both is there.
 *
 * @param text the value itself
 * @param file where it is, as images of containers have it
 */
public record Secret(@Nullable String text, @Nullable Path file) {

    /** What is shown in place of one. */
    public static final String MASK = "***";

    /** How many bytes a file with a secret has at most. */
    static final int MAX_BYTES = 65_536;

    /** A file with a secret cannot be used. The message names the file and what is wrong with it, and has nothing of its content. */
    public static final class UnreadableException extends Exception {

        private static final long serialVersionUID = 1L;

        UnreadableException(Path file, String problem) {
            super(problem.contains(file.toString()) ? problem : file + ": " + problem, null, false, false);
        }
    }

    public Secret {
        if ((text == null) == (file == null)) {
            throw new IllegalArgumentException("a secret is a text or in a file");
        }
    }

    /** Makes one of the value itself. */
    public static Secret of(String text) {
        return new Secret(text, null);
    }

    /** Makes one of the file that has it. */
    public static Secret in(Path file) {
        return new Secret(null, file);
    }

    /**
     * Returns the value, from its file as that is now; so this may block.
     *
     * @throws UnreadableException when the file cannot be read, has nothing in it but a line end, or is no text of up to 64 KiB
     */
    public String read() throws UnreadableException {
        return file == null ? String.valueOf(text) : read(file);
    }

    private static String read(Path file) throws UnreadableException {
        byte[] bytes;
        try {
            if (Files.exists(file)
                    && !Files.isRegularFile(file)) { // a pipe could be read once, and have us wait for it
                throw new UnreadableException(file, "it is not a regular file");
            }
            try (InputStream in = Files.newInputStream(file)) {
                bytes = in.readNBytes(MAX_BYTES + 1);
            }
        } catch (IOException e) {
            throw new UnreadableException(file, FileAccess.reason(e));
        }
        if (bytes.length > MAX_BYTES) {
            throw new UnreadableException(file, "it has more than " + MAX_BYTES + " bytes");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder() // which reports what is malformed, where String replaces it
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new UnreadableException(file, "it is not UTF-8");
        }
        String value = withoutLineEnd(text);
        if (value.isBlank()) {
            throw new UnreadableException(file, "it is empty");
        }
        return value;
    }

    /** Editors and {@code echo} end a file with a line end, which is no part of the secret. */
    private static String withoutLineEnd(String text) {
        if (!text.endsWith("\n")) {
            return text;
        }
        return text.substring(0, text.length() - (text.endsWith("\r\n") ? 2 : 1));
    }

    /** Shows no secret. */
    @Override
    public String toString() {
        return file == null ? MASK : MASK + " in " + file;
    }
}
