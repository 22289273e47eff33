package dev.latido.http;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes requests that are within the bounds of their size, and odd in every other way, from a seed. */
final class OddRequests {

    private static final List<String> METHODS = List.of(
            "GET", "GET", "GET", "GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "PROPFIND", "TRACE");

    private static final List<String> PATHS = List.of(
            "/api/job/status",
            "/api/job/start",
            "/api/jobs",
            "/api/jobs/email",
            "/api/jobs/email/status",
            "/api/jobs/email/stop",
            "/api/jobs/email/executions",
            "/api/jobs/email/executions/batch",
            "/api/jobs/email/history",
            "/api/jobs/email/purge",
            "/api/jobs/email/retry-failed",
            "/api/executions/1m7yqgtw30000",
            "/api/executions/1m7yqgtw30000/cancel",
            "/api/pause",
            "/api/summary",
            "/api/series",
            "/api/store",
            "/health/live",
            "/health/ready",
            "/",
            "/dashboard/icon.svg",
            "/dashboard/nope",
            "/docs",
            "/x",
            "/api",
            "/api/jobs/nope/executions",
            "/metrics/x");

    private static final List<String> PARAMETERS = List.of(
            "priority",
            "delay",
            "expires",
            "timeout",
            "state",
            "cursor",
            "limit",
            "name",
            "only",
            "sort",
            "page",
            "group",
            "mode",
            "wait",
            "dryRun",
            "error",
            "since",
            "range",
            "after",
            "job",
            "until",
            "a",
            "");

    private static final List<String> VALUES = List.of(
            "high",
            "5s",
            "999999999d",
            "queued",
            "100",
            "true",
            "drain",
            "24h",
            "email",
            "2026-01-31T12:00:00Z",
            "%2F%2F",
            "+",
            "%00",
            "+999999999-12-31T23:59:59.999999999Z",
            "1",
            "",
            "%ff%fe",
            "a-1",
            "0000000000000");

    private static final List<String> FIELDS = List.of(
            "Prefer",
            "Accept",
            "Accept-Language",
            "Range",
            "If-None-Match",
            "If-Modified-Since",
            "Authorization",
            "traceparent",
            "tracestate",
            "Cookie",
            "Content-Type",
            "Last-Event-ID",
            "Idempotency-Key",
            "Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "Sec-Fetch-Site",
            "Origin",
            "User-Agent",
            "Referer",
            "TE",
            "Via",
            "Cache-Control",
            "Upgrade",
            "X-a",
            "X-b");

    private static final List<String> PIECES = List.of(
            "wait=5,",
            "wait = \"7\" ; ",
            "respond-async,",
            "a=b; ",
            "\"",
            "\\\"",
            ",",
            ";",
            "=",
            " ",
            "\t",
            "W/\"x\",",
            "*",
            "bytes=0-1,",
            "q=0.1,",
            "text/html;q=0.5,",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "Bearer ",
            "aaaaaaaa",
            "(",
            ")",
            "[",
            "]",
            "for=1.2.3.4;",
            "http://",
            "https://localhost:",
            "\u00e9",
            "%41",
            "application/json",
            "{",
            "-",
            "0",
            "\\",
            "::",
            "same-origin",
            "none",
            "null");

    /** Have the same hash each, in the tables of headers and parameters too. */
    private static final List<String> COLLIDING = List.of("AaAa", "AaBB", "BBAa", "BBBB");

    private final SplittableRandom random;
    private final int maxLine;
    private final int maxHeader;

    /**
     * Makes them.
     *
     * @param maxLine how many bytes a request line may have
     * @param maxHeader how many bytes the header fields may have
     */
    OddRequests(long seed, int maxLine, int maxHeader) {
        this.random = new SplittableRandom(seed);
        this.maxLine = maxLine;
        this.maxHeader = maxHeader;
    }

    /**
     * One request: the parts of which it is made, to be changed.
     *
     * @param fields header fields, with their ends
     */
    record Odd(String method, String path, String query, String fields) {
        String text() {
            return method + " " + path + query + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
        }
    }

    Odd next() {
        String method = pick(METHODS);
        String path = path();
        int left = maxLine - method.length() - path.length() - 12;
        return new Odd(method, path, query(left), fields());
    }

    /** Changes some parts of {@code odd}. */
    Odd changed(Odd odd) {
        return switch (random.nextInt(4)) {
            case 0 -> new Odd(pick(METHODS), odd.path, odd.query, odd.fields);
            case 1 -> {
                String path = random.nextBoolean() ? path() : changed(odd.path, maxLine - odd.query.length() - 24, "/");
                yield new Odd(odd.method, path, query(maxLine - odd.method.length() - path.length() - 12), odd.fields);
            }
            case 2 -> {
                int left = maxLine - odd.method.length() - odd.path.length() - 12;
                yield new Odd(odd.method, odd.path, query(left), odd.fields);
            }
            default -> new Odd(odd.method, odd.path, odd.query, fields());
        };
    }

    private String path() {
        int max = 1 + random.nextInt(random.nextInt(8) == 0 ? maxLine - 30 : 200);
        String known = pick(PATHS);
        String path = switch (random.nextInt(9)) {
            case 0, 1 -> known;
            case 2 -> known + "/".repeat(max);
            case 3 ->
                "/" + repeated(List.of("/", "a", ".", "%41", "%2E", "%7e", "A", "%C3%A9", "..", "/./", "/../"), max);
            case 4 -> known + "/" + repeated(List.of("a/", "../", "./", "%61", "//"), max);
            case 5 ->
                "/" + repeated(List.of(pick(List.of("%41", "/..", "/.", "a", "A", "/A", "%2e", ";a=b", "%"))), max);
            case 6 -> changed(known, max + known.length(), "/");
            case 7 -> "/api/jobs/" + repeated(List.of("a", "B", "%20", "'", "\"", "<", "."), max);
            default -> upper(known) + "/";
        };
        return cut(path, maxLine - 30);
    }

    private static String upper(String text) {
        StringBuilder upper = new StringBuilder();
        text.chars().forEach(c -> upper.append((char) (c >= 'a' && c <= 'z' ? c - 32 : c)));
        return upper.toString();
    }

    /** Puts something into {@code text}, takes something out, or has something twice. */
    private String changed(String text, int max, String begin) {
        StringBuilder changed = new StringBuilder(text);
        for (int i = 0; i <= random.nextInt(4); i++) {
            int at = random.nextInt(changed.length() + 1);
            switch (random.nextInt(3)) {
                case 0 -> changed.insert(at, (char) (33 + random.nextInt(94)));
                case 1 -> changed.delete(at, Math.min(changed.length(), at + random.nextInt(8)));
                default -> changed.insert(at, changed.substring(0, at));
            }
        }
        String cut = cut(changed.toString(), Math.max(1, max)).replace("?", "").replace("#", "");
        return cut.startsWith(begin) ? cut : cut(begin + cut, Math.max(1, max));
    }

    private String query(int max) {
        if (max < 10 || random.nextInt(3) == 0) {
            return "";
        }
        int length = 1 + random.nextInt(random.nextInt(6) == 0 ? max - 5 : Math.min(max - 5, 120));
        return "?"
                + cut(
                        switch (random.nextInt(5)) {
                            case 0 -> repeated(List.of("&", "=", ";", "a", "%41", "+", "#"), length);
                            case 1 ->
                                repeated(
                                        List.of(pick(List.of("&", "a&", "a=&", "%41", "a=b&", "limit=1&", "=", ";"))),
                                        length);
                            case 2 -> parameters(COLLIDING, length);
                            default -> parameters(PARAMETERS, length);
                        },
                        max - 5);
    }

    private String parameters(List<String> names, int length) {
        StringBuilder query = new StringBuilder();
        while (query.length() < length) {
            query.append(pick(names));
            if (names == COLLIDING) {
                query.append(pick(names)).append(pick(names)).append(pick(names));
            }
            query.append('=').append(pick(VALUES)).append('&');
            if (random.nextInt(4) == 0) {
                break;
            }
        }
        return query.toString();
    }

    private String fields() {
        int max = random.nextInt(5) == 0 ? maxHeader - 100 : random.nextInt(300);
        StringBuilder fields = new StringBuilder();
        boolean isMany = random.nextInt(4) == 0;
        List<String> names = random.nextInt(4) == 0 ? COLLIDING : FIELDS;
        String same = random.nextInt(3) == 0 ? pick(names) : null;
        while (fields.length() < max) {
            String name = same == null ? pick(names) : same;
            int length = isMany ? random.nextInt(3) : 1 + random.nextInt(max);
            String value = cut(repeated(some(PIECES), length), max - fields.length());
            fields.append(name).append(": ").append(value.strip()).append("\r\n");
        }
        return fields.length() > maxHeader - 40 ? "" : fields.toString();
    }

    private List<String> some(List<String> all) {
        List<String> some = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(4); i++) {
            some.add(pick(all));
        }
        return some;
    }

    private String repeated(List<String> pieces, int length) {
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append(pick(pieces));
        }
        return text.toString();
    }

    private static String cut(String text, int max) {
        return text.length() <= max ? text : text.substring(0, Math.max(0, max));
    }

    private <T> T pick(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }
}
