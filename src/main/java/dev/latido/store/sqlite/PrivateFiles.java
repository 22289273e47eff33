package dev.latido.store.sqlite;

import dev.latido.process.FileAccess;
import dev.latido.store.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the files of a store have to be: files of one name, in its directory, which this process may write and nobody else may
 * read. The directory itself may belong to anybody, as a volume does; so whoever may write to it could lay a link in the place
 * of a file, and have this process write to whatever that points to.
 */
final class PrivateFiles {

    private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);

    private static final Set<PosixFilePermission> OURS = PosixFilePermissions.fromString("rw-------");

    private static final Set<PosixFilePermission> OF_OTHERS = PosixFilePermissions.fromString("------rwx");

    private PrivateFiles() {}

    /**
     * Refuses what stands at {@code file} unless it can be a file of the store's; nothing may stand there. To be called while this
     * process has it not open: closing any file takes the locks of the process on it away (POSIX, fcntl).
     */
    static void check(Path file) throws IOException, StoreException {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException absent) {
            return;
        }
        if (attributes.isSymbolicLink()) {
            throw Sql.refused(file + " is a symbolic link, and the store follows none. Put the file itself there");
        } else if (!attributes.isRegularFile()) {
            throw Sql.refused(file + " is not a file, and the store needs one there. Move it elsewhere");
        } else if (links(file) > 1) {
            throw Sql.refused(file + " is a hard link: it has another name elsewhere, and what the store writes would"
                    + " change both. Put a copy there");
        }
        try { // the only test that knows all that may allow or forbid it
            open(file, StandardOpenOption.READ, StandardOpenOption.WRITE).close();
        } catch (FileSystemException denied) {
            throw Sql.refused("cannot write to " + FileAccess.reason(denied));
        }
    }

    private static int links(Path file) throws IOException {
        return file.getFileSystem().supportedFileAttributeViews().contains("unix")
                ? (Integer) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS)
                : 1;
    }

    /** Opens a file as {@link FileChannel#open(Path, OpenOption...)} does, but makes it for this user alone, and follows no link. */
    static FileChannel open(Path file, StandardOpenOption... options) throws IOException {
        Set<OpenOption> all = new HashSet<>(Set.of(options));
        all.add(LinkOption.NOFOLLOW_LINKS);
        boolean isPosix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] made =
                isPosix ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OURS)} : new FileAttribute<?>[0];
        return FileChannel.open(file, all, made);
    }

    /** Sees to it that a file is there, so that SQLite, which would have everybody read it, makes its others like it. */
    static void make(Path file) throws IOException {
        open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
        close(file);
    }

    /** Takes the permissions of everybody else away from {@code file}, if it is there and belongs to this user. */
    static void close(Path file) throws IOException {
        PosixFileAttributeView view =
                Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        if (view == null || !Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Set<PosixFilePermission> given = view.readAttributes().permissions();
        if (given.equals(OURS)) {
            return;
        }
        try {
            view.setPermissions(OURS);
        } catch (FileSystemException notOurs) {
            if (given.stream().anyMatch(OF_OTHERS::contains)) {
                LOG.warn(
                        "everybody may open {}, and this process may not change that: {}",
                        file,
                        FileAccess.owner(file));
            }
        }
    }

    /** Warns where everybody may enter {@code directory}. */
    static void warnOfOthers(Path directory) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(directory, PosixFileAttributeView.class);
        if (view != null && view.readAttributes().permissions().stream().anyMatch(OF_OTHERS::contains)) {
            LOG.warn(
                    "every user of this machine may enter {} ({}); the store's files in it are closed to them,"
                            + " and `chmod 700` closes it too",
                    directory,
                    PosixFilePermissions.toString(view.readAttributes().permissions()));
        }
    }
}
