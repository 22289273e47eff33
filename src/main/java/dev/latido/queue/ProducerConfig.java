package dev.latido.queue;

import dev.latido.job.Priority;
import dev.latido.room.FullMode;
import dev.latido.setting.Section;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A queue at a broker to which messages are published, and from which this service takes none here.
 *
 * @param broker the name of its entry in the configuration
 * @param binding which queue there, and its bound
 */
public record ProducerConfig(String broker, QueueBinding binding) {

    /** For how long results are kept that nobody took, when nothing else is said. */
    private static final Duration KEPT_FOR = Duration.ofDays(7);

    private static final Duration LONGEST_KEPT = Duration.ofDays(3_650);
    private static final long DEFAULT_CAPACITY = 100_000;
    private static final Duration DEDUP = Duration.ofDays(1);

    /**
     * Reads one that is the work of a job: {@code worker: {type: queue, …}}.
     *
     * @param job what the queue is called when nothing else is said
     * @param brokers those that there are, by their names
     * @return null when it is wrong, which is noted
     */
    public static @Nullable ProducerConfig ofWorker(Section section, String job, Map<String, BrokerConfig> brokers) {
        Priority lane = section.choice("lane", Priority.NORMAL, Priority.class);
        return read(section, job, "", lane, FullMode.REJECT, Duration.ZERO, brokers);
    }

    /**
     * Reads one that gets a job's results; null when there is none, or it is wrong, which is noted.
     *
     * @param job the name of the job; its results are called after it when nothing else is said
     * @param brokers those that there are, by their names
     */
    public static @Nullable ProducerConfig ofResults(Section section, String job, Map<String, BrokerConfig> brokers) {
        if (section.optional("broker").isEmpty() && section.optional("name").isEmpty()) {
            section.end();
            return null;
        }
        Duration keptFor = section.duration("keepFor", KEPT_FOR, Duration.ofMinutes(1), LONGEST_KEPT);
        return read(section, job, ".done", Priority.NORMAL, FullMode.DROP_OLDEST, keptFor, brokers);
    }

    private static @Nullable ProducerConfig read(
            Section section,
            String job,
            String suffix,
            Priority lane,
            FullMode whenFull,
            Duration keptFor,
            Map<String, BrokerConfig> brokers) {
        String broker = section.optional("broker");
        BrokerConfig config = brokers.get(broker);
        String named = section.optional("name");
        String usual = config != null && config.type() == BrokerType.STORAGE_QUEUE ? suffix.replace('.', '-') : suffix;
        String name = named.isEmpty() ? job + usual : named;
        Route route = Route.read(section, config == null ? null : config.type());
        boolean hasCapacity = section.has("capacity");
        long capacity = section.bytes("capacity", DEFAULT_CAPACITY);
        section.end();
        if (config == null) {
            section.problem("broker", "there is no '" + broker + "' under brokers");
            return null;
        }
        if (route != null) {
            for (String ofQueue : List.of("name", "lane", "capacity", "keepFor")) {
                if (section.has(ofQueue)) {
                    section.problem(
                            ofQueue,
                            "is of a queue, and an exchange decides itself what goes where; leave one of them out");
                }
            }
        }
        String problem = QueueBinding.problemOfName(config.type(), name);
        if (problem != null) {
            section.problem("name", problem);
            return null;
        }
        if (capacity < 1 || capacity > QueueBinding.MAX_CAPACITY) {
            section.problem("capacity", "must be 1 to " + QueueBinding.MAX_CAPACITY);
            return null;
        }
        Capabilities can = config.type().capabilities();
        boolean isBounded = can.bound() == Capabilities.Bound.EXACT || can.bound() == Capabilities.Bound.ABOUT;
        if (hasCapacity && !isBounded) {
            section.problem(
                    "capacity",
                    "cannot be kept by " + config.type().wireName() + ", which has no bound by number; leave it out");
            return null;
        }
        return new ProducerConfig(
                broker,
                new QueueBinding(
                                name,
                                QueueBinding.NO_GROUP,
                                List.of(lane),
                                Duration.ofSeconds(30),
                                isBounded ? capacity : 0,
                                whenFull,
                                can.maxPayloadBytes(),
                                config.type() == BrokerType.SERVICE_BUS ? Duration.ZERO : DEDUP,
                                keptFor,
                                QueueBinding.Existing.TAKE,
                                false)
                        .withRoute(route));
    }

    /** Returns this with what was submitted on disk before the answer, or not. */
    public ProducerConfig withDurable(boolean isDurable) {
        return new ProducerConfig(broker, binding.withDurable(isDurable));
    }

    /** Returns what tells it from other queues, for people and for what is stored. */
    public String id() {
        Route route = binding.route();
        return broker + ":" + (route == null ? binding.name() : route.exchange() + "/" + route.routingKey());
    }
}
