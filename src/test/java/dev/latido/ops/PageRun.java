package dev.latido.ops;

import static dev.latido.ops.Programs.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.document.Console;
import dev.latido.document.Page;
import dev.latido.document.Transcript;
import dev.latido.http.CheckedClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Does what a page says, from top to bottom, in the folder of the archive: starts programs, runs the commands of its blocks, and
 * compares what they print. What only reads is run again until it prints what the page shows, which may take the service a moment.
 */
final class PageRun implements AutoCloseable {

    private static final Pattern READS =
            Pattern.compile("(?s)curl (?!.* -[Xd] ).*|latido (status|top|next)\\b.*|sqlite3 -readonly .*");
    private static final Pattern ENDLESS = Pattern.compile("curl -N .*|latido watch .*");
    private static final Pattern FOLLOWS = Pattern.compile("(?m)^(event: snapshot|-- following)");

    private final Page page;
    private final Path home;
    private final Deque<Console> left;
    private final Transcript transcript = new Transcript();
    private final Programs programs;
    private final int port = Programs.freePort();
    private final List<String> aliases = new ArrayList<>();

    /** Lines of the page that were run as programs. */
    private final List<String> started = new ArrayList<>();

    /** Runs the blocks {@code left} of a page in {@code home}, where 8080 on the page is another port, which is free. */
    PageRun(Page page, List<Console> left, Path home) throws IOException {
        this.page = page;
        this.home = home.toRealPath();
        this.left = new ArrayDeque<>(left);
        programs = new Programs(Files.createDirectory(home.resolve("printed")));
        transcript.put("8080", "" + port);
        transcript.put("/srv/latido", this.home.toString());
        Files.createSymbolicLink(
                home.resolve("target"), Path.of(".")); // where the build leaves the same as the archive has
        Files.writeString(home.resolve(".curlrc"), "no-progress-meter\n"); // as on a terminal
    }

    Page page() {
        return page;
    }

    List<String> started() {
        return started;
    }

    /** Has a free port stand for {@code written}, and returns it. */
    int port(String written) throws IOException {
        int free = Programs.freePort();
        transcript.put(written, "" + free);
        return free;
    }

    /** Writes a file with a text in which ports and ids are those of this run. */
    void write(String name, String text) throws IOException {
        Files.writeString(home.resolve(name), transcript.command(text));
    }

    private String line(String part) {
        List<String> lines =
                page.indented().stream().filter(line -> line.contains(part)).toList();
        assertThat(lines).as("lines with %s", part).hasSize(1);
        started.add(lines.get(0));
        return "exec " + transcript.command(lines.get(0)).replaceFirst(" &$", "");
    }

    /** Starts the program of the only indented line with {@code part}. */
    Process startLine(String part, Map<String, String> environment) throws IOException {
        return programs.start(home, environment, "bash", "-c", line(part));
    }

    /** Starts the service by the only indented line with {@code part}. */
    CheckedClient serveLine(String part, Map<String, String> settings) throws IOException {
        return programs.serve(home, port, settings, "bash", "-c", line(part));
    }

    /** Starts the service with a configuration, and a store of its own if that is not the shipped one. */
    CheckedClient serve(String config, Map<String, String> settings) throws IOException {
        return programs.serve(home, port, settings, "bin/latido", "--config", config);
    }

    /** Ends a program. */
    void end(Process process) throws InterruptedException {
        programs.end(process);
    }

    /** Ends all programs that run. */
    void endAll() {
        programs.close();
    }

    /** Has {@code actual} be the id in the first command of the next block. */
    void nextIs(String actual) {
        String written = left.element().firstCommand();
        List<String> unknown = transcript.unknown(written);
        assertThat(unknown).as(written).hasSize(1);
        transcript.put(unknown.get(0), actual);
    }

    /** Runs the next block. */
    void next() throws Exception {
        next(() -> {
            throw new AssertionError("a command that does not end, and nothing that it could tell of");
        });
    }

    /** Runs the next block, and does {@code meanwhile} once a command that does not end follows what happens. */
    void next(Runnable meanwhile) throws Exception {
        Console console = left.remove();
        for (Console.Step step : console.steps()) {
            String place = console.file() + ":" + console.line() + ": " + step.command();
            String command = transcript.command(step.command());
            if (command.startsWith("alias ")) {
                aliases.add(command);
            }
            if (ENDLESS.matcher(command).matches()) {
                follow(place, command, step.output(), meanwhile);
            } else if (READS.matcher(command).matches()) {
                repeat(place, command, step.output());
            } else {
                String printed = printed(shell(command));
                compare(place, step.output(), printed, transcript.matches(step.output(), printed));
            }
        }
    }

    /** What a shell runs, which has to end. */
    private record Shell(Process process, Path output) {}

    private Shell shell(String command) throws IOException {
        Path output = Files.createTempFile(home.resolve("printed"), "command", ".out");
        String script = "shopt -s expand_aliases\n" + String.join("\n", aliases) + "\n" + command;
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", script)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().merge("PATH", home.resolve("bin").toString(), (path, bin) -> bin + ":" + path);
        builder.environment().put("CURL_HOME", home.toString());
        builder.environment().put("LATIDOCLI_URL", "http://127.0.0.1:" + port);
        return new Shell(builder.start(), output);
    }

    private static void end(Shell shell) throws InterruptedException {
        shell.process().descendants().forEach(ProcessHandle::destroyForcibly);
        shell.process().destroyForcibly().waitFor();
    }

    private static String read(Shell shell) throws IOException {
        return Files.readString(shell.output()).replace("\r", "").stripTrailing();
    }

    private static String printed(Shell shell) throws IOException, InterruptedException {
        try {
            assertThat(shell.process().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("it ends")
                    .isTrue();
            return read(shell);
        } finally {
            end(shell);
        }
    }

    private void compare(String place, String written, String printed, boolean isAsWritten) {
        if (!isAsWritten) {
            assertThat(printed).as(place).isEqualTo(transcript.command(written));
        }
    }

    private void repeat(String place, String command, String written) {
        String[] last = {""};
        boolean isAsWritten = true;
        try {
            await().atMost(PATIENCE).until(() -> {
                last[0] = printed(shell(command));
                return transcript.matches(written, last[0]);
            });
        } catch (ConditionTimeoutException never) {
            isAsWritten = false;
        }
        compare(place, written, last[0], isAsWritten);
    }

    private void follow(String place, String command, String written, Runnable meanwhile) throws Exception {
        Shell shell = shell(command);
        try {
            await(place)
                    .atMost(PATIENCE)
                    .until(() -> FOLLOWS.matcher(read(shell)).find());
            meanwhile.run();
            boolean isAsWritten = true;
            try {
                await().atMost(PATIENCE).until(() -> transcript.begins(written, read(shell)));
            } catch (ConditionTimeoutException never) {
                isAsWritten = false;
            }
            compare(place, written, read(shell), isAsWritten);
        } finally {
            end(shell);
        }
    }

    /** Checks that nothing was forgotten. */
    void done() {
        assertThat(left).as("blocks of %s that were not run", page.file()).isEmpty();
    }

    @Override
    public void close() {
        programs.close();
    }
}
