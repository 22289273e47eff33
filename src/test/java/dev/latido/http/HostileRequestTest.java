package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.Services;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a malformed, huge, slow or hostile request gets: a clear answer, one line in the log at most, and no effect. */
class HostileRequestTest {

    private static final String HOST = "Host: localhost\r\n";
    private static final int MAX_BODY_BYTES = 10_000;

    private static Service service;
    private static LogRecorder log;

    @BeforeAll
    static void start() {
        service = Services.start(
                "http.maxBodyBytes", String.valueOf(MAX_BODY_BYTES),
                "http.requestTimeout", "700ms",
                "http.idleTimeout", "1500ms",
                "commands.timeout", "1s",
                "submissions.timeout", "1s",
                "jobs.heartbeat.every", "1h",
                "shutdown.grace", "5s");
        stillAnswers();
        log = new LogRecorder();
    }

    @AfterAll
    static void stop() {
        log.close();
        assertThat(service.stop()).isTrue();
    }

    @BeforeEach
    void forgetWhatWasLogged() {
        log.clear();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Sec-Fetch-Site: cross-site",
                "Sec-Fetch-Site: same-site",
                "Sec-Fetch-Site: cross-site\r\nOrigin: http://localhost",
                "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site",
                "Sec-Fetch-Site: none\r\nSec-Fetch-Site: none",
                "Sec-Fetch-Site:",
                "Origin: http://evil.example",
                "Origin: http://localhost:81",
                "Origin: https://localhost:80",
                "Origin: http://localhost:443",
                "Origin: http://localhost.evil.example",
                "Origin: http://evil.example\r\nOrigin: http://localhost",
                "Origin: http://localhost\r\nOrigin: http://evil.example",
                "Origin: http://localhost\r\nOrigin: http://localhost",
                "Origin: http://localhost http://evil.example",
                "Origin: http://user@localhost",
                "Origin: http://localhost/",
                "Origin: http://localhost:x",
                "Origin: http://localhost:99999",
                "Origin: localhost",
                "Origin: //localhost",
                "Origin: file://localhost",
                "Origin: http://",
                "Origin: http:",
                "Origin:",
                "Origin: null"
            })
    void letsNoPageOfAnotherOriginChangeAnything(String header) {
        RawResponse refused = exchange("POST /api/job/start HTTP/1.1\r\n" + HOST + header + "\r\n\r\n")
                .assertProblem(403, "cross-origin");
        for (String sent : header.split("\r\n", -1)) {
            String compared = header.contains("Site") && sent.startsWith("Origin") ? "" : sent.strip();
            assertThat(refused.json().getString("detail")).contains(compared);
        }
        assertThat(exchange("GET /api/job/status HTTP/1.1\r\n" + HOST + "\r\n")
                        .json()
                        .getBoolean("isRunning"))
                .isFalse();
        // Nor see by what it gets, or when, what there is.
        for (String method : new String[] {"GET", "OPTIONS"}) {
            for (String path :
                    new String[] {"/api/jobs/heartbeat", "/api/jobs/nope", "/health/live", "/metrics", "/icon.svg", "/"
                    }) {
                assertThat(exchange(method + " " + path + " HTTP/1.1\r\n" + HOST + header + "\r\n\r\n")
                                .assertProblem(403, "cross-origin")
                                .body())
                        .isEqualTo(refused.body());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET,  cross-site,  navigate,    document, 200",
        "HEAD, cross-site,  navigate,    document, 200",
        "GET,  same-site,   navigate,    document, 200",
        "POST, cross-site,  navigate,    document, 403",
        "GET,  cross-site,  navigate,    iframe,   403",
        "GET,  cross-site,  navigate,    embed,    403",
        "GET,  cross-site,  navigate,    object,   403",
        "GET,  cross-site,  navigate,    '',       403",
        "GET,  cross-site,  no-cors,     document, 403",
        "GET,  cross-site,  no-cors,     script,   403",
        "GET,  cross-site,  no-cors,     image,    403",
        "GET,  cross-site,  cors,        empty,    403",
        "GET,  cross-site,  websocket,   empty,    403",
        "GET,  same-origin, no-cors,     script,   200",
        "GET,  none,        navigate,    document, 200"
    })
    void letsLinksLeadToIts(String method, String site, String mode, String destination, int status) {
        try (RawClient raw = new RawClient(service.port())) {
            raw.send(method + " / HTTP/1.1\r\n" + HOST + "Sec-Fetch-Site: " + site + "\r\nSec-Fetch-Mode: " + mode
                    + "\r\nSec-Fetch-Dest: " + destination + "\r\n\r\n");
            assertThat((method.equals("HEAD") ? raw.readHead() : raw.read()).status())
                    .isEqualTo(status);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:80,      http://localhost,          200",
        "localhost,         http://localhost:80,       200",
        "localhost:443,     https://localhost,         200",
        "localhost,         https://localhost:443,     200",
        "localhost:80,      https://localhost,         403",
        "localhost:443,     http://localhost,          403",
        "localhost:8080,    http://localhost:8080,     200",
        "localhost:8080,    http://localhost,          403",
        "LOCALHOST:80,      HTTP://localhost,          200",
        "localhost:,        http://localhost,          200",
        "127.0.0.1:80,      http://127.0.0.1,          200",
        "127.0.0.1,         http://localhost,          403",
        "[::1]:80,          http://[::1],              200",
        "[::1]:8080,        http://[::1]:8080,         200",
        "[::1],             http://[::2],              403",
        "[::1]:8080,        http://[::1]:8081,         403"
    })
    void comparesHostsAndPortsOfOrigins(String host, String origin, int status) {
        RawResponse answer = exchange("POST /api/jobs/heartbeat/purge?dryRun=true HTTP/1.1\r\nHost: " + host
                + "\r\nOrigin: " + origin + "\r\n\r\n");
        assertThat(answer.status()).as(answer::toString).isEqualTo(status);
        if (status == 403) {
            assertThat(answer.json().getString("detail")).contains("'Host: " + host + "'", "'Origin: " + origin + "'");
        }
    }

    @Test
    void quotesOfAnOriginWhatCanBeShown() {
        RawResponse refused = exchange("POST /api/job/start HTTP/1.1\r\n" + HOST + "Origin: http://"
                + "\u0085".repeat(9) + "a".repeat(5_000) + "\r\n\r\n");
        String detail = refused.assertProblem(403, "cross-origin").json().getString("detail");
        assertThat(detail).hasSizeLessThan(500).contains("'Host: localhost'");
        assertThat(detail.chars()).noneMatch(Character::isISOControl);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Sec-Fetch-Site: same-origin\r\nOrigin: https://outside.example",
                "Sec-Fetch-Site: none",
                "Origin: http://localhost",
                "Origin: https://LOCALHOST",
                "X-Other: 1"
            })
    void letsItsOwnPageAndOtherClientsThrough(String header) {
        assertThat(exchange("POST /api/jobs/heartbeat/purge?dryRun=true HTTP/1.1\r\n" + HOST + header + "\r\n\r\n")
                        .status())
                .isEqualTo(200);
    }

    /** Each was routed anew once a slash, or a step up. */
    @ParameterizedTest
    @ValueSource(strings = {"/", "//", "/.", "/..", "/a/..", "/%2e", "/A", "/%41", "/;", "/a/%2E%2e"})
    void answersPathsThatGoOnAndOn(String part) {
        String path = "/x" + part.repeat(4_000 / part.length());
        for (String method : List.of("GET", "POST", "PROPFIND")) {
            assertThat(exchange(method + " " + path + " HTTP/1.1\r\n" + HOST + "\r\n")
                            .status())
                    .isIn(200, 404, 405);
        }
        assertThat(log.lines()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/job/status//////",
                "//api///JOB/./x/../status",
                "/%61pi/job/%73tatus/",
                "/../api/job/status/."
            })
    void findsARouteHoweverItsPathIsWritten(String path) {
        assertThat(exchange("GET " + path + "?a HTTP/1.1\r\n" + HOST + "\r\n").status())
                .isEqualTo(200);
        exchange("PUT " + path + " HTTP/1.1\r\n" + HOST + "\r\n").assertProblem(405, "method-not-allowed");
    }

    @AfterEach
    void serviceIsUnharmed() {
        try {
            stillAnswers();
        } finally { // so that one failure is not followed by others
            exchange("POST /api/job/stop HTTP/1.1\r\n" + HOST + "\r\n");
        }
        assertThat(log.lines()).as("at most one line for a bad request").hasSizeLessThanOrEqualTo(1);
    }

    private static void stillAnswers() {
        RawResponse status = exchange("GET /api/job/status HTTP/1.1\r\n" + HOST + "\r\n");
        assertThat(status.status()).isEqualTo(200);
        assertThat(status.json().getBoolean("isRunning"))
                .as("nothing hostile started it")
                .isFalse();
    }

    private static RawResponse exchange(String request) {
        return RawClient.exchange(service.port(), request);
    }

    /** Sends {@code request} and asserts that its answer is the last thing to come on its connection. */
    private static RawResponse exchangeToTheEnd(String request) {
        try (RawClient raw = new RawClient(service.port())) {
            RawResponse answer = raw.send(request).read();
            assertThat(raw.readUntilClosed()).as("after the answer").isEmpty();
            return answer.assertClosesConnection();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Host: localhost\r\nHost: localhost\r\n",
                "Host: localhost\r\nHost: evil.example\r\n",
                "Host:\r\n",
                "Host: local host\r\n",
                "Host: user@localhost\r\n",
                "Host: localhost:99999\r\n",
                "Host: localhost:x\r\n",
                "Host: localhost/\r\n",
                "Host: localhost, localhost\r\n"
            })
    void refusesRequestWithoutOneValidHost(String headers) {
        exchangeToTheEnd("GET /api/job/status HTTP/1.1\r\n" + headers + "\r\n").assertProblem(400, "bad-host");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.2", "[::2]:80", "0"})
    void refusesHostThatIsNotItsOwn(String host) {
        exchangeToTheEnd("POST /api/job/start HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 0\r\n\r\n")
                .assertProblem(421, "misdirected");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]", "[::1]:8080"})
    void answersForItsOwnHosts(String host) {
        assertThat(exchange("GET /api/job/status HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "GET http://localhost/api/job/status,    200",
        "GET HTTP://localhost:80/api/job/status, 200",
        "POST http://evil.example/api/job/start, 421",
        "POST http://user@localhost/api/job/start, 400",
        "POST http:///api/job/start,             400",
        "POST https://localhost/api/job/start,   400",
        "POST api/job/start,                     400",
        "POST localhost/api/job/start,           400",
        "OPTIONS *,                              400",
        "CONNECT localhost:80,                   400",
        "CONNECT evil.example:443,               400"
    })
    void looksAtTheHostInTheTargetToo(String methodAndTarget, int status) {
        RawResponse answer = exchange(methodAndTarget + " HTTP/1.1\r\n" + HOST + "\r\n");
        assertThat(answer.status()).isEqualTo(status);
        if (status != 200) {
            answer.assertProblem(status, status == 421 ? "misdirected" : "bad-request");
        }
    }

    /** Each would be read as another request by a proxy or server that frames it in the other way. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                "Transfer-Encoding: xchunked\r\n",
                "Transfer-Encoding: identity\r\n",
                "Transfer-Encoding: gzip, chunked\r\n",
                "Transfer-Encoding: chunked, identity\r\n",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                "Transfer-Encoding: \u000bchunked\r\n",
                "Transfer-Encoding : chunked\r\n",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding: chunked, chunked\r\n",
                "Transfer-Encoding: chunked;q=1\r\n",
                "Transfer-Encoding: \"chunked\"\r\n",
                "Transfer-Encoding: chunked,\r\n",
                "Transfer-Encoding: ,chunked\r\n",
                "Transfer-Encoding:\r\n",
                "Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n",
                "Transfer-Encoding: chunked\r\nX: a\r\n Content-Length: 5\r\nContent-Length: 5\r\n",
                "Content-Length: 5\r\nContent-Length: 5\r\n",
                "Content-Length: 5\r\nContent-Length: 6\r\n",
                "Content-Length: 5\r\n 6\r\n",
                "Content-Length: 5, 6\r\n",
                "Content-Length: 5, 5\r\n",
                "Content-Length: 5 5\r\n",
                "Content-Length:\r\n",
                "Content-Length: five\r\n",
                "Content-Length: -5\r\n",
                "Content-Length: +5\r\n",
                "Content-Length: 0x5\r\n",
                "Content-Length : 5\r\n",
                "Content-Length: 99999999999999999999\r\n"
            })
    void refusesAmbiguousFramingAndReadsNoFurther(String framing) {
        RawResponse answer = exchangeToTheEnd("POST /api/job/stop HTTP/1.1\r\n" + HOST + framing
                + "\r\n0\r\n\r\nPOST /api/job/start HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n\r\n");
        assertThat(answer.status()).isEqualTo(400);
        answer.assertProblem(400, answer.json().getString("type").endsWith("framing") ? "bad-framing" : "bad-request");
    }

    @Test
    void refusesChunkedBodyOverHttp10() {
        RawResponse answer = exchange("POST /api/job/start HTTP/1.0\r\n" + HOST
                + "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        assertThat(answer.status()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/job%2Fstart",
                "/api%2fjob/start",
                "/api/job%5Cstart",
                "/api/job/start%00",
                "/api/job/start%0d%0aX:%20y",
                "/api/job/start%7f",
                "/api/job/%zzstart",
                "/api/job/start%",
                "/api/job/start%4",
                "/api/job/start?a=%zz",
                "/api/job/start?%"
            })
    void refusesEscapesThatAreMalformedOrHideSomething(String target) {
        exchangeToTheEnd("POST " + target + " HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n\r\n")
                .assertProblem(400, "bad-path");
    }

    @Test
    void takesAnyOctetEscapedInTheQuery() {
        assertThat(exchange("GET /api/job/status?a=%00%2F%0a%ff HTTP/1.1\r\n" + HOST + "\r\n")
                        .status())
                .isEqualTo(200);
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                Arguments.of("garbage", "\u0000\u0001\u0002garbage\u00ff\r\n\r\n"),
                Arguments.of("one word", "hello\r\n\r\n"),
                Arguments.of("no target", "GET  HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of("bare LF", "GET /api/job/status HTTP/1.1\nHost: localhost\n\n"),
                Arguments.of("control character in the target", "GET /a\u0001b HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of("NUL in a value", "GET / HTTP/1.1\r\n" + HOST + "X: a\u0000b\r\n\r\n"),
                Arguments.of("bare CR in a value", "GET / HTTP/1.1\r\n" + HOST + "X: a\rb\r\n\r\n"),
                Arguments.of("space in a name", "GET / HTTP/1.1\r\n" + HOST + "X Y: a\r\n\r\n"),
                Arguments.of("TLS hello", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\n\n\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "POST /api/job/start, Origin: http://evil.example, 403",
        "POST /api/job/start, Host: evil.example, 421",
        "POST /api/job/start?%, A: b, 400",
        "POST /nothing, A: b, 404",
        "POST /api/jobs, A: b, 405",
        "POST /api/job/start, Expect: the unexpected, 417",
        "POST /api/job/start, A: b, 400"
    })
    void answersWhatItRefusesAlsoWhereTheBodyIsMalformedInTheSamePacket(
            String methodAndTarget, String header, int status) {
        String host = header.startsWith("Host") ? "" : HOST;
        assertThat(exchangeToTheEnd(methodAndTarget + " HTTP/1.1\r\n" + host + header
                                + "\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n")
                        .status())
                .isEqualTo(status);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void answersMalformedRequestAndCloses(String name, String request) {
        exchangeToTheEnd(request).assertProblem(400, "bad-request");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "GET /api/job/status HTTP/3.0\r\nHost: localhost\r\n\r\n",
                "GET /api/job/status HTTP/1.9\r\nHost: localhost\r\n\r\n",
                "GET /api/job/status EVIL/6.6\r\nHost: localhost\r\n\r\n",
                "GET /api/job/status RTSP/1.0\r\nHost: localhost\r\n\r\n"
            })
    void refusesOtherVersionsOfHttpInItsOwn(String request) {
        try (RawClient raw = new RawClient(service.port())) {
            RawResponse answer = raw.send(request).read(); // by Vert.x, before any of our code
            assertThat(answer.status()).isEqualTo(501);
            assertThat(answer.statusLine()).isEqualTo("HTTP/1.1 501 Not Implemented");
            assertThat(raw.readUntilClosed()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MTIzNA==\r\n"
            })
    void doesNotChangeTheProtocol(String upgrade) {
        assertThat(exchange("GET /api/job/status HTTP/1.1\r\n" + HOST + upgrade + "\r\n")
                        .statusLine())
                .isEqualTo("HTTP/1.1 200 OK");
    }

    @ParameterizedTest
    @ValueSource(ints = {9_000, 60_000, 2_000_000})
    void refusesHeaderThatIsTooLarge(int bytes) {
        exchangeToTheEnd("GET /api/job/status HTTP/1.1\r\n" + HOST + "X: " + "a".repeat(bytes) + "\r\n\r\n")
                .assertProblem(431, "header-too-large");
    }

    @Test
    void refusesTooManyHeaderFields() {
        exchangeToTheEnd("GET /api/job/status HTTP/1.1\r\n" + HOST + "X: y\r\n".repeat(5_000) + "\r\n")
                .assertProblem(431, "header-too-large");
    }

    @ParameterizedTest
    @ValueSource(ints = {5_000, 2_000_000})
    void refusesRequestLineThatIsTooLong(int bytes) {
        exchangeToTheEnd("GET /" + "a".repeat(bytes) + " HTTP/1.1\r\n" + HOST + "\r\n")
                .assertProblem(414, "request-line-too-long");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /api/job/start",
                "GET /api/job/status",
                "PATCH /api/jobs/heartbeat",
                "POST /api/pause",
                "POST /nope",
                "PUT /api/job/start"
            })
    void refusesBodyThatIsAnnouncedAsTooLarge(String methodAndPath) {
        RawResponse answer = exchange(
                methodAndPath + " HTTP/1.1\r\n" + HOST + "Content-Length: " + (MAX_BODY_BYTES + 1) + "\r\n\r\n");
        answer.assertProblem(413, "body-too-large").assertClosesConnection();
    }

    @Test
    void clientThatSendsItsHugeBodyAnywayStillReadsTheRefusal() {
        RawResponse answer = exchange(
                "POST /api/job/start HTTP/1.1\r\n" + HOST + "Content-Length: 5000000\r\n\r\n" + "a".repeat(5_000_000));
        answer.assertProblem(413, "body-too-large");
    }

    @Test
    void refusesStreamedBodyOnceItIsTooLarge() {
        String chunk = "1000\r\n" + "a".repeat(0x1000) + "\r\n";
        exchangeToTheEnd("POST /api/job/start HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n"
                        + chunk.repeat(20))
                .assertProblem(413, "body-too-large");
    }

    @Test
    void takesBodyOfExactlyTheLimit() {
        String body = "a".repeat(MAX_BODY_BYTES);
        assertThat(exchange("POST /api/job/stop HTTP/1.1\r\n" + HOST + "Content-Length: " + MAX_BODY_BYTES + "\r\n\r\n"
                                + body)
                        .status())
                .isEqualTo(200);
    }

    /** Nobody reads these bodies; without a bound they would be taken in for as long as they come. */
    @ParameterizedTest
    @CsvSource({"POST /nope, 404", "PUT /api/job/start, 405", "GET /api/job/status, 200"})
    void cutsOffEndlessBodyThatNobodyReads(String methodAndPath, int status) {
        String chunk = "1000\r\n" + "a".repeat(0x1000) + "\r\n";
        try (RawClient raw = new RawClient(service.port())) {
            raw.send(methodAndPath + " HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n");
            assertThat(raw.read().status()).isEqualTo(status);
            int sent = 0;
            while (raw.trySend(chunk)) {
                assertThat(++sent).as("chunks that the connection took").isLessThan(1_000_000);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ZZ\r\nabc\r\n",
                "2\r\nabcdef\r\n0\r\n\r\n",
                "-1\r\n\r\n",
                "99999999999\r\n",
                "0x3\r\nabc\r\n0\r\n\r\n",
                "+3\r\nabc\r\n0\r\n\r\n",
                "3\nabc\n0\n\n",
                "3;a=\"\nabc\r\n0\r\n\r\n",
                "3\r\nabc\n0\r\n\r\n",
                "3 3\r\nabc\r\n0\r\n\r\n",
                "\r\n3\r\nabc\r\n0\r\n\r\n",
                ";a=b\r\nabc\r\n0\r\n\r\n"
            })
    void refusesChunkThatIsNone(String chunk) {
        try (RawClient raw = new RawClient(service.port())) {
            raw.send("POST /api/job/start HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n" + chunk);
            raw.read().assertProblem(400, "bad-request").assertClosesConnection();
            assertThat(raw.readUntilClosed()).isEmpty();
        }
    }

    @Test
    void bodyThatDoesNotComeTimesOut() {
        exchangeToTheEnd("POST /api/job/start HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\n\r\n{")
                .assertProblem(408, "request-timeout");
    }

    @Test
    void endsEachBodyThatDoesNotComeInItsTimeAndNoOther() {
        String head = "POST /api/job/stop HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\n\r\n";
        try (RawClient first = new RawClient(service.port());
                RawClient second = new RawClient(service.port());
                RawClient third = new RawClient(service.port())) {
            first.send(head + "1");
            second.send(head + "1");
            assertThat(third.send(head + "12").read().status()).isNotEqualTo(408);
            first.read().assertProblem(408, "request-timeout").assertClosesConnection();
            assertThat(third.send(head + "12").read().status()).isNotEqualTo(408);
            try (RawClient fourth = new RawClient(service.port())) { // not before, or it may be closed as idle
                fourth.send(head + "1");
                second.read().assertProblem(408, "request-timeout").assertClosesConnection();
                fourth.read().assertProblem(408, "request-timeout").assertClosesConnection();
            }
        }
    }

    @Test
    void bodyThatDripsTimesOutHoweverOftenItDrips() {
        try (RawClient raw = new RawClient(service.port())) {
            raw.send("POST /api/job/start HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n");
            Drip drip = new Drip(raw, "1\r\na\r\n");
            raw.read().assertProblem(408, "request-timeout").assertClosesConnection();
            assertThat(raw.readUntilClosed()).isEmpty();
            drip.stop();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /api/job/status HTTP/1.1\r\nHost: localhost\r\nX: ", "GET /", ""})
    void headerThatDripsIsCutOffHoweverOftenItDrips(String begin) {
        try (RawClient raw = new RawClient(service.port())) {
            raw.send(begin);
            Drip drip = new Drip(raw, begin.isEmpty() ? "\r\n" : "a");
            assertThat(raw.readUntilClosed()).isEmpty();
            drip.stop();
        }
    }

    @Test
    void closesIdleConnection() {
        try (RawClient fresh = new RawClient(service.port());
                RawClient used = new RawClient(service.port())) {
            used.send("GET /api/job/status HTTP/1.1\r\n" + HOST + "\r\n");
            assertThat(used.read().status()).isEqualTo(200);
            assertThat(fresh.readUntilClosed()).isEmpty();
            assertThat(used.readUntilClosed()).isEmpty();
        }
    }

    @Test
    void clientThatDoesNotReadIsHeldBackAndDropped() {
        String requests = ("GET /nope HTTP/1.1\r\n" + HOST + "\r\n").repeat(1_000);
        try (RawClient raw = RawClient.withSmallBuffer(service.port())) {
            Drip writer = new Drip(raw, requests);
            // It ends only because the server stops reading, sees no traffic and closes: nothing is read here.
            writer.awaitBrokenConnection();
            stillAnswers();
        }
    }

    @Test
    void breaksOffWithoutALineWhenTheClientVanishes() {
        for (String begun : new String[] {
            "G",
            "POST /api/job/start HTTP/1.1\r\n" + HOST + "Content-Length: 5\r\n\r\nab",
            "GET /nope HTTP/1.1\r\n" + HOST
        }) {
            try (RawClient raw = new RawClient(service.port())) {
                raw.send(begun).reset();
            }
        }
        stillAnswers();
        assertThat(log.lines()).isEmpty();
    }
}
