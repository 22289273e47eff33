package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Priority;
import dev.latido.queue.BrokerType;
import dev.latido.queue.Capabilities;
import dev.latido.queue.Delivery;
import dev.latido.queue.Handle;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueException;
import dev.latido.queue.Receipt;
import dev.latido.queue.Settlement;
import dev.latido.room.FullMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** An {@link EngineHarness} with one job whose queue is at a broker, which the test plays. */
final class QueueHarness {

    static final String JOB = "orders";
    static final Duration LEASE = Duration.ofSeconds(30);
    static final Duration IN_PLACE = Duration.ofSeconds(10);

    /** What a broker of the tests promises. */
    static final Capabilities CAPABILITIES = new Capabilities(
            Capabilities.Durable.ALWAYS,
            Capabilities.Lease.RENEWED,
            Capabilities.AtDeath.AT_LEASE_END,
            true,
            true,
            true,
            true,
            true,
            Capabilities.Order.FIFO,
            4,
            Duration.ofDays(365),
            Duration.ofDays(1),
            false,
            Capabilities.DeadLetters.QUEUE_ATOMIC,
            Capabilities.Later.ATOMIC,
            1_000_000,
            Capabilities.Bound.EXACT,
            Set.of(FullMode.REJECT, FullMode.WAIT),
            true);

    /** One lease. */
    record Lease(String key, int number) implements Handle {}

    final EngineHarness engine;
    private int leases;

    /** How much had been performed when each message was delivered. */
    private final List<Integer> delivered = new ArrayList<>();

    private QueueHarness(EngineHarness engine, int leases) {
        this.engine = engine;
        this.leases = leases;
    }

    static SharedQueue queue(String name, FullMode whenFull, int prefetch) {
        return new SharedQueue(
                "shop",
                "test",
                CAPABILITIES,
                new QueueBinding(
                        name,
                        "latido",
                        List.of(Priority.HIGH, Priority.NORMAL),
                        LEASE,
                        100,
                        whenFull,
                        1_000,
                        Duration.ofDays(1),
                        Duration.ofHours(1),
                        QueueBinding.Existing.ASK,
                        true),
                prefetch,
                1_000_000,
                IN_PLACE);
    }

    /** Returns a queue of a broker where a message stays until the connection ends, and so long here at most. */
    static SharedQueue heldForAtMost(Duration maxHold) {
        SharedQueue usual = queue(JOB, FullMode.REJECT, 4);
        QueueBinding binding = usual.binding();
        return new SharedQueue(
                usual.broker(),
                usual.type(),
                BrokerType.RABBITMQ.capabilities(),
                new QueueBinding(
                        binding.name(),
                        binding.group(),
                        binding.lanes(),
                        binding.lease(),
                        binding.capacity(),
                        binding.whenFull(),
                        binding.maxPayloadBytes(),
                        binding.dedup(),
                        binding.outcomes(),
                        binding.existing(),
                        true,
                        true,
                        maxHold,
                        null),
                usual.prefetch(),
                usual.prefetchBytes(),
                IN_PLACE);
    }

    static JobDefinition job(FullMode whenFull) {
        return JobDefinition.named(JOB).with(job -> {
            job.shared = queue(JOB, whenFull, 4);
            job.concurrency = 2;
        });
    }

    /** Begins with a job that rejects when its queue is full, changed by {@code change}, and others. */
    static QueueHarness of(UnaryOperator<JobDefinition> change, JobDefinition... others) {
        List<JobDefinition> all = new ArrayList<>();
        all.add(change.apply(job(FullMode.REJECT)));
        all.addAll(List.of(others));
        QueueHarness harness = new QueueHarness(EngineHarness.of(all.toArray(JobDefinition[]::new)), 0);
        harness.engine.begin();
        return harness;
    }

    static QueueHarness of() {
        return of(job -> job);
    }

    /** The same with its broker there. */
    QueueHarness up() {
        engine.take(new Input.QueueUp(JOB));
        return this;
    }

    void down() {
        engine.take(new Input.QueueDown(JOB, "connection refused"));
    }

    /** Lets the process die and begin again. */
    QueueHarness crash(Duration downtime) {
        return new QueueHarness(engine.crash(downtime), leases);
    }

    QueueHarness restart(JobDefinition... jobs) {
        return new QueueHarness(engine.restart(Duration.ZERO, List.of(jobs)), leases);
    }

    /** Delivers a message for the first time. */
    Lease deliver(String key, String payload) {
        return deliver(key, payload, 1, 0);
    }

    Lease deliver(String key, String payload, int deliveries, int attempts) {
        return deliver(key, payload, deliveries, attempts, Map.of());
    }

    Lease deliver(String key, String payload, int deliveries, int attempts, Map<String, String> properties) {
        Lease lease = new Lease(key, ++leases);
        delivered.add(engine.performed.size());
        Delivery delivery =
                new Delivery(lease, key, Priority.NORMAL, payload, payload.length(), deliveries, attempts, properties);
        engine.take(new Input.MessagesArrived(JOB, List.of(delivery)));
        return lease;
    }

    void settled(Lease lease) {
        settled(lease, null);
    }

    void settled(Lease lease, QueueException.@Nullable Kind failure) {
        engine.take(new Input.MessageSettled(JOB, lease, failure));
    }

    void published(long number) {
        engine.take(new Input.MessagePublished(JOB, number, new Receipt(false), null));
    }

    void refused(long number, QueueException.Kind kind) {
        engine.take(new Input.MessagePublished(JOB, number, null, new QueueException(kind, "said the broker")));
    }

    <T extends Effect> List<T> all(Class<T> type) {
        return engine.performed.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    /** How the leases of {@code key} were to end, in order. */
    List<Settlement> settlements(String key) {
        return all(Effect.Settle.class).stream()
                .filter(settle ->
                        settle.handle() instanceof Lease lease && lease.key().equals(key))
                .map(Effect.Settle::how)
                .toList();
    }

    /** How many more messages may come: as the broker was last told, less those that came since. */
    int asked() {
        for (int i = engine.performed.size() - 1; i >= 0; i--) {
            if (engine.performed.get(i) instanceof Effect.Dequeue last) {
                int told = i;
                return last.messages()
                        - (int) delivered.stream().filter(when -> when > told).count();
            }
        }
        return 0;
    }

    JobState state() {
        return engine.engine.states().stream()
                .filter(job -> job.name().equals(JOB))
                .findFirst()
                .orElseThrow();
    }

    /** What has to hold at any time: all that came is somewhere, once. */
    void check() {
        JobState job = state();
        Counters counters = job.counters;
        assertThat(counters.accepted)
                .isEqualTo(counters.succeeded
                        + counters.failed
                        + counters.cancelled
                        + counters.dropped
                        + counters.returned
                        + job.queue.size()
                        + job.delayed.size()
                        + job.running.size());
        long leased = job.leases.leased().stream()
                .filter(execution -> !execution.state().isTerminal())
                .count();
        assertThat(job.leases.here()).isEqualTo((int) leased);
        assertThat(job.leases.bytes()).isNotNegative();
    }
}
