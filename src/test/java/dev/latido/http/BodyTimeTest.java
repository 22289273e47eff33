package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That no body and no answer, however large and however it is made, keeps an event loop from everybody else for long. */
class BodyTimeTest {

    private static final Duration BOUND = Duration.ofMillis(20);
    private static final int MAX = HttpConfig.DEFAULT.maxBodyBytes();
    private static final int JOBS = 1_000;
    private static final int WARM_UP = 5;
    private static final int TRIES = 3;

    private static WorkingService service;

    @BeforeAll
    static void start() {
        String jobs = IntStream.range(0, JOBS).mapToObj(i -> "'j" + i + "': {}").collect(Collectors.joining(", "));
        service = WorkingService.underLoad(
                "{'email': {'queue': {'capacity': 100000, 'whenFull': 'drop-oldest'}}, " + jobs + "}",
                "defaultJob",
                "email");
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    /** Repeats {@code piece} up to {@code max} bytes between {@code begin} and {@code end}. */
    private static String filled(String begin, IntFunction<String> piece, String end, int max) {
        StringBuilder text = new StringBuilder(begin);
        for (int i = 0; ; i++) {
            String next = piece.apply(i);
            if (text.length() + next.length() + end.length() > max) {
                return text.append(end).toString();
            }
            text.append(i == 0 ? "" : ",").append(next);
        }
    }

    /** Returns the {@code i}th of names that have the same hash each. */
    private static String colliding(int i) {
        StringBuilder name = new StringBuilder();
        for (int bit = 0; bit < 17; bit++) {
            name.append((i >> bit & 1) == 0 ? "Aa" : "BB");
        }
        return name.toString();
    }

    private static Map<String, String> requests() {
        Map<String, String> bodies = new LinkedHashMap<>();
        bodies.put("tiny tokens", filled("[", i -> "1", "]", MAX - 10));
        bodies.put("empty objects", filled("[", i -> "{}", "]", MAX - 10));
        bodies.put("distinct names", filled("{", i -> "\"" + Integer.toString(i, 36) + "\":1", "}", MAX - 10));
        bodies.put("names with one hash", filled("{", i -> "\"" + colliding(i) + "\":1", "}", MAX - 10));
        bodies.put("the same name far away", filled("{\"z\":1,", i -> "\"" + i + "\":1", ",\"z\":1}", MAX - 10));
        bodies.put("nested as deep as may be", filled("[", i -> "[".repeat(90) + "]".repeat(90), "]", MAX - 10));
        bodies.put("nested deeper", "[".repeat(MAX));
        bodies.put("nested objects", filled("[", i -> "{\"a\":".repeat(90) + "1" + "}".repeat(90), "]", MAX - 10));
        bodies.put("escapes", filled("\"", i -> "\\u0041\\n\\\"", "\"", MAX - 10));
        bodies.put("long numbers", filled("[", i -> "9".repeat(1_000), "]", MAX - 10));
        bodies.put("fractions", filled("[", i -> "1." + "9".repeat(900) + "e-99", "]", MAX - 10));
        bodies.put("one string", "\"" + "a".repeat(MAX - 10) + "\"");
        bodies.put("a string that does not end", "\"" + "a".repeat(MAX - 10));
        bodies.put("one word", "a".repeat(MAX - 10));
        bodies.put("no UTF-8", "\"" + "\u00ff".repeat(MAX - 10) + "\"");
        bodies.put(
                "characters of four bytes",
                "\"" + WorkingService.bytes("\ud83d\ude00").repeat(MAX / 4 - 10) + "\"");
        bodies.put("blanks", " ".repeat(MAX - 10) + "1");
        Map<String, String> requests = new LinkedHashMap<>();
        bodies.forEach((name, body) ->
                requests.put(name, request("POST", "/api/jobs/email/executions", "application/json", body)));
        requests.put(
                "settings of many names",
                request("PATCH", "/api/jobs/email", "application/json", bodies.get("distinct names")));
        requests.put(
                "settings of long numbers",
                request(
                        "PATCH",
                        "/api/jobs/email",
                        "application/json",
                        "{\"concurrency\":" + bodies.get("long numbers") + "}"));
        String batch = "/api/jobs/email/executions/batch";
        Map<String, String> batches = new LinkedHashMap<>();
        batches.put("10,000 items", filled("[", i -> "{}", "]", 30_001));
        batches.put(
                "10,000 items with payloads",
                filled(
                        "[",
                        i -> "{\"payload\":{\"number\":1,\"a\":\"b\"},\"priority\":\"high\",\"key\":\"" + i + "\"}",
                        "]",
                        750_000));
        batches.put("more items than may be", filled("[", i -> "{}", "]", MAX - 10));
        batches.put("items that are wrong", filled("[", i -> "{\"a\":1}", "]", 79_000));
        batches.put("items that are no objects", filled("[", i -> "1", "]", 20_001));
        batches.put(
                "one item with everything",
                "[{\"payload\":" + filled("{", i -> "\"" + i + "\":1", "}", MAX - 50) + "}]");
        batches.forEach(
                (name, body) -> requests.put("a batch of " + name, request("POST", batch, "application/json", body)));
        requests.put("lines", request("POST", batch, "application/x-ndjson", "{}\n".repeat(10_000)));
        requests.put("empty lines", request("POST", batch, "application/x-ndjson", "{}\n" + "\n".repeat(MAX - 10)));
        requests.put("lines that are wrong", request("POST", batch, "application/x-ndjson", "x\n".repeat(10_000)));
        requests.put(
                "a body in tiny chunks",
                "POST /api/jobs/email/executions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n" + "1\r\n1\r\n".repeat(100_000) + "0\r\n\r\n");
        requests.put("1,000 jobs", "GET /api/jobs?limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        requests.put(
                "1,000 executions",
                "GET /api/jobs/email/executions?state=queued&limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        requests.put("a large file", "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n");
        return requests;
    }

    private static String request(String method, String path, String type, String body) {
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type + "\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES) // for a machine that has other things to do
    void noBodyKeepsAnEventLoopFromOthersForLong() throws IOException {
        Duration bound = LoopTime.here(BOUND);
        Map<String, String> requests = requests();
        String id = service.submit("email", "\"" + "x".repeat(MAX - 10) + "\"", "");
        requests.put(
                "an execution with a large payload",
                "GET /api/executions/" + id + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Set<Integer> expected = Set.of(200, 202, 400, 404, 413, 422);
        try (PipelinedClient client = new PipelinedClient(service.port())) {
            for (int i = 0; i < WARM_UP; i++) {
                for (String request : requests.values()) {
                    client.send(
                            List.of(request),
                            (sent, status) -> assertThat(expected).contains(status));
                }
            }
            List<String> tooLong = new ArrayList<>();
            for (Map.Entry<String, String> request : requests.entrySet()) {
                List<Duration> held = held(client, request.getValue());
                System.out.printf(
                        "%-40s edge %s, owner %s%n",
                        request.getKey(),
                        LoopTime.millis(held.get(0).toNanos()),
                        LoopTime.millis(held.get(1).toNanos()));
                if (held.stream().anyMatch(time -> time.compareTo(bound) > 0)) {
                    tooLong.add(request.getKey());
                }
            }
            assertThat(tooLong).isEmpty();
        }
    }

    /** Returns for how long a request holds each event loop at a time, the least of some tries. */
    private static List<Duration> held(PipelinedClient client, String request) throws IOException {
        List<Duration> least = new ArrayList<>();
        for (int i = 0; i < TRIES; i++) {
            List<LoopTime.Holds> holds =
                    service.loops().stream().map(LoopTime.Holds::new).toList();
            client.send(List.of(request), (sent, status) -> {});
            List<Duration> longest = holds.stream().map(LoopTime.Holds::end).toList();
            for (int loop = 0; loop < longest.size(); loop++) {
                if (i == 0) {
                    least.add(longest.get(loop));
                } else if (longest.get(loop).compareTo(least.get(loop)) < 0) {
                    least.set(loop, longest.get(loop));
                }
            }
        }
        return least;
    }
}
