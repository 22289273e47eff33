package dev.latido.bench.peer;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.serializer.Serializer;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** db-scheduler, with a short interval of polling, many threads, and payloads stored as they are. */
final class DbSchedulerPeer implements Peer {

    /** How due executions are found. */
    enum Polling {
        /** Reads what is due and locks each execution before it runs; works on every database. */
        FETCH,
        /** Locks what it reads in the same statement. */
        LOCK_AND_FETCH
    }

    private static final int THREADS = 16;
    private static final int PRODUCERS = 16;
    private static final int BATCH = 100;
    private static final Duration POLL = Duration.ofMillis(10);

    private static final String TABLE = """
            CREATE TABLE scheduled_tasks (
              task_name VARCHAR(100) NOT NULL,
              task_instance VARCHAR(100) NOT NULL,
              task_data %s,
              execution_time TIMESTAMP WITH TIME ZONE,
              picked BOOLEAN NOT NULL,
              picked_by VARCHAR(100),
              last_success TIMESTAMP WITH TIME ZONE,
              last_failure TIMESTAMP WITH TIME ZONE,
              consecutive_failures INT,
              last_heartbeat TIMESTAMP WITH TIME ZONE,
              version BIGINT NOT NULL,
              priority SMALLINT,
              state VARCHAR(100),
              PRIMARY KEY (task_name, task_instance))
            """;

    private final Database database;
    private final OneTimeTask<String> task;
    private final Scheduler scheduler;
    private final Producers producers;

    /**
     * Starts it on an empty database.
     *
     * @param bytes the database's type for bytes
     * @param isBatched whether work is submitted {@value #BATCH} at once; otherwise one by one, and then what is submitted
     *     is tried at once instead of at the next polling
     */
    DbSchedulerPeer(Database database, String bytes, Polling polling, boolean isBatched) throws SQLException {
        this.database = database;
        this.producers = new Producers(PRODUCERS, isBatched ? BATCH : 1);
        database.execute(TABLE.formatted(bytes));
        database.execute("CREATE INDEX execution_time_idx ON scheduled_tasks (execution_time)");
        database.execute("CREATE INDEX last_heartbeat_idx ON scheduled_tasks (last_heartbeat)");
        this.task = Tasks.oneTime("work", String.class).execute((instance, context) -> Work.run(instance.getData()));
        SchedulerBuilder builder = Scheduler.create(database.pool(), task)
                .threads(THREADS)
                .pollingInterval(POLL)
                .serializer(new Text());
        // Reads up to four executions a thread at once, and more when half a one is left.
        builder = polling == Polling.FETCH ? builder.pollUsingFetch(0.5, 4) : builder.pollUsingLockAndFetch(0.5, 4);
        this.scheduler = (isBatched ? builder : builder.enableImmediateExecution()).build();
        scheduler.start();
    }

    @Override
    public void submit(int first, int count) throws Exception {
        if (count == 1) {
            handIn(first, 1);
        } else {
            producers.submit(first, count, this::handIn);
        }
    }

    private void handIn(int first, int count) {
        Instant now = Instant.now();
        if (count == 1) {
            scheduler.schedule(instance(first), now);
        } else {
            Stream<TaskInstance<?>> instances =
                    IntStream.range(first, first + count).mapToObj(this::instance);
            scheduler.scheduleBatch(instances, now);
        }
    }

    private TaskInstance<String> instance(int number) {
        return task.instance(Integer.toString(number), Work.payload(number));
    }

    @Override
    public boolean isIdle() throws SQLException {
        return database.isEmpty("SELECT 1 FROM scheduled_tasks LIMIT 1");
    }

    @Override
    public void close() {
        producers.close();
        scheduler.stop();
        database.close();
    }

    /** Payloads as UTF-8, which is less than Java's own serialization that it uses otherwise. */
    private static final class Text implements Serializer {

        @Override
        public byte[] serialize(Object data) {
            return ((String) data).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public <T> T deserialize(Class<T> type, byte[] data) {
            return type.cast(new String(data, StandardCharsets.UTF_8));
        }
    }
}
