package dev.latido.queue.redis;

import dev.latido.queue.BrokerConfig.Login;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Makes the connections of one life, all or none. Called on the broker's loop. */
final class Connecting {

    private final Vertx vertx;
    private final RedisConfig config;
    private final Duration patience;
    private final List<Redis> clients = new ArrayList<>();
    private boolean isGivenUp;

    /** One of them, with its client, which has no other. */
    record Made(Redis client, RedisConnection connection) {}

    Connecting(Vertx vertx, RedisConfig config, Duration patience) {
        this.vertx = vertx;
        this.config = config;
        this.patience = patience;
    }

    /** Reads what to come in with, on a thread that may wait. */
    Future<Login> login() {
        return vertx.executeBlocking(config.login(), false);
    }

    /** Connects. To be called on the loop, where the connections are to live. */
    Future<List<Made>> connect(Login login, int count) {
        List<Future<Made>> all = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            Redis client = Redis.createClient(vertx, options(login));
            clients.add(client);
            all.add(client.connect().map(connection -> new Made(client, connection)));
        }
        return Future.all(all).map(ignored -> all.stream().map(Future::result).toList());
    }

    private RedisOptions options(Login login) {
        NetClientOptions net = new NetClientOptions()
                .setConnectTimeout((int) patience.toMillis())
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true);
        if (config.isSecure()) {
            net.setSsl(true).setHostnameVerificationAlgorithm("HTTPS");
            if (config.caFile() != null) {
                net.setTrustOptions(new PemTrustOptions().addCertPath(config.caFile()));
            }
        }
        RedisOptions options = new RedisOptions()
                .setConnectionString((config.isSecure() ? "rediss://" : "redis://") + config.host() + ":"
                        + config.port() + "/" + config.database())
                .setNetClientOptions(net)
                .setMaxPoolSize(1)
                .setMaxPoolWaiting(1)
                .setMaxWaitingHandlers(2 * Link.MAX_ASKED)
                .setTracingPolicy(TracingPolicy.IGNORE);
        if (login.user() != null) {
            options.setUser(login.user());
        }
        if (login.password() != null) {
            options.setPassword(login.password());
        }
        return options;
    }

    /** Ends whatever was begun. */
    void giveUp() {
        if (!isGivenUp) {
            isGivenUp = true;
            clients.forEach(Redis::close);
        }
    }

    /** Says why it failed, for people. */
    String why(Throwable cause) {
        if (cause instanceof Response) {
            return Failure.of(cause).why();
        }
        String problem;
        if (cause instanceof ConnectException) {
            problem = "nobody listens there";
        } else if (cause instanceof UnknownHostException) {
            problem = "the host is not known";
        } else if (cause instanceof SSLException || cause.getCause() instanceof SSLException) {
            problem = "TLS failed, as " + cause.getMessage();
        } else {
            problem = String.valueOf(cause.getMessage());
        }
        return "Redis at " + config.place() + " cannot be reached: " + problem;
    }

    /** What the server says of itself; what it does not tell is empty. */
    record Facts(String version, String appendOnly, String appendFsync, String evictionPolicy) {

        /** Asks; a managed server that does not tell is taken at the word of who set it up. */
        static Future<Facts> ask(Link link) {
            Future<String> info = text(link.send(Request.cmd(Command.INFO).arg("server")));
            Future<String> appendOnly = setting(link, "appendonly");
            Future<String> appendFsync = setting(link, "appendfsync");
            Future<String> policy = setting(link, "maxmemory-policy");
            return Future.all(info, appendOnly, appendFsync, policy)
                    .map(ignored -> new Facts(
                            version(info.result()), appendOnly.result(), appendFsync.result(), policy.result()));
        }

        private static Future<String> text(Future<@Nullable Response> answer) {
            return answer.map(response -> response == null ? "" : response.toString())
                    .recover(refusal -> isRefusal(refusal) ? Future.succeededFuture("") : Future.failedFuture(refusal));
        }

        private static Future<String> setting(Link link, String name) {
            return link.send(Request.cmd(Command.CONFIG).arg("GET").arg(name))
                    .map(response -> {
                        if (response == null || response.size() == 0) {
                            return "";
                        }
                        Response value = response.getKeys().isEmpty() ? response.get(1) : response.get(name);
                        return value == null ? "" : value.toString();
                    })
                    .recover(refusal -> isRefusal(refusal) ? Future.succeededFuture("") : Future.failedFuture(refusal));
        }

        private static boolean isRefusal(Throwable failure) {
            return failure instanceof Response && Failure.of(failure).kind() == Failure.Kind.QUEUE;
        }

        private static String version(String info) {
            return info.lines()
                    .filter(line -> line.startsWith("redis_version:"))
                    .map(line -> line.substring("redis_version:".length()).strip())
                    .findFirst()
                    .orElse("");
        }

        /** Returns why a queue cannot be kept here as it has to be; null when it can. */
        @Nullable String problem(boolean isDurable) {
            if (version.matches("[0-5]\\..*|6\\.[01]\\..*")) {
                return "this is Redis " + version + "; queues need 6.2 or newer";
            }
            if (!evictionPolicy.isEmpty() && !evictionPolicy.equals("noeviction")) {
                return "Redis may throw work away (maxmemory-policy " + evictionPolicy + "); set it to noeviction";
            }
            if (isDurable && appendOnly.equals("no")) {
                return "Redis acknowledges what it does not write (appendonly no); set appendonly to yes and appendfsync to"
                        + " always, or say durability: relaxed";
            }
            if (isDurable && !appendFsync.isEmpty() && !appendFsync.equals("always")) {
                return "Redis acknowledges before it writes (appendfsync " + appendFsync
                        + "); set it to always, or say durability: relaxed";
            }
            return null;
        }
    }
}
