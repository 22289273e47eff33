package dev.latido;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
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
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands in messages for one phase: to the broker many at once, by POST one by one and in batches. What is posted has a key and is
 * repeated at any process until one accepts it; what the broker did not answer is not repeated, because it has no key.
 */
final class FleetProducers {

    private static final int MAX_BATCH = 30;
    static final Duration PAUSE = Duration.ofMillis(20);

    /** Answers for which repeating is right: full, unavailable, silent, out of memory. */
    private static final List<Integer> LATER = List.of(429, 503, 504, 507);

    private final FleetJournal journal;
    private final String queue;
    private final IntSupplier port;
    private final List<Thread> threads = new ArrayList<>();

    /** Hands messages in by the broker's own means. */
    interface Stream {

        /** Adds {@code messages} that the broker acknowledges, and some between them that cannot be work. */
        void run(Random random, int messages, String name);
    }

    /**
     * Begins.
     *
     * @param port chooses a process each time
     */
    FleetProducers(FleetJournal journal, long seed, int messages, String queue, Stream stream, IntSupplier port) {
        this.journal = journal;
        this.queue = queue;
        this.port = port;
        int batched = messages * 3 / 10;
        int single = messages / 10;
        start(() -> stream.run(new Random(seed), messages - batched - 2 * single, "s" + seed));
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

    static void pause() {
        LockSupport.parkNanos(PAUSE.toNanos());
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
                if (isUnknown(answer)) {
                    journal.repeated(1);
                }
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
                    journal.repeated(isUnknown(answer) ? open.size() : 0);
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
                journal.repeated(status == 504 ? 1 : 0);
                again.add(items.get(i));
            }
        }
        if (!again.isEmpty()) {
            pause();
        }
        return again;
    }

    /** Tells whether what was posted may have been accepted or not. */
    private static boolean isUnknown(@Nullable HttpResponse<String> answer) {
        return answer == null || answer.statusCode() == 504;
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
