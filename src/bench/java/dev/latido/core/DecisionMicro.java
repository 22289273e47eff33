package dev.latido.core;

import dev.latido.job.Durability;
import dev.latido.job.Moment;
import dev.latido.job.Outcome;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.Command;
import dev.latido.protocol.Submission;
import dev.latido.room.QueueConfig;
import dev.latido.room.memory.MemoryRoom;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What the core does for one execution, from its submission to its end, in submissions of 100. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DecisionMicro {

    private static final int BATCH = 100;

    /** The job's durability. */
    @Param({"full", "none"})
    public String durability = "full";

    private final Moment now = new Moment(Instant.parse("2026-01-01T00:00:00Z"), 1_000_000_000);
    private final List<Submission> items = Collections.nCopies(BATCH, Submission.of("\"" + "x".repeat(198) + "\""));
    private JobEngine engine = engine(Durability.FULL);
    private int ended;

    private static JobEngine engine(Durability durability) {
        JobDefinition.Builder job = new JobDefinition.Builder("work");
        job.autoStart = true;
        job.concurrency = BATCH;
        job.durability = durability;
        job.queue = QueueConfig.DEFAULT;
        return new JobEngine(
                JobRegistry.of("work", List.of(job.build())),
                HistoryConfig.DEFAULT,
                0,
                MemoryRoom::new,
                MemoryBudget.unbounded(),
                new SplittableRandom(1));
    }

    /** Begins with a started job. */
    @Setup
    public void begin() {
        engine = engine(
                Optional.ofNullable(durability).flatMap(Durability::ofWireName).orElseThrow());
        act(engine.decide(new Input.ServiceBegan(), now));
    }

    /** Submits, stores, performs, ends and stores. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int execution() {
        int before = ended;
        Instant deadline = now.wall().plus(Duration.ofSeconds(5));
        act(engine.decide(
                new Input.CommandReceived(new Command.Submit("work", items, deadline, null), reply -> {}), now));
        if (ended - before != BATCH) {
            throw new IllegalStateException((ended - before) + " ended");
        }
        return ended;
    }

    private void act(Decision decision) {
        act(decision.now());
        long position = engine.position();
        engine.takeBatch();
        engine.stored(position, now);
        act(decision.onceStored());
    }

    private void act(List<Effect> effects) {
        for (Effect effect : effects) {
            if (effect instanceof Effect.Perform perform) {
                ended++;
                act(engine.decide(new Input.AttemptEnded(perform.attempt(), new Outcome.Success(null)), now));
            }
        }
    }
}
