package dev.latido.store.sqlite;

import dev.latido.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.sqlite.SQLiteJDBCLoader;

/** SQLite itself, which the driver brings along and unpacks. */
final class NativeLibrary {

    private NativeLibrary() {}

    /**
     * Loads it, from a folder in {@code directory} unless {@code org.sqlite.tmpdir} names another place: the one for temporary
     * files may be full, shared or not executable. A process that was killed leaves its copy behind.
     */
    static void load(Path directory) throws IOException, StoreException {
        if (System.getProperty("org.sqlite.tmpdir") == null) {
            Path folder = Files.createDirectories(directory.resolve("native"));
            try (Stream<Path> left = Files.list(folder)) {
                for (Path file : left.filter(Files::isRegularFile).toList()) {
                    Files.delete(file);
                }
            }
            System.setProperty("org.sqlite.tmpdir", folder.toAbsolutePath().toString());
        }
        try {
            SQLiteJDBCLoader.initialize();
        } catch (Exception e) {
            throw new StoreException(
                    StoreException.Kind.REFUSED,
                    "cannot load the library of SQLite from " + System.getProperty("org.sqlite.tmpdir")
                            + ": is there space, and may programs run from there? -Dorg.sqlite.tmpdir names another place",
                    e);
        }
    }
}
