package dev.latido.bench;

import dev.latido.job.Priority;
import dev.latido.room.FullMode;
import dev.latido.room.Linked;
import dev.latido.room.QueueConfig;
import dev.latido.room.memory.MemoryRoom;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One offer and one take, of a queue that stays as long as it is. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class QueueMicro {

    private static final Priority[] PRIORITIES = Priority.values();

    /** How many items are queued. */
    @Param({"1000", "1000000"})
    public int length = 1_000;

    private MemoryRoom<Item> queue = new MemoryRoom<>(QueueConfig.DEFAULT);
    private int next;

    private static final class Item extends Linked<Item> {
        private final Priority priority;

        Item(Priority priority) {
            this.priority = priority;
        }
    }

    /** Fills the queue with items of all priorities. */
    @Setup
    public void fill() {
        queue = new MemoryRoom<>(new QueueConfig(length + 1, FullMode.REJECT, Map.of(), 1));
        for (int i = 0; i < length; i++) {
            Priority priority = PRIORITIES[i % PRIORITIES.length];
            queue.offer(new Item(priority), priority);
        }
    }

    /** Takes the next item and puts a new one of its priority in. */
    @Benchmark
    public @Nullable Object takeAndOffer() {
        Item taken = queue.take();
        if (taken == null) {
            throw new IllegalStateException("the queue is empty after " + next);
        }
        next++;
        return queue.offer(new Item(taken.priority), taken.priority);
    }
}
