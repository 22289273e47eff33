package com.example;

import com.hazelcast.config.Config;
import com.hazelcast.config.NetworkConfig;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

/**
 * A worker in a JVM of its own: a member of the service's cluster that consumes the job's address. It greets whoever the
 * payload names, as in {@code {"name":"Ada"}}.
 */
public final class BusGreeter {

    /** Of the service: {@code cluster.port}. */
    private static final String SERVICE = "127.0.0.1:" + System.getProperty("servicePort", "5701");

    private BusGreeter() {}

    public static void main(String[] args) {
        Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(new EventBusOptions().setHost("127.0.0.1")))
                .withClusterManager(new HazelcastClusterManager(cluster()))
                .buildClustered()
                .compose(vertx -> vertx.eventBus()
                        .<JsonObject>consumer("latido.work.greet", BusGreeter::greet)
                        .completion())
                .onSuccess(done -> System.out.println("ready"))
                .onFailure(failure -> {
                    failure.printStackTrace();
                    System.exit(1);
                });
    }

    /** A message has the id of the execution, the name of its job, which attempt it is, and the payload. */
    private static void greet(Message<JsonObject> message) {
        System.out.println("working on " + message.body().getString("id") + " attempt "
                + message.body().getInteger("attempt"));
        JsonObject payload = message.body().getJsonObject("payload", new JsonObject());
        String name = payload.getString("name");
        if (name == null) {
            message.fail(422, "the payload has no name"); // a 4xx is not tried again
        } else {
            message.reply(new JsonObject().put("greeting", "Hello, " + name + "!"));
        }
    }

    /** What the service has as well: the cluster's name, no multicast, and a member that hangs is given up after 15 s. */
    private static Config cluster() {
        Config config = ConfigUtil.loadConfig().setClusterName("greeters");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.max.no.heartbeat.seconds", "15");
        config.setProperty("hazelcast.heartbeat.interval.seconds", "3");
        NetworkConfig network = config.getNetworkConfig().setPort(5702);
        network.getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        network.getJoin().getAutoDetectionConfig().setEnabled(false);
        network.getJoin().getMulticastConfig().setEnabled(false);
        network.getJoin().getTcpIpConfig().setEnabled(true).addMember(SERVICE);
        return config;
    }
}
