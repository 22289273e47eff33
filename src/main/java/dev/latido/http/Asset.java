package dev.latido.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A file that comes with the program, read once and served from direct memory, from where it is sent without a copy, however many
 * ask for it. Who accepts that gets it compressed, which is done once, for the first of them. It is the same for everybody and holds
 * no data, so that nobody needs a key for it.
 */
final class Asset {

    /** Names stay the same from version to version, so browsers ask each time; mostly the answer is 304. */
    private static final CharSequence CACHING = HttpHeaders.createOptimized("no-cache");

    private static final CharSequence GZIP = HttpHeaders.createOptimized("gzip");

    /** Less fits into a packet as it is. */
    private static final int MIN_COMPRESSED = 1_024;

    private final Buffer plain;
    private final CharSequence type;
    private final CharSequence policy;

    /** Stands for the bytes (RFC 9110, 8.8.3): their checksum and length, and whether they are compressed. */
    private final String etag;

    private final String compressedEtag;
    private final boolean isCompressible;
    private @Nullable Future<Buffer> compressed;

    private Asset(byte[] bytes, String type, String policy) {
        this.plain = direct(bytes);
        this.type = HttpHeaders.createOptimized(type);
        this.policy = HttpHeaders.createOptimized(policy);
        this.isCompressible = bytes.length >= MIN_COMPRESSED;
        String sum = checksum(bytes);
        this.etag = '"' + sum + '"';
        this.compressedEtag = '"' + sum + "-gzip\"";
    }

    /**
     * Reads a file. Blocks.
     *
     * @param path where it is on the class path; its ending says what it is
     * @param policy what it may load and do, as a browser enforces it (Content Security Policy)
     */
    static Asset read(String path, String policy) {
        try (InputStream in = Asset.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its file " + path);
            }
            return new Asset(in.readAllBytes(), typeOf(path), policy);
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
    private static String checksum(byte[] bytes) {
        CRC32 sum = new CRC32();
        sum.update(bytes);
        return Long.toHexString(sum.getValue()) + '-' + Integer.toHexString(bytes.length);
    }

    /** Copies {@code bytes} to where the network takes them from. Vert.x hands on slices that cannot be released. */
    private static Buffer direct(byte[] bytes) {
        ByteBuf direct = Unpooled.directBuffer(bytes.length, bytes.length);
        return BufferInternal.buffer(direct.writeBytes(bytes).asReadOnly());
    }

    /** Returns the route that serves it. */
    Route at(String path) {
        return Route.get(path, Route.Access.OPEN, this::send);
    }

    private void send(RoutingContext context) {
        HttpServerRequest request = context.request();
        boolean isCompressed = isCompressible && AcceptedCoding.isGzip(request);
        String tag = isCompressed ? compressedEtag : etag;
        HttpServerResponse response = context.response()
                .putHeader(HttpHeaders.ETAG, tag)
                .putHeader(HttpHeaders.CACHE_CONTROL, CACHING)
                .putHeader("Content-Security-Policy", policy)
                .putHeader("Referrer-Policy", "no-referrer");
        if (isCompressible) {
            response.putHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        }
        if (isKnown(request.headers(), tag)) {
            response.setStatusCode(304).end();
            return;
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, type);
        if (!isCompressed) {
            Sending.endWithoutCopy(request, plain);
            return;
        }
        Answers.handle(context, ignored -> compressed(context.vertx()), body -> {
            if (!response.ended() && !response.closed()) {
                response.putHeader(HttpHeaders.CONTENT_ENCODING, GZIP);
                Sending.endWithoutCopy(request, body);
            }
        });
    }

    /** Compresses it for the first who asks, and not at the start, which would take longer by what that takes. */
    private Future<Buffer> compressed(Vertx vertx) {
        Future<Buffer> done = compressed;
        if (done == null) {
            done = vertx.executeBlocking(() -> direct(compress(plain.getBytes())), false);
            compressed = done;
            done.onFailure(failure -> compressed = null); // another time
        }
        return done;
    }

    private static byte[] compress(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length / 3);
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    /** Tells whether the client has what {@code tag} stands for already (RFC 9110, 13.1.2, by weak comparison). */
    private static boolean isKnown(MultiMap headers, String tag) {
        for (String line : headers.getAll(HttpHeaders.IF_NONE_MATCH)) {
            for (int from = 0; from <= line.length(); ) {
                int comma = line.indexOf(',', from);
                int end = comma < 0 ? line.length() : comma;
                String bare = line.substring(from, end).strip();
                if (bare.equals("*") || (bare.startsWith("W/") ? bare.substring(2) : bare).equals(tag)) {
                    return true;
                }
                from = end + 1;
            }
        }
        return false;
    }
}
