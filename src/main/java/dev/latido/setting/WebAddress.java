package dev.latido.setting;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an {@code http} or {@code https} URL leads.
 *
 * @param isSecure whether by TLS
 * @param host a name or an address, IPv6 in brackets
 * @param port the port; that of the scheme where the URL names none
 */
public record WebAddress(boolean isSecure, String host, int port) {

    private static final int MAX_PORT = 65_535;

    /**
     * An authority whose host is no host name by RFC 952, so that {@link URI} does not look into it: there are networks with such
     * names, as those of Docker Compose with an underscore.
     */
    private static final Pattern NAME = Pattern.compile("([A-Za-z0-9._-]+)(?::(\\d{0,5}))?");

    /** Reads where {@code url} leads; empty when it is of another scheme, or has no host or a user. */
    public static Optional<WebAddress> of(URI url) {
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        boolean isSecure = scheme.equals("https");
        if ((!isSecure && !scheme.equals("http")) || url.getRawUserInfo() != null) {
            return Optional.empty();
        }
        String host = url.getHost();
        int port = url.getPort();
        if (host == null && url.getRawAuthority() != null) {
            Matcher name = NAME.matcher(url.getRawAuthority());
            if (name.matches()) {
                host = name.group(1);
                port = name.group(2) == null || name.group(2).isEmpty() ? -1 : Integer.parseInt(name.group(2));
            }
        }
        return host == null || port > MAX_PORT
                ? Optional.empty()
                : Optional.of(new WebAddress(isSecure, host, port >= 0 ? port : isSecure ? 443 : 80));
    }
}
