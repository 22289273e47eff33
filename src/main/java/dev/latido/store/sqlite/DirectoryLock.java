package dev.latido.store.sqlite;

import dev.latido.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Sees to it that one process uses a directory. The operating system gives the lock back when the process ends, however. */
final class DirectoryLock implements AutoCloseable {

    /**
     * The files that this process has locked. To open and close one of them a second time would give its lock back, which
     * belongs to the process (POSIX, fcntl).
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private DirectoryLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    static DirectoryLock take(Path directory) throws IOException, StoreException {
        Path file = directory.toRealPath().resolve("latido.lock");
        if (!HELD.add(file)) {
            throw taken(directory, ProcessHandle.current().pid() + ", which is this one");
        }
        try {
            return new DirectoryLock(file, lock(directory, file));
        } catch (IOException | StoreException | RuntimeException failure) {
            HELD.remove(file);
            throw failure;
        }
    }

    private static FileChannel lock(Path directory, Path file) throws IOException, StoreException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() == null) {
                throw taken(
                        directory,
                        Files.readString(file, StandardCharsets.ISO_8859_1).strip());
            }
            byte[] self = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.ISO_8859_1);
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(self), 0);
            return channel;
        } catch (IOException | StoreException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
    }

    private static StoreException taken(Path directory, String process) {
        return Sql.refused("another process uses " + directory + " (its id: " + process
                + "); stop it, or name another place with store.directory");
    }

    @Override
    public void close() throws IOException {
        channel.close();
        HELD.remove(file);
    }
}
