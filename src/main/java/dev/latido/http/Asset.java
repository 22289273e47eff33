package dev.latido.http;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.zip.CRC32;

/**
 * A file that comes with the program, read once and served from memory. It is the same for everybody and holds no data,
 * so that nobody needs a key for it.
 *
 * @param type its media type
 * @param etag stands for these bytes (RFC 9110, 8.8.3): their checksum and length
 * @param policy what it may load and do, as a browser enforces it (Content Security Policy)
 */
record Asset(Buffer bytes, String type, String etag, String policy) {

    /** Names stay the same from version to version, so browsers ask each time; mostly the answer is 304. */
    private static final String CACHING = "no-cache";

    /**
     * Reads a file. Blocks.
     *
     * @param path where it is on the class path; its ending says what it is
     */
    static Asset read(String path, String policy) {
        try (InputStream in = Asset.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its file " + path);
            }
            byte[] bytes = in.readAllBytes();
            return new Asset(Buffer.buffer(bytes), typeOf(path), etag(bytes), policy);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String typeOf(String path) {
        return switch (path.substring(path.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8"; // RFC 9239
            case "svg" -> "image/svg+xml";
            case "yaml" -> "application/yaml"; // RFC 9512; always UTF-8
            default -> throw new IllegalArgumentException(path);
        };
    }

    /** Not a cryptographic digest: not yet compiled, at the start, that takes 50 to 80 ms for these files; this takes less than one. */
    private static String etag(byte[] bytes) {
        CRC32 sum = new CRC32();
        sum.update(bytes);
        return '"' + Long.toHexString(sum.getValue()) + '-' + Integer.toHexString(bytes.length) + '"';
    }

    /** Returns the route that serves it. */
    Route at(String path) {
        return Route.get(path, Route.Access.OPEN, this::send);
    }

    private void send(RoutingContext context) {
        HttpServerResponse response = context.response()
                .putHeader(HttpHeaders.ETAG, etag)
                .putHeader(HttpHeaders.CACHE_CONTROL, CACHING)
                .putHeader("Content-Security-Policy", policy)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer");
        if (isKnown(context.request().headers())) {
            response.setStatusCode(304).end();
        } else {
            response.putHeader(HttpHeaders.CONTENT_TYPE, type);
            Sending.end(context.request(), bytes);
        }
    }

    /** Tells whether the client has the file already (RFC 9110, 13.1.2, by weak comparison). */
    private boolean isKnown(MultiMap headers) {
        for (String line : headers.getAll(HttpHeaders.IF_NONE_MATCH)) {
            for (int from = 0; from <= line.length(); ) {
                int comma = line.indexOf(',', from);
                int end = comma < 0 ? line.length() : comma;
                String bare = line.substring(from, end).strip();
                if (bare.equals("*") || (bare.startsWith("W/") ? bare.substring(2) : bare).equals(etag)) {
                    return true;
                }
                from = end + 1;
            }
        }
        return false;
    }
}
