package dev.latido.store.sqlite;

import dev.latido.store.StoredExecution;
import dev.latido.store.StoredState;
import dev.latido.store.Text;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Checksums of rows. SQLite notices what disturbs the structure of its file, and not that a bit of a value is another one. The
 * lower 32 bits are the CRC32C of the text that may be large, the payload or the result, and the upper ones that of all other
 * columns: either can change, and be checked, without the other. Belongs to one thread.
 */
final class Checksum {

    /** The bits for the text that may be large. */
    static final long TEXT = 0xFFFF_FFFFL;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer numbers = ByteBuffer.allocate(9 * Long.BYTES);

    /**
     * Returns the checksum of a row of {@code execution}; of a payload that is not here there are no bits.
     *
     * @param job the number of its job
     */
    long of(StoredExecution row, long job) {
        numbers.clear()
                .putLong(row.id().value())
                .putLong(job)
                .putLong(Schema.PRIORITIES.indexOf(row.priority()))
                .putLong(row.createdMillis())
                .putLong(row.isTick() ? 1 : 0)
                .putLong(row.place())
                .putLong(row.expiresMillis());
        begin();
        add(row.trace());
        if (row.origin() != null) { // rows of versions that knew no brokers keep theirs
            add(row.origin());
        }
        return end(row.payload());
    }

    /**
     * Returns the checksum of a row of {@code execution_state}; of a result that is not here there are no bits.
     *
     * @param flags as they are stored
     * @param handovers as they are stored
     * @param course as it is stored
     */
    long of(StoredState row, int flags, @Nullable String handovers, @Nullable String course) {
        numbers.clear()
                .putLong(row.id().value())
                .putLong(Schema.STATES.indexOf(row.state()))
                .putLong(row.place())
                .putLong(row.attempt())
                .putLong(row.crashes())
                .putLong(flags)
                .putLong(row.dueMillis())
                .putLong(row.startedMillis())
                .putLong(row.endedMillis());
        begin();
        add(row.note());
        add(row.error());
        add(handovers);
        add(course);
        return end(row.result());
    }

    private void begin() {
        crc.reset();
        crc.update(numbers.array(), 0, numbers.position());
    }

    private void add(@Nullable String text) {
        if (text == null) {
            crc.update(0xFF); // as no text in UTF-8 has it
        } else {
            crc.update(text.getBytes(StandardCharsets.UTF_8));
        }
        crc.update(0xFE); // so that nothing moves from one column to the next
    }

    private long end(@Nullable Text text) {
        long others = crc.getValue();
        return others << 32 | ofText(Text.ifHere(text));
    }

    /** Returns the lower half of a row's checksum. */
    long ofText(@Nullable String text) {
        if (text == null) {
            return 0;
        }
        crc.reset();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return crc.getValue();
    }

    /** Tells whether a row is not what was written. */
    static boolean isWrong(long stored, long computed, @Nullable Text text) {
        long known = text instanceof Text.Stored ? ~TEXT : -1;
        return ((stored ^ computed) & known) != 0;
    }
}
