package dev.latido.queue.servicebus;

import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The token of a lock, which a delivery has as its tag: the bytes of a GUID as .NET writes them, of which the first three fields
 * have their least byte first.
 */
final class LockToken {

    static final int BYTES = 16;

    private LockToken() {}

    /** Reads one; null when it is none. */
    static @Nullable UUID of(byte[] tag) {
        return tag.length == BYTES ? toUuid(swapped(tag)) : null;
    }

    /** Returns it as a tag. */
    static byte[] tag(UUID lock) {
        byte[] bytes = ByteBuffer.allocate(BYTES)
                .putLong(lock.getMostSignificantBits())
                .putLong(lock.getLeastSignificantBits())
                .array();
        return swapped(bytes);
    }

    private static UUID toUuid(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new UUID(buffer.getLong(), buffer.getLong());
    }

    private static byte[] swapped(byte[] bytes) {
        int[] from = {3, 2, 1, 0, 5, 4, 7, 6};
        byte[] swapped = bytes.clone();
        for (int i = 0; i < from.length; i++) {
            swapped[i] = bytes[from[i]];
        }
        return swapped;
    }
}
