package dev.latido.queue;

import dev.latido.job.Priority;
import dev.latido.room.FullMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which queue at a broker, and how it is used.
 *
 * @param name its name at the broker
 * @param group the name that all processes share who divide the work of it; {@link #NO_GROUP} where nothing is taken
 * @param lanes its lanes, the most urgent first
 * @param lease how long a message stays with a process that says nothing
 * @param capacity how many messages there may be, ready, leased and delayed together; 0 for no bound
 * @param whenFull what happens to one more. {@link FullMode#DROP_OLDEST} is for results alone, that is without a group: the
 *     oldest give way, and what is older than {@code outcomes} goes too, unless somebody else takes them as a group; then
 *     {@code enqueue} fails when it is full
 * @param maxPayloadBytes how many bytes a payload may have; what has more becomes a dead letter
 * @param dedup for how long a key is known; at Azure Service Bus for how long the queue was made to know message ids, or zero
 * @param outcomes for how long the broker tells what became of a message; of results, for how long they are kept
 * @param existing what to do with a queue that others filled before this group had it
 * @param isDurable whether what was submitted has to be on disk before the answer
 * @param isDeclared whether the queue is made where it is not there, and checked to be as it is meant where it is: of RabbitMQ
 * @param maxHold how long a message may be here that was delivered: of brokers where it stays until the connection ends
 * @param route of RabbitMQ: an exchange that the lane {@code normal} is bound to; without a group, to which all is published
 *     instead of to a queue, so that no queue is declared; null for none
 */
public record QueueBinding(
        String name,
        String group,
        List<Priority> lanes,
        Duration lease,
        long capacity,
        FullMode whenFull,
        int maxPayloadBytes,
        Duration dedup,
        Duration outcomes,
        Existing existing,
        boolean isDurable,
        boolean isDeclared,
        Duration maxHold,
        @Nullable Route route) {

    /** RabbitMQ takes the channel, with all that came by it, from who holds a message for 30 minutes, unless it is set otherwise. */
    public static final Duration USUAL_HOLD = Duration.ofMinutes(25);

    /** Stands for the group of those who only submit. */
    public static final String NO_GROUP = "";

    /** How many messages a queue can have at most. */
    public static final long MAX_CAPACITY = 100_000_000;

    /** What {@link #isName} asks for, for people. */
    public static final String NAME_RULE = "1 to 200 characters, and neither spaces nor braces";

    /** A name at RabbitMQ has 255 bytes, and something is added to this one. */
    private static final int MAX_NAME_BYTES = 200;

    /** No spaces, and none of the signs that have a meaning at brokers. */
    private static final Pattern NAME = Pattern.compile("[^\\s{}\\p{Cntrl}]{1,200}");

    /** As Azure has it, up to 63 characters with what names a lane or dead letters. */
    private static final Pattern STORAGE_NAME = Pattern.compile("(?=.{3,54}$)[a-z0-9]+(-[a-z0-9]+)*");

    /** As Azure Service Bus has it, with room for what names a lane. */
    private static final Pattern BUS_NAME = Pattern.compile("[A-Za-z0-9]+([._/-]+[A-Za-z0-9]+)*");

    /** What to do with a queue that has messages but was never used by this group. */
    public enum Existing {
        /** Ask: take nothing, and say so. */
        ASK,
        /** All of it is work. */
        TAKE,
        /** None of it is: only what comes from now on. */
        SKIP
    }

    public QueueBinding {
        lanes = List.copyOf(lanes);
    }

    /** Makes one of a queue that is declared, with the usual {@code maxHold}. */
    public QueueBinding(
            String name,
            String group,
            List<Priority> lanes,
            Duration lease,
            long capacity,
            FullMode whenFull,
            int maxPayloadBytes,
            Duration dedup,
            Duration outcomes,
            Existing existing,
            boolean isDurable) {
        this(
                name,
                group,
                lanes,
                lease,
                capacity,
                whenFull,
                maxPayloadBytes,
                dedup,
                outcomes,
                existing,
                isDurable,
                true,
                USUAL_HOLD,
                null);
    }

    /** Tells whether a queue may be called so at a broker. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** Returns what is wrong with a queue's name at brokers of a kind; null for nothing. */
    public static @Nullable String problemOfName(BrokerType type, String name) {
        if (!isName(name)) {
            return "must be " + NAME_RULE;
        }
        if (type == BrokerType.STORAGE_QUEUE && !STORAGE_NAME.matcher(name).matches()) {
            return "must have 3 to 54 lower case letters and digits, and single hyphens between them, with storage-queue"
                    + " (a lane adds up to nine)";
        }
        if (type == BrokerType.SERVICE_BUS && !BUS_NAME.matcher(name).matches()) {
            return "must have letters and digits, and between them points, hyphens, underscores or slashes, with"
                    + " service-bus";
        }
        return type == BrokerType.RABBITMQ && name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES
                ? "must have at most " + MAX_NAME_BYTES + " bytes with rabbitmq"
                : null;
    }

    /** Tells whether messages are taken from it here. */
    public boolean isTaken() {
        return !group.equals(NO_GROUP);
    }

    /** Tells whether it has results, of which old ones give way. */
    public boolean isOfResults() {
        return !isTaken() && whenFull == FullMode.DROP_OLDEST;
    }

    QueueBinding withDurable(boolean durable) {
        return new QueueBinding(
                name,
                group,
                lanes,
                lease,
                capacity,
                whenFull,
                maxPayloadBytes,
                dedup,
                outcomes,
                existing,
                durable,
                isDeclared,
                maxHold,
                route);
    }

    /** Returns this with a route, or none. */
    QueueBinding withRoute(@Nullable Route to) {
        return new QueueBinding(
                name,
                group,
                lanes,
                lease,
                capacity,
                whenFull,
                maxPayloadBytes,
                dedup,
                outcomes,
                existing,
                isDurable,
                isDeclared,
                maxHold,
                to);
    }
}
