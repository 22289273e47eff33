package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** However a path is written, what needs a key is not done without one. */
class KeyOnEveryPathTest {

    private static final String KEY = "a-key-of-more-than-16-characters";

    /** Nobody is asked for a key here. */
    private static final Set<String> OPEN = Set.of("/", "/docs", "/openapi.yaml", "/health/live", "/health/ready");

    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "Post");

    private static WorkingService service;

    @BeforeAll
    static void start() {
        service = new WorkingService("{'a': {}}", "defaultJob", "a", "http.apiKeys", KEY);
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    static Stream<String> paths() {
        Set<String> paths = new TreeSet<>();
        service.http().routed().forEach(route -> {
            String path = route.getPath();
            if (path != null && !OPEN.contains(path) && !path.startsWith("/dashboard/") && !path.startsWith("/docs/")) {
                paths.add(path.replace(":job", "a").replace(":id", "1m8mv85x40000"));
            }
        });
        return paths.stream();
    }

    private static List<String> forms(String path) {
        String rest = path.substring(1);
        String last = path.substring(path.lastIndexOf('/') + 1);
        String head = path.substring(0, path.length() - last.length());
        return List.of(
                path,
                path + "/",
                path + "//",
                "/" + path,
                "///" + rest,
                path.replace("/", "//"),
                path + "/.",
                path + "/./",
                path + "/x/..",
                "/." + path,
                "/x/.." + path,
                "/.." + path,
                "/health/live/../.." + path,
                "/docs/.." + path,
                "/%2e" + path,
                "/%2E%2e" + path,
                "/x/%2e%2e" + path,
                path + "/%2e",
                path.toUpperCase(Locale.ROOT),
                path.replace("a", "%61"),
                path.replace("a", "%2561"),
                head + "%" + Integer.toHexString(last.charAt(0)) + last.substring(1),
                head.substring(0, head.length() - 1) + "%2f" + last,
                head.substring(0, head.length() - 1) + "%5c" + last,
                head.substring(0, head.length() - 1) + "\\" + last,
                path + ";x=1",
                head + ";x/" + last,
                path + "%3bx",
                path + "%00",
                path + "%20",
                path + "?key=" + KEY,
                path + "?access_token=" + KEY + "&api_key=" + KEY,
                path + "#x",
                path + "%23",
                path + ".json",
                "http://localhost" + path,
                "HTTP://LOCALHOST" + path,
                "http://localhost//" + rest,
                "http://" + KEY + "@localhost" + path);
    }

    @ParameterizedTest
    @MethodSource("paths")
    void asksForAKey(String path) {
        for (String form : forms(path)) {
            for (String method : METHODS) {
                if (form.equals(path) || method.equals("GET") || method.equals("POST")) {
                    String request = method + " " + form + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
                    try (RawClient raw = new RawClient(service.port())) {
                        raw.send(request);
                        int status = raw.readUnlessClosed(!method.equals("HEAD"))
                                .map(RawResponse::status)
                                .orElse(400);
                        assertThat(status).as(request).isIn(400, 401, 404, 405, 501);
                    }
                }
            }
        }
    }

    @Test
    void nothingOfThatWasDone() {
        paths().forEach(this::asksForAKey);
        RawResponse job = RawClient.exchange(
                service.port(),
                "GET /api/jobs/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + KEY + "\r\n\r\n");
        assertThat(job.json().getBoolean("isRunning")).isTrue();
        assertThat(job.json().getJsonObject("counters").getInteger("accepted")).isZero();
        assertThat(paths().count()).as("what there is").isGreaterThan(20);
    }
}
