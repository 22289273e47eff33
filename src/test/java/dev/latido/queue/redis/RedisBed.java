package dev.latido.queue.redis;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;

/** Processes at a real Redis, each with loops of its own in this one. */
final class RedisBed implements QueueBed {

    final RedisServer server;
    private final Vertx vertx = Vertx.vertx();
    private final Queue<Throwable> faults = new ConcurrentLinkedQueue<>();
    private final List<RedisBroker> brokers = new ArrayList<>();
    private final Map<Member, List<PausableLoop>> loops = new HashMap<>();

    RedisBed(RedisServer server) {
        this.server = server;
    }

    @Override
    public Capabilities capabilities() {
        return RedisBroker.CAPABILITIES;
    }

    @Override
    public Duration shortLease() {
        return Duration.ofSeconds(2);
    }

    @Override
    public Member member(String process, QueueBinding binding) {
        return member(process, binding, server.config());
    }

    Member member(String process, QueueBinding binding, RedisConfig config) {
        return member(process, binding, config, Entry.VERSION);
    }

    /** Has one that knows messages up to {@code version} use a queue. */
    Member member(String process, QueueBinding binding, RedisConfig config, int version) {
        PausableLoop brokerLoop = loop();
        PausableLoop owner = loop();
        RedisBroker broker = new RedisBroker(vertx, config, brokerLoop, System::nanoTime, new Random(), version);
        Member member = new Member(process, broker, binding, owner);
        loops.put(member, List.of(brokerLoop, owner));
        brokers.add(broker);
        return member;
    }

    PausableLoop loop() {
        Context context = ((VertxInternal) vertx).createEventLoopContext();
        context.exceptionHandler(faults::add);
        return new PausableLoop(new VertxLoop(context));
    }

    Vertx vertx() {
        return vertx;
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
        server.kill();
    }

    @Override
    public void bringBack() {
        server.restart();
    }

    @Override
    public void put(String queue, Priority lane, Map<String, String> fields) {
        List<String> command = new ArrayList<>(
                List.of("XADD", lane == Priority.NORMAL ? queue : "{" + queue + "}:" + lane.wireName(), "*"));
        fields.forEach((name, value) -> {
            command.add(name);
            command.add(value);
        });
        server.cli(command.toArray(String[]::new));
    }

    @Override
    public void await(String what, BooleanSupplier condition) {
        Awaitility.await(what)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
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
        loops.keySet().forEach(this::thaw);
        brokers.forEach(broker -> get(broker.close()));
        await("Vert.x to end", vertx.close()::isComplete);
        server.close();
        assertThat(faults).isEmpty();
    }
}
