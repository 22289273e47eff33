package dev.latido.series;

import dev.latido.protocol.SeriesRange;
import dev.latido.store.NewPoints;
import dev.latido.store.StoredPoints;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.ToIntFunction;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Points as they are stored: a row has those of one minute and one length, of all whose points are kept. Of a point only that is
 * written which is not 0, so that a job with nothing to do takes next to nothing. What failed is a row of its own.
 */
final class PointRows {

    /** The form of the data, its first byte. What has another is not read. */
    private static final byte VERSION = 1;

    private static final int MINUTE = SeriesRange.DAY.stepSeconds();

    /** The length that failures are stored under: they are of no length, and each row replaces the one before. */
    static final int FAILURES = 86_400;

    /** Takes what is read. */
    interface Reader {

        /** A line follows; returns where it goes, or null when nobody wants it. */
        @Nullable Line line(String job, long sinceMillis);
    }

    private PointRows() {}

    /** Writes the points of the minute of this number. */
    static NewPoints write(SeriesRange range, long minute, Map<String, Line> lines) {
        int points = MINUTE / range.stepSeconds();
        long millis = minute * MINUTE * 1_000L;
        return new NewPoints(
                new StoredPoints(
                        range.stepSeconds(), millis, write(lines, line -> points * Ring.POINT_BYTES, (line, out) -> {
                            for (long number = minute * points; number < (minute + 1) * points; number++) {
                                line.ring(range).write(number, out);
                            }
                        })),
                millis - 1_000L * range.points() * range.stepSeconds());
    }

    /** Writes what failed, in the minute of this number. */
    static NewPoints writeFailures(long minute, Map<String, Line> lines) {
        long millis = minute * MINUTE * 1_000L;
        ByteBuffer data = write(
                lines,
                line -> line.failures().maxBytes(),
                (line, out) -> line.failures().write(out));
        return new NewPoints(new StoredPoints(FAILURES, millis, data), millis);
    }

    private static ByteBuffer write(
            Map<String, Line> lines, ToIntFunction<Line> maxBytes, BiConsumer<Line, ByteBuffer> writer) {
        int size = 1 + Short.BYTES + Integer.BYTES;
        for (Map.Entry<String, Line> each : lines.entrySet()) {
            size += 1
                    + each.getKey().length()
                    + Long.BYTES
                    + maxBytes.applyAsInt(each.getValue()); // names of jobs are ASCII
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        out.put(VERSION).putShort((short) lines.size());
        lines.forEach((job, line) -> {
            byte[] name = job.getBytes(StandardCharsets.US_ASCII);
            out.put((byte) name.length).put(name).putLong(line.sinceMillis());
            writer.accept(line, out);
        });
        out.putInt(sum(out.duplicate().flip()));
        byte[] data = new byte[out.flip().limit()];
        out.get(data); // the room that was not needed is not kept
        return ByteBuffer.wrap(data);
    }

    private static int sum(ByteBuffer data) {
        CRC32C sum = new CRC32C();
        sum.update(data);
        return (int) sum.getValue();
    }

    /**
     * Reads what was written.
     *
     * @throws IllegalArgumentException when it is not, or was by another version
     */
    static void read(StoredPoints row, Reader reader) {
        ByteBuffer in = row.data();
        int end = in.limit() - Integer.BYTES;
        if (end < 1 || sum(in.duplicate().limit(end)) != in.getInt(end)) {
            throw new IllegalArgumentException("points that are not as they were written");
        }
        if (row.stepSeconds() != FAILURES) {
            range(row); // one that there is
        }
        if (in.get() != VERSION) {
            throw new IllegalArgumentException("points of another version");
        }
        try {
            for (int lines = in.getShort(); lines > 0; lines--) {
                byte[] name = new byte[in.get()];
                in.get(name);
                Line line = reader.line(new String(name, StandardCharsets.US_ASCII), in.getLong());
                if (row.stepSeconds() == FAILURES) {
                    (line == null ? new Failures() : line.failures()).read(in);
                } else {
                    readPoints(row, in, line == null ? null : line.ring(range(row)));
                }
            }
        } catch (BufferUnderflowException | IndexOutOfBoundsException tooShort) {
            throw new IllegalArgumentException("points that end too soon", tooShort);
        }
    }

    private static SeriesRange range(StoredPoints row) {
        for (SeriesRange range : SeriesRange.values()) {
            if (range.stepSeconds() == row.stepSeconds()) {
                return range;
            }
        }
        throw new IllegalArgumentException("points of " + row.stepSeconds() + " s");
    }

    private static void readPoints(StoredPoints row, ByteBuffer in, @Nullable Ring ring) {
        long first = Math.floorDiv(row.minuteMillis(), 1_000L * row.stepSeconds());
        for (int i = 0; i < MINUTE / row.stepSeconds(); i++) {
            if (ring == null) {
                Ring.skip(in);
            } else {
                ring.read(first + i, in);
            }
        }
    }
}
