package dev.latido.cli;

import dev.latido.text.Visible;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Where everything is written, as UTF-8. What people read goes through {@link Visible}, so that no text of a job can act on
 * their terminal.
 */
final class Printer {

    private final OutputStream out;
    private final OutputStream err;

    /** The reader of standard output has had enough. */
    static final class ClosedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    Printer(Surroundings surroundings) {
        this.out = surroundings.out();
        this.err = surroundings.err();
    }

    /** Writes a line to standard output. */
    void line(String text) {
        raw(Visible.line(text) + "\n");
    }

    /** Writes JSON to standard output, as one line if it came as one. */
    void json(String json) {
        raw(Visible.json(json) + "\n");
    }

    /** Writes to standard output what is known to be harmless, or is meant to act. */
    void raw(String text) {
        try {
            write(out, text);
        } catch (IOException failure) {
            String why = String.valueOf(failure.getMessage());
            if (why.toLowerCase(Locale.ROOT).contains("pipe")) {
                throw new ClosedException();
            }
            throw CliException.usage("Standard output cannot be written: " + why, null);
        }
    }

    /** Writes a line to standard error. */
    void note(String text) {
        rawNote(Visible.line(text) + "\n");
    }

    /** Writes to standard error what is known to be harmless, or is meant to act. */
    void rawNote(String text) {
        try {
            write(err, text);
        } catch (IOException nobodyReadsThem) {
            // and there is nobody left to tell
        }
    }

    private static void write(OutputStream to, String text) throws IOException {
        to.write(text.getBytes(StandardCharsets.UTF_8));
        to.flush();
    }
}
