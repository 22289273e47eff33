package dev.latido.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What can be asked of the terminal. Java itself knows little of it; {@code test} and {@code stty} of POSIX know it, and
 * where they are missing there is none.
 *
 * @param isOut whether standard output is one that understands ANSI's control sequences
 * @param isErr the same for standard error
 * @param size how large it is now
 * @param keyboard opens its keyboard; empty where that cannot be
 */
record Terminal(
        BooleanSupplier isOut, BooleanSupplier isErr, Supplier<Size> size, Supplier<Optional<Keyboard>> keyboard) {

    record Size(int columns, int rows) {}

    private static final Size USUAL = new Size(80, 24);
    private static final Pattern ROWS_AND_COLUMNS = Pattern.compile("([1-9]\\d{0,4}) ([1-9]\\d{0,4})\\s*");

    static Terminal ofProcess(Map<String, String> environment) {
        boolean isDumb = "dumb".equals(environment.get("TERM"));
        return new Terminal(
                () -> !isDumb && isTerminal("1"),
                () -> !isDumb && isTerminal("2"),
                Terminal::askStty,
                Keyboard::ofProcess);
    }

    private static boolean isTerminal(String descriptor) {
        try {
            return new ProcessBuilder("test", "-t", descriptor)
                            .inheritIO()
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException noSuchProgram) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Size askStty() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            Matcher size = ROWS_AND_COLUMNS.matcher(
                    new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
            return size.matches() ? new Size(Integer.parseInt(size.group(2)), Integer.parseInt(size.group(1))) : USUAL;
        } catch (IOException unknown) {
            return USUAL;
        }
    }
}
