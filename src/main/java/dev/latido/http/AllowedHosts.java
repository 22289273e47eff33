package dev.latido.http;

import dev.latido.setting.Section;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The hosts that requests may name (RFC 9112, 3.2). A page of another origin can point a name of its own at this service (DNS
 * rebinding), but the name stands in {@code Host} then. Lives on the event loop of the edge.
 */
final class AllowedHosts {

    private static final String ANY = "*";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]+");

    private final boolean any;
    private final Set<String> names = new HashSet<>();
    private final List<AddressRange> ranges = new ArrayList<>();

    /** The latest Host that was found to be ours, which most often is the next one too. */
    private @Nullable String lastHost;

    /** Takes entries that have no {@link #problem}. */
    AllowedHosts(List<String> entries) {
        any = entries.contains(ANY);
        for (String entry : entries) {
            InetAddress address = AddressRange.address(entry);
            if (address != null) {
                ranges.add(new AddressRange(address, address.getAddress().length * 8));
            } else {
                AddressRange.parse(entry).ifPresentOrElse(ranges::add, () -> names.add(entry.toLowerCase(Locale.ROOT)));
            }
        }
    }

    /** Returns what is wrong with an entry of the configuration; null for nothing. */
    static @Nullable String problem(String entry) {
        if (entry.equals(ANY) || NAME.matcher(entry).matches() || AddressRange.address(entry) != null) {
            return null;
        }
        Optional<AddressRange> range = AddressRange.parse(entry);
        if (range.isEmpty()) {
            return "must be names or addresses without port (IPv6 in brackets), ranges of addresses such as 10.0.0.0/8 or"
                    + " fd00::/8, or '*', was " + Section.shown(entry);
        }
        AddressRange canonical = range.get().canonical();
        return range.get().equals(canonical)
                ? null
                : "the range '" + entry + "' does not begin at its address; write " + canonical;
    }

    /** Returns why {@code request} names no host of ours; null when it does. */
    @Nullable Problem check(HttpServerRequest request) {
        Problem problem = checkHeader(request);
        return problem == null ? checkTarget(request.uri()) : problem;
    }

    private @Nullable Problem checkHeader(HttpServerRequest request) {
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
        if (!contains(authority)) {
            return Problem.misdirected(authority.host());
        }
        lastHost = host;
        return null;
    }

    private @Nullable Problem checkTarget(String uri) {
        if (uri.startsWith("/")) {
            return null;
        }
        HostAndPort target = authorityOf(uri);
        if (target == null || target.host().isEmpty()) {
            return Problem.BAD_REQUEST;
        }
        return contains(target) ? null : Problem.misdirected(target.host());
    }

    private boolean contains(HostAndPort authority) {
        String host = authority.host();
        if (any || names.contains(host.toLowerCase(Locale.ROOT))) {
            return true;
        }
        InetAddress address = AddressRange.address(host);
        return address != null && ranges.stream().anyMatch(range -> range.contains(address));
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
}
