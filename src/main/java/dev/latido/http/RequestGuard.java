package dev.latido.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the router and lets only those requests through whose meaning is beyond doubt: one Host that is ours
 * (RFC 9112, 3.2; against DNS rebinding), one way of framing (RFC 9112, 6.3; against request smuggling), a path without
 * escapes that hide a separator; and nothing that a page of another origin has its visitor's browser do (against
 * cross-site request forgery). And it has every body bounded, whether or not anybody reads it.
 */
final class RequestGuard implements Handler<HttpServerRequest> {

    private static final String ANY_HOST = "*";

    private final DateHeader date;
    private final Set<String> allowedHosts;
    private final boolean anyHost;
    private final BodyBound bound;
    private final Handler<HttpServerRequest> next;

    /** The latest Host that was found to be ours, which most often is the next one too. */
    private @Nullable String lastHost;

    RequestGuard(HttpConfig config, BodyBound bound, DateHeader date, Handler<HttpServerRequest> next) {
        this.date = date;
        this.allowedHosts = config.allowedHosts().stream()
                .map(host -> host.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
        this.anyHost = allowedHosts.contains(ANY_HOST);
        this.bound = bound;
        this.next = next;
    }

    @Override
    public void handle(HttpServerRequest request) {
        try {
            date.stamp(request.response());
            Problem problem = check(request);
            if (problem == null) {
                next.handle(request);
            } else {
                problem.sendAndClose(request);
            }
        } catch (RuntimeException | Error fault) {
            Fault.answer(request, fault);
        }
    }

    private @Nullable Problem check(HttpServerRequest request) {
        Problem problem = checkHost(request);
        if (problem == null) {
            problem = checkTarget(request.uri());
        }
        if (problem == null && !isSafe(request.method())) {
            problem = Origin.check(request);
        }
        if (problem == null && hasBody(request)) {
            problem = isFramedClearly(request) ? bound.begin(request) : Problem.BAD_FRAMING;
        }
        return problem;
    }

    private @Nullable Problem checkHost(HttpServerRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
        if (hosts.size() != 1) {
            // HTTP/1.0 knows no Host; no browser speaks it, so there is no rebinding either.
            return hosts.isEmpty() && request.version() == HttpVersion.HTTP_1_0 ? null : Problem.BAD_HOST;
        }
        String host = hosts.get(0);
        if (host.equals(lastHost)) {
            return null;
        }
        HostAndPort authority = request.authority();
        if (authority == null || authority.host().isEmpty()) {
            return Problem.BAD_HOST;
        }
        if (!allows(authority)) {
            return Problem.MISDIRECTED;
        }
        lastHost = host;
        return null;
    }

    private @Nullable Problem checkTarget(String uri) {
        if (!uri.startsWith("/")) {
            HostAndPort target = authorityOf(uri);
            if (target == null || target.host().isEmpty()) {
                return Problem.BAD_REQUEST;
            }
            if (!allows(target)) {
                return Problem.MISDIRECTED;
            }
        }
        return hasOnlyGoodEscapes(uri) ? null : Problem.BAD_PATH;
    }

    private static boolean isSafe(HttpMethod method) {
        return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
    }

    private static boolean isFramedClearly(HttpServerRequest request) {
        String encoding = request.getHeader(HttpHeaders.TRANSFER_ENCODING);
        return encoding == null
                || (encoding.equalsIgnoreCase("chunked")
                        && request.headers()
                                        .getAll(HttpHeaders.TRANSFER_ENCODING)
                                        .size()
                                == 1
                        && !request.headers().contains(HttpHeaders.CONTENT_LENGTH)
                        && request.version() != HttpVersion.HTTP_1_0);
    }

    /** Tells whether {@code request} has a body that has not completely arrived. */
    static boolean awaitsBody(HttpServerRequest request) {
        return hasBody(request) && !request.isEnded();
    }

    private static boolean hasBody(HttpServerRequest request) {
        if (request.headers().contains(HttpHeaders.TRANSFER_ENCODING)) {
            return true;
        }
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length != null && !length.equals("0");
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
