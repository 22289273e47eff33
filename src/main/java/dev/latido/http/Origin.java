package dev.latido.http;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a page comes from that has its visitor's browser send a request (RFC 6454): where no key is needed, any page could
 * else stop jobs on its visitor's machine, or find out by how long an answer takes what their names are. Browsers say so (Fetch
 * Metadata, or where the connection is not secure and remote, {@code Origin}); other clients send neither. Another port of the same
 * machine, and another name of the same domain ({@code same-site}), are other origins.
 *
 * <p>A page may have the browser go to a page of ours, as a link does, for it sees nothing of that. It may not show it in a frame.
 *
 * @param host its host in lower case
 * @param port its port; that of its scheme where it names none
 * @param defaultPort the port of its scheme
 */
record Origin(String host, int port, int defaultPort) {

    private static final CharSequence SITE = HttpHeaders.createOptimized("Sec-Fetch-Site");
    private static final CharSequence MODE = HttpHeaders.createOptimized("Sec-Fetch-Mode");
    private static final CharSequence DESTINATION = HttpHeaders.createOptimized("Sec-Fetch-Dest");

    /** Returns why a request counts as sent for a page of another origin; null when it does not, or may be. */
    static @Nullable Problem check(HttpServerRequest request) {
        MultiMap headers = request.headers();
        List<String> sites = headers.getAll(SITE);
        List<String> origins = headers.getAll(HttpHeaders.ORIGIN);
        if (origins.size() > 1) { // no browser sends two; who counts the first and who the last would not agree
            return Problem.crossOrigin("of " + named("Origin", origins) + " only one can be.");
        }
        if (!sites.isEmpty()) {
            // The browser has compared, with what it connects to: right also behind a proxy that rewrites Host.
            boolean isOurs = sites.size() == 1
                    && (sites.get(0).equals("same-origin") || sites.get(0).equals("none"));
            return isOurs || (sites.size() == 1 && isLink(request.method(), headers))
                    ? null
                    : Problem.crossOrigin("the browser says " + named("Sec-Fetch-Site", sites) + ".");
        }
        if (origins.isEmpty()) {
            return null;
        }
        String host = request.getHeader(HttpHeaders.HOST);
        Origin origin = parse(origins.get(0));
        if (origin != null && host != null && origin.isThatOf(host)) {
            return null;
        }
        return Problem.crossOrigin(named("Origin", origins) + " is not the origin of "
                + (host == null ? "a request without Host" : named("Host", List.of(host)))
                + ". A proxy in between has to pass Host on as it came.");
    }

    /** Tells whether the browser goes to what is asked for, in a window and not in a frame. */
    private static boolean isLink(HttpMethod method, MultiMap headers) {
        return RequestGuard.isSafe(method)
                && headers.getAll(MODE).equals(List.of("navigate"))
                && headers.getAll(DESTINATION).equals(List.of("document"));
    }

    private static String named(String header, List<String> values) {
        String first = "'" + header + ": " + Quoted.of(values.get(0)) + "'";
        return values.size() == 1 ? first : first + " and '" + header + ": " + Quoted.of(values.get(1)) + "'";
    }

    /** Reads what a browser sends; null for all that is none, such as {@code null}, and for schemes without a host. */
    static @Nullable Origin parse(String text) {
        int defaultPort = text.regionMatches(true, 0, "http://", 0, 7)
                ? 80
                : text.regionMatches(true, 0, "https://", 0, 8) ? 443 : -1;
        if (defaultPort < 0) {
            return null;
        }
        HostAndPort authority = HostAndPort.parseAuthority(text.substring(text.indexOf("//") + 2), defaultPort);
        return authority == null || authority.host().isEmpty()
                ? null
                : new Origin(authority.host().toLowerCase(Locale.ROOT), port(authority, defaultPort), defaultPort);
    }

    /** An empty port, which comes as 0, is the default one (RFC 9110, 4.2). */
    private static int port(HostAndPort authority, int defaultPort) {
        return authority.port() == 0 ? defaultPort : authority.port();
    }

    /** Tells whether what is asked for at {@code authority}, the value of {@code Host}, is of this origin. */
    boolean isThatOf(String authority) {
        HostAndPort other = HostAndPort.parseAuthority(authority, defaultPort);
        return other != null
                && port(other, defaultPort) == port
                && other.host().toLowerCase(Locale.ROOT).equals(host);
    }
}
