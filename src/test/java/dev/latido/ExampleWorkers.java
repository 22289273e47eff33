package dev.latido;

import com.hazelcast.config.Config;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

/**
 * A mail sender of somebody else, in a process of its own: it joins the cluster and works for the job {@code email}.
 * Arguments: its own port and the member to look for. It prints {@code ready}, then the recipient of each mail.
 */
public final class ExampleWorkers {

    private ExampleWorkers() {}

    public static void main(String[] args) {
        Config config = ConfigUtil.loadConfig().setClusterName("latido-examples");
        config.setProperty("hazelcast.wait.seconds.before.join", "0");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        var network =
                config.getNetworkConfig().setPort(Integer.parseInt(args[0])).setPortAutoIncrement(false);
        network.getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        network.getJoin().getAutoDetectionConfig().setEnabled(false);
        network.getJoin().getMulticastConfig().setEnabled(false);
        network.getJoin().getTcpIpConfig().setEnabled(true).addMember(args[1]);
        Vertx vertx = Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(new EventBusOptions().setHost("127.0.0.1")))
                .withClusterManager(new HazelcastClusterManager(config))
                .buildClustered()
                .await();
        vertx.eventBus()
                .<JsonObject>consumer("latido.work.email", message -> {
                    JsonObject mail = message.body().getJsonObject("payload");
                    System.out.println("sent to " + mail.getString("recipient"));
                    message.reply(new JsonObject()
                            .put("sent", mail.getString("message").length()));
                })
                .completion()
                .await();
        System.out.println("ready");
    }
}
