package dev.latido.queue;

import dev.latido.queue.Capabilities.AtDeath;
import dev.latido.queue.Capabilities.Bound;
import dev.latido.queue.Capabilities.DeadLetters;
import dev.latido.queue.Capabilities.Durable;
import dev.latido.queue.Capabilities.Later;
import dev.latido.queue.Capabilities.Lease;
import dev.latido.queue.Capabilities.Order;
import dev.latido.room.FullMode;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/** The kinds of brokers, and what each promises. */
public enum BrokerType {
    /** Redis Streams. */
    REDIS(new Capabilities(
            Durable.AS_CONFIGURED,
            Lease.RENEWED,
            AtDeath.AT_LEASE_END,
            true,
            true,
            true,
            true,
            true,
            Order.FIFO,
            4,
            Duration.ofDays(365),
            Duration.ofDays(365),
            false,
            DeadLetters.QUEUE_ATOMIC,
            Later.ATOMIC,
            16 * 1024 * 1024,
            Bound.EXACT,
            Set.of(FullMode.REJECT, FullMode.WAIT),
            true)),
    /** Quorum queues of RabbitMQ. */
    RABBITMQ(new Capabilities(
            Durable.ALWAYS,
            Lease.UNTIL_DISCONNECT,
            AtDeath.AT_ONCE,
            true,
            true,
            false,
            true,
            true,
            Order.FIFO,
            4,
            Duration.ofDays(30),
            Duration.ZERO,
            true,
            DeadLetters.QUEUE,
            Later.RESEND,
            16 * 1024 * 1024,
            Bound.ABOUT,
            Set.of(FullMode.REJECT, FullMode.WAIT),
            false)),
    /** Azure Service Bus. */
    SERVICE_BUS(new Capabilities(
            Durable.ALWAYS,
            Lease.RENEWED,
            AtDeath.AT_LEASE_END,
            false,
            true,
            false,
            true,
            false,
            Order.NEARLY,
            4,
            Duration.ofDays(365),
            Duration.ZERO,
            true,
            DeadLetters.NATIVE,
            Later.RESEND,
            208 * 1024,
            Bound.BYTES,
            Set.of(FullMode.REJECT, FullMode.WAIT),
            false)),
    /** Azure Queue Storage. */
    STORAGE_QUEUE(new Capabilities(
            Durable.ALWAYS,
            Lease.RENEWED,
            AtDeath.AT_LEASE_END,
            false,
            true,
            true,
            true,
            true,
            Order.NONE,
            4,
            Duration.ofDays(7),
            Duration.ZERO,
            true,
            DeadLetters.QUEUE,
            Later.ATOMIC,
            46 * 1024,
            Bound.NONE,
            Set.of(),
            false));

    @SuppressWarnings("ImmutableEnumChecker") // a record that copies what it is given
    private final Capabilities capabilities;

    private final String wireName = name().toLowerCase(Locale.ROOT).replace('_', '-');

    BrokerType(Capabilities capabilities) {
        this.capabilities = capabilities;
    }

    /** Returns the name in configuration and JSON. */
    public String wireName() {
        return wireName;
    }

    /** Returns what brokers of this kind promise. */
    public Capabilities capabilities() {
        return capabilities;
    }
}
