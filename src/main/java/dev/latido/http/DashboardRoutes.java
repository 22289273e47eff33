package dev.latido.http;

import java.util.ArrayList;
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
            "series.js",
            "state.js",
            "overview.js",
            "jobs.js",
            "job.js",
            "find.js",
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

    private final List<Asset> files;

    /** Reads the files. Blocks. */
    DashboardRoutes() {
        this.files =
                FILES.stream().map(name -> Asset.read(FOLDER + name, POLICY)).toList();
    }

    List<Route> table() {
        List<Route> routes = new ArrayList<>();
        for (int i = 0; i < FILES.size(); i++) {
            routes.add(files.get(i).at(i == 0 ? "/" : FOLDER + FILES.get(i)));
        }
        return routes;
    }
}
