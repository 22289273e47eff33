package dev.latido.store;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** What the tests of stores share: waiting for them, and rows to write. */
public final class Stores {

    private static final int PATIENCE_SECONDS = 40;

    /** The job of all sample rows. */
    public static final String JOB = "email";

    private Stores() {}

    /** Waits for what must succeed. */
    public static <T> T await(Future<T> future) {
        try {
            return future.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("the store does not answer", e);
        }
    }

    /** Waits for what must fail. */
    public static StoreException failure(Future<?> future) {
        Object result;
        try {
            result = await(future.map(Object.class::cast).otherwise(cause -> cause));
        } catch (RuntimeException e) {
            throw new AssertionError("it did not end", e);
        }
        if (result instanceof StoreException failure) {
            return failure;
        }
        throw new AssertionError("it should have failed with a StoreException, but: " + result);
    }

    public static ExecutionId id(long value) {
        return new ExecutionId(value);
    }

    public static StoredJob job(String name, long executionCount) {
        return new StoredJob(
                name,
                true,
                false,
                0,
                1_000 * executionCount,
                "every 1000 ms",
                executionCount,
                1_001 * executionCount,
                0,
                "",
                new StoredJob.Counters(executionCount, 2, 3, 4, 5, 6, 7, 8, 0, 9, 10));
    }

    public static StoredExecution execution(long id) {
        return execution(id, "{\"n\":" + id + "}");
    }

    public static StoredExecution execution(long id, @Nullable String payload) {
        return new StoredExecution(
                id(id), JOB, Priority.NORMAL, 1_700_000_000_000L + id, false, id, 0, Text.of(payload), null);
    }

    public static StoredState state(long id, ExecutionState state) {
        return new StoredState(
                id(id),
                state,
                10 * id,
                1,
                0,
                false,
                0,
                2,
                3,
                "note",
                Text.of("\"result\""),
                null,
                List.of(),
                List.of(),
                false,
                true,
                false);
    }

    /** A key that was used at {@code millis}, for the execution of that number. */
    public static StoredKey key(String key, long millis) {
        return new StoredKey(JOB, key, millis, id(millis), ExecutionState.QUEUED, false, Priority.NORMAL, 0, -1, 9, 77);
    }

    /** Accepts executions, with the row of their job. */
    public static Batch accept(long... ids) {
        PendingWrites changes = new PendingWrites().job(job(JOB, ids.length));
        LongStream.of(ids).forEach(id -> changes.accept(execution(id)));
        return changes.batch();
    }

    /** Forgets executions. */
    public static Batch forget(long... ids) {
        PendingWrites changes = new PendingWrites();
        LongStream.of(ids).forEach(id -> changes.forget(id(id)));
        return changes.batch();
    }
}
