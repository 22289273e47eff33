package dev.latido.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the router and lets only those requests through whose meaning is beyond doubt: one Host that is ours
 * (RFC 9112, 3.2; against DNS rebinding), one way of framing (RFC 9112, 6.3; against request smuggling), a path without
 * escapes that hide a separator; and nothing that a page of another origin has its visitor's browser do but to go to a page (against
 * cross-site request forgery, and leaks to other sites). And it has every body bounded, whether or not anybody reads it.
 */
final class RequestGuard implements Handler<HttpServerRequest> {

    private final CommonHeaders common;
    private final AllowedHosts hosts;
    private final Predicate<String> anyHost;
    private final BodyBound bound;
    private final Handler<HttpServerRequest> next;

    /**
     * Makes a guard.
     *
     * @param anyHost tells at which paths requests are answered whatever host they name
     */
    RequestGuard(
            AllowedHosts hosts,
            Predicate<String> anyHost,
            BodyBound bound,
            CommonHeaders common,
            Handler<HttpServerRequest> next) {
        this.common = common;
        this.hosts = hosts;
        this.anyHost = anyHost;
        this.bound = bound;
        this.next = next;
    }

    @Override
    public void handle(HttpServerRequest request) {
        try {
            common.stamp(request);
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
        Problem problem = hosts.check(request);
        if (problem != null && problem.status() == Problem.MISDIRECTED && isSafe(request.method())) {
            problem = anyHost.test(request.path()) ? null : problem;
        }
        if (problem == null && !hasOnlyGoodEscapes(request.uri())) {
            problem = Problem.BAD_PATH;
        }
        if (problem == null) {
            problem = Origin.check(request);
        }
        if (problem == null && hasBody(request)) {
            problem = isFramedClearly(request) ? bound.begin(request) : Problem.BAD_FRAMING;
        }
        return problem;
    }

    /** Tells whether a request of this method changes nothing. */
    static boolean isSafe(HttpMethod method) {
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

    /** Tells whether {@code request} says that it has a body. */
    static boolean hasBody(HttpServerRequest request) {
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
