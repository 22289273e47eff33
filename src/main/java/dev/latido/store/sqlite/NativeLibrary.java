package dev.latido.store.sqlite;

import dev.latido.process.FileAccess;
import dev.latido.store.StoreException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.sqlite.SQLiteJDBCLoader;

/** SQLite itself, which the driver brings along and unpacks. */
final class NativeLibrary {

    private NativeLibrary() {}

    /** What the driver calls what it unpacks. */
    private static final Pattern UNPACKED =
            Pattern.compile("sqlite-[0-9.]+-[0-9a-f-]{36}-(lib)?sqlitejdbc\\.\\w+(\\.lck)?");

    /**
     * Loads it, from a folder in {@code directory} unless {@code org.sqlite.tmpdir} names another place: the one for temporary
     * files may be full, shared or not executable. A process that was killed leaves its copy behind.
     */
    static void load(Path directory) throws IOException, StoreException {
        if (System.getProperty("org.sqlite.tmpdir") == null) {
            Path folder = directory.resolve("native");
            prepare(folder);
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

    /**
     * Makes the folder, or clears it of what was unpacked before and of nothing else. Whoever may write to it decides which code
     * runs here, so it has to be a folder of the directory's own, closed to everybody else.
     */
    private static void prepare(Path folder) throws IOException, StoreException {
        if (Files.isSymbolicLink(folder)) {
            throw Sql.refused(
                    folder + " is a symbolic link, and the store follows none. Delete it, or name another place"
                            + " for the library of SQLite with -Dorg.sqlite.tmpdir");
        } else if (!Files.exists(folder)) {
            Directories.makeOne(folder);
        } else if (!Files.isDirectory(folder)) {
            throw Sql.refused(
                    folder + " is not a directory, and the library of SQLite needs one there. Move it elsewhere");
        }
        close(folder);
        try (Stream<Path> left = Files.list(folder)) {
            for (Path file : left.filter(NativeLibrary::isUnpacked).toList()) {
                Files.delete(file);
            }
        }
    }

    private static boolean isUnpacked(Path file) {
        return UNPACKED.matcher(file.getFileName().toString()).matches()
                && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    private static void close(Path folder) throws IOException, StoreException {
        PosixFileAttributeView view = Files.getFileAttributeView(folder, PosixFileAttributeView.class);
        if (view == null) {
            return;
        }
        Set<PosixFilePermission> permissions = view.readAttributes().permissions();
        try {
            view.setPermissions(PosixFilePermissions.fromString("rwx------"));
        } catch (FileSystemException notOurs) {
            if (permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw Sql.refused("everybody may write to " + folder + ", from where the library of SQLite is loaded: "
                        + FileAccess.owner(folder));
            }
        }
    }
}
