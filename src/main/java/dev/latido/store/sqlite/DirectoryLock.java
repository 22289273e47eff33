package dev.latido.store.sqlite;

import dev.latido.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sees to it that one process uses a directory. The operating system gives the lock back when the process ends, however. */
final class DirectoryLock implements AutoCloseable {

    /**
     * The files that this process has locked. To open and close one of them a second time would give its lock back, which
     * belongs to the process (POSIX, fcntl).
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryLock.class);

    /** The operating system tells nobody that a lock is free, so it is looked for. */
    private static final long LOOK_MILLIS = 100;

    /** How long somebody waits for the lock. */
    @FunctionalInterface
    interface Patience {

        /** Tells whether to look again. {@code why} says who has it. */
        boolean goesOn(String why);
    }

    /** More than what is ever in it. */
    private static final int MAX_READ = 512;

    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,255}");

    /** Stands behind the id of a process that ended because the store was broken. */
    private static final String ENDED = "ended\n";

    private final Path file;
    private final FileChannel channel;
    private final boolean wasEnded;

    private DirectoryLock(Path file, FileChannel channel, boolean wasEnded) {
        this.file = file;
        this.channel = channel;
        this.wasEnded = wasEnded;
    }

    /** Tells whether the process that used the directory before ended because of its store, and not by accident. */
    boolean wasEnded() {
        return wasEnded;
    }

    /** Notes that this process ends because the store is broken, if that can be noted. */
    void noteEnd() {
        try {
            channel.write(ByteBuffer.wrap(ENDED.getBytes(StandardCharsets.ISO_8859_1)), channel.size());
            channel.force(true);
        } catch (IOException unnoted) {
            LOG.debug("the end is not noted", unnoted);
        }
    }

    /**
     * Takes the lock, for which it waits while another process has it. Blocks.
     *
     * @param patience tells whether to go on waiting
     */
    static DirectoryLock take(Path directory, Patience patience) throws IOException, StoreException {
        Path file = new StoreFiles(directory.toRealPath()).lock();
        while (!HELD.add(file)) {
            wait(directory, ProcessHandle.current().pid() + ", which is this one", patience);
        }
        try {
            return lock(directory, file, patience);
        } catch (IOException | StoreException | RuntimeException failure) {
            HELD.remove(file);
            throw failure;
        }
    }

    private static DirectoryLock lock(Path directory, Path file, Patience patience) throws IOException, StoreException {
        PrivateFiles.check(file); // HELD says that this process has it not open
        FileChannel channel =
                PrivateFiles.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            while (channel.tryLock() == null) {
                wait(
                        directory,
                        Files.readString(file, StandardCharsets.ISO_8859_1).strip(),
                        patience);
            }
            boolean wasEnded = content(channel).endsWith("\n" + ENDED);
            PrivateFiles.close(file);
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((self() + "\n").getBytes(StandardCharsets.ISO_8859_1)), 0);
            return new DirectoryLock(file, channel, wasEnded);
        } catch (IOException | StoreException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
    }

    /** Says who has the lock: in containers that share a volume every process may have the id 1. */
    private static String self() {
        ProcessHandle process = ProcessHandle.current();
        String since = process.info()
                .startInstant()
                .map(start -> ", running since " + start.truncatedTo(ChronoUnit.SECONDS))
                .orElse("");
        return process.pid() + hostName() + since;
    }

    /** Returns what the machine, or the container, is called, without asking any name server. */
    private static String hostName() {
        try {
            String name =
                    Files.readString(HOST_NAME, StandardCharsets.ISO_8859_1).strip();
            return NAME.matcher(name).matches() ? " on " + name : "";
        } catch (IOException notLinux) {
            return "";
        }
    }

    private static void wait(Path directory, String process, Patience patience) throws IOException, StoreException {
        String used = "another process uses " + directory + " (its id: " + process + ")";
        if (!patience.goesOn(used)) {
            throw Sql.refused(used + "; stop it, or name another place with store.directory");
        }
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException interrupted) {
            throw new IOException("interrupted while " + used, interrupted);
        }
    }

    private static String content(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(MAX_READ);
        int read = channel.read(bytes, 0);
        return new String(bytes.array(), 0, Math.max(0, read), StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        channel.close();
        HELD.remove(file);
    }
}
