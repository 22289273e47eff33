package dev.latido.queue.storagequeue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Priority;
import dev.latido.json.JsonValue;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;

/** Processes at Azurite, each with loops of its own. What they leave there is removed. */
final class StorageBed implements QueueBed {

    static final String QUEUE = "orders";

    final AzuriteServer server;
    final Vertx vertx = Vertx.vertx();
    private final Queue<Throwable> faults = new ConcurrentLinkedQueue<>();
    private final List<StorageBroker> brokers = new ArrayList<>();
    private final Map<Member, List<PausableLoop>> loops = new HashMap<>();

    StorageBed(AzuriteServer server) {
        this.server = server;
    }

    @Override
    public Capabilities capabilities() {
        return StorageBroker.CAPABILITIES;
    }

    @Override
    public Duration shortLease() {
        return Duration.ofSeconds(3);
    }

    @Override
    public Member member(String process, QueueBinding binding) {
        return member(process, binding, AzuriteServer.config(server.port()));
    }

    Member member(String process, QueueBinding binding, StorageConfig config) {
        return member(process, binding, config, System::currentTimeMillis);
    }

    /** Has one whose clock is another use a queue. */
    Member member(String process, QueueBinding binding, StorageConfig config, LongSupplier wallMillis) {
        PausableLoop brokerLoop = loop();
        PausableLoop owner = loop();
        StorageBroker broker = new StorageBroker(vertx, config, brokerLoop, System::nanoTime, wallMillis, new Random());
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

    /** Writes what is more than a payload as any program may, by hand. */
    @Override
    public void put(String queue, Priority lane, Map<String, String> fields) {
        Map<String, String> others = new LinkedHashMap<>(fields);
        String payload = String.valueOf(others.remove("payload"));
        String key = others.remove("key");
        others.replaceAll((name, value) -> value.substring(0, Math.min(value.length(), 40_000))); // what Azure takes
        StringBuilder text = new StringBuilder();
        if (key == null && others.isEmpty()) {
            text.append(payload);
        } else {
            text.append("{\"latido\": \"1\", \"specversion\": \"1.0\"");
            if (key != null) {
                text.append(", \"id\": ").append(JsonValue.textOf(key));
            }
            if (!others.isEmpty()) {
                text.append(", \"latidoproperties\": ").append(JsonValue.textOf(JsonValue.textOf(others)));
            }
            text.append(", \"data\": ").append(payload).append('}');
        }
        put(lane, text.toString());
    }

    /** Has somebody else hand in a text. */
    void put(Priority lane, String text) {
        assertThat(server.put(new Names(QUEUE).lane(lane), text)).isTrue();
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
        if (!server.isSecure()) { // else it ends with the test
            clear();
        }
    }

    private void clear() {
        Names names = new Names(QUEUE);
        for (Priority lane : Priority.values()) {
            server.call("DELETE", "/" + names.lane(lane), Map.of(), "");
        }
        server.call("DELETE", "/" + names.dead(), Map.of(), "");
    }
}
