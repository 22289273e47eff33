package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Header fields of which there may be one, sent twice: a proxy that looks at the first and a service that looks at the last would
 * take the request for two different ones. And bodies in a coding that nobody reads.
 */
class AmbiguousHeaderTest {

    private static final String KEY = "Authorization: Bearer a-key-of-more-than-16-characters";
    private static final String SUBMIT = "/api/jobs/a/executions";

    private static WorkingService service;

    @BeforeAll
    static void start() {
        service =
                new WorkingService("{'a': {}}", "defaultJob", "a", "http.apiKeys", "a-key-of-more-than-16-characters");
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    Host: localhost                    | Host: evil.example               | 400
                    Host: localhost                    | Host: localhost                  | 400
                    Origin: http://localhost           | Origin: http://evil.example      | 403
                    Origin: http://evil.example        | Origin: http://localhost         | 403
                    Origin: http://localhost           | Origin: http://localhost         | 403
                    Sec-Fetch-Site: same-origin        | Sec-Fetch-Site: cross-site       | 403
                    Sec-Fetch-Site: none               | Sec-Fetch-Site: none             | 403
                    Authorization: Bearer nobodys-key-012345 | :key                       | 401
                    :key                               | Authorization: Bearer nobodys-key-012345 | 401
                    :key                               | :key                             | 401
                    Content-Type: application/json     | Content-Type: text/plain         | 415
                    Content-Type: text/plain           | Content-Type: application/json   | 415
                    Content-Type: application/json     | Content-Type: application/json   | 415
                    Idempotency-Key: a                 | Idempotency-Key: b               | 400
                    Idempotency-Key: a                 | Idempotency-Key: a               | 400
                    Content-Length: 1                  | Content-Length: 2                | 400
                    Transfer-Encoding: chunked         | Content-Length: 1                | 400
                    Transfer-Encoding: chunked         | Transfer-Encoding: chunked       | 400
                    Expect: 100-continue               | Expect: something                | 417
                    Content-Encoding: identity         | Content-Encoding: gzip           | 415
                    Prefer: wait=0                     | Prefer: respond-async            | 202
                    Accept-Encoding: gzip              | Accept-Encoding: identity        | 202
                    """)
    void refusesWhatCannotBeTwo(String first, String second, int status) {
        StringBuilder request = new StringBuilder("POST " + SUBMIT + " HTTP/1.1\r\n");
        String both = first + "\r\n" + second + "\r\n";
        both = both.replace(":key", KEY);
        request.append(both.contains("Host:") ? "" : "Host: localhost\r\n")
                .append(both.contains("Authorization:") ? "" : KEY + "\r\n")
                .append(both.contains("Content-Type:") ? "" : "Content-Type: application/json\r\n")
                .append(
                        both.contains("Content-Length:") || both.contains("Transfer-Encoding:")
                                ? ""
                                : "Content-Length: 1\r\n")
                .append(both)
                .append("\r\n1");
        int depth = depth();
        assertThat(RawClient.exchange(service.port(), request.toString()).status())
                .isEqualTo(status);
        assertThat(depth()).isEqualTo(status == 202 ? depth + 1 : depth);
    }

    private static int depth() {
        return RawClient.exchange(service.port(), "GET /api/jobs/a HTTP/1.1\r\nHost: localhost\r\n" + KEY + "\r\n\r\n")
                .json()
                .getJsonObject("counters")
                .getInteger("accepted");
    }

    @Test
    void aReaderOfEventsWasAtOnePlace() {
        RawClient.exchange(
                        service.port(),
                        "GET /api/events HTTP/1.1\r\nHost: localhost\r\n" + KEY
                                + "\r\nLast-Event-ID: test-1\r\nLast-Event-ID: test-2\r\n\r\n")
                .assertProblem(400, "bad-parameter");
    }

    private static RawResponse send(String methodAndPath, String body, String... headers) {
        return RawClient.exchange(
                service.port(),
                methodAndPath + " HTTP/1.1\r\nHost: localhost\r\n" + KEY + "\r\nContent-Length: " + body.length()
                        + "\r\n" + String.join("\r\n", headers) + "\r\n\r\n" + body);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /api/jobs/a/executions",
                "POST /api/jobs/a/executions/batch",
                "PATCH /api/jobs/a",
                "PATCH /api/log"
            })
    void readsNoBodyThatIsCoded(String methodAndPath) {
        for (String coding : new String[] {
            "Content-Encoding: gzip",
            "Content-Encoding: GZIP",
            "content-encoding: x-gzip",
            "Content-Encoding: br",
            "Content-Encoding: identity, gzip",
            "Content-Encoding: gzip, identity",
            "Content-Encoding: deflate,gzip",
            "Content-Encoding: identity\r\nContent-Encoding: gzip",
            "Content-Encoding: aws-chunked"
        }) {
            RawResponse refused = send(methodAndPath, "{}", "Content-Type: application/json", coding)
                    .assertProblem(415, "unsupported-content-encoding");
            assertThat(refused.header("Accept-Encoding")).contains("identity");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Encoding: identity",
                "Content-Encoding: Identity, identity",
                "Content-Encoding:",
                "Content-Encoding: ,",
                "Content-Encoding: identity\r\nContent-Encoding: identity"
            })
    void readsABodyThatIsNot(String coding) {
        assertThat(send("POST " + SUBMIT, "1", "Content-Type: application/json", coding)
                        .status())
                .isEqualTo(202);
    }

    /** What is not read is not read wrongly either. */
    @Test
    void doesNotLookAtTheCodingOfWhatItDoesNotRead() {
        assertThat(send("POST " + SUBMIT, "", "Content-Encoding: gzip").status())
                .isEqualTo(202);
        assertThat(send("POST /api/job/start", "abc", "Content-Encoding: gzip").status())
                .isEqualTo(200);
    }
}
