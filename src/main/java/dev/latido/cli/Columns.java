package dev.latido.cli;

import java.util.List;

/** Rows of texts, each column as wide as its widest text; the last is left as it is. */
final class Columns {

    private static final String BETWEEN = "  ";

    private Columns() {}

    /**
     * Returns a line for each row.
     *
     * @param rows all with as many texts as the first
     * @param widest texts that are longer do not move the columns after them
     */
    static List<String> lines(List<List<String>> rows, int widest) {
        int last = rows.get(0).size() - 1;
        int[] widths = new int[last];
        for (List<String> row : rows) {
            for (int i = 0; i < last; i++) {
                widths[i] = Math.max(widths[i], Math.min(widest, row.get(i).length()));
            }
        }
        return rows.stream().map(row -> line(row, widths)).toList();
    }

    private static String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            line.append(row.get(i))
                    .append(" ".repeat(Math.max(0, widths[i] - row.get(i).length())))
                    .append(BETWEEN);
        }
        return line.append(row.get(widths.length)).toString().stripTrailing();
    }
}
