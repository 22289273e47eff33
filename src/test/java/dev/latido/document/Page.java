package dev.latido.document;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A page of the documentation, in Markdown: its text, tables, headings and links. */
public record Page(Path file, List<String> lines) {

    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern LINK = Pattern.compile("]\\(([^)]+)\\)|(?:src|srcset)=\"([^\"]+)\"");
    private static final Pattern CELL_BORDER = Pattern.compile("(?<!\\\\)\\|");

    /** Reads a page. */
    public static Page of(String file) {
        try {
            return new Page(Path.of(file), Files.readAllLines(Path.of(file)));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Returns README and every page under {@code docs/}. */
    public static List<Page> all() {
        try (Stream<Path> pages = Files.list(Path.of("docs"))) {
            return Stream.concat(
                            Stream.of("README.md"), pages.map(Path::toString).filter(name -> name.endsWith(".md")))
                    .sorted()
                    .map(Page::of)
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Returns the cells of each row of the tables whose first line begins with {@code header}. */
    public List<List<String>> table(String header) {
        List<List<String>> rows = new ArrayList<>();
        boolean isInside = false;
        for (String line : lines) {
            boolean isHeader = line.startsWith(header);
            isInside = isHeader || (isInside && line.startsWith("|"));
            if (isInside && !isHeader && !line.startsWith("|--")) {
                List<String> cells = new ArrayList<>(List.of(CELL_BORDER.split(line, -1)));
                rows.add(cells.subList(1, cells.size() - 1).stream()
                        .map(String::strip)
                        .toList());
            }
        }
        if (rows.isEmpty()) {
            throw new AssertionError(file + " has no table that begins with " + header);
        }
        return rows;
    }

    /** Returns what is marked as code in a cell, each by itself. */
    public static List<String> code(String cell) {
        return CODE.matcher(cell).results().map(code -> code.group(1)).toList();
    }

    /** Returns the headings as they are written, of all levels. */
    public List<String> headings() {
        return withoutBlocks().stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("^#+ ", ""))
                .toList();
    }

    /** Returns the anchors of the headings, as GitHub makes them: lower case, blanks as hyphens, no other punctuation. */
    public List<String> anchors() {
        return headings().stream()
                .map(heading -> heading.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .toList();
    }

    /** Returns where the page's links and pictures lead. */
    public List<String> links() {
        return LINK.matcher(CODE.matcher(String.join("\n", withoutBlocks())).replaceAll("`"))
                .results()
                .map(link -> link.group(1) != null ? link.group(1) : link.group(2))
                .toList();
    }

    /** Returns what is written in words: no blocks or spans of code, no markup, and of links only their texts. */
    public String prose() {
        String text = String.join("\n", withoutBlocks());
        return CODE.matcher(text)
                .replaceAll("`")
                .replaceAll("]\\([^)]*\\)", "]")
                .replaceAll("<[^>]*>", "");
    }

    /** Returns the lines that are not in a block of code. */
    private List<String> withoutBlocks() {
        List<String> kept = new ArrayList<>();
        boolean isFenced = false;
        boolean isIndented = false;
        String before = "";
        for (String line : lines) {
            boolean isFence = line.startsWith("```");
            isIndented = line.startsWith("    ") && (isIndented || before.isBlank());
            if (!isFenced && !isFence && !isIndented) {
                kept.add(line);
            }
            isFenced = isFence != isFenced;
            before = line;
        }
        return kept;
    }
}
