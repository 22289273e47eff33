package dev.latido.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/**
 * An application of somebody else: it has Vert.x and Hazelcast and knows no class of ours. Arguments: the cluster's
 * name, its own port and the members to look for. It prints {@code joined}, then every event; it sends each line that
 * it reads to the service and prints the answer. It works for the job {@code exact}, with numbers that have many digits.
 */
public final class PlainApplication {

    private PlainApplication() {}

    public static void main(String[] args) throws Exception {
        if (PlainApplication.class.getResource("/dev/latido/Main.class") != null) {
            throw new IllegalStateException("the service's classes are on the class path");
        }
        Vertx vertx = Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(new EventBusOptions().setHost("127.0.0.1")))
                .withClusterManager(new HazelcastClusterManager(config(args[0], Integer.parseInt(args[1]), args[2])))
                .buildClustered()
                .await();
        vertx.eventBus()
                .<JsonObject>consumer("latido.events", event -> print("event " + event.body()))
                .completion()
                .await();
        vertx.eventBus()
                .<JsonObject>consumer("latido.work.exact", work -> work.reply(exact(work.body())))
                .completion()
                .await();
        print("joined");
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            ask(vertx, line);
        }
        vertx.close().await();
        System.exit(0);
    }

    private static JsonObject exact(JsonObject work) {
        return new JsonObject()
                .put("seen", work.getValue("payload"))
                .put("sum", new BigDecimal("0.1234567890123456789"))
                .put("big", new BigDecimal("1e400"))
                .put("long", Long.MAX_VALUE)
                .put("half", "\ud800x");
    }

    /** A configuration of Hazelcast as an application of somebody else may have it: at its defaults but for how it joins. */
    static Config config(String name, int port, String members) {
        Config config = ConfigUtil.loadConfig().setClusterName(name);
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.wait.seconds.before.join", "0");
        config.getNetworkConfig().setPort(port).setPortAutoIncrement(false);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).addMember(members);
        return config;
    }

    private static void ask(Vertx vertx, String command) {
        Object body = command.startsWith("{") ? new JsonObject(command) : command;
        try {
            Message<JsonObject> reply =
                    vertx.eventBus().<JsonObject>request("latido.control", body).await();
            print("reply " + reply.body());
        } catch (ReplyException failure) {
            print("failure " + failure.failureType() + " " + failure.failureCode() + " " + failure.getMessage());
        }
    }

    private static void print(String line) {
        System.out.println(line);
    }
}
