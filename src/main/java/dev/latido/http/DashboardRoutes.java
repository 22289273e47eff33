package dev.latido.http;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * The dashboard: a page and its parts, read once, from the table below and nowhere else. They hold no data, so that
 * nobody needs a key for them; what the page shows it asks the API for.
 */
final class DashboardRoutes {

    /** The files by name; what browsers get for {@code /} is the first. */
    static final List<String> FILES = List.of(
            "index.html",
            "style.css",
            "icon.svg",
            "theme.js",
            "main.js",
            "api.js",
            "stream.js",
            "model.js",
            "state.js",
            "overview.js",
            "job.js",
            "executions.js",
            "execution.js",
            "dialogs.js",
            "charts.js",
            "format.js",
            "dom.js",
            "uplot-1.6.32/uPlot.iife.min.js",
            "uplot-1.6.32/uPlot.min.css");

    private static final String FOLDER = "/dashboard/";

    /**
     * Scripts, styles and data from here only, nothing inline, no text that becomes markup (Trusted Types), in no
     * frame. Images may be {@code data:}; styles that scripts set one property at a time are no inline styles.
     */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
            + " require-trusted-types-for 'script'; trusted-types 'none'";

    /** Names stay the same from version to version, so browsers ask each time; mostly the answer is 304. */
    private static final String CACHING = "no-cache";

    private record File(Buffer bytes, String type, String etag) {}

    private final List<File> files;

    /** Reads the files. Blocks. */
    DashboardRoutes() {
        this.files = FILES.stream().map(DashboardRoutes::read).toList();
    }

    List<Route> table() {
        List<Route> routes = new ArrayList<>();
        for (int i = 0; i < FILES.size(); i++) {
            File file = files.get(i);
            String path = i == 0 ? "/" : FOLDER + FILES.get(i);
            routes.add(Route.get(path, Route.Access.OPEN, context -> send(file, context)));
        }
        return routes;
    }

    private static File read(String name) {
        try (InputStream in = DashboardRoutes.class.getResourceAsStream(FOLDER + name)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its file " + FOLDER + name);
            }
            byte[] bytes = in.readAllBytes();
            return new File(Buffer.buffer(bytes), typeOf(name), etag(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String typeOf(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8"; // RFC 9239
            case "svg" -> "image/svg+xml";
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static String etag(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return '"' + Base64.getUrlEncoder().withoutPadding().encodeToString(digest) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    private static void send(File file, RoutingContext context) {
        HttpServerResponse response = context.response()
                .putHeader(HttpHeaders.ETAG, file.etag())
                .putHeader(HttpHeaders.CACHE_CONTROL, CACHING)
                .putHeader("Content-Security-Policy", POLICY)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer");
        if (isKnown(file, context.request().headers())) {
            response.setStatusCode(304).end();
        } else {
            response.putHeader(HttpHeaders.CONTENT_TYPE, file.type()).end(file.bytes());
        }
    }

    /** Tells whether the client has the file already (RFC 9110, 13.1.2, by weak comparison). */
    private static boolean isKnown(File file, MultiMap headers) {
        for (String line : headers.getAll(HttpHeaders.IF_NONE_MATCH)) {
            for (String tag : line.split(",", -1)) {
                String bare = tag.strip();
                if (bare.equals("*") || (bare.startsWith("W/") ? bare.substring(2) : bare).equals(file.etag())) {
                    return true;
                }
            }
        }
        return false;
    }
}
