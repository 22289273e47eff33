package dev.latido.worker;

import dev.latido.setting.PrefixedSecret;
import dev.latido.setting.Secret;
import dev.latido.setting.Section;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A header field that the requests of an HTTP worker have besides those that the service sends.
 *
 * @param name a token by RFC 9110, 5.6.2
 * @param value what it says; never shown, as it may be a key
 */
public record HttpHeader(String name, PrefixedSecret value) {

    /** How many a worker may have. */
    static final int MAX_HEADERS = 32;

    /** How many characters one may have: servers take some 8 KiB of header. */
    static final int MAX_VALUE = 4_096;

    /** Says what a value must be. */
    static final String RULE =
            "must be 1 to " + MAX_VALUE + " characters of ASCII that can be seen, with blanks or tabs between them";

    private static final int MAX_NAME = 128;
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1," + MAX_NAME + "}");

    /** RFC 9110, 5.5, without what is no ASCII, which servers read in different ways. */
    private static final Pattern VALUE = Pattern.compile("[!-~](?:[ \\t!-~]*[!-~])?");

    private static final String OWN = "latido-";

    /** What the service sends itself, what says how a message is framed or what becomes of its connection, and how an answer may come. */
    private static final Set<String> RESERVED = Set.of(
            "accept-encoding",
            "baggage",
            "connection",
            "content-encoding",
            "content-length",
            "content-type",
            "expect",
            "host",
            "http2-settings",
            "idempotency-key",
            "keep-alive",
            "proxy-connection",
            "te",
            "traceparent",
            "tracestate",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "user-agent");

    /** Reads all of a worker. */
    static List<HttpHeader> read(Section section) {
        List<HttpHeader> headers = new ArrayList<>();
        Map<String, String> given = new HashMap<>();
        for (String name : section.names()) {
            PrefixedSecret value = section.textOrFile(name);
            String first = given.putIfAbsent(name.toLowerCase(Locale.ROOT), name);
            String problem = first == null
                    ? problemOf(name)
                    : "is the same header field as " + Section.shown(first) + ": names differ in more than their case";
            if (problem != null) {
                section.problem(name, problem);
            } else if (value != null && isValid(section, name, value)) {
                headers.add(new HttpHeader(name, value));
            }
        }
        if (given.size() > MAX_HEADERS) {
            section.problem(section.names().get(MAX_HEADERS), "is one too many: a worker may have " + MAX_HEADERS);
        }
        return List.copyOf(headers);
    }

    private static @Nullable String problemOf(String name) {
        if (!TOKEN.matcher(name).matches()) {
            return "is not the name of a header field: up to " + MAX_NAME
                    + " letters, digits and !#$%&'*+-.^_`|~ (RFC 9110)";
        }
        String lower = name.toLowerCase(Locale.ROOT);
        return RESERVED.contains(lower) || lower.startsWith(OWN)
                ? "cannot be set: the service itself says what this header field is"
                : null;
    }

    /** Reads a value for the first time; what is wrong with it is noted, without a part of it. */
    private static boolean isValid(Section section, String name, PrefixedSecret value) {
        boolean isInFile = value.secret().file() != null;
        Section place = isInFile ? section.section(name) : section;
        String setting = isInFile ? "file" : name;
        try {
            if (isValid(value.read())) {
                return true;
            }
            place.problem(setting, isInFile ? "what is in it, with the prefix, " + RULE : RULE);
        } catch (Secret.UnreadableException unreadable) {
            place.problem(setting, "cannot be used: " + unreadable.getMessage());
        }
        return false;
    }

    /** Tells whether {@code value} may be sent. */
    static boolean isValid(String value) {
        return value.length() <= MAX_VALUE && VALUE.matcher(value).matches();
    }

    /** Shows no value. */
    @Override
    public String toString() {
        return name;
    }
}
