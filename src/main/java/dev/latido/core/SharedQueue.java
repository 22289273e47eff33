package dev.latido.core;

import dev.latido.job.Durability;
import dev.latido.job.Priority;
import dev.latido.queue.BrokerConfig;
import dev.latido.queue.BrokerType;
import dev.latido.queue.Capabilities;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.Route;
import dev.latido.room.FullMode;
import dev.latido.setting.Section;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The queue of a job that lives at a broker, and how much of it this process takes.
 *
 * @param broker the name of its entry in the configuration
 * @param type the kind of that broker
 * @param capabilities what brokers of that kind promise
 * @param binding which queue there, and how it is used
 * @param prefetch how many of its messages this process has at most, those that are being worked on included; from 1
 * @param prefetchBytes how many bytes their payloads have at most, but for one that has more alone
 * @param retryInPlace up to which pause before another attempt this process keeps a message; for a longer one it goes back
 */
public record SharedQueue(
        String broker,
        String type,
        Capabilities capabilities,
        QueueBinding binding,
        int prefetch,
        long prefetchBytes,
        Duration retryInPlace) {

    private static final Duration DEFAULT_LEASE = Duration.ofSeconds(30);
    private static final Duration MIN_LEASE = Duration.ofSeconds(1);
    private static final Duration MAX_LEASE = Duration.ofHours(1);
    private static final Duration LONGEST_IN_PLACE = Duration.ofSeconds(30);

    /** For how long a key is known. */
    private static final Duration DEDUP = Duration.ofDays(1);

    private static final Duration MAX_HOLD = Duration.ofDays(1);

    /** Settings that say nothing to RabbitMQ. */
    private static final Map<String, String> NOT_OF_RABBITMQ = new TreeMap<>(Map.of(
            "group", "all consumers share a queue",
            "lease", "a message stays until the connection ends, and for maxHold at most",
            "outcomes", "what became of a message is not kept there",
            "existing", "what is in the queue is work"));

    private static final String NO_BOUND = "a queue has no bound";

    /** Settings that say nothing to Azure Queue Storage. */
    private static final Map<String, String> NOT_OF_STORAGE_QUEUE = new TreeMap<>(Map.of(
            "group",
            "all consumers share a queue",
            "capacity",
            NO_BOUND,
            "whenFull",
            NO_BOUND,
            "maxWaiting",
            NO_BOUND,
            "outcomes",
            "what became of a message is not kept there",
            "existing",
            "what is in the queue is work"));

    /** Settings that say nothing to Azure Service Bus. */
    private static final Map<String, String> NOT_OF_SERVICE_BUS = new TreeMap<>(Map.of(
            "group",
            "all consumers share a queue",
            "capacity",
            "a queue has a bound in bytes, which is set there",
            "outcomes",
            "what became of a message is not kept there",
            "existing",
            "what is in the queue is work"));

    /** How long a lock lasts when nothing else was said at Azure Service Bus, and at most. */
    private static final Duration USUAL_LOCK = Duration.ofMinutes(1);

    private static final Duration LONGEST_LOCK = Duration.ofMinutes(5);
    private static final Duration SHORTEST_DETECTION = Duration.ofSeconds(20);
    private static final Duration LONGEST_DETECTION = Duration.ofDays(7);

    private static final Duration DEFAULT_OUTCOMES = Duration.ofHours(1);
    private static final int MAX_PREFETCH = 1_000;
    private static final int DEFAULT_PAYLOAD_BYTES = 1_048_576;

    /**
     * Reads one.
     *
     * @param job the name of its job
     * @param concurrency how many of its messages may be worked on at once
     * @param durability what becomes of executions of the job when the process dies
     * @param brokers those that there are, by their names
     * @return null when it is wrong, which is noted
     */
    public static @Nullable SharedQueue read(
            Section section, String job, int concurrency, Durability durability, Map<String, BrokerConfig> brokers) {
        String broker = section.string("broker", "");
        BrokerConfig config = brokers.get(broker);
        String name = section.string("name", job);
        String group = section.string("group", "latido");
        List<Priority> lanes = lanes(section);
        boolean isBus = config != null && config.type() == BrokerType.SERVICE_BUS;
        Duration lease = section.duration(
                "lease", isBus ? USUAL_LOCK : DEFAULT_LEASE, MIN_LEASE, isBus ? LONGEST_LOCK : MAX_LEASE);
        Duration detection =
                section.duration("duplicateDetection", Duration.ZERO, SHORTEST_DETECTION, LONGEST_DETECTION);
        int prefetch = section.integer("prefetch", Math.min(MAX_PREFETCH, 2 * concurrency), 1, MAX_PREFETCH);
        int usualPayloadBytes = config == null
                ? DEFAULT_PAYLOAD_BYTES
                : Math.min(DEFAULT_PAYLOAD_BYTES, config.type().capabilities().maxPayloadBytes());
        int maxPayloadBytes = (int) Math.min(Integer.MAX_VALUE, section.bytes("maxPayloadBytes", usualPayloadBytes));
        long prefetchBytes = section.bytes("prefetchBytes", 32L * DEFAULT_PAYLOAD_BYTES);
        long capacity = section.bytes("capacity", 100_000);
        FullMode whenFull = section.choice("whenFull", FullMode.REJECT, FullMode.class);
        Duration outcomes = section.duration("outcomes", DEFAULT_OUTCOMES, Duration.ofSeconds(1), DEDUP);
        QueueBinding.Existing existing =
                section.choice("existing", QueueBinding.Existing.ASK, QueueBinding.Existing.class);
        boolean isDeclared = section.bool("declare", true);
        Duration maxHold = section.duration("maxHold", QueueBinding.USUAL_HOLD, MIN_LEASE, MAX_HOLD);
        Route route = Route.read(section, config == null ? null : config.type());
        if (section.has("priorities")) {
            section.section("priorities");
            section.problem("priorities", "cannot be kept by a broker; say which lanes there are (lanes)");
        }
        section.end();
        if (config == null) {
            section.problem("broker", "there is no '" + broker + "' under brokers");
            return null;
        }
        String problem = QueueBinding.problemOfName(config.type(), name);
        if (problem != null) {
            section.problem("name", problem);
            return null;
        }
        Capabilities can = config.type().capabilities();
        String type = config.type().wireName();
        checkSettings(section, config.type());
        if (route != null && !isDeclared) {
            section.problem("exchange", "is bound only with declare: true; leave it out, and bind the queue yourself");
        }
        boolean isBounded = can.bound() != Capabilities.Bound.NONE;
        boolean isCounted = isBounded && can.bound() != Capabilities.Bound.BYTES;
        if (isBounded && !can.fullModes().contains(whenFull)) {
            section.problem(
                    "whenFull",
                    wireNames(can.fullModes()) + " is what " + type + " can keep, not " + whenFull.wireName());
        }
        if (maxPayloadBytes < 1 || maxPayloadBytes > can.maxPayloadBytes()) {
            section.problem("maxPayloadBytes", "must be 1 to " + can.maxPayloadBytes() + " with " + type);
        }
        if (capacity < 1 || capacity > QueueBinding.MAX_CAPACITY || prefetchBytes < 1) {
            section.problem(
                    capacity < 1 || capacity > QueueBinding.MAX_CAPACITY ? "capacity" : "prefetchBytes",
                    "must be 1 to " + QueueBinding.MAX_CAPACITY);
        }
        Duration half = lease.dividedBy(2);
        return new SharedQueue(
                broker,
                type,
                can,
                new QueueBinding(
                        name,
                        group,
                        lanes,
                        lease,
                        isCounted ? capacity : 0,
                        isBounded ? whenFull : FullMode.REJECT,
                        Math.max(1, maxPayloadBytes),
                        isBus ? detection : DEDUP,
                        outcomes,
                        existing,
                        durability == Durability.FULL,
                        isDeclared,
                        maxHold,
                        route),
                prefetch,
                Math.max(1, prefetchBytes),
                half.compareTo(LONGEST_IN_PLACE) < 0 ? half : LONGEST_IN_PLACE);
    }

    private static void checkSettings(Section section, BrokerType type) {
        Map<String, String> others = type == BrokerType.RABBITMQ
                ? NOT_OF_RABBITMQ
                : type == BrokerType.STORAGE_QUEUE
                        ? NOT_OF_STORAGE_QUEUE
                        : type == BrokerType.SERVICE_BUS ? NOT_OF_SERVICE_BUS : Map.of();
        others.forEach((setting, why) -> {
            if (section.has(setting)) {
                section.problem(setting, "is not for " + type.wireName() + ", where " + why);
            }
        });
        if (type != BrokerType.SERVICE_BUS && section.has("duplicateDetection")) {
            section.problem("duplicateDetection", "is for service-bus, and not for " + type.wireName());
        }
        if (type != BrokerType.RABBITMQ) {
            for (String setting : List.of("declare", "maxHold")) {
                if (section.has(setting)) {
                    section.problem(setting, "is for rabbitmq, and not for " + type.wireName());
                }
            }
        }
    }

    private static List<Priority> lanes(Section section) {
        Set<Priority> lanes = EnumSet.noneOf(Priority.class);
        for (String lane : section.strings("lanes", List.of(Priority.NORMAL.wireName()))) {
            Priority priority = Priority.ofWireName(lane).orElse(null);
            if (priority == null) {
                section.problem("lanes", "must be some of low, normal, high, critical");
            } else {
                lanes.add(priority);
            }
        }
        if (!lanes.contains(Priority.NORMAL)) {
            section.problem("lanes", "must have normal: what says nothing of its priority goes there");
        }
        return Priority.MOST_URGENT_FIRST.stream().filter(lanes::contains).toList();
    }

    private static String wireNames(Set<FullMode> modes) {
        return modes.stream().map(FullMode::wireName).sorted().collect(Collectors.joining(" or "));
    }

    public SharedQueue {
        if (prefetch < 1 || prefetchBytes < 1) {
            throw new IllegalArgumentException("prefetch and prefetchBytes must be at least 1");
        }
    }

    /** Returns what tells it from other queues, for people and for what is stored. */
    public String id() {
        return broker + ":" + binding.name();
    }

    /** Tells whether a message that came {@code held} ago may not be here any more when so much more has passed. */
    boolean isHeldTooLong(Duration held, Duration more) {
        return capabilities.lease() == Capabilities.Lease.UNTIL_DISCONNECT
                && held.plus(more).compareTo(binding.maxHold()) > 0;
    }

    /** Returns how long a message has to be held here at least, when an attempt of it may take so long. */
    Duration longestHold(Duration timeout) {
        return timeout.plus(retryInPlace).plus(binding.lease());
    }

    boolean hasLane(Priority priority) {
        return binding.lanes().contains(priority);
    }
}
