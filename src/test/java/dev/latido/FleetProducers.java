package dev.latido;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands in messages for one phase: by XADD many at once, by POST one by one and in batches. What is posted has a key and is
 * repeated at any process until one accepts it; what Redis did not answer is not repeated, because it has no key.
 */
final class FleetProducers {

    private static final int PIPELINED = 25;
    private static final int MAX_BATCH = 30;
    private static final Duration PAUSE = Duration.ofMillis(20);

    /** Answers for which repeating is right: full, unavailable, silent, out of memory. */
    private static final List<Integer> LATER = List.of(429, 503, 504, 507);

    private final FleetJournal journal;
    private final String queue;
    private final String redis;
    private final int tooManyBytes;
    private final IntSupplier port;
    private final List<Thread> threads = new ArrayList<>();

    /**
     * Begins.
     *
     * @param redis the URL of Redis
     * @param tooManyBytes a payload's that is too large
     * @param port chooses a process each time
     */
    FleetProducers(
            FleetJournal journal,
            long seed,
            int messages,
            String queue,
            String redis,
            int tooManyBytes,
            IntSupplier port) {
        this.journal = journal;
        this.queue = queue;
        this.redis = redis;
        this.tooManyBytes = tooManyBytes;
        this.port = port;
        int batched = messages * 3 / 10;
        int single = messages / 10;
        start(() -> stream(new Random(seed), messages - batched - 2 * single, "s" + seed));
        start(() -> postBatches(new Random(seed + 1), batched));
        start(() -> postEach(new Random(seed + 2), single));
        start(() -> postEach(new Random(seed + 3), single));
    }

    private void start(Runnable producer) {
        Thread thread = new Thread(
                () -> {
                    try {
                        producer.run();
                    } catch (RuntimeException | Error fault) {
                        journal.problem("a producer ended: " + fault);
                    }
                },
                "producer");
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
    }

    boolean isDone() {
        return threads.stream().noneMatch(Thread::isAlive);
    }

    private static void pause() {
        LockSupport.parkNanos(PAUSE.toNanos());
    }

    // XADD

    /** Adds {@code messages} that Redis acknowledges, and some between them that cannot be work. */
    private void stream(Random random, int messages, String name) {
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
                    pause();
                }
            }
        } finally {
            vertx.close().await();
        }
    }

    private @Nullable RedisConnection connect(Vertx vertx) {
        RedisConnection connection = settled(Redis.createClient(vertx, redis).connect());
        if (connection == null) {
            pause();
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

    // POST

    private void postEach(Random random, int messages) {
        HttpClient http = client();
        for (int i = 0; i < messages; i++) {
            int number = journal.next();
            String path = "executions?priority=" + priority(random) + "&delay=" + delay(random);
            HttpResponse<String> answer = null;
            while (answer == null || (answer.statusCode() != 202 && answer.statusCode() != 200)) {
                answer = post(http, path, "{\"n\":" + number + "}", Map.of("Idempotency-Key", key(number)));
                if (answer != null && isProblem(answer.statusCode())) {
                    journal.problem("message " + number + " was answered " + answer.statusCode() + " " + answer.body());
                    return;
                }
            }
            journal.posted(number);
        }
    }

    private void postBatches(Random random, int messages) {
        HttpClient http = client();
        int left = messages;
        while (left > 0) {
            List<JsonObject> open = new ArrayList<>();
            for (int i = Math.min(left, 1 + random.nextInt(MAX_BATCH)); i > 0; i--) {
                int number = journal.next();
                open.add(new JsonObject()
                        .put("payload", new JsonObject().put("n", number))
                        .put("priority", priority(random))
                        .put("delay", delay(random))
                        .put("key", key(number)));
            }
            left -= open.size();
            while (!open.isEmpty()) {
                HttpResponse<String> answer = post(http, "executions/batch", new JsonArray(open).encode(), Map.of());
                if (answer == null || LATER.contains(answer.statusCode())) {
                    continue;
                }
                if (answer.statusCode() != 200) {
                    journal.problem("a batch was answered " + answer.statusCode() + " " + answer.body());
                    return;
                }
                open = notAccepted(open, new JsonArray(answer.body()));
            }
        }
    }

    private List<JsonObject> notAccepted(List<JsonObject> items, JsonArray answers) {
        List<JsonObject> again = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            int number = items.get(i).getJsonObject("payload").getInteger("n");
            int status = answers.getJsonObject(i).getInteger("status");
            if (status == 202 || status == 200) {
                journal.posted(number);
            } else if (isProblem(status)) {
                journal.problem("message " + number + " of a batch was answered " + answers.getValue(i));
            } else {
                again.add(items.get(i));
            }
        }
        if (!again.isEmpty()) {
            pause();
        }
        return again;
    }

    private static boolean isProblem(int status) {
        return status != 202 && status != 200 && !LATER.contains(status);
    }

    private static HttpClient client() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .build();
    }

    /** Asks one of the processes; null when it dies or is silent. */
    private @Nullable HttpResponse<String> post(
            HttpClient http, String path, String body, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + port.getAsInt() + "/api/jobs/" + queue + "/" + path))
                .timeout(Duration.ofSeconds(5))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        headers.forEach(request::header);
        try {
            HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (LATER.contains(answer.statusCode())) {
                pause();
            }
            return answer;
        } catch (IOException died) {
            pause();
            return null;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String key(int number) {
        return "key-" + number;
    }

    private static String priority(Random random) {
        return random.nextInt(4) == 0 ? "high" : "normal";
    }

    private static String delay(Random random) {
        return random.nextInt(8) == 0 ? "300ms" : "0ms";
    }
}
