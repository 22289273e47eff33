package dev.latido.store.sqlite;

import dev.latido.job.ExecutionId;
import dev.latido.job.TimeSource;
import dev.latido.store.Backup;
import dev.latido.store.Batch;
import dev.latido.store.Store;
import dev.latido.store.StoreConfig;
import dev.latido.store.StoreException;
import dev.latido.store.StoreReader;
import dev.latido.store.StoreStatus;
import dev.latido.store.StoredTexts;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One SQLite file in write-ahead mode, written by one thread on one connection. A batch is one transaction, synced to the
 * disk ({@code synchronous=FULL}) before its future succeeds, and noted in the {@link CommitMark} before the next is.
 * {@link Opening} opens it, {@link OpenDatabase} writes.
 */
public final class SqliteStore implements Store {

    private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);

    /** How many executions' texts may wait to be read. */
    static final int MAX_WAITING_READS = 10_000;

    /** How many backups may wait for the one that is being made. */
    static final int MAX_WAITING_BACKUPS = 4;

    private final StoreConfig config;
    private final TimeSource time;
    private final Path database;
    private final Opening opening;
    private final StoreWork work;
    private final Backups backups;
    private final ExecutorService writer = Threads.one("latido-store");
    private final ExecutorService reader = Threads.one("latido-texts", MAX_WAITING_READS);
    private final ExecutorService copier = Threads.one("latido-backup", MAX_WAITING_BACKUPS);
    private final TextReader texts; // of the reader's thread, and of the writer's once that has ended

    /** What is open. Belongs to the writer's thread; others look whether there is one. */
    private volatile @Nullable OpenDatabase open;

    /** What was open last, and may be still. */
    private volatile @Nullable OpenDatabase latest;

    private @Nullable Future<Void> closed;

    public SqliteStore(StoreConfig config, TimeSource time) {
        this(config, time, Schema.STEPS, Log.MAX_PAGES);
    }

    /** Makes a store of another version, for tests. */
    SqliteStore(StoreConfig config, TimeSource time, List<List<String>> schema) {
        this(config, time, schema, Log.MAX_PAGES);
    }

    /** Makes a store of another version, or whose log may have another length, for tests. */
    SqliteStore(StoreConfig config, TimeSource time, List<List<String>> schema, int maxLogPages) {
        this.config = config;
        this.time = time;
        Path directory = config.directory();
        StoreFiles files = new StoreFiles(directory);
        this.database = files.database();
        this.opening = new Opening(config, files, schema, maxLogPages);
        this.work = new StoreWork(directory, database);
        this.texts = new TextReader(database);
        this.backups = new Backups(directory.resolve("backups"), config.keepBackups(), time);
    }

    @Override
    public Future<Void> open() {
        return work.run(writer, "open", () -> {
            if (open != null) {
                throw Sql.refused(database + " is open already");
            }
            try {
                open = opening.run(patience());
                latest = open;
                Directories.sync(config.directory());
            } catch (Exception | Error failure) {
                closeNow();
                // Before anything is written, the worst that a failure means is that one cannot begin.
                String why = String.valueOf(work.explained("open", failure).getMessage());
                throw new StoreException(StoreException.Kind.REFUSED, why, failure);
            }
        });
    }

    private DirectoryLock.Patience patience() {
        long begun = time.nanos();
        AtomicBoolean isTold = new AtomicBoolean();
        return why -> {
            boolean goesOn = !writer.isShutdown()
                    && time.nanos() - begun < config.waitForLock().toNanos();
            if (goesOn && isTold.compareAndSet(false, true)) {
                LOG.info(
                        "{}; waiting for its end for up to {} s (store.waitForLock)",
                        why,
                        config.waitForLock().toSeconds());
            }
            return goesOn;
        };
    }

    private OpenDatabase opened() throws StoreException {
        OpenDatabase store = open;
        if (store == null) {
            throw new StoreException(StoreException.Kind.BROKEN, "the store is not open", null);
        }
        return store;
    }

    @Override
    public Future<Void> scan(StoreReader reader) {
        return work.run(writer, "read", () -> opened().scan(reader));
    }

    @Override
    public Future<Void> append(Batch batch) {
        return work.run(writer, "write to", () -> {
            OpenDatabase store = opened();
            try {
                store.write(batch);
            } catch (SQLException | IOException | RuntimeException | Error failure) {
                if (work.explained("write to", failure).kind() == StoreException.Kind.BROKEN) {
                    store.noteEnd(); // by contract nobody goes on after that
                }
                throw failure;
            }
        });
    }

    @Override
    public Future<Void> check() {
        return work.run(writer, "go on with", () -> {
                    OpenDatabase store = open;
                    if (store != null) {
                        store.look();
                    }
                })
                .recover(failure -> writer.isShutdown() ? Future.succeededFuture() : Future.failedFuture(failure));
    }

    @Override
    public StoreStatus status() {
        OpenDatabase store = latest;
        return new StoreStatus(
                config.type().name().toLowerCase(Locale.ROOT),
                database.toString(),
                (store == null ? CommitMark.START : store.position()).sequence(),
                store == null ? 0 : store.bytes());
    }

    @Override
    public Future<@Nullable StoredTexts> texts(ExecutionId id) {
        return work.on(reader, "read from", () -> {
                    opened();
                    return texts.read(id);
                })
                .map(found -> found.orElse(null));
    }

    @Override
    public Future<Backup> backUp(Instant deadline) {
        return work.on(copier, "back up", () -> copy(deadline));
    }

    private Backup copy(Instant deadline) throws StoreException {
        opened(); // also when it was not closed yet when this was asked for
        if (!time.now().wall().isBefore(deadline)) {
            throw new StoreException(
                    StoreException.Kind.UNAVAILABLE, "its deadline had passed before it could begin", null);
        }
        try (Connection reader = Connections.connect(database, true)) {
            return backups.make(reader);
        } catch (SQLException | IOException failure) {
            StoreException told = work.explained("back up", failure);
            if (told.kind() != StoreException.Kind.BROKEN) {
                throw told;
            }
            // What is written is as good as it was.
            throw new StoreException(StoreException.Kind.UNAVAILABLE, String.valueOf(told.getMessage()), failure);
        }
    }

    @Override
    public synchronized Future<Void> close() {
        Future<Void> closing = closed;
        if (closing == null) {
            reader.shutdown();
            copier.shutdown();
            closing = work.run(writer, "close", this::closeNow);
            closed = closing;
            writer.shutdown();
        }
        return closing;
    }

    private void closeNow() throws SQLException, IOException {
        OpenDatabase store = open;
        open = null;
        if (store != null) {
            try {
                endReading();
            } finally {
                store.close();
            }
        }
    }

    /** Closes the connection that texts are read on: this one has to be the last. Whoever waits for a text is told. */
    private void endReading() throws SQLException, IOException {
        try {
            while (reader.isShutdown() && !reader.awaitTermination(1, TimeUnit.MINUTES)) {
                LOG.warn("A text is still being read from {}", database);
            }
        } catch (InterruptedException interrupted) {
            throw new IOException("interrupted while a text is read", interrupted);
        }
        texts.close();
    }
}
