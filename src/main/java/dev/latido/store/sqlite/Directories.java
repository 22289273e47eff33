package dev.latido.store.sqlite;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Directories that a power failure leaves where they are. The name of a file is safe once its directory was synced. */
final class Directories {

    private static final Set<PosixFilePermission> OURS = PosixFilePermissions.fromString("rwx------");

    private Directories() {}

    /**
     * Makes a directory and those above it, readable for nobody else: payloads are nobody else's business. Each is synced
     * into the one above, or the power may fail and take all of it away. That holds for one that is there already too:
     * whoever made it may have died before it could.
     */
    static void make(Path directory) throws IOException {
        Path parent = directory.toAbsolutePath().getParent();
        if (parent == null) {
            return;
        }
        make(parent);
        if (Files.isDirectory(directory)) {
            syncIfReadable(parent);
            return;
        }
        makeOne(directory);
        sync(parent);
    }

    /** Makes one directory, closed to others from its first moment. */
    static void makeOne(Path directory) throws IOException {
        if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(OURS));
        } else {
            Files.createDirectory(directory);
        }
    }

    /** Directories far above may be closed to us; then it was not us who made what is in them. */
    private static void syncIfReadable(Path directory) throws IOException {
        try {
            sync(directory);
        } catch (AccessDeniedException closed) {
            return;
        }
    }

    /** Brings the names in {@code directory} to the disk, those that are gone too. */
    static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
