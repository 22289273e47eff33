import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.hazelcast.config.Config;
import com.hazelcast.config.NetworkConfig;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * The workers of all examples, which conf/examples/start starts: consumers on the bus, and two endpoints. They take half a
 * second for each piece of work, and hand the payload on.
 */
public final class Workers {

    private static final List<String> ON_THE_BUS =
            List.of("email", "images", "invoice", "warehouse", "extract", "transform", "load");

    private static final long HALF_A_SECOND = 500;

    private Workers() {}

    public static void main(String[] args) {
        ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
        int servicePort = number("LATIDO_CLUSTER_PORT", 5701);
        int endpoints = number("ENDPOINT_PORT", 9000);
        Vertx vertx = Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(new EventBusOptions().setHost("127.0.0.1")))
                .withClusterManager(new HazelcastClusterManager(cluster(servicePort)))
                .buildClustered()
                .await();
        for (String job : ON_THE_BUS) {
            vertx.eventBus().<JsonObject>consumer("latido.work." + job, message -> work(vertx, job, message));
        }
        for (int port = endpoints; port < endpoints + 2; port++) {
            vertx.createHttpServer()
                    .requestHandler(request -> answer(vertx, request))
                    .listen(port, "127.0.0.1")
                    .await();
        }
        System.out.println("workers: ready, on the bus and at the ports " + endpoints + " and " + (endpoints + 1));
    }

    private static int number(String variable, int absent) {
        String value = System.getenv(variable);
        return value == null || value.isEmpty() ? absent : Integer.parseInt(value);
    }

    private static void work(Vertx vertx, String job, Message<JsonObject> message) {
        System.out.println("workers: " + job + " " + message.body().getValue("payload"));
        vertx.setTimer(HALF_A_SECOND, done -> message.reply(message.body().getValue("payload")));
    }

    private static void answer(Vertx vertx, HttpServerRequest request) {
        request.body().onSuccess(payload -> {
            System.out.println("workers: " + request.path() + " " + payload);
            vertx.setTimer(HALF_A_SECOND, done -> request.response()
                    .putHeader("Content-Type", "application/json")
                    .end(payload));
        });
    }

    private static Config cluster(int servicePort) {
        Config config = ConfigUtil.loadConfig().setClusterName("latido-examples");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.logging.type", "none");
        NetworkConfig network = config.getNetworkConfig().setPort(servicePort + 1);
        network.getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        network.getJoin().getAutoDetectionConfig().setEnabled(false);
        network.getJoin().getMulticastConfig().setEnabled(false);
        network.getJoin().getTcpIpConfig().setEnabled(true).addMember("127.0.0.1:" + servicePort);
        return config;
    }
}
