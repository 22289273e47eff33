package dev.latido.queue.redis;

import dev.latido.queue.BrokerConfig.Login;
import dev.latido.queue.ConnectProblem;
import dev.latido.queue.redis.RedisConfig.Credentials;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the connections of one life, all or none. Called on the broker's loop. */
final class Connecting {

    private final Vertx vertx;
    private final RedisConfig config;
    private final Duration patience;
    private final List<Redis> clients = new ArrayList<>();
    private RedisConfig.@Nullable Address address;
    private boolean isGivenUp;

    /** One of them, with its client, which has no other. */
    record Made(Redis client, RedisConnection connection) {}

    Connecting(Vertx vertx, RedisConfig config, Duration patience) {
        this.vertx = vertx;
        this.config = config;
        this.patience = patience;
    }

    /** Reads what is in files, on a thread that may wait. */
    Future<Credentials> credentials() {
        return vertx.executeBlocking(config::credentials, false);
    }

    /** Finds out where to connect to: at the address in the configuration, or at that which the Sentinels name. */
    Future<RedisConfig.Address> find(Credentials credentials) {
        if (config.sentinels().isEmpty()) {
            return Future.succeededFuture(config.address());
        }
        return new Sentinels(config, this).master(credentials).onSuccess(found -> address = found);
    }

    /** Connects. To be called on the loop, where the connections are to live. */
    Future<List<Made>> connect(RedisConfig.Address to, Credentials credentials, int count) {
        List<Future<Made>> all = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            all.add(connect(to, credentials.login(), credentials.certificates(), config.database()));
        }
        return Future.all(all).map(ignored -> all.stream().map(Future::result).toList());
    }

    /** Connects once; to a database of its own, unless that is negative, as Sentinels have none. */
    Future<Made> connect(RedisConfig.Address to, Login login, @Nullable Buffer certificates, int database) {
        if (isGivenUp) {
            return Future.failedFuture("it was given up");
        }
        NetClientOptions net = new NetClientOptions()
                .setConnectTimeout((int) patience.toMillis())
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true);
        if (config.isSecure()) {
            net.setSsl(true).setHostnameVerificationAlgorithm("HTTPS");
            if (certificates != null) {
                net.setTrustOptions(new PemTrustOptions().addCertValue(certificates));
            }
        }
        RedisOptions options = new RedisOptions()
                .setConnectionString(
                        (config.isSecure() ? "rediss://" : "redis://") + to + (database < 0 ? "" : "/" + database))
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
        Redis client = Redis.createClient(vertx, options);
        clients.add(client);
        return client.connect().map(connection -> new Made(client, connection));
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
        if (cause instanceof Response || cause instanceof Sentinels.Unanswered) {
            return cause instanceof Response ? Failure.of(cause).why() : String.valueOf(cause.getMessage());
        }
        String place = address == null ? config.place() : address + ", the master of " + config.place() + ",";
        return "Redis at " + place + " cannot be reached: " + problem(cause);
    }

    /** Says why a connection was not made, for people, and what to do where that is not plain. */
    static String problem(Throwable cause) {
        return cause instanceof Response ? Failure.of(cause).why() : ConnectProblem.of(cause, "redis");
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
