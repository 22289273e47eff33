package dev.latido.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Many queued executions on one node, and how they are taken up after a crash. */
final class ScaleBenchmark implements Benchmark {

    private static final int QUEUED = 1_000_000;
    private static final int BATCH = 10_000;
    private static final String PAYLOAD = "x".repeat(100);

    @Override
    public String name() {
        return "scale";
    }

    @Override
    public Table run() throws Exception {
        Table table = new Table("Scale on one node", "what", "figure");
        queued(table);
        return table;
    }

    private static void queued(Table table) throws Exception {
        Path config = Files.createTempFile("latido-bench", ".yaml");
        Files.writeString(
                config,
                "jobs:\n  work: {autoStart: false, queue: {capacity: " + QUEUED
                        + "}}\nhttp: {maxBodyBytes: 10000000}\n");
        Path directory = Files.createTempDirectory("latido-bench");
        String[] settings = {"-Dlatido.config=" + config, "-Dlatido.store.directory=" + directory};
        try (Server server = Server.latidoWithOurClasses(settings)) {
            double before = server.heapAfterGcBytes().orElse(0);
            JsonArray items = new JsonArray();
            for (int i = 0; i < BATCH; i++) {
                items.add(new JsonObject().put("payload", PAYLOAD));
            }
            HttpClient http = HttpClient.newHttpClient();
            HttpRequest request = HttpRequest.newBuilder(URI.create(server.url("/api/jobs/work/executions/batch")))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(items.encode()))
                    .build();
            long begun = System.nanoTime();
            for (int i = 0; i < QUEUED / BATCH; i++) {
                http.send(request, HttpResponse.BodyHandlers.discarding());
            }
            double seconds = (System.nanoTime() - begun) / 1e9;
            int depth = new JsonObject(server.send("GET", "/api/jobs/work"))
                    .getJsonObject("queue")
                    .getJsonObject("queued")
                    .getInteger("normal");
            double bytes = (server.heapAfterGcBytes().orElse(0) - before) / depth;
            table.row("executions queued", String.format("%,d", depth));
            table.row("submitted over HTTP in batches of " + BATCH + ", a second", Table.number(depth / seconds));
            table.row("heap for each, its payload of 102 characters included, bytes", Table.number(bytes));
            table.row(
                    "disk for each, bytes", Table.number((double) Files.size(directory.resolve("latido.db")) / depth));
            server.kill();
            recovered(table, settings);
        } finally {
            Files.delete(config);
            Server.delete(directory);
        }
    }

    private static void recovered(Table table, String... settings) throws Exception {
        long begun = System.nanoTime();
        try (Server server = Server.latidoWithOurClasses(settings)) {
            double seconds = (System.nanoTime() - begun) / 1e9;
            Matcher took = Pattern.compile("Took up (\\d+) executions from the store in (\\d+) ms")
                    .matcher(server.output());
            if (!took.find()) {
                throw new IOException("nothing was recovered: " + server.output());
            }
            table.row("recovered after a SIGKILL", String.format("%,d", Integer.parseInt(took.group(1))));
            table.row("reading them, s", Table.number(Integer.parseInt(took.group(2)) / 1e3));
            table.row("JVM start to ready, s", Table.number(seconds));
        }
    }
}
