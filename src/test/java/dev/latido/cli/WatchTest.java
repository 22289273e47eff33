package dev.latido.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.Service;
import dev.latido.Services;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes on until somebody ends it: {@code watch}, and {@code top} on a terminal. */
class WatchTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String FOLLOWING = "-- following from event ";

    private Service service;
    private CuttingProxy proxy;
    private CliRun watch;

    @BeforeEach
    void start() throws Exception {
        service = service();
        proxy = new CuttingProxy(service.port());
        watch = CliRun.to(proxy.port());
    }

    @AfterEach
    void stop() throws Exception {
        proxy.close();
        service.stop();
    }

    private static Service service(String... settings) {
        JsonObject work = new JsonObject()
                .put("worker", new JsonObject().put("type", "class").put("class", ObedientWorker.class.getName()));
        return Services.start(
                new JsonObject()
                        .put("jobs", new JsonObject().put("work", work).put("other", new JsonObject()))
                        .put("defaultJob", "work"),
                settings);
    }

    private void submit(String job, String payload) {
        CliRun.to(service.port()).expect(0, "submit", job, "--payload", payload);
    }

    private void awaitOut(String part) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(watch.out.text())
                        .as("errors: %s", watch.err.text())
                        .contains(part));
    }

    private void end(CompletableFuture<Integer> run) throws Exception {
        watch.out.closeReader();
        submit("work", "\"the last\""); // the next that is written finds that nobody reads
        assertThat(run.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isZero();
    }

    @Test
    void tellsALineForEachEventOfTheJobsAndTypesWanted() throws Exception {
        CompletableFuture<Integer> run =
                watch.begin("watch", "work", "--type", "execution.succeeded", "--type", "execution.began");
        awaitOut(FOLLOWING);
        submit("other", "1");
        submit("work", "2");
        awaitOut("execution.succeeded");
        List<String> lines = watch.out.lines();
        assertThat(lines).hasSize(3);
        assertThat(lines.get(1))
                .matches(
                        "\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z  execution\\.began {9}work  \\w+  priority=normal  attempt=1  .*");
        assertThat(lines.get(2)).contains("  execution.succeeded     work  ", "  durationMillis=");
        end(run);
        assertThat(watch.err.text()).isEmpty();
    }

    @Test
    void writesNdjsonForPrograms() throws Exception {
        CompletableFuture<Integer> run =
                watch.begin("--json", "watch", "--type=execution.queued", "--type=execution.succeeded");
        awaitOut("snapshot");
        submit("work", "1");
        awaitOut("execution.succeeded");
        List<JsonObject> lines = watch.out.lines().stream().map(JsonObject::new).toList();
        assertThat(lines.get(0).getJsonObject("data").getJsonArray("jobs")).hasSize(2);
        assertThat(lines.get(1).getString("event")).isEqualTo("execution.queued");
        assertThat(lines.get(1).getString("id"))
                .endsWith("-" + lines.get(1).getJsonObject("data").getLong("seq"));
        end(run);
    }

    @Test
    void showsEveryKindOfMessageInOneLine() {
        assertThat(inWords(
                        "job.recovered",
                        "{'at':'2026-01-31T12:00:00Z','type':'job.recovered','job':'a','queued':{'low':1}}"))
                .isEqualTo("12:00:00Z  job.recovered           a  queued={low=1}");
        assertThat(inWords("store.back", "{'at':'2026-01-31T12:00:00.5Z','type':'store.back','job':null}"))
                .isEqualTo("12:00:00.5Z  store.back              all jobs");
        assertThat(inWords("end", "{'reason':'stopping'}")).isEqualTo("-- the service stops");
    }

    /** It would come back and be left behind again, for ever. */
    @Test
    void endsWhenTheServiceSaysThatItDoesNotKeepUp() throws Exception {
        String answer = String.join(
                "\r\n",
                "HTTP/1.1 200 OK",
                "Content-Type: text/event-stream",
                "Connection: close",
                "",
                "event:end\ndata:{\"reason\":\"behind\"}\n\n");
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CliRun left = CliRun.to(busy.getLocalPort());
            CompletableFuture<Integer> run = left.begin("watch");
            try (Socket socket = busy.accept()) {
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                socket.shutdownOutput();
                assertThat(run.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(4);
            }
            assertThat(left.err.text())
                    .contains("the service ended the stream: more happens than can be told", "--type", "latido top");
            assertThat(left.out.text()).isEmpty();
        }
    }

    private static String inWords(String event, String data) {
        return EventLine.inWords(new Message(null, event, data.replace('\'', '"')))
                .orElseThrow();
    }

    @Test
    void letsNoTextOfAWorkerActOnTheTerminal() throws Exception {
        CompletableFuture<Integer> run = watch.begin("watch", "work");
        awaitOut(FOLLOWING);
        submit("work", "\"hang\"");
        awaitOut("  progress=0.5  note=\"half \ufffd[31mred\ufffd0m done\"");
        assertThat(watch.out.text()).doesNotContain("\u001b", "\u009b");
        CliRun.to(service.port()).expect(0, "stop", "work", "--now");
        end(run);
    }

    @Test
    void goesOnWhereItWasWhenTheConnectionIsCut() throws Exception {
        CompletableFuture<Integer> run = watch.begin("watch", "work", "--type", "execution.queued");
        awaitOut(FOLLOWING);
        submit("work", "1");
        awaitOut("execution.queued");
        proxy.leadTo(1); // nothing listens there
        proxy.cut();
        submit("work", "2");
        submit("work", "3");
        await().atMost(PATIENCE).until(() -> watch.err.text().contains("trying again in 2.0 s"));
        proxy.leadTo(service.port());
        await().atMost(PATIENCE).until(() -> watch.out.lines().size() == 4);
        assertThat(watch.out.lines()).filteredOn(line -> line.startsWith("-- ")).hasSize(1);
        assertThat(watch.err.text())
                .contains("latido: the connection was lost; trying again in 1.0 s")
                .endsWith("latido: connected again\n");
        end(run);
    }

    @Test
    void staysConnectedWhenNothingHappensForLongerThanAnAnswerMayTake() throws Exception {
        service.stop();
        service = service("stream.heartbeat", "500ms");
        proxy.leadTo(service.port());
        CompletableFuture<Integer> run = watch.begin("watch", "work", "--timeout", "300ms");
        awaitOut(FOLLOWING);
        long sofar = proxy.bytesToClients();
        await().atMost(PATIENCE).until(() -> proxy.bytesToClients() > sofar + 2L * ": heartbeat\n\n".length());
        end(run);
        assertThat(watch.err.text()).isEmpty();
    }

    @Test
    void saysThatThereIsAGap() throws Exception {
        CompletableFuture<Integer> run = watch.begin("watch");
        awaitOut(FOLLOWING);
        Service next = service();
        try {
            proxy.leadTo(next.port());
            proxy.cut();
            awaitOut("-- gap: what came after event ");
            awaitOut(" is not known any more (restart)");
        } finally {
            watch.out.closeReader();
            next.stop();
            service.stop();
            service = service();
            proxy.leadTo(service.port());
        }
        assertThat(run.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isZero();
    }

    @Test
    void endsWhenTheServiceRefusesAndWhenNoneIsThereToBeginWith() {
        watch.expect(1, "watch", "none");
        watch.expect(1, "watch", "work", "--type", "nothing");
        assertThat(watch.err.text()).contains("There is no job 'none'.", "'type'");
        watch.expect(3, "watch", "--url", "http://127.0.0.1:1");
    }

    @Test
    void drawsTheTableOverAndOverAndLeavesTheTerminalAsItWas() throws Exception {
        watch.onTerminal(6);
        CompletableFuture<Integer> run = watch.begin("top", "work", "other");
        awaitOut("work   running");
        assertThat(watch.out.text())
                .startsWith("\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[H")
                .contains("Ctrl-C ends\u001b[K\r\n");
        submit("work", "1");
        await().atMost(PATIENCE)
                .until(() -> watch.out.text().matches("(?s).*work   running  0/1000 +0 +0/1 +1 +0 +0 .*"));
        CliRun.to(service.port()).expect(0, "stop", "other");
        awaitOut("other  stopped");
        String[] pages = watch.out.text().split("\u001b\\[H", -1);
        assertThat(pages[pages.length - 1].lines()).as("fits the terminal").hasSizeLessThanOrEqualTo(5);
        end(run);
    }

    @Test
    void restoresTheTerminalAtAFailure() {
        watch.onTerminal(24).expect(1, "top", "none");
        assertThat(watch.out.text()).isEqualTo("\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[?7h\u001b[?25h\u001b[?1049l");
    }

    @Test
    void leavesOutJobsForWhichThereIsNoRoomAndSaysSo() {
        JobTable table = new JobTable();
        for (int i = 0; i < 9; i++) {
            table.put(Answer.fields("{\"name\":\"job" + i + "\",\"isRunning\":true}"));
        }
        assertThat(table.lines(10)).hasSize(10).last().asString().startsWith("job8");
        assertThat(table.lines(5))
                .hasSize(5)
                .last()
                .asString()
                .isEqualTo("… and 6 more; name those that you want to see.");
        table.take(new Message(null, "service", "{\"isStopping\":true,\"pausedAt\":\"t\",\"storeProblem\":\"full\"}"));
        assertThat(table.lines(5))
                .startsWith("Everything is paused since t.", "The store: full", "The service is stopping.")
                .hasSize(5);
    }
}
