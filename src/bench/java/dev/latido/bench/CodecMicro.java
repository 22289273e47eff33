package dev.latido.bench;

import dev.latido.event.Event;
import dev.latido.event.EventWire;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.protocol.Addresses;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import dev.latido.protocol.Wire;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The JSON of commands, replies and events, to bytes and from bytes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CodecMicro {

    private static final int ITEMS = 100;

    private final Instant now = Instant.parse("2026-01-01T00:00:00.123Z");
    private final ExecutionId id =
            ExecutionId.parse("0".repeat(ExecutionId.TEXT_LENGTH)).orElseThrow();
    private final Reply reply = new Submitted(Collections.nCopies(ITEMS, view()));
    private final Buffer submission = Wire.encode(new Command.Submit(
                    "work", Collections.nCopies(ITEMS, Submission.of(BareStore.PAYLOAD)), now.plusSeconds(5), null))
            .toBuffer();
    private final Event event =
            new Event.ExecutionQueued("work", now, id, Priority.NORMAL, ExecutionState.QUEUED, 17, 4);

    private ExecutionView view() {
        return new ExecutionView(
                id,
                "work",
                ExecutionState.QUEUED,
                Priority.NORMAL,
                0,
                now,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                Durability.FULL);
    }

    /** One of 100 answers to a submission, to bytes. */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public Object encodeAnswer() {
        return reply.toJson().toBuffer();
    }

    /** One of 100 items of a submission, from bytes. */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public Object decodeSubmission() {
        return Wire.decodeCommand(Addresses.SUBMIT, new JsonObject(submission));
    }

    /** One event, to bytes. */
    @Benchmark
    public Object encodeEvent() {
        return EventWire.encode(1, event).toBuffer();
    }
}
