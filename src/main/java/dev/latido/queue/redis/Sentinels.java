package dev.latido.queue.redis;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Finds the master that Redis Sentinel watches. All are asked at once, as one that was cut off may still name the master before;
 * whom most name is it. Whether he is the master is then asked of himself.
 *
 * @param config where they are
 * @param connecting makes the connections
 * @see <a href="https://redis.io/docs/latest/develop/reference/sentinel-clients/">what is asked of clients</a>
 */
record Sentinels(RedisConfig config, Connecting connecting) {

    /** How long one may take, so that one who stands still holds nothing up. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** No master is known. The message is for people, and has no secrets. */
    static final class Unanswered extends Exception {

        private static final long serialVersionUID = 1L;

        Unanswered(String message) {
            super(message, null, false, false);
        }
    }

    /** Completes when all have answered, or enough of them that the others cannot outvote these. */
    Future<RedisConfig.Address> master(RedisConfig.Credentials credentials) {
        Count count = new Count(config);
        config.sentinels()
                .forEach(sentinel -> ask(sentinel, credentials)
                        .onSuccess(count::named)
                        .onFailure(failure -> count.failed(sentinel, failure)));
        return count.master.future();
    }

    private Future<RedisConfig.Address> ask(RedisConfig.Address sentinel, RedisConfig.Credentials credentials) {
        return connecting
                .connect(sentinel, credentials.sentinelLogin(), credentials.certificates(), -1)
                .compose(made -> made.connection()
                        .send(Request.cmd(Command.SENTINEL)
                                .arg("GET-MASTER-ADDR-BY-NAME")
                                .arg(config.master()))
                        .eventually(() -> made.client().close())
                        .compose(this::address))
                .timeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Future<RedisConfig.Address> address(@Nullable Response answer) {
        if (answer == null || answer.size() != 2) {
            return Future.failedFuture(new Unanswered("it watches no master called " + config.master()));
        }
        return Future.succeededFuture(new RedisConfig.Address(Link.text(answer, 0), (int) Link.number(answer, 1)));
    }

    /** What they said. Deadlines may come on other threads than answers. */
    private static final class Count {
        private final Promise<RedisConfig.Address> master = Promise.promise();
        private final RedisConfig config;
        private final Map<RedisConfig.Address, Integer> votes = new LinkedHashMap<>();
        private final List<String> failures = new ArrayList<>();
        private int answered;

        Count(RedisConfig config) {
            this.config = config;
        }

        synchronized void named(RedisConfig.Address address) {
            int all = config.sentinels().size();
            int its = votes.merge(address, 1, Integer::sum);
            if (++answered == all || 2 * its > all) {
                end();
            }
        }

        synchronized void failed(RedisConfig.Address sentinel, Throwable failure) {
            failures.add(sentinel + ": "
                    + (failure instanceof TimeoutException ? "it does not answer" : Connecting.problem(failure)));
            if (++answered == config.sentinels().size()) {
                end();
            }
        }

        private void end() {
            votes.entrySet().stream()
                    .max(Map.Entry.comparingByValue())
                    .ifPresentOrElse(
                            most -> master.tryComplete(most.getKey()),
                            () -> master.tryFail(new Unanswered("no Sentinel names the master " + config.master() + ": "
                                    + String.join("; ", failures))));
        }
    }
}
