package dev.latido;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Hands messages in by XADD. */
final class FleetXadd implements FleetProducers.Stream {

    private static final int PIPELINED = 25;

    private final FleetJournal journal;
    private final String queue;
    private final String redis;
    private final int tooManyBytes;

    /**
     * Makes one.
     *
     * @param redis the URL of Redis
     * @param tooManyBytes a payload's that is too large
     */
    FleetXadd(FleetJournal journal, String queue, String redis, int tooManyBytes) {
        this.journal = journal;
        this.queue = queue;
        this.redis = redis;
        this.tooManyBytes = tooManyBytes;
    }

    @Override
    public void run(Random random, int messages, String name) {
        Vertx vertx = Vertx.vertx();
        try {
            RedisConnection connection = null;
            List<Unfit> unfit = new ArrayList<>(List.of(Unfit.values()));
            int acknowledged = 0;
            while (acknowledged < messages || !unfit.isEmpty()) {
                if (connection == null) {
                    connection = connect(vertx);
                    continue;
                }
                boolean isTime =
                        acknowledged * (Unfit.values().length + 1) / messages > Unfit.values().length - unfit.size();
                boolean isAnswered = true;
                if (!unfit.isEmpty() && (isTime || acknowledged >= messages)) {
                    Unfit each = unfit.remove(random.nextInt(unfit.size()));
                    isAnswered = addUnfit(connection, each, name + "-" + each.name());
                }
                int count = Math.min(1 + random.nextInt(PIPELINED), messages - acknowledged);
                int added = isAnswered ? add(connection, random, count) : 0;
                acknowledged += added;
                if (!isAnswered || added < count) {
                    connection.close();
                    connection = null;
                    FleetProducers.pause();
                }
            }
        } finally {
            vertx.close().await();
        }
    }

    private @Nullable RedisConnection connect(Vertx vertx) {
        RedisConnection connection = settled(Redis.createClient(vertx, redis).connect());
        if (connection == null) {
            FleetProducers.pause();
        } else {
            connection.exceptionHandler(lost -> {}); // the answers that do not come tell
        }
        return connection;
    }

    /** Waits for an answer; null when it is an error, which the client may tell of by what is no exception. */
    private static <T> @Nullable T settled(Future<T> answer) {
        try {
            return answer.otherwiseEmpty().await(60, TimeUnit.SECONDS);
        } catch (TimeoutException silent) {
            return null;
        }
    }

    private int add(RedisConnection connection, Random random, int count) {
        List<Integer> sent = new ArrayList<>();
        List<Future<Response>> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = journal.next();
            sent.add(number);
            Request request = add(random.nextInt(4) == 0 ? "{" + queue + "}:high" : queue);
            if (random.nextInt(5) == 0) {
                request.arg("n").arg(number); // no payload: the fields are it
            } else {
                request.arg("payload").arg("{\"n\":" + number + "}");
            }
            answers.add(connection.send(request));
        }
        settled(Future.join(answers)); // each is looked at
        int added = 0;
        for (int i = 0; i < count; i++) {
            if (answers.get(i).succeeded()) {
                journal.streamed(sent.get(i));
                added++;
            } else {
                journal.unanswered(sent.get(i));
            }
        }
        return added;
    }

    private static Request add(String stream) {
        return Request.cmd(Command.XADD).arg(stream).arg("*");
    }

    /** What cannot be work. */
    private enum Unfit {
        CUT_JSON("malformed") {
            @Override
            void fill(Request request, int tooManyBytes) {
                request.arg("payload").arg("{\"n\":");
            }
        },
        NO_UTF8("malformed") {
            @Override
            void fill(Request request, int tooManyBytes) {
                request.arg("payload").arg(new byte[] {'"', (byte) 0xc3, '"'});
            }
        },
        TWICE("malformed") {
            @Override
            void fill(Request request, int tooManyBytes) {
                request.arg("payload").arg("1").arg("payload").arg("2");
            }
        },
        HUGE_PAYLOAD("too-large") {
            @Override
            void fill(Request request, int tooManyBytes) {
                request.arg("payload").arg('"' + "x".repeat(tooManyBytes) + '"');
            }
        },
        HUGE_FIELD("too-large") {
            @Override
            void fill(Request request, int tooManyBytes) {
                request.arg("text").arg("x".repeat(tooManyBytes));
            }
        },
        HUGE_AND_MALFORMED("too-large") {
            @Override
            void fill(Request request, int tooManyBytes) {
                request.arg("payload").arg("{".repeat(tooManyBytes));
            }
        };

        private final String reason;

        Unfit(String reason) {
            this.reason = reason;
        }

        abstract void fill(Request request, int tooManyBytes);
    }

    private boolean addUnfit(RedisConnection connection, Unfit unfit, String name) {
        journal.sendsRefusable(name, unfit.reason);
        Request request = add(queue).arg("unfit").arg(name);
        unfit.fill(request, tooManyBytes);
        Future<Response> answer = connection.send(request);
        if (settled(answer) != null) {
            journal.acknowledgedRefusable(name);
        }
        return answer.succeeded();
    }
}
