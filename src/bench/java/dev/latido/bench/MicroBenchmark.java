package dev.latido.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** The hot pieces by themselves, by JMH, with what they allocate. */
final class MicroBenchmark implements Benchmark {

    private static final String WHICH = "\\.[A-Z][A-Za-z]*Micro\\.";
    private static final String ALLOCATED = "gc.alloc.rate.norm";
    private static final TimeValue ITERATION = TimeValue.seconds(1);
    private static final TimeValue SMOKE_ITERATION = TimeValue.milliseconds(100);

    private final boolean isSmoke;

    private MicroBenchmark(boolean isSmoke) {
        this.isSmoke = isSmoke;
    }

    static MicroBenchmark measured() {
        return new MicroBenchmark(false);
    }

    /** Runs each just once and shortly, in this JVM: that they work is all that it tells. */
    static MicroBenchmark smoke() {
        return new MicroBenchmark(true);
    }

    @Override
    public String name() {
        return isSmoke ? "smoke" : "micro";
    }

    @Override
    public Table run() throws Exception {
        Path log = Files.createDirectories(Path.of("target", "bench")).resolve("jmh.txt");
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(WHICH)
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .output(log.toString())
                .forks(isSmoke ? 0 : 1)
                .jvmArgsAppend("-Xmx2g")
                .warmupIterations(isSmoke ? 0 : 3)
                .warmupTime(ITERATION)
                .measurementIterations(isSmoke ? 1 : 5)
                .measurementTime(isSmoke ? SMOKE_ITERATION : ITERATION);
        Map<String, RunResult> results = new TreeMap<>();
        for (RunResult result : new Runner(options.build()).run()) {
            String name = result.getParams().getBenchmark();
            StringBuilder what =
                    new StringBuilder(name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1));
            result.getParams()
                    .getParamsKeys()
                    .forEach(key -> what.append(", ")
                            .append(key)
                            .append(' ')
                            .append(result.getParams().getParam(key)));
            results.put(what.toString(), result);
        }
        if (results.isEmpty()) {
            throw new IllegalStateException("no benchmark matches " + WHICH);
        }
        Table table = new Table("The hot pieces by themselves (JMH)", "", "ns, ± 99.9 %", "allocated bytes");
        results.forEach((what, result) -> {
            Result<?> time = result.getPrimaryResult();
            Result<?> bytes = result.getSecondaryResults().get(ALLOCATED);
            String error = Double.isNaN(time.getScoreError()) ? "" : " ± " + Table.number(time.getScoreError());
            table.row(what, Table.number(time.getScore()) + error, bytes == null ? "" : Table.number(bytes.getScore()));
        });
        table.note(
                isSmoke
                        ? "One iteration of 100 ms without warm-up: these are no figures."
                        : "An execution, a pair of take and offer, an item, an answer or an event each. A fork each, 5"
                                + " iterations of 1 s after 3 of warm-up.");
        return table;
    }
}
