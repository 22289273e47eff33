package dev.latido.http;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The {@code Prefer} header (RFC 7240). Preferences that are not known, or make no sense, are ignored, as it demands. */
final class Preference {

    private static final Pattern WAIT = Pattern.compile("(?i)\\s*wait\\s*=\\s*\"?(\\d{1,9})\"?\\s*(;.*)?");

    private Preference() {}

    /** Returns how long the client wants to wait for the outcome; zero when it does not. */
    static Duration waitOf(List<String> headers) {
        for (String header : headers) {
            for (String preference : header.split(",", -1)) {
                Matcher matcher = WAIT.matcher(preference);
                if (matcher.matches()) {
                    return Duration.ofSeconds(Long.parseLong(matcher.group(1)));
                }
            }
        }
        return Duration.ZERO;
    }
}
