package dev.latido.process;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** Says why this process cannot use a file, with what one needs to know to change that. */
public final class FileAccess {

    private FileAccess() {}

    /** Says whose {@code file} is, what its permissions are, and who this process is. */
    public static String owner(Path file) {
        try {
            PosixFileAttributes attributes =
                    Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return file + " belongs to "
                    + user(attributes.owner().getName(), uid(file, LinkOption.NOFOLLOW_LINKS)) + " ("
                    + PosixFilePermissions.toString(attributes.permissions()) + "), and this process runs as " + self();
        } catch (IOException | UnsupportedOperationException unknown) {
            return "this process runs as " + self();
        }
    }

    /** Returns what there is of {@code file}: itself, or the nearest directory above it that can be seen. */
    private static Path nearest(Path file) {
        Path there = file.toAbsolutePath();
        while (!Files.exists(there, LinkOption.NOFOLLOW_LINKS) && there.getParent() != null) {
            there = there.getParent();
        }
        return there;
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

    /** What the JVM writes in the place of bytes that are no characters of its locale. */
    private static final char REPLACED = '\uFFFD';

    /**
     * Says why no file is called {@code name} here, when that is because of the locale: outside of UTF-8 the JVM cannot name
     * files with all characters, and may name another one instead. Empty when that is no reason.
     */
    public static String nameless(String name) {
        Charset names =
                Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")); // unofficial, and what decides
        boolean isNameable = names.equals(StandardCharsets.UTF_8)
                || (name.indexOf(REPLACED) < 0 && names.newEncoder().canEncode(name));
        return isNameable
                ? ""
                : "by its locale this process names files in " + names
                        + ", which has not all of these characters; start it with LC_ALL=C.UTF-8";
    }

    /** Says what went wrong; the message of some failures of the file system is the name of the file alone. */
    public static String reason(Throwable failure) {
        if (failure instanceof AccessDeniedException denied && denied.getFile() != null) {
            return denied.getFile() + ": permission denied; " + owner(nearest(Path.of(denied.getFile())));
        } else if (failure instanceof NoSuchFileException absent) {
            return absent.getFile() + ": no such file";
        } else if (failure instanceof InvalidPathException wrong
                && !nameless(wrong.getInput()).isEmpty()) {
            return nameless(wrong.getInput());
        } else if (failure instanceof FileSystemException other && other.getReason() == null) {
            return other.getClass().getSimpleName().replace("Exception", "") + ": " + other.getFile();
        }
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }
}
