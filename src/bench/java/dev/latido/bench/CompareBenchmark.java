package dev.latido.bench;

import dev.latido.bench.peer.Contestant;
import dev.latido.bench.peer.PeerLoad;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whether a change made anything slower: this build beside another one, {@code -Dbaseline=} the root of a tree in which
 * {@code mvn -Pbench -DskipTests package} was run. Both are up all the time and take turns of well under a second, so that
 * what else the machine does meets both alike; rates of whole runs differ by a third from one run to the next, ratios of
 * turns by a few hundredths.
 */
final class CompareBenchmark implements Benchmark {

    private static final int STARTS = 3;
    private static final int WARM_UP_TURNS = 20;
    private static final int TURNS = 40;

    /** Of two-sided 95 %, in standard deviations of the normal distribution. */
    private static final double QUANTILE = 1.96;

    private static final Duration START_AT_MOST = Duration.ofMinutes(15);

    @Override
    public String name() {
        return "compare";
    }

    @Override
    public Table run() throws Exception {
        String baseline = System.getProperty("baseline", "");
        if (!Files.isRegularFile(
                Path.of(baseline, "target", "test-classes", "dev", "latido", "bench", "Bench.class"))) {
            throw new IOException("-Dbaseline=" + baseline + " is no tree in which the benchmarks were built");
        }
        Table table = new Table("This build and " + baseline, "", "baseline, a second", "this, a second", "ratio");
        measure(table, Contestant.LATIDO_FULL, 40_000, baseline);
        measure(table, Contestant.LATIDO_NONE, 100_000, baseline);
        int starts = Effort.rounds(STARTS);
        table.note(
                "A ratio is of two turns that followed one another: the median, with its 95 % confidence interval, of "
                        + starts + " starts with " + Effort.count(TURNS) + " turns each, after "
                        + Effort.count(WARM_UP_TURNS)
                        + " to warm up.");
        return table;
    }

    private static void measure(Table table, Contestant contestant, int works, String baseline) throws Exception {
        List<Double> before = new ArrayList<>();
        List<Double> after = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        for (int start = 0; start < Effort.rounds(STARTS); start++) {
            try (Build old = Build.start(contestant, works, Path.of(baseline));
                    Build current = Build.start(contestant, works, Path.of(""))) {
                for (int turn = -Effort.count(WARM_UP_TURNS); turn < Effort.count(TURNS); turn++) {
                    boolean isOldFirst = turn % 2 == 0;
                    double first = (isOldFirst ? old : current).turn();
                    double second = (isOldFirst ? current : old).turn();
                    if (turn >= 0) {
                        before.add(isOldFirst ? first : second);
                        after.add(isOldFirst ? second : first);
                        ratios.add(isOldFirst ? second / first : first / second);
                    }
                }
            }
        }
        table.row(
                contestant.title(),
                Table.number(Spread.of(before).median()),
                Table.number(Spread.of(after).median()),
                medianWithBounds(ratios));
    }

    /**
     * Shows a median and its confidence interval: the order statistics that are half the quantile times the root of their
     * number away from the middle, which is the normal approximation of the sign test.
     */
    private static String medianWithBounds(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        double reach = QUANTILE / 2 * Math.sqrt(sorted.length);
        int low = (int) Math.max(0, Math.floor(sorted.length / 2.0 - reach));
        int high = (int) Math.min(sorted.length - 1, Math.ceil(sorted.length / 2.0 + reach));
        return String.format(
                Locale.ROOT, "%.3f (%.3f to %.3f)", Spread.of(values).median(), sorted[low], sorted[high]);
    }

    /** A process of one of the two builds. */
    private record Build(Process process, BufferedReader output, Path directory) implements AutoCloseable {

        /** Starts the build of the tree at {@code root}, with the libraries of this one. */
        static Build start(Contestant contestant, int works, Path root) throws IOException {
            String own = Path.of("target").toAbsolutePath().toString();
            String target = root.resolve("target").toAbsolutePath().toString();
            String classPath = Arrays.stream(
                            System.getProperty("java.class.path").split(File.pathSeparator, -1))
                    .map(entry -> entry.startsWith(own) ? target + entry.substring(own.length()) : entry)
                    .collect(Collectors.joining(File.pathSeparator));
            Path directory = Files.createTempDirectory("latido-compare");
            Process process = new ProcessBuilder(Child.command(
                            classPath,
                            List.of("-Xms2g"),
                            PeerLoad.class,
                            contestant.name(),
                            "turns",
                            Integer.toString(works),
                            "0",
                            directory.toString()))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "end-build"));
            Child.endAfter(process, START_AT_MOST);
            return new Build(
                    process,
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)),
                    directory);
        }

        /** Has it take a turn; returns how many works a second it did. */
        double turn() throws IOException {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            String line = output.readLine();
            while (line != null && !line.startsWith(PeerLoad.TURN)) {
                line = output.readLine();
            }
            if (line == null) {
                throw new IOException("a build ended; is the baseline so old that it knows no turns?");
            }
            return Double.parseDouble(line.substring(PeerLoad.TURN.length()));
        }

        @Override
        public void close() throws IOException {
            process.destroyForcibly().onExit().join();
            try (Stream<Path> files = Files.walk(directory)) {
                files.sorted((a, b) -> b.compareTo(a)).map(Path::toFile).forEach(File::delete);
            }
        }
    }
}
