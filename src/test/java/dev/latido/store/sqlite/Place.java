package dev.latido.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Moment;
import dev.latido.job.TimeSource;
import dev.latido.store.Contents;
import dev.latido.store.Store;
import dev.latido.store.StoreConfig;
import dev.latido.store.StoreException;
import dev.latido.store.Stores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A directory for a store, and what tests do with its files. */
record Place(Path directory) {

    /** Reads a second later each time, so that no two backups have one name. */
    static final TimeSource CLOCK = new TimeSource() {
        private final AtomicLong seconds = new AtomicLong(1_800_000_000);

        @Override
        public Moment now() {
            return new Moment(Instant.ofEpochSecond(seconds.incrementAndGet()), nanos());
        }

        @Override
        public long nanos() {
            return seconds.get() * 1_000_000_000L;
        }
    };

    Path database() {
        return directory.resolve("latido.db");
    }

    Path log() {
        return directory.resolve("latido.db-wal");
    }

    Path index() {
        return directory.resolve("latido.db-shm");
    }

    Path mark() {
        return directory.resolve("latido.mark");
    }

    StoreConfig config(String acceptLoss) {
        return new StoreConfig(StoreConfig.Type.SQLITE, directory, 20_000, 3, acceptLoss, Duration.ZERO);
    }

    SqliteStore store() {
        return store("");
    }

    SqliteStore store(String acceptLoss) {
        return new SqliteStore(config(acceptLoss), CLOCK);
    }

    SqliteStore store(List<List<String>> schema) {
        return new SqliteStore(config(""), CLOCK, schema);
    }

    /** Opens a store that must open. */
    SqliteStore open() {
        return open(store());
    }

    static SqliteStore open(SqliteStore store) {
        Stores.await(store.open());
        return store;
    }

    /** Opens a store that must refuse, and returns why it did. */
    static String refusal(Store store) {
        StoreException failure = Stores.failure(store.open());
        Stores.await(store.close());
        assertThat(failure.kind()).isEqualTo(StoreException.Kind.REFUSED);
        return String.valueOf(failure.getMessage());
    }

    /** Opens, reads everything, closes. */
    Contents contents() {
        SqliteStore store = open();
        try {
            return Contents.of(store);
        } finally {
            Stores.await(store.close());
        }
    }

    /**
     * Copies the files of the store as they are, as a crash would leave them. That takes the locks away which SQLite has in
     * this process (POSIX), so no other process may use an open store that was copied.
     */
    Place copyTo(Path target) throws IOException {
        Files.createDirectories(target);
        for (Path file : List.of(database(), log(), index(), mark())) {
            if (Files.exists(file)) {
                Files.copy(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return new Place(target);
    }

    /** Returns the bytes of the files that matter: all but the index of the log, which SQLite makes anew at will. */
    Map<String, String> bytes() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().matches("latido\\.(db|db-wal|mark)"))
                    .filter(file -> file.toFile().length() > 0)
                    .collect(Collectors.toMap(
                            file -> file.getFileName().toString(), Place::text, (a, b) -> a, TreeMap::new));
        }
    }

    private static String text(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            return bytes.length + " bytes, "
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns the connection that {@code store} writes with. Only while the store does nothing. */
    static Connection connectionOf(SqliteStore store) throws ReflectiveOperationException {
        return (Connection) partOf(store, "connection");
    }

    /** Waits until the mark of the latest commit is on the disk; it follows after the answer. */
    static void settle(SqliteStore store) throws IOException {
        try {
            ((CommitMark) partOf(store, "mark")).settle();
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the store has no mark", e);
        }
    }

    /** Returns one of the things that a store has while it is open. Only while the store does nothing. */
    static Object partOf(SqliteStore store, String name) throws ReflectiveOperationException {
        Field field = SqliteStore.class.getDeclaredField("open");
        field.setAccessible(true);
        Object open = field.get(store);
        Method part = open.getClass().getDeclaredMethod(name);
        part.setAccessible(true);
        return part.invoke(open);
    }
}
