package dev.latido.cli;

import dev.latido.job.Excerpt;
import java.time.Duration;
import java.util.Locale;

/** Tells on standard error how far a batch is: as a bar on a terminal, elsewhere in a line now and then. */
final class Progress {

    static final Duration BETWEEN_BARS = Duration.ofMillis(100);
    static final Duration BETWEEN_LINES = Duration.ofSeconds(5);

    private static final int BAR = 20;
    private static final String TO_LINE_START_AND_CLEAR = "\r\u001b[K";

    private final Surroundings surroundings;
    private final Printer printer;
    private final boolean isTerminal;
    private final long totalBytes;
    private final long begun;
    private long shown;
    private boolean isOnScreen;

    /**
     * Begins now.
     *
     * @param totalBytes how much there is; 0 where nobody knows
     */
    Progress(Surroundings surroundings, Printer printer, long totalBytes) {
        this.surroundings = surroundings;
        this.printer = printer;
        this.isTerminal = surroundings.terminal().isErr().getAsBoolean();
        this.totalBytes = totalBytes;
        this.begun = surroundings.time().nanos();
        this.shown = begun;
    }

    /** Shows how far it is, if it is time for that. */
    void show(long bytes, Tally tally) {
        long now = surroundings.time().nanos();
        Duration between = isTerminal ? BETWEEN_BARS : BETWEEN_LINES;
        if (now - shown < between.toNanos()) {
            return;
        }
        shown = now;
        String text = text(bytes, tally, now);
        if (isTerminal) {
            int columns = surroundings.terminal().size().get().columns();
            String line = Excerpt.beginningOf(text, columns - 1);
            printer.rawNote(TO_LINE_START_AND_CLEAR + line);
            isOnScreen = true;
        } else {
            printer.note(text);
        }
    }

    private String text(long bytes, Tally tally, long now) {
        double seconds = (now - begun) / 1e9;
        String counts = String.format(
                Locale.ROOT,
                "%,d lines, %,d/s, %,d refused",
                tally.lines(),
                Math.round(tally.lines() / seconds),
                tally.refused());
        if (totalBytes == 0) {
            return counts;
        }
        int done = (int) Math.min(100, 100 * bytes / totalBytes);
        String percent = String.format(Locale.ROOT, "%3d %%  ", done);
        int filled = BAR * done / 100;
        return (isTerminal ? "[" + "#".repeat(filled) + "-".repeat(BAR - filled) + "] " : "") + percent + counts;
    }

    /** Takes the bar away, so that other lines can follow. */
    void end() {
        if (isOnScreen) {
            printer.rawNote(TO_LINE_START_AND_CLEAR);
            isOnScreen = false;
        }
    }
}
