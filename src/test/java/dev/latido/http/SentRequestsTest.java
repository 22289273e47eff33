package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** That answers are compared with what the contract says of their own requests. */
@Tag("fast")
class SentRequestsTest {

    private static final String SENT = String.join(
            "\r\n",
            "POST /a HTTP/1.1",
            "Host: x",
            "Content-Length: 4",
            "",
            "", // its body begins
            "",
            "PUT /b HTTP/1.1",
            "Transfer-Encoding: chunked",
            "",
            "3",
            "abc",
            "0",
            "",
            "nonsense",
            "",
            "GET /c?d=e HTTP/1.0\n\nGET /unfinished HTTP/1.1",
            "Host:");

    @Test
    void findsRequestsSentAtOnce() {
        SentRequests sent = new SentRequests();
        sent.add(SENT);
        assertFound(sent);
    }

    @Test
    void findsRequestsSentByteByByte() {
        SentRequests sent = new SentRequests();
        SENT.chars().forEach(c -> sent.add(Character.toString(c)));
        assertFound(sent);
    }

    private static void assertFound(SentRequests sent) {
        assertThat(sent.answered()).isEqualTo(new SentRequests.Request("POST", "/a"));
        assertThat(sent.answered()).isEqualTo(new SentRequests.Request("PUT", "/b"));
        assertThat(sent.answered()).isEqualTo(new SentRequests.Request("", ""));
        assertThat(sent.answered()).isEqualTo(new SentRequests.Request("GET", "/c?d=e"));
        assertThat(sent.answered()).isEqualTo(new SentRequests.Request("", ""));
    }
}
