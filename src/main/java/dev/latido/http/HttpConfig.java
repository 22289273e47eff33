package dev.latido.http;

import dev.latido.client.JobClient;
import java.time.Duration;
import java.util.List;

/**
 * The HTTP server's settings.
 *
 * @param host the address to bind; other than loopback only with an API key
 * @param port the port to bind; 0 takes a free one
 * @param apiKeys keys of which a caller must present one as bearer token; none means that no key is asked for
 * @param metricsNeedKey whether {@code /metrics} asks for a key too, where keys are set
 * @param allowedHosts names that a request's {@code Host} may have, without port; {@code *} allows any
 * @param maxConnections connections beyond are closed at once
 * @param maxHeaderBytes size of all header fields together
 * @param maxRequestLineBytes size of the request line
 * @param maxBodyBytes size of a request body
 * @param requestTimeout how long a request's body may take to arrive completely
 * @param idleTimeout after how long a connection is closed on which nothing complete arrives or leaves: no header, no
 *     part of a body, no answer; so it also bounds how long a header may take
 */
public record HttpConfig(
        String host,
        int port,
        List<String> apiKeys,
        boolean metricsNeedKey,
        List<String> allowedHosts,
        int maxConnections,
        int maxHeaderBytes,
        int maxRequestLineBytes,
        int maxBodyBytes,
        Duration requestTimeout,
        Duration idleTimeout) {

    /** What the shipped configuration names. */
    public static final HttpConfig DEFAULT = new HttpConfig(
            "127.0.0.1",
            8080,
            List.of(),
            true,
            List.of("localhost", "127.0.0.1", "[::1]"),
            10_000,
            8_192,
            4_096,
            1_048_576,
            Duration.ofSeconds(10),
            Duration.ofSeconds(60));

    /** Returns how long an answer may be held at most: before that the connection would be closed as idle. */
    Duration longestWait() {
        Duration beforeIdle = idleTimeout.multipliedBy(9).dividedBy(10);
        return beforeIdle.compareTo(JobClient.MAX_WAIT) < 0 ? beforeIdle : JobClient.MAX_WAIT;
    }

    /** Shows no key. */
    @Override
    public String toString() {
        return "HttpConfig[" + host + ":" + port + ", " + apiKeys.size() + " API keys]";
    }
}
