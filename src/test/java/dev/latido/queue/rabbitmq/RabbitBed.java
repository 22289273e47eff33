package dev.latido.queue.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import dev.latido.job.Priority;
import dev.latido.loop.VertxLoop;
import dev.latido.queue.Capabilities;
import dev.latido.queue.Member;
import dev.latido.queue.PausableLoop;
import dev.latido.queue.QueueBed;
import dev.latido.queue.QueueBinding;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;

/** Processes at a real RabbitMQ, each with loops and a way there of its own. What they leave there is removed. */
final class RabbitBed implements QueueBed {

    static final String QUEUE = "orders";

    final RabbitServer server;
    private final Vertx vertx = Vertx.vertx();
    private final Queue<Throwable> faults = new ConcurrentLinkedQueue<>();
    private final List<RabbitBroker> brokers = new ArrayList<>();
    private final Map<Member, List<PausableLoop>> loops = new HashMap<>();
    private final Map<Member, Cable> cables = new HashMap<>();

    RabbitBed(RabbitServer server) {
        this.server = server;
    }

    @Override
    public Capabilities capabilities() {
        return RabbitBroker.CAPABILITIES;
    }

    @Override
    public Duration shortLease() {
        return Duration.ofSeconds(2);
    }

    @Override
    public Member member(String process, QueueBinding binding) {
        Cable cable = new Cable(server.port());
        Member member = member(process, binding, RabbitServer.config(cable.port()));
        cables.put(member, cable);
        return member;
    }

    Member member(String process, QueueBinding binding, RabbitConfig config) {
        return member(process, binding, config, RabbitBroker.MAX_BODY_BYTES);
    }

    /** Has one that reads messages of up to {@code maxBodyBytes} use a queue. */
    Member member(String process, QueueBinding binding, RabbitConfig config, int maxBodyBytes) {
        PausableLoop brokerLoop = loop();
        PausableLoop owner = loop();
        RabbitBroker broker = new RabbitBroker(
                config, maxBodyBytes, brokerLoop, System::nanoTime, System::currentTimeMillis, new Random());
        Member member = new Member(process, broker, binding, owner);
        loops.put(member, List.of(brokerLoop, owner));
        brokers.add(broker);
        return member;
    }

    private PausableLoop loop() {
        Context context = ((VertxInternal) vertx).createEventLoopContext();
        context.exceptionHandler(faults::add);
        return new PausableLoop(new VertxLoop(context));
    }

    /** Has it stand still, and RabbitMQ miss its heartbeats. */
    @Override
    public void freeze(Member member) {
        loops.getOrDefault(member, List.of()).forEach(PausableLoop::pause);
        cable(member).cut();
    }

    @Override
    public void thaw(Member member) {
        cable(member).mend();
        loops.getOrDefault(member, List.of()).forEach(PausableLoop::resume);
    }

    @Override
    public void kill(Member member) {
        freeze(member);
    }

    Cable cable(Member member) {
        return Objects.requireNonNull(cables.get(member));
    }

    @Override
    public void breakDown() {
        server.kill();
    }

    @Override
    public void bringBack() {
        server.restart();
    }

    @Override
    public void put(String queue, Priority lane, Map<String, String> fields) {
        Map<String, Object> headers = new HashMap<>(fields);
        Object payload = headers.remove("payload");
        Object key = headers.remove("key");
        BasicProperties properties = new BasicProperties.Builder()
                .messageId(key == null ? null : key.toString())
                .headers(headers)
                .deliveryMode(2)
                .build();
        put(lane, properties, String.valueOf(payload));
    }

    /** Has somebody else hand in a message. */
    void put(Priority lane, BasicProperties properties, String body) {
        server.act(channel -> {
            channel.confirmSelect();
            channel.basicPublish(
                    "",
                    lane == Priority.NORMAL ? QUEUE : QUEUE + "." + lane.wireName(),
                    properties,
                    body.getBytes(StandardCharsets.UTF_8));
            channel.waitForConfirmsOrDie(60_000);
        });
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
        cables.values().forEach(Cable::close);
        await("Vert.x to end", vertx.close()::isComplete);
        if (!server.isAlive()) {
            server.restart();
        }
        clear();
        assertThat(faults).isEmpty();
    }

    private void clear() {
        server.act(channel -> {
            for (Priority lane : Priority.values()) {
                channel.queueDelete(lane == Priority.NORMAL ? QUEUE : QUEUE + "." + lane.wireName());
            }
            channel.queueDelete(QUEUE + ".dead");
            channel.exchangeDelete(QUEUE + ".delay");
            for (int step = 0; step < Topology.STEPS; step++) {
                channel.queueDelete(QUEUE + ".delay." + step);
                channel.exchangeDelete(QUEUE + ".delay." + step);
            }
        });
    }
}
