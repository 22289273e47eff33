package dev.latido.store.sqlite;

import dev.latido.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * The files of a store, and what they are called. Those of SQLite's that are not the database are named by it.
 *
 * @param directory where they are
 */
record StoreFiles(Path directory) {

    /** SQLite's limit for a path, of which it takes some for the ending of its journal (MAX_PATHNAME in os_unix.c). */
    private static final int MAX_PATH_BYTES = 512 - "-journal".length();

    Path database() {
        return directory.resolve("latido.db");
    }

    /** Returns the write-ahead log of {@code database}. */
    static Path log(Path database) {
        return beside(database, "-wal");
    }

    /** Returns the journal that {@code database} has before its write-ahead log is on. */
    static Path journal(Path database) {
        return beside(database, "-journal");
    }

    private static Path beside(Path database, String ending) {
        return database.resolveSibling(database.getFileName() + ending);
    }

    /** Returns the file of the {@link CommitMark}. */
    Path mark() {
        return directory.resolve("latido.mark");
    }

    /** Returns the file of the {@link DirectoryLock}. */
    Path lock() {
        return directory.resolve("latido.lock");
    }

    /** Returns all but that of the lock, which belongs to the {@link DirectoryLock}: whoever else closes it takes the lock away. */
    private List<Path> files() {
        Path database = database();
        return List.of(database, log(database), beside(database, "-shm"), journal(database), mark());
    }

    /** Refuses what cannot be used as it is, before anything is changed. To be called while none of them is open in this process. */
    void check() throws IOException, StoreException {
        for (Path file : files()) {
            PrivateFiles.check(file);
        }
    }

    /** Refuses a path that SQLite would not take. */
    void checkLength() throws StoreException {
        String path = database().toAbsolutePath().normalize().toString();
        int bytes = path.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_PATH_BYTES) {
            throw Sql.refused("the path " + path + " has " + bytes + " bytes, and SQLite takes " + MAX_PATH_BYTES
                    + "; name a shorter one with store.directory");
        }
    }

    /** Makes the database if it is not there, and has all files closed to everybody else. */
    void close() throws IOException {
        PrivateFiles.make(database());
        for (Path file : files()) {
            PrivateFiles.close(file);
        }
    }
}
