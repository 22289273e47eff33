package dev.latido.document;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A block of a page that shows a shell: commands, and what each prints. */
public record Console(Path file, int line, List<Step> steps) {

    private static final String PROMPT = "$ ";

    /** One command, in as many lines as it is written in, and its output without empty lines at the end. */
    public record Step(String command, String output) {}

    /** Reads a block from its lines, the first of which is line {@code line} of the page. */
    static Console read(Path file, int line, List<String> lines) {
        List<Step> steps = new ArrayList<>();
        int next = 0;
        while (next < lines.size()) {
            if (!lines.get(next).startsWith(PROMPT)) {
                throw new AssertionError(file + ":" + (line + next) + ": output of no command");
            }
            List<String> command = new ArrayList<>();
            command.add(lines.get(next++).substring(PROMPT.length()));
            while (command.get(command.size() - 1).endsWith("\\") && next < lines.size()) {
                command.add(lines.get(next++));
            }
            List<String> output = new ArrayList<>();
            while (next < lines.size() && !lines.get(next).startsWith(PROMPT)) {
                output.add(lines.get(next++));
            }
            steps.add(new Step(
                    String.join("\n", command), String.join("\n", output).stripTrailing()));
        }
        return new Console(file, line, List.copyOf(steps));
    }

    /** Tells the block from the others of its page. */
    public String firstCommand() {
        return steps.get(0).command();
    }
}
