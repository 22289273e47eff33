package dev.latido.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.latido.document.Console;
import dev.latido.document.Page;
import dev.latido.http.CheckedClient;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * README and the pages under {@code docs/} show what happens: the commands of each page are run from top to bottom, in an archive
 * unpacked in an empty folder, and print what stands there, but for times, ids, sizes and ports.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ReadmeIT {

    /** What is not run, by the page and the first command of the block or the line of the page, and why. */
    private static final Map<String, Map<String, String>> LEFT_OUT = Map.of(
            "README.md",
            Map.of(
                    "mvn -q -DskipTests package && java -jar target/latido.jar", "the build is CI's",
                    "mvn -B verify", "the test command is CI's",
                    "git clone <this repository> latido && cd latido && mvn -q -DskipTests package",
                            "the archive stands for what is built"),
            "docs/first-worker.md",
            Map.of(
                    "node samples/node/worker.mjs &", "ReleaseIT runs this sample",
                    "bin/latido --config samples/node/latido.yaml &", "ReleaseIT runs this sample",
                    "mvn -q -f samples/java/pom.xml package", "ReleaseIT builds this sample",
                    "cp samples/java/target/greeter.jar workers/", "ReleaseIT runs this sample",
                    "bin/latido --config samples/java/latido.yaml &", "ReleaseIT runs this sample",
                    "bin/latido --config samples/bus/latido.yaml &", "ReleaseIT runs this sample",
                    "mvn -q -f samples/bus/pom.xml compile exec:java &", "ReleaseIT runs this sample"),
            "docs/jobs.md",
            Map.of("redis-cli XADD orders '*' payload '{\"n\":2}'", "there is no Redis; RedisJobTest shows the same"),
            "docs/queues.md",
            Map.of(
                    "latido move orders --from shop:orders", "4,000 messages at a broker",
                    "SERVICE_BUS_CONNECTION_STRING='Endpoint=sb://…' mvn test -Dtest=ServiceBusNamespaceTest",
                            "needs a namespace of Azure's"),
            "docs/security.md",
            Map.of(
                    "mvn -q org.cyclonedx:cyclonedx-maven-plugin:2.9.1:makeBom -DoutputFormat=json -DincludeTestScope=false",
                            "downloads, and ReleaseIT makes the same file",
                    "src/main/docker/pin", "asks registries of images"));

    /** Does what a page says, and has the blocks run in between. */
    private interface Context {
        void read(PageRun run) throws Exception;
    }

    private static final Map<String, Context> CONTEXTS = Map.of(
            "README.md", ReadmeIT::readme,
            "docs/first-worker.md", ReadmeIT::firstWorker,
            "docs/cli.md", ReadmeIT::cli,
            "docs/configuration.md", PageRun::next,
            "docs/http.md", ReadmeIT::http,
            "docs/jobs.md", ReadmeIT::jobs,
            "docs/store.md", ReadmeIT::store);

    @TempDir
    private static Path directory;

    private static Path home;

    @BeforeAll
    static void unpack() throws Exception {
        Tool.require("curl");
        home = Archive.unpack(Archive.made(), directory.resolve("unpacked"));
    }

    private static Map<String, String> leftOut(Page page) {
        return LEFT_OUT.getOrDefault(page.file().toString(), Map.of());
    }

    private static List<Console> toRun(Page page) {
        return page.consoles().stream()
                .filter(console -> !leftOut(page).containsKey(console.firstCommand()))
                .toList();
    }

    private static Stream<String> pages() {
        return Page.all().stream()
                .filter(page -> !toRun(page).isEmpty())
                .map(page -> page.file().toString());
    }

    @ParameterizedTest
    @MethodSource("pages")
    void showsWhatHappens(String name) throws Exception {
        assertThat(CONTEXTS).as("what the commands of the page need").containsKey(name);
        Page page = Page.of(name);
        Path copy = directory.resolve(name.replaceAll(".*/|\\.md", ""));
        Archive.run(directory, "cp", "-al", home.toString(), copy.toString());
        try (PageRun run = new PageRun(page, toRun(page), copy)) {
            CONTEXTS.get(name).read(run);
            run.done();
        }
    }

    @Test
    void nothingIsLeftOutThatIsNotThere() {
        Map<String, TreeSet<String>> there = new TreeMap<>();
        for (String name : LEFT_OUT.keySet()) {
            Page page = Page.of(name);
            TreeSet<String> commands = new TreeSet<>(page.indented());
            page.consoles().forEach(console -> commands.add(console.firstCommand()));
            there.put(name, commands);
        }
        LEFT_OUT.forEach(
                (name, commands) -> assertThat(there.get(name)).as(name).containsAll(commands.keySet()));
        assertThat(pages()).containsExactlyInAnyOrderElementsOf(CONTEXTS.keySet());
    }

    @Test
    void commandsWithOutputAreInNoOtherBlocks() {
        List<String> others = new ArrayList<>();
        for (Page page : Page.all()) {
            for (Page.Block block : page.blocks()) {
                if (!block.language().equals("console")
                        && block.lines().stream().anyMatch(line -> line.startsWith("$ "))) {
                    others.add(page.file() + ":" + block.line());
                }
            }
        }
        assertThat(others).isEmpty();
    }

    // ---- what each page needs

    private static String submit(CheckedClient client, String job, String payload) {
        HttpResponse<String> answer = client.post("/api/jobs/" + job + "/executions", payload);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return new JsonObject(answer.body()).getString("id");
    }

    private static void awaitListener(int port) {
        await("a program to listen")
                .atMost(Programs.PATIENCE)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> {
                    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                        return socket.isConnected();
                    }
                });
    }

    private static void ranAllLines(PageRun run) {
        List<String> lines = new ArrayList<>(run.started());
        lines.addAll(leftOut(run.page()).keySet());
        assertThat(run.page().indented()).containsExactlyInAnyOrderElementsOf(lines);
    }

    private static void readme(PageRun run) throws Exception {
        Tool.require("python3");
        int port = run.port("9000");
        run.write("hello.yaml", run.page().only("yaml"));
        run.write("worker.py", run.page().only("python"));
        Process worker = run.startLine("worker.py", Map.of());
        awaitListener(port);
        CheckedClient client = run.serveLine("hello.yaml", Map.of());
        run.next();
        run.end(worker);
        submit(client, "hello", "{\"name\":\"Grace\"}");
        run.next();
        ranAllLines(run);
    }

    private static void firstWorker(PageRun run) throws Exception {
        Tool.require("python3");
        int port = Programs.freePort();
        run.startLine("python/worker.py", Map.of("PORT", "" + port));
        awaitListener(port);
        run.serveLine("python/latido.yaml", Map.of("LATIDO_JOBS_GREET_WORKER_URL", "http://127.0.0.1:" + port + "/"));
        run.next();
        ranAllLines(run);
    }

    private static void cli(PageRun run) throws Exception {
        run.write("cli.yaml", """
                jobs:
                  heartbeat: {every: 5s, worker: log}
                  echo: {worker: log}
                  small: {worker: log, autoStart: false, queue: {capacity: 2, whenFull: reject}}
                  report: {cron: "0 6 * * *", autoStart: true, worker: log}
                """);
        run.write("work.ndjson", """
                {"payload":1}
                {"paylod":2}
                {"payload":3}
                {"payload":4}
                """);
        CheckedClient client = run.serve("cli.yaml", Map.of());
        run.next(() -> submit(client, "echo", "{\"a\":2}"));
    }

    private static void http(PageRun run) throws Exception {
        run.serve("conf/latido.yaml", Map.of());
        run.next();
        run.endAll();
        run.write("email.yaml", "jobs: {email: {worker: log}}\n");
        CheckedClient client = run.serve("email.yaml", Map.of("LATIDO_STORE_DIRECTORY", "data-of-email"));
        run.next(() -> submit(client, "email", "{\"recipient\":\"ada@example.org\"}"));
    }

    private static void jobs(PageRun run) throws Exception {
        run.serve("conf/examples/email.yaml", Map.of());
        run.next();
        run.next();
        run.endAll();

        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), run.port("9000"));
        HttpServer provider = HttpServer.create(address, 0);
        provider.createContext("/", request -> {
            byte[] body = "the provider is down".getBytes(StandardCharsets.UTF_8);
            request.sendResponseHeaders(503, body.length);
            request.getResponseBody().write(body);
            request.close();
        });
        provider.start();
        try {
            run.write("payments.yaml", config(run.page(), "payments.example"));
            // what the page shows stays as it is until it was looked at
            Map<String, String> settings = new HashMap<>(Map.of("LATIDO_STORE_DIRECTORY", "data-of-payments"));
            settings.put("LATIDO_JOBS_PAYMENTS_WORKER_URL", "http://127.0.0.1:" + address.getPort() + "/charge");
            settings.put("LATIDO_JOBS_PAYMENTS_WORKER_ALLOWPRIVATE", "true");
            settings.put("LATIDO_JOBS_PAYMENTS_RETRY_DELAY", "10m");
            settings.put("LATIDO_JOBS_PAYMENTS_RETRY_MAXDELAY", "10m");
            settings.put("LATIDO_JOBS_PAYMENTS_BREAKER_OPENFOR", "20m");
            CheckedClient client = run.serve("payments.yaml", settings);
            run.nextIs(submit(client, "payments", "{\"customer\":\"ada\",\"cents\":1200}"));
            for (int i = 1; i < 9; i++) {
                int failed = Math.min(i, 4);
                await("attempts to fail")
                        .atMost(Programs.PATIENCE)
                        .until(() -> new JsonObject(client.get("/api/jobs/payments/executions?state=waiting")
                                                .body())
                                        .getJsonArray("executions")
                                        .size()
                                == failed);
                submit(client, "payments", "{\"customer\":\"" + i + "\",\"cents\":100}");
            }
            run.next();
        } finally {
            provider.stop(0);
        }
    }

    /** Returns the configuration with {@code part} that a page shows. */
    private static String config(Page page, String part) {
        return page.blocks().stream()
                .filter(block -> block.language().equals("yaml"))
                .map(block -> String.join("\n", block.lines()) + "\n")
                .filter(text -> text.contains(part))
                .findFirst()
                .orElseThrow();
    }

    private static void store(PageRun run) throws Exception {
        Tool.require("sqlite3");
        // one tick, and one execution that is submitted: what is stored stays as it is until it was looked at
        CheckedClient client = run.serve("conf/latido.yaml", Map.of("LATIDO_JOBS_HEARTBEAT_EVERY", "1h"));
        assertThat(client.post("/api/job/start", "").statusCode()).isEqualTo(200);
        submit(client, "heartbeat", "");
        run.next();
        run.next();
        run.next();
    }
}
