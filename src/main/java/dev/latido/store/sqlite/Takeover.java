package dev.latido.store.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * Brings to the disk what a process before left in the page cache alone. Reading does not tell the two apart: a process that
 * was killed had perhaps written and not synced yet, and after a sync that failed Linux keeps the pages, takes them for
 * written and never writes them again (P. Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020).
 * What is built on such pages is gone with them when the power fails, however well it was synced itself.
 *
 * <p>So they are written again, with the same bytes, and synced. It is not enough to have SQLite take the log over: on its way
 * into the database a commit of which the disk has no log is half of a change that nothing can complete. Writing in place
 * needs no space, and no lock, for nobody sees a difference.
 */
final class Takeover {

    private static final int CHUNK = 65_536;

    // https://www.sqlite.org/fileformat2.html#the_write_ahead_log
    private static final int LOG_HEADER = 32;
    private static final int PAGE_SIZE_AT = 8;
    private static final int FRAME_HEADER = 24;

    private Takeover() {}

    /**
     * Makes the log of {@code database} durable, and the pages that a checkpoint before took from it. To be called while this
     * process has no connection to it: closing any file of a database takes the locks of the process away (POSIX, fcntl).
     *
     * @param extent how long SQLite believes the log to be. After a crash it begins anew, with nothing taken over, unless another
     *     process has the database open and so keeps what was noted of that
     */
    static void secure(Path database, Log.Extent extent) throws IOException {
        Path log = StoreFiles.log(database);
        if (!Files.exists(log) || Files.size(log) <= LOG_HEADER) {
            return;
        }
        try (FileChannel file = FileChannel.open(log, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            writeAgain(file);
            if (extent.takenOver() > 0) {
                writePagesAgain(file, extent, database);
            }
        }
    }

    private static void writeAgain(FileChannel file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(CHUNK);
        long at = 0;
        while (file.read(bytes.clear(), at) > 0) {
            at = write(file, bytes.flip(), at);
        }
        file.force(true);
    }

    /** Writes what a checkpoint wrote: each page that is in the part taken over and in none behind it. */
    private static void writePagesAgain(FileChannel log, Log.Extent extent, Path database) throws IOException {
        int pageSize = read(log, 0, LOG_HEADER).getInt(PAGE_SIZE_AT);
        Map<Long, Integer> latest = new HashMap<>(); // the frame, by where its page is in the database
        for (int frame = 0; frame < extent.pages(); frame++) {
            long page = Integer.toUnsignedLong(
                    read(log, at(frame, pageSize), FRAME_HEADER).getInt(0));
            latest.put((page - 1) * pageSize, frame);
        }
        latest.values().removeIf(frame -> frame >= extent.takenOver());
        try (FileChannel file = FileChannel.open(database, StandardOpenOption.WRITE)) {
            for (Map.Entry<Long, Integer> page : latest.entrySet()) {
                if (page.getKey() < file.size()) { // beyond is what was cut off since
                    write(file, read(log, at(page.getValue(), pageSize) + FRAME_HEADER, pageSize), page.getKey());
                }
            }
            file.force(true);
        }
    }

    private static long at(int frame, int pageSize) {
        return LOG_HEADER + frame * (long) (FRAME_HEADER + pageSize);
    }

    private static ByteBuffer read(FileChannel file, long at, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, at + bytes.position()) < 0) {
                throw new IOException("a log that ends at " + file.size() + " in place of " + (at + length));
            }
        }
        return bytes.flip();
    }

    /** Writes all of it, and returns where it ends. */
    private static long write(FileChannel file, ByteBuffer bytes, long at) throws IOException {
        long end = at;
        while (bytes.hasRemaining()) {
            end += file.write(bytes, end);
        }
        return end;
    }
}
