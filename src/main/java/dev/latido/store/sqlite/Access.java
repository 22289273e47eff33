package dev.latido.store.sqlite;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** Says why this process may not do something to a file, with what one needs to know to change it. */
final class Access {

    private Access() {}

    /** Says why {@code file}, which is there, cannot be written. */
    static String denied(Path file) {
        try {
            if (Files.getFileStore(file).isReadOnly()) {
                return "its file system is mounted read-only";
            }
        } catch (IOException unknown) {
            // then it is not that
        }
        return "permission denied; " + owner(file);
    }

    /** Says whose {@code file} is, what its permissions are, and who this process is. */
    static String owner(Path file) {
        String self = self();
        try {
            PosixFileAttributes attributes =
                    Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return "it belongs to " + user(attributes.owner().getName(), uid(file, LinkOption.NOFOLLOW_LINKS)) + " ("
                    + PosixFilePermissions.toString(attributes.permissions()) + "), and this process runs as " + self;
        } catch (IOException | UnsupportedOperationException unknown) {
            return "this process runs as " + self;
        }
    }

    private static String self() {
        return user(System.getProperty("user.name"), uid(Path.of("/proc/self"))); // on Linux
    }

    private static String user(@Nullable String name, @Nullable Object uid) {
        if (uid == null) {
            return String.valueOf(name);
        }
        boolean isNamed =
                name != null && !name.equals("?") && !name.equals(uid.toString()); // what the JVM calls nobody it knows
        return isNamed ? name + " (user id " + uid + ")" : "user id " + uid;
    }

    private static @Nullable Object uid(Path file, LinkOption... options) {
        try {
            return Files.getAttribute(file, "unix:uid", options);
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException unknown) {
            return null;
        }
    }

    /** Says what went wrong; the message of some failures of the file system is the name of the file alone. */
    static String reason(Throwable failure) {
        if (failure instanceof AccessDeniedException denied && denied.getFile() != null) {
            Path file = Path.of(denied.getFile());
            return Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                    ? file + ": " + denied(file)
                    : file + ": permission denied; this process runs as " + self();
        } else if (failure instanceof NoSuchFileException absent) {
            return absent.getFile() + ": no such file";
        } else if (failure instanceof FileSystemException other && other.getReason() == null) {
            return other.getClass().getSimpleName().replace("Exception", "") + ": " + other.getFile();
        }
        return String.valueOf(failure.getMessage());
    }
}
