package dev.latido.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * The keys that callers may present as bearer tokens (RFC 6750). Keeps digests only, and compares in a time that
 * depends neither on how much of a key is right nor on which key it is.
 */
final class ApiKeys {

    private static final String SCHEME = "Bearer ";

    private final List<byte[]> digests;

    ApiKeys(List<String> keys) {
        this.digests = keys.stream().map(ApiKeys::digest).toList();
    }

    /** Tells whether a key has to be presented at all. */
    boolean required() {
        return !digests.isEmpty();
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
