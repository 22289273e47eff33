package dev.latido.bench;

import dev.latido.dashboard.Browser;
import dev.latido.ops.Tool;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** How soon people see a change: from when work is submitted over HTTP until the dashboard in a real browser shows it. */
final class BrowserLatencyBenchmark implements Benchmark {

    private static final int CHANGES = 100;
    private static final int WARM_UPS = 10;

    /** Changes are further apart than the 250 ms in which the page lets them be gathered, and fall on any part of a frame. */
    private static final int APART_MILLIS = 400;

    private static final int SPREAD_MILLIS = 200;
    private static final long SEED = 1_707;

    /** Notes when each text came. Its clock is that of the machine, in whole ms. */
    private static final String OBSERVE = """
            globalThis.seen = {};
            const depth = document.querySelector('#jobs [data-ref=depth]');
            new MutationObserver(() => { seen[depth.textContent] ??= Date.now(); })
                .observe(depth, {childList: true, characterData: true, subtree: true});""";

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Override
    public String name() {
        return "browser";
    }

    @Override
    public Table run() throws Exception {
        Table table = new Table("One dashboard, a quiet service", "", "ms, median / p99 / max");
        if (!Tool.isOnPath("chromium") || !Tool.isOnPath("chromedriver")) {
            table.note("Chromium or its driver is not installed, so nothing was measured.");
            return table;
        }
        Path config = Files.createTempFile("latido-bench", ".yaml");
        Files.writeString(config, "jobs:\n  work: {autoStart: false, queue: {capacity: 10000}}\n");
        try (Server server = Server.latido("-Dlatido.config=" + config);
                Browser page = new Browser()) {
            measure(table, server, page);
        } finally {
            Files.delete(config);
        }
        return table;
    }

    private void measure(Table table, Server server, Browser page) throws Exception {
        page.open(server.url("/"));
        page.awaitText("#connection-text", "Live");
        page.awaitText("#jobs [data-ref=depth]", text(0));
        page.run(OBSERVE);
        Random random = new Random(SEED);
        List<Double> begun = new ArrayList<>();
        List<Double> answered = new ArrayList<>();
        for (int i = 0; i < WARM_UPS + CHANGES; i++) {
            begun.add(nowMillis());
            submit(server);
            answered.add(nowMillis() - begun.get(i));
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(APART_MILLIS + random.nextInt(SPREAD_MILLIS)));
        }
        page.awaitTrue("seen[arguments[0]] !== undefined", text(WARM_UPS + CHANGES));
        List<Double> shown = new ArrayList<>();
        for (int i = 0; i < WARM_UPS + CHANGES; i++) {
            if (!(page.run("return seen[arguments[0]]", text(i + 1)) instanceof Number at)) {
                throw new IOException("the page never showed change " + (i + 1));
            }
            shown.add(at.doubleValue() - begun.get(i));
        }
        table.row("submission to stored and answered", show(answered));
        table.row("submission to shown", show(shown));
        table.note(CHANGES + " executions submitted over HTTP, at random " + APART_MILLIS + " to "
                + (APART_MILLIS + SPREAD_MILLIS) + " ms apart, to a job that is stopped; shown is when the depth of its"
                + " queue changes in the document of a headless Chromium " + page.version()
                + ", which is painted with that frame. Where changes follow each other faster, the page gathers those"
                + " of 250 ms.");
    }

    /** What the page says of a queue that holds so many. */
    private static String text(int depth) {
        return depth + " of 10,000";
    }

    private void submit(Server server) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(server.url("/api/jobs/work/executions")))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 202) {
            throw new IOException("not accepted: " + answer.statusCode() + " " + answer.body());
        }
    }

    /** Returns the time of the clock that the browser reads too. */
    private static double nowMillis() {
        Instant now = Instant.now();
        return 1e3 * now.getEpochSecond() + now.getNano() / 1e6;
    }

    private static String show(List<Double> all) {
        List<Double> sorted =
                all.subList(WARM_UPS, all.size()).stream().sorted().toList();
        double median = (sorted.get(CHANGES / 2 - 1) + sorted.get(CHANGES / 2)) / 2;
        double p99 = sorted.get((int) Math.ceil(0.99 * CHANGES) - 1);
        return Table.number(median) + " / " + Table.number(p99) + " / " + Table.number(sorted.get(CHANGES - 1));
    }
}
