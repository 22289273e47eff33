package dev.latido.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * The contract of this API, {@code /openapi.yaml}, and {@code /docs}, where Swagger UI shows it and lets people try it. The
 * build takes Swagger UI's released files from its webjar, so that nothing comes from another host.
 */
final class DocsRoutes {

    /** The page's parts by name, under {@code /docs/}; the page itself is {@code index.html}. */
    static final List<String> PARTS = List.of("docs.css", "docs.js", "swagger-ui.css", "swagger-ui-bundle.js");

    private static final String PAGE = "/docs";
    private static final String FOLDER = "/docs/";

    /**
     * As strict as the dashboard's, but for Trusted Types, which Swagger UI does not know. Its icons are {@code data:};
     * the styles of its elements are set by scripts, one property at a time, and are no inline styles.
     */
    static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /** A browser that opens the contract itself shows text. */
    private static final String TEXT_POLICY = "default-src 'none'; frame-ancestors 'none'";

    private final List<Route> table;

    /** Reads the files. Blocks. */
    DocsRoutes() {
        table = new ArrayList<>();
        table.add(Asset.read("/openapi.yaml", TEXT_POLICY).at("/openapi.yaml"));
        table.add(Asset.read(FOLDER + "index.html", POLICY).at(PAGE));
        PARTS.forEach(name -> table.add(Asset.read(FOLDER + name, POLICY).at(FOLDER + name)));
    }

    List<Route> table() {
        return table;
    }

    /** Tells whether the router knows {@code path} as that of the page, whose links to its parts would lead astray from there. */
    static boolean leadsAstray(String known, String path) {
        return known.equals(PAGE) && path.endsWith("/");
    }

    /** Sends the browser to the page, by a path that is right behind a proxy with a prefix too. */
    static void redirect(HttpServerResponse response) {
        response.setStatusCode(308).putHeader(HttpHeaders.LOCATION, ".." + PAGE).end();
    }
}
