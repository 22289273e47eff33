package dev.latido.cluster;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import io.vertx.core.spi.cluster.NodeListener;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/**
 * A worker of somebody else, on the bus, in a JVM of its own. Arguments: the cluster's name, its own port, the members to
 * look for, and the addresses that it works for, with commas between them.
 *
 * <p>It prints {@code working}, then {@code got <payload> <attempt>} for each message, and {@code left} when a node has left. At the payload {@code "die"} it dies,
 * {@code "keep"} it keeps without an answer, everything else it answers with its port. Lines that it reads are orders:
 * {@code answer} answers what was kept, {@code keep} and {@code work} say whether it keeps everything from now on,
 * {@code unregister} ends its consumers and {@code close} leaves the cluster in order; each is printed once it is done.
 */
public final class PlainWorker {

    private static final Queue<Message<JsonObject>> KEPT = new ConcurrentLinkedQueue<>();

    private static volatile boolean keepsAll;

    private PlainWorker() {}

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[1]);
        HazelcastClusterManager manager = new HazelcastClusterManager(PlainApplication.config(args[0], port, args[2]));
        manager.nodeListener(new NodeListener() {
            @Override
            public void nodeAdded(String node) {}

            @Override
            public void nodeLeft(String node) {
                print("left");
            }
        });
        Vertx vertx = Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(new EventBusOptions().setHost("127.0.0.1")))
                .withClusterManager(manager)
                .buildClustered()
                .await();
        var consumers = Stream.of(args[3].split(",", -1))
                .map(address -> vertx.eventBus().<JsonObject>consumer(address, message -> got(message, port)))
                .toList();
        for (MessageConsumer<JsonObject> consumer : consumers) {
            consumer.completion().await();
        }
        print("working");
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            switch (order) {
                case "keep", "work" -> keepsAll = order.equals("keep");
                case "answer" -> {
                    for (Message<JsonObject> kept = KEPT.poll(); kept != null; kept = KEPT.poll()) {
                        kept.reply(port);
                    }
                }
                case "unregister" -> {
                    for (MessageConsumer<JsonObject> consumer : consumers) {
                        consumer.unregister().await();
                    }
                }
                case "close" -> vertx.close().await();
                default -> throw new IllegalArgumentException(order);
            }
            print(order);
        }
        System.exit(0);
    }

    private static void got(Message<JsonObject> message, int port) {
        Object payload = message.body().getValue("payload");
        boolean keeps = keepsAll || "keep".equals(payload);
        if (keeps) { // before anybody learns of it and wants it answered
            KEPT.add(message);
        }
        print("got " + payload + " " + message.body().getLong("attempt"));
        if ("die".equals(payload)) {
            Runtime.getRuntime().halt(1);
        } else if (!keeps) {
            message.reply(port);
        }
    }

    private static void print(String line) {
        System.out.println(line);
    }
}
