package dev.latido.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.observability.HttpRequest;
import java.net.URI;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is told of HTTP requests.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/http/http-spans/">Semantic conventions for HTTP spans</a>
 */
final class HttpSpans {

    /** Those of RFC 9110, and of RFC 5789. */
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");

    private HttpSpans() {}

    /** Tells whether a request of this method changes nothing. */
    static boolean isSafe(HttpMethod method) {
        return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD) || method.equals(HttpMethod.OPTIONS);
    }

    static SpanBuilder received(Tracer tracer, HttpServerRequest request) {
        boolean isSecure = request.isSSL();
        SpanBuilder builder = begun(tracer, request.method(), SpanKind.SERVER)
                .setAttribute(Attributes.SCHEME, isSecure ? "https" : "http")
                .setAttribute(Attributes.PATH, String.valueOf(request.path()));
        set(builder, Attributes.QUERY, request.query());
        set(builder, Attributes.USER_AGENT, request.getHeader(HttpHeaders.USER_AGENT));
        HostAndPort server = request.authority();
        if (server != null) {
            server(builder, server.host(), server.port(), isSecure);
        }
        SocketAddress client = request.remoteAddress();
        if (client != null) {
            set(builder, Attributes.CLIENT_ADDRESS, client.hostAddress());
            peer(builder, client);
        }
        String version = switch (request.version()) {
            case HTTP_1_0 -> "1.0";
            case HTTP_1_1 -> "1.1";
            case HTTP_2 -> "2";
        };
        return builder.setAttribute(Attributes.PROTOCOL_VERSION, version);
    }

    /** Notes which route a request that was received takes; {@code span} may be another one's, or none. */
    static void routed(Span span, HttpMethod method, String route) {
        span.updateName(nameOf(method) + " " + route).setAttribute(Attributes.ROUTE, route);
    }

    static SpanBuilder sent(Tracer tracer, HttpRequest request) {
        SpanBuilder builder = begun(tracer, request.method(), SpanKind.CLIENT);
        URI url = URI.create(request.absoluteURI());
        boolean isSecure = "https".equalsIgnoreCase(url.getScheme());
        if (url.getHost() != null) {
            server(builder, url.getHost(), url.getPort(), isSecure);
        }
        if (request.remoteAddress() != null) {
            peer(builder, request.remoteAddress());
        }
        return builder.setAttribute(Attributes.FULL_URL, withoutSecrets(url));
    }

    private static SpanBuilder begun(Tracer tracer, HttpMethod method, SpanKind kind) {
        boolean isKnown = METHODS.contains(method.name());
        SpanBuilder builder = tracer.spanBuilder(nameOf(method))
                .setSpanKind(kind)
                .setAttribute(Attributes.METHOD, isKnown ? method.name() : "_OTHER");
        return isKnown ? builder : builder.setAttribute(Attributes.METHOD_ORIGINAL, method.name());
    }

    private static String nameOf(HttpMethod method) {
        return METHODS.contains(method.name()) ? method.name() : "HTTP";
    }

    private static void server(SpanBuilder builder, String host, int port, boolean isSecure) {
        builder.setAttribute(Attributes.SERVER_ADDRESS, host)
                .setAttribute(Attributes.SERVER_PORT, (long) (port > 0 ? port : isSecure ? 443 : 80));
    }

    private static void peer(SpanBuilder builder, SocketAddress peer) {
        if (peer.hostAddress() != null) {
            builder.setAttribute(Attributes.PEER_ADDRESS, peer.hostAddress())
                    .setAttribute(Attributes.PEER_PORT, (long) peer.port());
        }
    }

    private static void set(
            SpanBuilder builder, io.opentelemetry.api.common.AttributeKey<String> key, @Nullable String value) {
        if (value != null) {
            builder.setAttribute(key, value);
        }
    }

    /**
     * Returns where a URL leads. Passwords and tokens stand in the user's part of it, in its query, and in the path of many a
     * webhook.
     */
    private static String withoutSecrets(URI url) {
        String text = url.getScheme() + "://" + url.getRawAuthority();
        if (url.getRawUserInfo() != null) {
            text = text.replace(url.getRawUserInfo() + "@", "REDACTED:REDACTED@");
        }
        String path = url.getRawPath() == null ? "" : url.getRawPath();
        text += path.isEmpty() || path.equals("/") ? path : "/REDACTED";
        return url.getRawQuery() == null ? text : text + "?REDACTED";
    }
}
