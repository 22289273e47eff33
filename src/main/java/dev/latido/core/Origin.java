package dev.latido.core;

import dev.latido.queue.Delivery;
import dev.latido.queue.Handle;
import dev.latido.queue.Settlement;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Where an execution came from whose message is at a broker, and what is between the two. Its owner is {@link Settlements}. */
final class Origin {

    /** The queue, see {@link SharedQueue#id}. */
    final String queue;

    /** The key of its message. */
    final String key;

    /** Tells apart messages of the same key: those of unequal payloads or sources are no repetitions of one another. */
    final int payloadHash;

    /** The lease of its message; null while this process has none. */
    @Nullable Handle handle;

    /** How the lease is to end, where that does not follow from how the execution ended. */
    @Nullable Settlement settlement;

    /** True from its end until the broker has confirmed how that was, or somebody else is to say. */
    boolean isOwed;

    /** True when its message is in another queue than the one that its job has now, so that nobody there can be told. */
    boolean isElsewhere;

    /** True while the broker is being told. */
    boolean isSettling;

    /** How often it was tried by others before it came here. */
    int attemptsBefore;

    /** Since when the broker is owed how it ended, on the monotonic clock. */
    long owedNanos;

    /** When the lease began, on the monotonic clock; of one that this process has. */
    long leasedNanos;

    Origin(String queue, String key, int payloadHash) {
        this.queue = queue;
        this.key = key;
        this.payloadHash = payloadHash;
    }

    static int hash(Delivery delivery) {
        int payload = delivery.payload() == null ? 0 : delivery.payload().hashCode();
        String source = delivery.properties().get(Delivery.SOURCE);
        return source == null ? payload : 31 * payload + source.hashCode();
    }

    /** Returns this as the store has it. */
    String text() {
        return queue + " " + HexFormat.of().toHexDigits(payloadHash) + " " + key;
    }

    /**
     * Reads what {@link #text} wrote.
     *
     * @throws IllegalArgumentException when that is not what this is
     */
    static Origin parse(String text) {
        String[] parts = text.split(" ", 3);
        if (parts.length < 3) {
            throw new IllegalArgumentException("'" + text + "' is no origin of a message");
        }
        return new Origin(parts[0], parts[2], HexFormat.fromHexDigits(parts[1]));
    }
}
