package dev.latido.queue.servicebus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Priority;
import dev.latido.loop.VertxLoop;
import dev.latido.queue.BrokerConfig;
import dev.latido.queue.Capabilities;
import dev.latido.queue.Member;
import dev.latido.queue.PausableLoop;
import dev.latido.queue.QueueBed;
import dev.latido.queue.QueueBinding;
import dev.latido.setting.Overrides;
import dev.latido.setting.Section;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.message.Message;
import org.awaitility.Awaitility;

/** Processes at the stand-in, each with loops of its own. What they leave there is removed. */
final class ServiceBusBed implements QueueBed {

    static final String QUEUE = "orders";

    /** So many deliveries that none of a test is one too many. */
    private static final int DELIVERIES = 1_000;

    final ServiceBusServer server;
    final Vertx vertx = Vertx.vertx();
    private final Queue<Throwable> faults = new ConcurrentLinkedQueue<>();
    private final List<ServiceBusBroker> brokers = new ArrayList<>();
    private final Map<Member, List<PausableLoop>> loops = new HashMap<>();

    ServiceBusBed(ServiceBusServer server) {
        this.server = server;
    }

    /** Returns what a section of the configuration says. */
    static ServiceBusConfig config(JsonObject section) {
        List<String> problems = new ArrayList<>();
        BrokerConfig config = BrokerConfig.read(Section.root(
                section.put("type", "service-bus"),
                Map.of(),
                new Overrides(Map.of(), Map.of()),
                problems,
                setting -> {}));
        if (config == null || !problems.isEmpty()) {
            throw new AssertionError(problems);
        }
        return ServiceBusConfig.of(config);
    }

    ServiceBusConfig config() {
        return config(new JsonObject().put("connectionString", server.connectionString()));
    }

    @Override
    public Capabilities capabilities() {
        return ServiceBusBroker.CAPABILITIES;
    }

    @Override
    public Duration shortLease() {
        return Duration.ofSeconds(3);
    }

    /** Has the queues be there, with locks that last as long as leases here, as somebody makes them at Azure. */
    @Override
    public Member member(String process, QueueBinding binding) {
        BusEntity.Settings settings = BusEntity.Settings.USUAL
                .withLock(binding.lease())
                .withMaxDeliveries(DELIVERIES)
                .withDedup(binding.dedup());
        Addresses addresses = new Addresses(binding.name());
        binding.lanes().forEach(lane -> server.queue(addresses.lane(lane), settings));
        return member(process, binding, config(), ServiceBusBroker.TOKEN_LIFETIME, System::currentTimeMillis);
    }

    /** Has one with tokens of its own, and a clock of its own, use queues that are there. */
    Member member(
            String process,
            QueueBinding binding,
            ServiceBusConfig config,
            Duration tokenLifetime,
            LongSupplier wallMillis) {
        PausableLoop brokerLoop = loop();
        PausableLoop owner = loop();
        ServiceBusBroker broker = new ServiceBusBroker(
                vertx, config, tokenLifetime, brokerLoop, System::nanoTime, wallMillis, new Random());
        Member member = new Member(process, broker, binding, owner);
        loops.put(member, List.of(brokerLoop, owner));
        brokers.add(broker);
        return member;
    }

    /** Has a process use another queue, too. */
    Member beside(Member member, QueueBinding binding) {
        PausableLoop owner = loop();
        Member beside = new Member(member.process, member.broker(), binding, owner);
        loops.put(beside, List.of(owner));
        return beside;
    }

    private PausableLoop loop() {
        Context context = ((VertxInternal) vertx).createEventLoopContext();
        context.exceptionHandler(faults::add);
        return new PausableLoop(new VertxLoop(context));
    }

    @Override
    public void freeze(Member member) {
        loops.getOrDefault(member, List.of()).forEach(PausableLoop::pause);
    }

    @Override
    public void thaw(Member member) {
        loops.getOrDefault(member, List.of()).forEach(PausableLoop::resume);
    }

    @Override
    public void kill(Member member) {
        freeze(member);
    }

    @Override
    public void breakDown() {
        server.stop();
    }

    @Override
    public void bringBack() {
        server.restart();
    }

    @Override
    public void put(String queue, Priority lane, Map<String, String> fields) {
        Map<String, Object> properties = new HashMap<>(fields);
        Object payload = properties.remove("payload");
        Object key = properties.remove("key");
        properties.replaceAll(
                (name, value) -> // what Azure takes
                value.toString().substring(0, Math.min(value.toString().length(), 40_000)));
        Message message = Proton.message();
        if (key != null) {
            message.setMessageId(key);
        }
        message.setApplicationProperties(new ApplicationProperties(properties));
        message.setBody(new Data(new Binary(String.valueOf(payload).getBytes(StandardCharsets.UTF_8))));
        server.send(new Addresses(queue).lane(lane), message);
    }

    @Override
    public void await(String what, BooleanSupplier condition) {
        Awaitility.await(what)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .atMost(Duration.ofMinutes(1))
                .until(condition::getAsBoolean);
    }

    @Override
    public void pass(Duration time) {
        long begin = nanos();
        await("time to pass", () -> nanos() - begin >= time.toNanos());
    }

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public void close() {
        loops.forEach((member, all) -> all.forEach(PausableLoop::resume));
        brokers.forEach(broker -> get(broker.close()));
        await("Vert.x to end", vertx.close()::isComplete);
        if (!server.isAlive()) {
            server.restart();
        }
        assertThat(faults).isEmpty();
        assertThat(server.faults()).isEmpty();
        server.clear();
    }
}
