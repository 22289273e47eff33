package dev.latido.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.Service;
import dev.latido.Services;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        return service(List.of("other"), settings);
    }

    /** Starts a service with the job {@code work} and {@code others}. */
    private static Service service(List<String> others, String... settings) {
        JsonObject work = new JsonObject()
                .put("worker", new JsonObject().put("type", "class").put("class", ObedientWorker.class.getName()));
        JsonObject jobs = new JsonObject();
        others.forEach(job -> jobs.put(job, new JsonObject()));
        return Services.start(
                new JsonObject().put("jobs", jobs.put("work", work)).put("defaultJob", "work"), settings);
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
                BufferedReader request =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
                // a connection is reset that is closed before all was read
                assertThat(request.lines().takeWhile(line -> !line.isEmpty())).isNotEmpty();
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                socket.shutdownOutput();
                assertThat(run.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(4);
            }
            assertThat(left.err.text())
                    .contains("the service ended the stream: this client did not keep up", "--type", "latido top");
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
        watch.onTerminal(6).withColumns(120);
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

    private static JobTable nineJobs() {
        JobTable table = new JobTable();
        for (int i = 0; i < 9; i++) {
            table.put(Answer.fields("{\"name\":\"job" + i + "\",\"isRunning\":true}"));
        }
        return table;
    }

    @Test
    void leavesOutJobsForWhichThereIsNoRoomAndSaysSo() {
        JobTable table = nineJobs();
        assertThat(lines(table, 10)).hasSize(10).last().asString().startsWith("job8");
        assertThat(lines(table, 5)).hasSize(5).last().asString().isEqualTo("Jobs 1 to 3 of 9. HINT");
        table.take(new Message(null, "service", "{\"isStopping\":true,\"pausedAt\":\"t\",\"storeProblem\":\"full\"}"));
        assertThat(lines(table, 5))
                .startsWith("Everything is paused since t.", "The store: full", "The service is stopping.")
                .hasSize(5);
    }

    private static List<String> lines(JobTable table, int atMost) {
        return table.lines(atMost, JobTable.ANY_WIDTH, "HINT");
    }

    @Test
    void scrollsByJobsAndPagesAndNoFurtherThanToTheEnds() {
        JobTable table = nineJobs();
        assertThat(jobs(table)).containsExactly("job0", "job1", "job2");
        table.scroll(-1);
        assertThat(jobs(table)).containsExactly("job0", "job1", "job2");
        table.scroll(1);
        assertThat(jobs(table)).containsExactly("job1", "job2", "job3");
        table.scrollPages(1);
        assertThat(jobs(table)).containsExactly("job4", "job5", "job6");
        table.scrollPages(1);
        assertThat(jobs(table)).as("the last page is full").containsExactly("job6", "job7", "job8");
        table.scrollPages(-1);
        assertThat(jobs(table)).containsExactly("job3", "job4", "job5");
        table.scrollToEnd();
        assertThat(jobs(table)).containsExactly("job6", "job7", "job8");
        table.take(new Message(null, "snapshot", "{\"part\":1,\"of\":1,\"jobs\":[{\"name\":\"only\"}]}"));
        assertThat(jobs(table)).as("fewer jobs").containsExactly("only");
        table.scrollToTop();
        assertThat(table.lines(2, JobTable.ANY_WIDTH, "HINT")).hasSize(2);
        assertThat(table.lines(0, JobTable.ANY_WIDTH, "HINT")).hasSizeLessThan(3);
    }

    private static List<String> jobs(JobTable table) {
        return lines(table, 5).stream()
                .skip(1)
                .filter(line -> !line.startsWith("Jobs "))
                .map(line -> line.split(" ", 2)[0])
                .toList();
    }

    /** The groups of the dashboard, and within each by name. */
    @Test
    void sortsByWhatNeedsSomebody() {
        JobTable table = new JobTable();
        for (String job : List.of(
                "{'name':'a-stopped'}",
                "{'name':'b-idle','isRunning':true}",
                "{'name':'c-waits','isRunning':true,'queue':{'queued':{'low':1}}}",
                "{'name':'d-delays','isRunning':true,'queue':{'delayed':1}}",
                "{'name':'e-works','isRunning':true,'inFlight':1}",
                "{'name':'f-failed','deadLetters':1,'why':'idle'}",
                "{'name':'g-degraded','inFlight':1,'degraded':'job |g-degraded| is failing: 3','why':'working'}",
                "{'name':'h-degraded','degraded':'job |h-degraded| is stopped: by','why':'stopped: by; 2 queued'}",
                "{'name':'i-degraded','degraded':'job |i-degraded|: set aside','why':'set aside'}")) {
            table.put(Answer.fields(job.replace('\'', '"').replace('|', '\'')));
        }
        List<String> lines = lines(table, 20);
        assertThat(lines.stream().skip(1).map(line -> line.split(" ", 2)[0]))
                .containsExactly(
                        "g-degraded",
                        "h-degraded",
                        "i-degraded",
                        "f-failed",
                        "e-works",
                        "c-waits",
                        "d-delays",
                        "b-idle",
                        "a-stopped");
        assertThat(lines.get(1)).endsWith("  failing: 3; working");
        assertThat(lines.get(2)).endsWith("  stopped: by; 2 queued");
        assertThat(lines.get(3)).endsWith("  set aside");
        assertThat(lines.get(4)).endsWith("  1 dead letter; idle");
    }

    /** What is there to be read is read where 80 columns are all there is. */
    @Test
    void hasTheReasonReadableInEightyColumns() {
        String why =
                "waiting for a worker: no consumer at latido.work.images; 12 queued, the first of them since 12:00";
        JobTable table = new JobTable();
        table.put(Answer.fields("{\"name\":\"images-of-all-customers-by-night\",\"isRunning\":true,\"concurrency\":4,"
                + "\"queue\":{\"queued\":{\"low\":12},\"capacity\":100000},\"counters\":{\"succeeded\":1234567},\"why\":\""
                + why
                + "\"}"));
        List<String> lines = table.lines(20, 80, "HINT");
        assertThat(lines).allMatch(line -> line.length() <= 80);
        int from = lines.get(0).indexOf("WHY");
        assertThat(80 - from).isGreaterThanOrEqualTo(36);
        String read =
                lines.stream().skip(1).map(line -> line.substring(from).strip()).collect(Collectors.joining(" "));
        assertThat(read).isEqualTo(why);
        assertThat(lines.get(1)).startsWith("images-of-all-custo…  ").contains("12/100000", "0/4");
        assertThat(table.lines(20, 200, "HINT").get(1))
                .contains("1234567", "running")
                .endsWith(why);
        assertThat(table.lines(20, 10, "HINT")).as("no place at all").isNotEmpty();
    }

    @Test
    void pagesByKeysUntilQ() throws Exception {
        service.stop();
        service = service(List.of("a", "b"));
        proxy.leadTo(service.port());
        PipedOutputStream fingers = new PipedOutputStream();
        AtomicBoolean isRestored = new AtomicBoolean();
        watch.onTerminal(5).withKeys(new PipedInputStream(fingers), () -> isRestored.set(true));
        CompletableFuture<Integer> run = watch.begin("top");
        awaitOut("Jobs 1 to 1 of 3. Space and b page, g and G go to the ends, q quits.");
        fingers.write("\u001b[6~".getBytes(StandardCharsets.US_ASCII));
        fingers.flush();
        awaitOut("Jobs 2 to 2 of 3.");
        fingers.write("xk".getBytes(StandardCharsets.US_ASCII)); // one that means nothing, and up
        fingers.flush();
        await().atMost(PATIENCE).until(() -> {
            String text = watch.out.text();
            return text.lastIndexOf("Jobs 1 to 1 of 3.") > text.lastIndexOf("Jobs 2 to 2 of 3.");
        });
        fingers.write('q');
        fingers.flush();
        assertThat(run.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isZero();
        assertThat(isRestored).isTrue();
        assertThat(watch.out.text()).endsWith("\u001b[?1049l");
        assertThat(watch.err.text()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "j, DOWN",
        "'\r', DOWN",
        "k, UP",
        "' ', PAGE_DOWN",
        "b, PAGE_UP",
        "g, TOP",
        "G, END",
        "q, QUIT",
        "x, OTHER",
        "^[A, UP",
        "^[B, DOWN",
        "^OA, UP",
        "^[H, TOP",
        "^[F, END",
        "^[1~, TOP",
        "^[4~, END",
        "^[5~, PAGE_UP",
        "^[6~, PAGE_DOWN",
        "^[3~, OTHER",
        "^[1;5C, OTHER",
        "^x, OTHER",
    })
    void knowsTheKeys(String typed, Keyboard.Key key) throws Exception {
        byte[] bytes = (typed.replace('^', '\u001b') + "q").getBytes(StandardCharsets.US_ASCII);
        try (Keyboard keyboard = new Keyboard(new ByteArrayInputStream(bytes), () -> {})) {
            assertThat(keyboard.next()).contains(key);
            assertThat(keyboard.next()).as("nothing is left of it").contains(Keyboard.Key.QUIT);
            assertThat(keyboard.next()).isEmpty();
        }
    }
}
