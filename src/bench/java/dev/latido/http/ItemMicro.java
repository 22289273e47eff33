package dev.latido.http;

import dev.latido.job.Priority;
import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What it takes to check and read an item of a body that holds 100, with a payload of 200 characters each. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ItemMicro {

    private static final int ITEMS = 100;

    private final String body = "["
            + String.join(
                    ",", Collections.nCopies(ITEMS, "{\"payload\":\"" + "x".repeat(198) + "\",\"priority\":\"high\"}"))
            + "]";
    private final ItemReader absent = new ItemReader(Priority.NORMAL, Duration.ZERO, null);

    /** Reads a body; the figure is for one item. */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public Object read() {
        return Batch.read(body, false, absent);
    }
}
