package dev.latido.bench;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The program: {@code mvn -q -Pbench -DskipTests verify} runs all benchmarks, {@code -Dbench=http,flood} some. */
public final class Bench {

    private static final List<Benchmark> ALL = List.of(
            HttpBenchmark.status(),
            HttpBenchmark.post(),
            new ControlBenchmark(),
            new LookingBenchmark(),
            new ReadersBenchmark(),
            RateBenchmark.durable(),
            RateBenchmark.inMemory(),
            new StoreBenchmark(),
            new LatencyBenchmark(),
            new BrokerBenchmark(),
            BareClientBenchmark.rabbitMq(),
            BareClientBenchmark.storageQueue(),
            new TickBenchmark(),
            new GrowthBenchmark(),
            new FootprintBenchmark(),
            new StreamBenchmark(),
            new BrowserLatencyBenchmark(),
            new StartupBenchmark(),
            new ScaleBenchmark(),
            new FloodBenchmark(),
            new OverloadBenchmark(),
            MicroBenchmark.measured());

    /** What runs only when it is named, alone. */
    private static final Benchmark SMOKE = MicroBenchmark.smoke();

    /** The same: it needs another build. */
    private static final Benchmark COMPARE = new CompareBenchmark();

    private Bench() {}

    public static void main(String[] args) throws Exception {
        List<String> names = ALL.stream().map(Benchmark::name).toList();
        List<String> wanted = args.length == 0 || args[0].equals("all") ? names : Arrays.asList(args[0].split(",", -1));
        for (Benchmark alone : List.of(SMOKE, COMPARE)) {
            if (wanted.equals(List.of(alone.name()))) {
                System.out.print(alone.run());
                return;
            }
        }
        if (!names.containsAll(wanted)) {
            System.err.println("Unknown among " + wanted + "; there are " + names + ", all, smoke and compare");
            System.exit(2);
        }
        System.out.println(Machine.describe());
        System.out.println(Effort.describe());
        for (Benchmark benchmark : ALL) {
            if (wanted.contains(benchmark.name())) {
                Table table = benchmark.run();
                System.out.println();
                System.out.print(table);
                Results.keep(benchmark.name(), table);
            }
        }
        String page = System.getProperty("results", "");
        if (!page.isEmpty()) {
            Results.write(Path.of(page), names);
        }
    }
}
