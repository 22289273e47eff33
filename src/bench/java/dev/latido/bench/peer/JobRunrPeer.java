package dev.latido.bench.peer;

import java.time.Duration;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jobrunr.configuration.JobRunr;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.scheduling.JobScheduler;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.storage.InMemoryStorageProvider;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.sql.common.SqlStorageProviderFactory;
import org.jobrunr.utils.mapper.gson.GsonJsonMapper;

/** JobRunr, with the shortest interval of polling that it allows and work submitted by the batch. */
final class JobRunrPeer implements Peer {

    private static final int WORKERS = 16;
    private static final int BATCH = 1_000;

    // It refuses shorter ones.
    private static final Duration SQL_POLL = Duration.ofSeconds(5);
    private static final Duration MEMORY_POLL = Duration.ofMillis(200);

    /** After how many intervals its server counts as dead, and its jobs run again: not when the machine is just busy. */
    private static final int PATIENCE = 50;

    private final StorageProvider storage;
    private final JobScheduler scheduler;
    private final Producers producers = new Producers(4, BATCH);
    private final Optional<Database> database;

    private JobRunrPeer(StorageProvider storage, Duration poll, Optional<Database> database) {
        this.storage = storage;
        this.database = database;
        this.scheduler = JobRunr.configure()
                .useJsonMapper(new GsonJsonMapper())
                .useStorageProvider(storage)
                .useBackgroundJobServer(BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andWorkerCount(WORKERS)
                        .andPollInterval(poll)
                        .andServerTimeoutPollIntervalMultiplicand(PATIENCE))
                .initialize()
                .getJobScheduler();
    }

    static JobRunrPeer inMemory() {
        return new JobRunrPeer(new InMemoryStorageProvider(), MEMORY_POLL, Optional.empty());
    }

    static JobRunrPeer on(Database database) {
        return new JobRunrPeer(SqlStorageProviderFactory.using(database.pool()), SQL_POLL, Optional.of(database));
    }

    @Override
    public void submit(int first, int count) throws Exception {
        if (count == 1) {
            String payload = Work.payload(first);
            scheduler.enqueue(() -> Work.run(payload));
            return;
        }
        producers.submit(
                first,
                count,
                (from, many) -> scheduler.enqueue(
                        IntStream.range(from, from + many).mapToObj(Work::payload), payload -> Work.run(payload)));
    }

    @Override
    public boolean isIdle() {
        return storage.countJobs(StateName.PROCESSING) == 0 && storage.countJobs(StateName.ENQUEUED) == 0;
    }

    @Override
    public void close() {
        producers.close();
        JobRunr.destroy();
        storage.close();
        database.ifPresent(Database::close);
    }
}
