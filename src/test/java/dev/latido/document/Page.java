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

    /** Returns the blocks that show commands and what they print. */
    public List<Console> consoles() {
        List<Console> consoles = new ArrayList<>();
        for (Block block : blocks()) {
            if (block.language().equals("console")) {
                consoles.add(Console.read(file, block.line(), block.lines()));
            }
        }
        return consoles;
    }

    /** Returns the text of the only block in {@code language}. */
    public String only(String language) {
        List<Block> found = blocks().stream()
                .filter(block -> block.language().equals(language))
                .toList();
        if (found.size() != 1) {
            throw new AssertionError(file + " has " + found.size() + " blocks of " + language);
        }
        return String.join("\n", found.get(0).lines()) + "\n";
    }

    /** A block between fences: its language, which may be empty, the number of its first line, and its lines. */
    public record Block(String language, int line, List<String> lines) {}

    /** Returns the blocks between fences. */
    public List<Block> blocks() {
        List<Block> blocks = new ArrayList<>();
        int begin = -1;
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).startsWith("```")) {
                continue;
            }
            if (begin >= 0) {
                blocks.add(
                        new Block(lines.get(begin).substring(3), begin + 2, List.copyOf(lines.subList(begin + 1, i))));
            }
            begin = begin < 0 ? i : -1;
        }
        return blocks;
    }

    /** Returns the lines that are code because they are indented by four blanks, without these. */
    public List<String> indented() {
        List<String> code = new ArrayList<>();
        boolean isFenced = false;
        boolean isIndented = false;
        String before = "";
        for (String line : lines) {
            isFenced = line.startsWith("```") != isFenced;
            isIndented = !isFenced && line.startsWith("    ") && (isIndented || before.isBlank());
            if (isIndented) {
                code.add(line.substring(4));
            }
            before = line;
        }
        return code;
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
