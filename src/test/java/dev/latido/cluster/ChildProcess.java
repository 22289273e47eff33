package dev.latido.cluster;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A JVM beside the test's own, with its output as it comes. Killed when closed. */
public final class ChildProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Process process;
    private final PrintStream input;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final List<String> unread = new ArrayList<>();

    private ChildProcess(Process process) {
        this.process = process;
        input = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        Thread reader = new Thread(() -> read(process.inputReader(StandardCharsets.UTF_8)), "child-output");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts a JVM.
     *
     * @param classPath what it finds classes in
     * @param arguments system properties, the main class and its arguments
     */
    public static ChildProcess start(List<String> classPath, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp"));
        command.add(String.join(File.pathSeparator, classPath));
        command.addAll(List.of(arguments));
        return new ChildProcess(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** Returns the class path of the test itself. */
    public static List<String> ownClassPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .toList();
    }

    private void read(BufferedReader output) {
        try (output) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
            }
        } catch (IOException killed) {
            lines.add("(output ends: " + killed.getMessage() + ")");
        }
    }

    /** Writes one line to the process's input. */
    public void tell(String line) {
        input.println(line);
    }

    /** Waits for a line that fulfils {@code wanted} and takes it out of the output; what came before it stays. */
    public String await(Predicate<String> wanted) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (int i = 0; ; i++) {
            if (i == unread.size()) {
                String line = lines.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                if (line == null) {
                    throw new AssertionError("no such line in time; there were:\n" + String.join("\n", unread));
                }
                unread.add(line);
            }
            if (wanted.test(unread.get(i))) {
                return unread.remove(i);
            }
        }
    }

    /** Waits until the process ends by itself and returns its exit code. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
            throw new AssertionError("still running; it printed:\n" + String.join("\n", lines));
        }
        return process.exitValue();
    }

    /** Kills the process without any warning, as a crash would. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Sends the process a signal, such as {@code STOP}, by which it stands still, and {@code CONT}, by which it goes on. */
    void signal(String name) throws IOException, InterruptedException {
        String[] command = {"kill", "-" + name, Long.toString(process.pid())};
        if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
            throw new IllegalStateException("no signal could be sent: " + String.join(" ", command));
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
