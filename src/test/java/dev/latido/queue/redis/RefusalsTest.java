package dev.latido.queue.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Priority;
import dev.latido.loop.EventLoop;
import dev.latido.loop.VertxLoop;
import dev.latido.queue.Member;
import dev.latido.queue.Message;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueBinding.Existing;
import dev.latido.queue.QueueException;
import dev.latido.queue.QueueException.Kind;
import dev.latido.room.FullMode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each error of Redis is an outage or a lost topology: told, tried again after a pause, and never a loop. */
@Timeout(120)
class RefusalsTest {

    private final Vertx vertx = Vertx.vertx();
    private final FakeRedis redis = new FakeRedis(vertx, 1);

    /** For how long the broker waited each time. */
    private final Queue<Duration> pauses = new ConcurrentLinkedQueue<>();

    @AfterEach
    void end() {
        Awaitility.await().until(vertx.close()::isComplete);
    }

    /** Notes the pauses, apart from looks at connections and ticks, which go on whatever happens. */
    private EventLoop noting(EventLoop loop) {
        return new EventLoop() {
            @Override
            public void execute(Runnable task) {
                loop.execute(task);
            }

            @Override
            public Timer schedule(Duration delay, Runnable task) {
                if (delay.compareTo(Duration.ofSeconds(2)) <= 0) {
                    pauses.add(delay);
                }
                return loop.schedule(delay, task);
            }

            @Override
            public boolean isCurrent() {
                return loop.isCurrent();
            }
        };
    }

    private EventLoop loop() {
        return new VertxLoop(((VertxInternal) vertx).createEventLoopContext());
    }

    private Member join() {
        QueueBinding binding = new QueueBinding(
                "orders",
                "latido",
                List.of(Priority.NORMAL),
                Duration.ofMinutes(10),
                0,
                FullMode.REJECT,
                1_000,
                Duration.ofHours(24),
                Duration.ofHours(1),
                Existing.ASK,
                true);
        RedisBroker broker =
                new RedisBroker(vertx, redis.config(), noting(loop()), System::nanoTime, new Random(), Entry.VERSION);
        Member shop = new Member("shop", broker, binding, loop());
        shop.open();
        Awaitility.await().until(shop::isUp);
        return shop;
    }

    private static Kind failure(Future<?> future) {
        Awaitility.await().until(future::isComplete);
        assertThat(future.cause()).isInstanceOf(QueueException.class);
        return ((QueueException) future.cause()).kind();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "READONLY You can't write against a read only replica. script: 1f, on @user_script:3.|replica",
                "ERR Error running script (call to f_1f): @user_script:3: -READONLY You can't write|replica",
                "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.|replica",
                "UNBLOCKED force unblock from blocking operation, instance state changed|role",
                "NOAUTH Authentication required.|password",
                "NOREPLICAS Not enough good replicas to write. script: 1f|min-replicas-to-write",
                "MISCONF Redis is configured to save RDB snapshots, but it's unable to persist to disk.|disk",
                "LOADING Redis is loading the dataset in memory|loading",
                "NOGROUP No such key 'orders' or consumer group 'latido' script: 1f|removed",
                "ERR no such key script: 1f|removed",
                "WRONGTYPE Operation against a key holding the wrong kind of value script: 1f|something else",
                "BUSY Redis is busy running a script.|busy",
                "TRYAGAIN Multiple keys request during rehashing of slot|moving",
                "CLUSTERDOWN The cluster is down|cluster",
                "MOVED 3999 127.0.0.1:6381|cluster",
                "NOPERM this user has no permissions to access one of the keys used as arguments|user",
                "ERR The stream has exhausted the last possible ID, unable to add more items|ids",
                "ERR whatever comes with the next version|whatever"
            })
    void tellsAndTriesAgainAfterAPause(String error, String told) {
        Member shop = join();
        String usual = redis.usual(Script.TAKE);
        redis.answer(Script.TAKE, "-" + error);
        redis.answer(Script.PUBLISH, "-" + error);
        pauses.clear();
        int prepared = redis.calls(Script.PREPARE);
        int connected = redis.connects();
        int taken = redis.calls(Script.TAKE);
        assertThat(failure(shop.enqueue(new Message("k", false, "1", Priority.NORMAL, Duration.ZERO, Map.of()))))
                .isEqualTo(Kind.UNAVAILABLE);
        shop.dequeue(10);
        Awaitility.await("several tries").until(() -> redis.calls(Script.PREPARE) >= prepared + 4);
        int tries = redis.calls(Script.PREPARE) - prepared;
        assertThat(shop.downs()).isNotEmpty().allSatisfy(why -> assertThat(why).contains(told));
        assertThat(pauses.size()).as("a pause before each try").isGreaterThanOrEqualTo(tries);
        assertThat(pauses).allMatch(pause -> pause.compareTo(Duration.ofMillis(25)) >= 0);
        assertThat(redis.connects() - connected).isLessThanOrEqualTo(3 * (tries + 1));
        assertThat(redis.calls(Script.TAKE) - taken).isLessThanOrEqualTo(tries + 2);
        assertThat(shop.arrived()).isEmpty();
        redis.answer(Script.TAKE, usual);
        redis.answer(Script.PUBLISH, "*1\r\n$3\r\nnew");
        Awaitility.await("it to be usable").until(() -> {
            Future<?> next = shop.enqueue(new Message("k", false, "1", Priority.NORMAL, Duration.ZERO, Map.of()));
            Awaitility.await().until(next::isComplete);
            return next.succeeded();
        });
        shop.close();
    }

    @ParameterizedTest
    @CsvSource({
        "OOM command not allowed when used memory > 'maxmemory'. script: 1f",
        "ERR Error running script (call to f_1f): @user_script:3: -OOM command not allowed"
    })
    void tellsThatThereIsNoMemoryAndStaysUp(String error) {
        Member shop = join();
        redis.answer(Script.PUBLISH, "-" + error);
        assertThat(failure(shop.enqueue(new Message("k", false, "1", Priority.NORMAL, Duration.ZERO, Map.of()))))
                .isEqualTo(Kind.NO_MEMORY);
        assertThat(shop.isUp()).isTrue();
        assertThat(shop.downs()).isEmpty();
        shop.close();
    }
}
