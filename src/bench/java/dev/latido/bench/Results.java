package dev.latido.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * Where results go: each benchmark's latest table and everything that the measured processes said into
 * {@code target/bench}, and with {@code -Dresults} the page of all tables that are there.
 */
final class Results {

    private static final Path DIRECTORY = Path.of("target", Effort.isQuick() ? "bench-quick" : "bench");
    private static final Path RAW = DIRECTORY.resolve("raw.txt");

    private static final String HEAD = """
            # Side by side

            What `mvn -q -Pbench -DskipTests verify -Dresults=docs/benchmarks.md` measured: Latido beside what people would
            use instead, on the same machine, and each table in one run. This page is written by that command, but for its end, [What to
            make of it](#what-to-make-of-it). Each contestant runs in a JVM of its own with the same heap, after a warm-up, one after the
            other in every round, so that what else the machine does meets all of them. Where three figures stand, they are the
            least, the middle and the greatest of the rounds. Ratios carry over to other machines, absolute figures do not.
            """;

    /** Begins what is not written by the command. */
    private static final String BY_HAND = "# What to make of it";

    private Results() {}

    /** Keeps a line of raw output. */
    static void raw(String line) {
        try {
            Files.createDirectories(DIRECTORY);
            Files.writeString(
                    RAW,
                    Instant.now() + " " + line + System.lineSeparator(),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Keeps a benchmark's table instead of the one before, with what it was measured on and when. */
    static void keep(String benchmark, Table table) throws IOException, InterruptedException {
        Files.createDirectories(DIRECTORY);
        Instant now = Instant.now().truncatedTo(ChronoUnit.MINUTES);
        Files.writeString(
                file(benchmark),
                table + System.lineSeparator() + "Measured until " + now + " (`-Dbench=" + benchmark + "`) on "
                        + Machine.describe().replace(System.lineSeparator(), "; ")
                        + (Effort.describe().isEmpty() ? "" : "; " + Effort.describe()) + "."
                        + System.lineSeparator());
    }

    /** Writes the page of what is kept of {@code benchmarks}; what people wrote at its end stays. */
    static void write(Path page, List<String> benchmarks) throws IOException {
        String before = Files.exists(page) ? Files.readString(page, StandardCharsets.UTF_8) : "";
        int byHand = before.indexOf(BY_HAND);
        StringBuilder text = new StringBuilder(HEAD);
        for (String benchmark : benchmarks) {
            if (Files.exists(file(benchmark))) {
                text.append(System.lineSeparator()).append(Files.readString(file(benchmark), StandardCharsets.UTF_8));
            }
        }
        Files.writeString(page, text.append(byHand < 0 ? "" : System.lineSeparator() + before.substring(byHand)));
    }

    private static Path file(String benchmark) {
        return DIRECTORY.resolve(benchmark + ".md");
    }
}
