package dev.latido.cli;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The keys of a terminal, each as it is pressed and none shown, until this is closed. Ctrl-C still ends the process. */
final class Keyboard implements AutoCloseable {

    private static final File TERMINAL = new File("/dev/tty");
    private static final int ESCAPE = 0x1b;

    private final InputStream in;
    private final Runnable restore;

    /** What a key means. */
    enum Key {
        DOWN,
        UP,
        PAGE_DOWN,
        PAGE_UP,
        TOP,
        END,
        QUIT,
        OTHER
    }

    /**
     * Makes a keyboard.
     *
     * @param in what is typed
     * @param restore has the terminal be as it was before
     */
    Keyboard(InputStream in, Runnable restore) {
        this.in = in;
        this.restore = restore;
    }

    /** Opens that of this process's terminal; empty where there is none, or it cannot be told how to behave. */
    static Optional<Keyboard> ofProcess() {
        try {
            String before = stty("-g").strip();
            stty("-icanon", "-echo", "min", "1", "time", "0");
            return Optional.of(new Keyboard(new FileInputStream(TERMINAL), () -> {
                try {
                    stty(before);
                } catch (IOException gone) {
                    // with it what is to be restored
                }
            }));
        } catch (IOException noTerminal) {
            return Optional.empty();
        }
    }

    private static String stty(String... arguments) throws IOException {
        String[] command = new String[arguments.length + 1];
        command[0] = "stty";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Process stty = new ProcessBuilder(command)
                .redirectInput(TERMINAL)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String answer = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        try {
            if (stty.waitFor() != 0) {
                throw new IOException("stty failed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return answer;
    }

    /** Waits for a key; empty when no more come. */
    Optional<Key> next() throws IOException {
        int c = in.read();
        return c < 0 ? Optional.empty() : Optional.of(c == ESCAPE ? sequence() : key(c));
    }

    private static Key key(int c) {
        return switch (c) {
            case 'j', '\r', '\n' -> Key.DOWN;
            case 'k' -> Key.UP;
            case ' ', 'f' -> Key.PAGE_DOWN;
            case 'b' -> Key.PAGE_UP;
            case 'g' -> Key.TOP;
            case 'G' -> Key.END;
            case 'q' -> Key.QUIT;
            default -> Key.OTHER;
        };
    }

    /** Reads the rest of what cursor keys send, by ECMA-48: {@code ESC [}, or {@code ESC O}, parameters, and a letter or tilde. */
    private Key sequence() throws IOException {
        int introducer = in.read();
        if (introducer != '[' && introducer != 'O') {
            return Key.OTHER;
        }
        int parameter = 0;
        int c = in.read();
        while (c >= '0' && c <= '?') {
            parameter = c;
            c = in.read();
        }
        return switch (c) {
            case 'A' -> Key.UP;
            case 'B' -> Key.DOWN;
            case 'F' -> Key.END;
            case 'H' -> Key.TOP;
            case '~' ->
                switch (parameter) {
                    case '1', '7' -> Key.TOP;
                    case '4', '8' -> Key.END;
                    case '5' -> Key.PAGE_UP;
                    case '6' -> Key.PAGE_DOWN;
                    default -> Key.OTHER;
                };
            default -> Key.OTHER;
        };
    }

    @Override
    public void close() {
        restore.run();
    }
}
