package dev.latido.bench;

import java.util.Arrays;
import java.util.List;

/** The program: {@code mvn -q -Pbench -DskipTests verify} runs all benchmarks, {@code -Dbench=http,flood} some. */
public final class Bench {

    private static final List<Benchmark> ALL = List.of(
            new HttpBenchmark(),
            new FloodBenchmark(),
            new OverloadBenchmark(),
            new ScaleBenchmark(),
            new StoreBenchmark(),
            new StreamBenchmark(),
            new BrowserLatencyBenchmark(),
            new StartupBenchmark());

    private Bench() {}

    public static void main(String[] args) throws Exception {
        List<String> names = ALL.stream().map(Benchmark::name).toList();
        List<String> wanted = args.length == 0 || args[0].equals("all") ? names : Arrays.asList(args[0].split(",", -1));
        if (!names.containsAll(wanted)) {
            System.err.println("Unknown among " + wanted + "; there are " + names + " and all");
            System.exit(2);
        }
        System.out.println(Machine.describe());
        for (Benchmark benchmark : ALL) {
            if (wanted.contains(benchmark.name())) {
                System.out.println();
                System.out.print(benchmark.run());
            }
        }
    }
}
