package dev.latido.cli;

import dev.latido.cli.Terminal.Size;
import dev.latido.job.Excerpt;
import dev.latido.text.Visible;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The terminal as one page that is drawn over and over, on its second screen, and is scrolled by its keys: what was there before is
 * there again at the end, also when that is a signal.
 */
final class Screen implements AutoCloseable {

    private static final String BEGIN = "\u001b[?1049h\u001b[?25l\u001b[?7l"; // second screen, no cursor, no wrapping
    private static final String END = "\u001b[?7h\u001b[?25h\u001b[?1049l";
    private static final String HOME = "\u001b[H";
    private static final String CLEAR_REST_OF_LINE = "\u001b[K";
    private static final String CLEAR_REST_OF_SCREEN = "\u001b[J";

    /** Asking for the size starts a process. */
    private static final Duration BETWEEN_LOOKS_AT_SIZE = Duration.ofSeconds(2);

    private static final String BY_KEYS = "Space and b page, g and G go to the ends, q quits.";
    private static final String WITHOUT_KEYS = "Name those that you want to see.";

    private final Surroundings surroundings;
    private final Printer printer;
    private final Thread restore = new Thread(this::end, "restore the terminal");
    private final JobTable table = new JobTable();
    private final @Nullable Keyboard keyboard;
    private Size size;
    private Deadline sizeIsGood;
    private boolean hasTable;
    private boolean hasEnded;

    Screen(Surroundings surroundings, Printer printer) {
        this.surroundings = surroundings;
        this.printer = printer;
        this.size = surroundings.terminal().size().get();
        this.sizeIsGood = Deadline.after(BETWEEN_LOOKS_AT_SIZE, surroundings);
        Runtime.getRuntime().addShutdownHook(restore);
        this.keyboard = surroundings.terminal().keyboard().get().orElse(null);
        printer.raw(BEGIN);
    }

    /**
     * Does what the keys say, on a thread of its own.
     *
     * @param quit called, by that thread, when somebody wants no more
     */
    void followKeys(Runnable quit) {
        Keyboard keys = keyboard;
        if (keys != null) {
            Thread thread = new Thread(() -> follow(keys, quit), "keys");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void follow(Keyboard keys, Runnable quit) {
        try {
            for (Optional<Keyboard.Key> key = keys.next(); key.isPresent(); key = keys.next()) {
                if (key.get() == Keyboard.Key.QUIT) {
                    quit.run();
                    return;
                }
                press(key.get());
            }
        } catch (IOException noMoreKeys) {
            // Ctrl-C is still there
        } catch (Printer.ClosedException nobodyReads) {
            quit.run();
        }
    }

    private synchronized void press(Keyboard.Key key) {
        switch (key) {
            case DOWN -> table.scroll(1);
            case UP -> table.scroll(-1);
            case PAGE_DOWN -> table.scrollPages(1);
            case PAGE_UP -> table.scrollPages(-1);
            case TOP -> table.scrollToTop();
            case END -> table.scrollToEnd();
            case QUIT, OTHER -> {
                return;
            }
        }
        if (hasTable) {
            draw();
        }
    }

    /** Takes what the stream tells, and draws the table if it is another one now. */
    synchronized void take(Message message) {
        if (table.take(message)) {
            hasTable = true;
            draw();
        }
    }

    private void draw() {
        if (hasEnded) {
            return;
        }
        if (sizeIsGood.isOver()) {
            size = surroundings.terminal().size().get();
            sizeIsGood = Deadline.after(BETWEEN_LOOKS_AT_SIZE, surroundings);
        }
        StringBuilder page = new StringBuilder(HOME);
        // one line for this, one for what is told on standard error
        List<String> lines = table.lines(size.rows() - 2, size.columns(), keyboard == null ? WITHOUT_KEYS : BY_KEYS);
        line(page, "Latido, " + surroundings.time().now().wall() + "; Ctrl-C ends");
        lines.forEach(line -> line(page, line));
        printer.raw(page.append(CLEAR_REST_OF_SCREEN).toString());
    }

    private void line(StringBuilder page, String text) {
        page.append(Excerpt.beginningOf(Visible.line(text), size.columns()))
                .append(CLEAR_REST_OF_LINE)
                .append("\r\n");
    }

    private synchronized void end() {
        if (!hasEnded) {
            hasEnded = true;
            if (keyboard != null) {
                keyboard.close();
            }
            printer.raw(END);
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(restore);
        } catch (IllegalStateException isShuttingDown) {
            // then the hook does it
        }
        end();
    }
}
