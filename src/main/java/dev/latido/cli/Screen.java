package dev.latido.cli;

import dev.latido.cli.Terminal.Size;
import dev.latido.job.Excerpt;
import dev.latido.text.Visible;
import java.time.Duration;
import java.util.List;

/**
 * The terminal as one page that is drawn over and over, on its second screen: what was there before is there again at the
 * end, also when that is a signal.
 */
final class Screen implements AutoCloseable {

    private static final String BEGIN = "\u001b[?1049h\u001b[?25l\u001b[?7l"; // second screen, no cursor, no wrapping
    private static final String END = "\u001b[?7h\u001b[?25h\u001b[?1049l";
    private static final String HOME = "\u001b[H";
    private static final String CLEAR_REST_OF_LINE = "\u001b[K";
    private static final String CLEAR_REST_OF_SCREEN = "\u001b[J";

    /** Asking for the size starts a process. */
    private static final Duration BETWEEN_LOOKS_AT_SIZE = Duration.ofSeconds(2);

    private final Surroundings surroundings;
    private final Printer printer;
    private final Thread restore = new Thread(this::end, "restore the terminal");
    private Size size;
    private Deadline sizeIsGood;
    private boolean hasEnded;

    Screen(Surroundings surroundings, Printer printer) {
        this.surroundings = surroundings;
        this.printer = printer;
        this.size = surroundings.terminal().size().get();
        this.sizeIsGood = Deadline.after(BETWEEN_LOOKS_AT_SIZE, surroundings);
        Runtime.getRuntime().addShutdownHook(restore);
        printer.raw(BEGIN);
    }

    /** Draws {@code table}, as much of it as there is room for. */
    synchronized void show(JobTable table) {
        if (hasEnded) {
            return;
        }
        if (sizeIsGood.isOver()) {
            size = surroundings.terminal().size().get();
            sizeIsGood = Deadline.after(BETWEEN_LOOKS_AT_SIZE, surroundings);
        }
        StringBuilder page = new StringBuilder(HOME);
        List<String> lines = table.lines(size.rows() - 2); // one for this, one for what is told on standard error
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
