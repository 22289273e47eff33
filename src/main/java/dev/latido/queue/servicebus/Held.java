package dev.latido.queue.servicebus;

import dev.latido.job.Priority;
import io.vertx.core.Promise;
import io.vertx.proton.impl.ProtonDeliveryImpl;
import java.util.UUID;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/** A message that is locked for this process. On the broker's loop. */
final class Held {

    final ServiceBusHandle handle;
    final Priority lane;
    final Wire wire;
    final Message message;

    /** Names it in its queue. */
    final long sequence;

    /** What proves that it is this process's; another one when it comes again. */
    UUID lock;

    /** How it came, and so what it is settled by, for as long as the links live that did in {@link #life}. */
    ProtonDeliveryImpl delivery;

    int life;

    /** How long a lock lasts, as far as that is known. */
    long lockNanos;

    /** When it was locked last: the time at which that was asked for. */
    long lockedAt;

    /** Whether its owner was told of it. */
    boolean isTold;

    boolean isRenewing;

    /** Whether it is being settled, and so not renewed. */
    boolean isSettling;

    /** Whether a settlement was sent that nobody answered: its repetition finds out. */
    boolean isUnsure;

    /** Whether what is sent in its place was. */
    boolean isReplaced;

    /** What waits for the service to confirm how it is settled; null for nothing. */
    @Nullable Promise<Void> settled;

    Held(
            ServiceBusHandle handle,
            Priority lane,
            Wire wire,
            Message message,
            UUID lock,
            ProtonDeliveryImpl delivery,
            int life,
            long lockNanos,
            long lockedAt) {
        this.handle = handle;
        this.lane = lane;
        this.wire = wire;
        this.message = message;
        this.sequence = Wire.sequence(message);
        this.lock = lock;
        this.delivery = delivery;
        this.life = life;
        this.lockNanos = lockNanos;
        this.lockedAt = lockedAt;
    }
}
