package dev.latido.bench.peer;

import java.nio.file.Path;

/** Who is measured, each with the best settings that it allows. */
public enum Contestant {
    LATIDO_FULL("Latido, one by one", Durability.SYNCED, in -> LatidoPeer.working(in, "full", 1, 10_000)),
    LATIDO_FULL_BATCHES("Latido, batches of 100", Durability.SYNCED, in -> LatidoPeer.working(in, "full", 100, 50)),
    LATIDO_RELAXED("Latido, relaxed", Durability.WRITTEN, in -> LatidoPeer.working(in, "relaxed", 1, 10_000)),
    LATIDO_NONE("Latido, durability none", Durability.NONE, in -> LatidoPeer.working(in, "none", 1, 1_000)),
    LATIDO_NONE_BATCHES(
            "Latido, durability none, batches of 100", Durability.NONE, in -> LatidoPeer.working(in, "none", 100, 50)),
    LATIDO_REDIS_FULL_ONE(
            "Latido, queue at Redis, one producer", Durability.SYNCED, in -> LatidoPeer.atRedis(in, "full", 1)),
    LATIDO_REDIS_FULL_MANY(
            "Latido, queue at Redis, 100 producers", Durability.SYNCED, in -> LatidoPeer.atRedis(in, "full", 100)),
    LATIDO_REDIS_NONE_ONE(
            "Latido, durability none, queue at Redis, one producer",
            Durability.SYNCED_BY_REDIS,
            in -> LatidoPeer.atRedis(in, "none", 1)),
    LATIDO_REDIS_NONE_MANY(
            "Latido, durability none, queue at Redis, 100 producers",
            Durability.SYNCED_BY_REDIS,
            in -> LatidoPeer.atRedis(in, "none", 100)),
    LATIDO_RABBIT_FULL("Latido, queue at RabbitMQ", Durability.SYNCED, in -> LatidoPeer.atRabbit(in, "full", 100)),
    LATIDO_RABBIT_NONE(
            "Latido, durability none, queue at RabbitMQ",
            Durability.SYNCED_BY_RABBITMQ,
            in -> LatidoPeer.atRabbit(in, "none", 100)),
    LATIDO_STORAGE_FULL(
            "Latido, queue at Azure Queue Storage",
            Durability.SYNCED,
            in -> LatidoPeer.atStorageQueue(in, "full", 100)),
    LATIDO_STORAGE_NONE(
            "Latido, durability none, queue at Azure Queue Storage",
            Durability.KEPT_BY_AZURE,
            in -> LatidoPeer.atStorageQueue(in, "none", 100)),
    STORAGE_BARE("Microsoft's own client", Durability.KEPT_BY_AZURE, in -> new BareStoragePeer(100)),
    RABBIT_BARE("RabbitMQ's own client", Durability.SYNCED_BY_RABBITMQ, in -> new BareRabbitPeer(100)),
    JOBRUNR_H2("JobRunr, H2 file, batches of 1,000", Durability.WRITTEN, in -> JobRunrPeer.on(Database.h2(in))),
    JOBRUNR_POSTGRES(
            "JobRunr, PostgreSQL, batches of 1,000",
            Durability.SYNCED_BY_POSTGRES,
            in -> JobRunrPeer.on(Database.postgres())),
    JOBRUNR_MEMORY("JobRunr, in memory, batches of 1,000", Durability.NONE, in -> JobRunrPeer.inMemory()),
    DB_SCHEDULER_H2(
            "db-scheduler, H2 file, one by one",
            Durability.WRITTEN,
            in -> new DbSchedulerPeer(Database.h2(in), "VARBINARY", DbSchedulerPeer.Polling.FETCH, false)),
    DB_SCHEDULER_H2_BATCHES(
            "db-scheduler, H2 file, batches of 100",
            Durability.WRITTEN,
            in -> new DbSchedulerPeer(Database.h2(in), "VARBINARY", DbSchedulerPeer.Polling.FETCH, true)),
    DB_SCHEDULER_POSTGRES(
            "db-scheduler, PostgreSQL, one by one, lock-and-fetch",
            Durability.SYNCED_BY_POSTGRES,
            in -> new DbSchedulerPeer(Database.postgres(), "BYTEA", DbSchedulerPeer.Polling.LOCK_AND_FETCH, false)),
    DB_SCHEDULER_POSTGRES_FETCH(
            "db-scheduler, PostgreSQL, batches of 100, fetch",
            Durability.SYNCED_BY_POSTGRES,
            in -> new DbSchedulerPeer(Database.postgres(), "BYTEA", DbSchedulerPeer.Polling.FETCH, true)),
    DB_SCHEDULER_POSTGRES_LOCK(
            "db-scheduler, PostgreSQL, batches of 100, lock-and-fetch",
            Durability.SYNCED_BY_POSTGRES,
            in -> new DbSchedulerPeer(Database.postgres(), "BYTEA", DbSchedulerPeer.Polling.LOCK_AND_FETCH, true)),
    QUARTZ_H2("Quartz, H2 file", Durability.WRITTEN, in -> QuartzPeer.onH2(Database.h2(in))),
    QUARTZ_MEMORY("Quartz, in memory", Durability.NONE, in -> QuartzPeer.inMemory()),
    EXECUTOR("ThreadPoolExecutor, queue of 10,000", Durability.NONE, in -> new ExecutorPeer());

    /** What is left of acknowledged work when something dies. */
    public enum Durability {
        SYNCED("synced: survives a power failure"),
        SYNCED_BY_POSTGRES("synced: survives a power failure"),
        SYNCED_BY_REDIS("synced by Redis: survives a power failure"),
        SYNCED_BY_RABBITMQ("synced by RabbitMQ: survives a power failure"),
        KEPT_BY_AZURE("as Azure keeps it"),
        WRITTEN("written, not synced: outlives the process"),
        NONE("none");

        private final String text;

        Durability(String text) {
            this.text = text;
        }
    }

    @FunctionalInterface
    private interface Maker {
        Peer make(Path directory) throws Exception;
    }

    private final String title;
    private final Durability durability;

    @SuppressWarnings("ImmutableEnumChecker") // it holds nothing
    private final Maker maker;

    Contestant(String title, Durability durability, Maker maker) {
        this.title = title;
        this.durability = durability;
        this.maker = maker;
    }

    /** Starts it with nothing to do; what it keeps is in {@code directory} or in PostgreSQL. */
    Peer start(Path directory) throws Exception {
        return maker.make(directory);
    }

    /** Returns its name for people. */
    public String title() {
        return title;
    }

    /** Returns what is left of acknowledged work when something dies, for people. */
    public String durability() {
        return durability.text;
    }

    /** Tells whether it cannot do without PostgreSQL. */
    public boolean needsPostgres() {
        return durability == Durability.SYNCED_BY_POSTGRES;
    }
}
