package dev.latido.http;

import dev.latido.client.JobClient;
import dev.latido.setting.Hosts;
import dev.latido.setting.Secret;
import dev.latido.setting.Section;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP server's settings.
 *
 * @param host the address to bind; other than loopback only with an API key
 * @param port the port to bind; 0 takes a free one
 * @param apiKeys keys of which a caller must present one as bearer token; none means that no key is asked for. Of a file, those
 *     that it had when it was read
 * @param apiKeysFile the file that they are from, which is read again when it changes; null for none
 * @param metricsNeedKey whether {@code /metrics} asks for a key too, where keys are set
 * @param allowedHosts names, addresses and ranges of addresses that a request's {@code Host} may have, without port;
 *     {@code *} allows any
 * @param maxConnections connections beyond are closed at once
 * @param maxConnectionsPerClient the same for those of one address, or network of 64 bits of IPv6; 0 for no such bound
 * @param maxHeaderBytes size of all header fields together
 * @param maxRequestLineBytes size of the request line
 * @param maxBodyBytes size of a request body
 * @param maxUnsentBytes what larger answers take that clients have not taken, over all connections; beyond, a further one is
 *     refused
 * @param minReadRate how many bytes a second a client has to take of a larger answer
 * @param requestTimeout how long a request's body may take to arrive completely
 * @param idleTimeout after how long a connection is closed on which nothing complete arrives or leaves: no header, no
 *     part of a body, no answer; so it also bounds how long a header may take
 */
public record HttpConfig(
        String host,
        int port,
        List<String> apiKeys,
        @Nullable Secret apiKeysFile,
        boolean metricsNeedKey,
        List<String> allowedHosts,
        int maxConnections,
        int maxConnectionsPerClient,
        int maxHeaderBytes,
        int maxRequestLineBytes,
        int maxBodyBytes,
        int maxUnsentBytes,
        int minReadRate,
        Duration requestTimeout,
        Duration idleTimeout) {

    /** What the shipped configuration names. */
    public static final HttpConfig DEFAULT = new HttpConfig(
            "127.0.0.1",
            8080,
            List.of(),
            null,
            true,
            List.of("localhost", "127.0.0.1", "[::1]"),
            10_000,
            0,
            8_192,
            4_096,
            1_048_576,
            33_554_432,
            8_192,
            Duration.ofSeconds(10),
            Duration.ofSeconds(75)); // longer than proxies keep connections

    /** Reads all of them. */
    public static HttpConfig read(Section section) {
        String host = section.string("host", DEFAULT.host);
        int port = section.integer("port", DEFAULT.port, 0, 65_535);
        List<String> given = section.secrets("apiKeys", DEFAULT.apiKeys);
        Secret file = section.secretFile("apiKeys");
        String inFile = file == null ? null : section.read("apiKeys", file);
        HttpConfig http = new HttpConfig(
                host,
                port,
                inFile == null ? given : ApiKeys.split(inFile),
                file,
                section.bool("metricsNeedKey", DEFAULT.metricsNeedKey),
                section.strings("allowedHosts", DEFAULT.allowedHosts),
                section.integer("maxConnections", DEFAULT.maxConnections, 1, 1_000_000),
                section.integer("maxConnectionsPerClient", DEFAULT.maxConnectionsPerClient, 0, 1_000_000),
                section.integer("maxHeaderBytes", DEFAULT.maxHeaderBytes, 256, 1_048_576),
                section.integer("maxRequestLineBytes", DEFAULT.maxRequestLineBytes, 128, 65_536),
                section.integer("maxBodyBytes", DEFAULT.maxBodyBytes, 1, 268_435_456),
                section.integer("maxUnsentBytes", DEFAULT.maxUnsentBytes, 65_536, 1_073_741_824),
                section.integer("minReadRate", DEFAULT.minReadRate, 1, 1_048_576),
                section.duration("requestTimeout", DEFAULT.requestTimeout, Duration.ofMillis(100), Duration.ofHours(1)),
                section.duration("idleTimeout", DEFAULT.idleTimeout, Duration.ofMillis(100), Duration.ofHours(24)));
        if (section.isBlank("apiKeys")) {
            section.problem(
                    "apiKeys",
                    "is set, and there is no key in it, so that anybody could control the jobs. Set a key, or leave the"
                            + " setting out, or write [] in the file if no key is to be asked for");
        }
        section.end();
        String problem = ApiKeys.problem(http.apiKeys, inFile == null);
        if (problem != null) {
            section.problem(inFile == null ? "apiKeys" : "apiKeysFile", problem);
        }
        if (http.apiKeys.isEmpty() && file == null && !Hosts.isLoopback(http.host)) {
            section.problem(
                    "host",
                    "'" + http.host + "' can be reached from other machines, and without http.apiKeys anybody there"
                            + " could control the jobs. Set a key, or bind 127.0.0.1");
        }
        if (http.allowedHosts.isEmpty()) {
            section.problem("allowedHosts", "must name at least one host, or '*' for any");
        }
        for (String allowed : http.allowedHosts) {
            String wrong = AllowedHosts.problem(allowed);
            if (wrong != null) {
                section.problem("allowedHosts", wrong);
            }
        }
        return http;
    }

    /** Returns the same settings with another bound of connections. */
    public HttpConfig withMaxConnections(int other) {
        return new HttpConfig(
                host,
                port,
                apiKeys,
                apiKeysFile,
                metricsNeedKey,
                allowedHosts,
                other,
                maxConnectionsPerClient,
                maxHeaderBytes,
                maxRequestLineBytes,
                maxBodyBytes,
                maxUnsentBytes,
                minReadRate,
                requestTimeout,
                idleTimeout);
    }

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
