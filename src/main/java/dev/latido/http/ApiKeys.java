package dev.latido.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The keys that callers may present as bearer tokens (RFC 6750). Keeps digests only, and compares in a time that
 * depends neither on how much of a key is right nor on which key it is. They may be replaced by others while callers present
 * theirs; whether one has to be presented stays as it was.
 */
final class ApiKeys {

    private static final String SCHEME = "Bearer ";

    /** A bearer token by RFC 6750, 2.1, and long enough not to be guessed. */
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._~+/-]{16,}=*");

    /** What separates the keys in a file, where they have a line each or stand as in a variable. */
    private static final Pattern SEPARATOR = Pattern.compile("[,\\r\\n]");

    private final boolean isRequired;
    private volatile List<byte[]> digests;

    ApiKeys(List<String> keys) {
        this.isRequired = !keys.isEmpty();
        this.digests = digests(keys);
    }

    private static List<byte[]> digests(List<String> keys) {
        return keys.stream().map(ApiKeys::digest).toList();
    }

    /** Returns the keys that stand in the text of a file. */
    static List<String> split(String text) {
        return Stream.of(SEPARATOR.split(text, -1))
                .map(String::strip)
                .filter(key -> !key.isEmpty())
                .toList();
    }

    /**
     * Returns what is wrong with keys, without showing them; null for nothing.
     *
     * @param mayBeNone whether there may be none at all
     */
    static @Nullable String problem(List<String> keys, boolean mayBeNone) {
        if (keys.isEmpty()) {
            return mayBeNone ? null : "there is no key in it";
        }
        return keys.stream().allMatch(key -> KEY.matcher(key).matches())
                ? null
                : "each key needs at least 16 characters, all of them letters, digits or one of - . _ ~ + /";
    }

    /** Takes these instead of those that there are. There has to be one, or everybody could come in. */
    void replace(List<String> keys) {
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("a key is required");
        }
        digests = digests(keys);
    }

    /** Tells whether these are the keys that there are. */
    boolean are(List<String> keys) {
        List<byte[]> now = digests;
        if (now.size() != keys.size()) {
            return false;
        }
        for (int i = 0; i < now.size(); i++) {
            if (!MessageDigest.isEqual(now.get(i), digest(keys.get(i)))) {
                return false;
            }
        }
        return true;
    }

    /** Tells whether a key has to be presented at all. */
    boolean required() {
        return isRequired;
    }

    /** Tells whether {@code request} presents one of the keys in its {@code Authorization}, or need not. */
    boolean accept(HttpServerRequest request) {
        return !required() || accept(request.headers().getAll(HttpHeaders.AUTHORIZATION));
    }

    private boolean accept(List<String> lines) {
        if (lines.size() != 1) { // a proxy that looks at the other of two would let through what we do not
            return false;
        }
        String authorization = lines.get(0);
        if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        byte[] presented = digest(authorization.substring(SCHEME.length()).strip());
        boolean found = false;
        for (byte[] known : digests) {
            found |= MessageDigest.isEqual(known, presented);
        }
        return found;
    }

    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
