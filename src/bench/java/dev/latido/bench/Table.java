package dev.latido.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A result, as aligned text that is Markdown too. */
final class Table {

    private final String title;
    private final List<String> head;
    private final List<List<String>> rows = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    Table(String title, String... head) {
        this.title = title;
        this.head = List.of(head);
    }

    void row(String... cells) {
        rows.add(List.of(cells));
    }

    void note(String note) {
        notes.add(note);
    }

    /** Shows {@code value} with about three significant digits. */
    static String number(double value) {
        double size = Math.abs(value);
        String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }

    @Override
    public String toString() {
        int[] widths = new int[head.size()];
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            widths[i] = Math.max(
                    head.get(i).length(),
                    rows.stream()
                            .mapToInt(row -> row.get(column).length())
                            .max()
                            .orElse(0));
        }
        List<String> lines = new ArrayList<>(List.of("## " + title, "", line(head, widths), rule(widths)));
        rows.forEach(row -> lines.add(line(row, widths)));
        if (!notes.isEmpty()) {
            lines.add("");
            lines.addAll(notes);
        }
        return String.join(System.lineSeparator(), lines) + System.lineSeparator();
    }

    private static String line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder("|");
        for (int i = 0; i < widths.length; i++) {
            String pad = " ".repeat(widths[i] - cells.get(i).length());
            line.append(i == 0 ? " " + cells.get(i) + pad : " " + pad + cells.get(i))
                    .append(" |");
        }
        return line.toString();
    }

    private static String rule(int[] widths) {
        StringBuilder line = new StringBuilder("|");
        Arrays.stream(widths)
                .forEach(width -> line.append("-".repeat(width + 2)).append('|'));
        return line.toString();
    }
}
