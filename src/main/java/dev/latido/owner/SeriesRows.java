package dev.latido.owner;

import dev.latido.store.NewPoints;
import java.util.ArrayDeque;
import java.util.List;

/** Points that wait for a commit. Where the store takes none for minutes, the oldest are lost, and nothing else is. */
final class SeriesRows {

    /** How many rows wait at most: those of five minutes. */
    static final int MAX_WAITING = 10;

    private final ArrayDeque<NewPoints> waiting = new ArrayDeque<>();
    private boolean isDue;

    /** Adds rows, which with all that wait are to be written now. */
    void add(List<NewPoints> rows) {
        if (!rows.isEmpty()) {
            waiting.addAll(rows);
            isDue = true;
            trim();
        }
    }

    /** Takes back rows that could not be written: they are tried with the next. */
    void putBack(List<NewPoints> rows) {
        for (int i = rows.size() - 1; i >= 0; i--) {
            waiting.addFirst(rows.get(i));
        }
        trim();
    }

    private void trim() {
        while (waiting.size() > MAX_WAITING) {
            waiting.remove();
        }
    }

    /** Tells whether some are to be written now. */
    boolean isDue() {
        return isDue;
    }

    /** Takes all that wait. */
    List<NewPoints> take() {
        List<NewPoints> rows = List.copyOf(waiting);
        waiting.clear();
        isDue = false;
        return rows;
    }
}
