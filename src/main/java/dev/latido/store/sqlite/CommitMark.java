package dev.latido.store.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The high-water mark: a small file of its own that says up to which commit was acknowledged. The database alone cannot
 * tell that its newest commits are missing: after a flipped bit SQLite takes the write-ahead log to end before it.
 *
 * <p>Two lines are written in turn, each in a sector of its own and with a checksum, so that one survives when the other
 * is torn.
 */
final class CommitMark implements AutoCloseable {

    /**
     * Where a history of commits stands.
     *
     * @param sequence the number of the newest commit
     * @param hash of all commits up to it
     */
    record Position(long sequence, long hash) {}

    /** Before the first commit. */
    static final Position START = new Position(0, 0);

    private static final int SECTOR = 512;
    private static final int LINES = 2;

    private final FileChannel channel;
    private final ByteBuffer line = ByteBuffer.allocateDirect(SECTOR);
    private final ExecutorService mover = Threads.one("latido-mark");
    private int next;
    private Future<?> moving = CompletableFuture.completedFuture(null);

    private CommitMark(FileChannel channel, int next) {
        this.channel = channel;
        this.next = next;
    }

    /** Reads the mark in {@code file}; null when there is none that can be read. */
    static @Nullable Position read(Path file) throws IOException {
        Position newest = null;
        for (Position position : lines(file)) {
            newest = isNewer(position, newest) ? position : newest;
        }
        return newest;
    }

    /** Reads what stands in each line; null for one that cannot be read. */
    private static @Nullable Position[] lines(Path file) throws IOException {
        String text = Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
        Position[] lines = new @Nullable Position[LINES];
        for (int i = 0; i < LINES; i++) {
            int from = i * SECTOR;
            lines[i] = text.length() < from + SECTOR ? null : parse(text.substring(from, from + SECTOR));
        }
        return lines;
    }

    /** Returns which line may be lost: not the newest. */
    static int olderLine(Path file) throws IOException {
        @Nullable Position[] lines = lines(file);
        return isNewer(lines[0], lines[1]) ? 1 : 0;
    }

    private static boolean isNewer(@Nullable Position one, @Nullable Position other) {
        return one != null && (other == null || one.sequence() > other.sequence());
    }

    private static @Nullable Position parse(String line) {
        String[] words = line.strip().split(" ", -1);
        try {
            Position position = words.length == 3
                    ? new Position(Long.parseLong(words[0]), Long.parseUnsignedLong(words[1], 16))
                    : null;
            return position != null && text(position).equals(line.strip()) ? position : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static String text(Position position) {
        String words = position.sequence() + " " + Long.toHexString(position.hash());
        CRC32 checksum = new CRC32();
        checksum.update(words.getBytes(StandardCharsets.ISO_8859_1));
        return words + " " + Long.toHexString(checksum.getValue());
    }

    /** Opens {@code file} for writing, with {@code position} in it for a start; over the newest line only at the end. */
    static CommitMark open(Path file, Position position) throws IOException {
        int first = olderLine(file);
        FileChannel channel = PrivateFiles.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        CommitMark mark = new CommitMark(channel, first);
        for (int i = 0; i < LINES; i++) {
            mark.write(position);
        }
        mark.channel.force(true);
        return mark;
    }

    /**
     * Begins to move the mark. {@link #settle} waits until it is on the disk, and is to be called before it is moved again.
     * The file keeps its size, so no space is needed.
     */
    void move(Position position) {
        moving = mover.submit(() -> {
            write(position);
            return null;
        });
    }

    /**
     * Waits until the mark is on the disk.
     *
     * @throws IOException when it could not be moved
     */
    void settle() throws IOException {
        try {
            moving.get();
        } catch (ExecutionException failure) {
            throw new IOException("cannot move the mark", failure.getCause());
        } catch (InterruptedException interrupted) {
            throw new IOException("interrupted while the mark is moved", interrupted);
        }
    }

    /** Moves the mark; when this returns it is on the disk. */
    void write(Position position) throws IOException {
        line.clear();
        line.put(text(position).getBytes(StandardCharsets.ISO_8859_1));
        while (line.position() < SECTOR - 1) {
            line.put((byte) ' ');
        }
        line.put((byte) '\n').flip();
        long at = (long) next * SECTOR;
        while (line.hasRemaining()) {
            at += channel.write(line, at);
        }
        channel.force(false);
        next = (next + 1) % LINES;
    }

    @Override
    public void close() throws IOException {
        mover.shutdown();
        try {
            settle();
        } finally {
            channel.close();
        }
    }
}
