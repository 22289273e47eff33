package dev.latido.http;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the router and lets only those requests through whose meaning is beyond doubt: one Host that is ours
 * (RFC 9112, 3.2; against DNS rebinding), one way of framing (RFC 9112, 6.3; against request smuggling), a path without
 * escapes that hide a separator. And it gives a request with a body a time by which that has to be there.
 */
final class RequestGuard implements Handler<HttpServerRequest> {

    private static final String ANY_HOST = "*";

    private final Vertx vertx;
    private final Set<String> allowedHosts;
    private final boolean anyHost;
    private final long timeoutMillis;
    private final Handler<HttpServerRequest> next;

    RequestGuard(Vertx vertx, HttpConfig config, Handler<HttpServerRequest> next) {
        this.vertx = vertx;
        this.allowedHosts = config.allowedHosts().stream()
                .map(host -> host.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
        this.anyHost = allowedHosts.contains(ANY_HOST);
        this.timeoutMillis = config.requestTimeout().toMillis();
        this.next = next;
    }

    @Override
    public void handle(HttpServerRequest request) {
        Problem problem = check(request);
        if (problem != null) {
            problem.sendAndClose(request.response());
            return;
        }
        if (hasBody(request)) {
            long timer = vertx.setTimer(timeoutMillis, ignored -> {
                Problem.TIMEOUT.sendAndClose(request.response());
                request.connection().close();
            });
            request.end().onComplete(ignored -> vertx.cancelTimer(timer));
        }
        next.handle(request);
    }

    private @Nullable Problem check(HttpServerRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
        HostAndPort authority = request.authority();
        if (hosts.size() != 1 || authority == null) {
            return Problem.BAD_HOST;
        }
        if (!allows(authority)) {
            return Problem.MISDIRECTED;
        }
        String uri = request.uri();
        if (uri.charAt(0) != '/') {
            HostAndPort target = authorityOf(uri);
            if (target == null) {
                return Problem.BAD_REQUEST;
            }
            if (!allows(target)) {
                return Problem.MISDIRECTED;
            }
        }
        String encoding = request.getHeader(HttpHeaders.TRANSFER_ENCODING);
        if (encoding != null
                && (!encoding.equalsIgnoreCase("chunked") || request.headers().contains(HttpHeaders.CONTENT_LENGTH))) {
            return Problem.BAD_FRAMING;
        }
        return hasOnlyGoodEscapes(uri) ? null : Problem.BAD_PATH;
    }

    private boolean allows(HostAndPort authority) {
        return anyHost || allowedHosts.contains(authority.host().toLowerCase(Locale.ROOT));
    }

    /** Reads the authority of a target in absolute form (RFC 9112, 3.2.2), which servers have to accept. */
    private static @Nullable HostAndPort authorityOf(String uri) {
        int start = uri.regionMatches(true, 0, "http://", 0, 7) ? 7 : -1;
        if (start < 0) {
            return null;
        }
        int end = start;
        while (end < uri.length() && "/?#".indexOf(uri.charAt(end)) < 0) {
            end++;
        }
        return HostAndPort.parseAuthority(uri.substring(start, end), 80);
    }

    private static boolean hasBody(HttpServerRequest request) {
        if (request.headers().contains(HttpHeaders.TRANSFER_ENCODING)) {
            return true;
        }
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length != null && !length.equals("0");
    }

    /** Tells whether every {@code %} begins an escape, and none in the path is a separator or a control character. */
    private static boolean hasOnlyGoodEscapes(String uri) {
        boolean inPath = true;
        for (int i = 0; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (c == '?') {
                inPath = false;
            } else if (c == '%') {
                int high = i + 2 < uri.length() ? Character.digit(uri.charAt(i + 1), 16) : -1;
                int low = i + 2 < uri.length() ? Character.digit(uri.charAt(i + 2), 16) : -1;
                int octet = high * 16 + low;
                boolean separator = octet < 0x20 || octet == '/' || octet == '\\' || octet == 0x7f;
                if (high < 0 || low < 0 || (inPath && separator)) {
                    return false;
                }
            }
        }
        return true;
    }
}
