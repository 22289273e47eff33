package dev.latido.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.latido.Service;
import dev.latido.Services;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches: what is counted, what is told, and how far it is. */
class BatchTest {

    private Service service = start("http.maxBodyBytes", "10000");

    private static Service start(String... settings) {
        JsonObject queued = new JsonObject().put("autoStart", false);
        JsonObject jobs = new JsonObject()
                .put("heartbeat", new JsonObject().put("every", "1h"))
                .put("large", queued.copy().put("queue", new JsonObject().put("capacity", 100_000)))
                .put(
                        "drops",
                        queued.copy()
                                .put(
                                        "queue",
                                        new JsonObject().put("capacity", 3).put("whenFull", "drop-write")))
                .put(
                        "evicts",
                        queued.copy()
                                .put(
                                        "queue",
                                        new JsonObject().put("capacity", 3).put("whenFull", "drop-oldest")))
                .put(
                        "refuses",
                        queued.copy()
                                .put(
                                        "queue",
                                        new JsonObject().put("capacity", 2).put("whenFull", "reject")));
        return Services.start(new JsonObject().put("jobs", jobs), settings);
    }

    @AfterEach
    void stop() {
        service.stop();
    }

    private CliRun cli() {
        return CliRun.to(service.port());
    }

    private static String lines(int count) {
        return "{\"payload\":1}\n".repeat(count);
    }

    @Test
    void handsInAllLinesOfAFileInPiecesThatTheServiceTakes(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("many.ndjson"), "\n" + lines(2_500) + "{}");
        CliRun run = cli();
        assertThat(run.expect(0, "submit", "large", "--batch", file.toString()))
                .isEqualTo("2501 lines: 2501 accepted, 0 dropped, 0 refused.\n");
        assertThat(run.err.text()).isEmpty();
    }

    @Test
    void tellsWhatWasDroppedToMakeRoomForIt() {
        assertThat(cli().reading(lines(10)).expect(0, "submit", "evicts", "--batch", "-"))
                .isEqualTo("10 lines: 10 accepted, 0 dropped, 0 refused."
                        + " To make room, the queue dropped 7 that it had accepted.\n");
        assertThat(new JsonObject(cli().reading(lines(2)).expect(0, "submit", "evicts", "--batch", "-", "--json")))
                .isEqualTo(new JsonObject()
                        .put("lines", 2)
                        .put("accepted", 2)
                        .put("dropped", 0)
                        .put("refused", 0)
                        .put("evicted", 2)
                        .put("refusals", new JsonArray()));
    }

    @Test
    void tellsEachLineThatIsRefusedAndCountsAll() {
        String tooLarge = "{\"payload\":\"" + "x".repeat(10_000) + "\"}\n";
        CliRun run = cli().reading("{\"payload\":1}\r\n\n{\"paylod\":\"\u009b\"}\n" + tooLarge + "nonsense\n{}\n");
        JsonObject result = new JsonObject(run.expect(4, "submit", "large", "--batch", "-", "--json"));
        assertThat(result.getInteger("lines")).isEqualTo(5);
        assertThat(result.getInteger("accepted")).isEqualTo(2);
        assertThat(result.getJsonArray("refusals").stream().map(line -> ((JsonObject) line).getInteger("line")))
                .containsExactly(3, 4, 5);
        assertThat(result.getJsonArray("refusals").getJsonObject(1).getInteger("status"))
                .isEqualTo(413);
        assertThat(run.err.lines()).hasSize(3).anyMatch(line -> line.startsWith("line 3: Unknown field 'paylod'"));
    }

    @Test
    void countsWhatWasDroppedAndWhatFoundNoRoom() {
        assertThat(cli().reading(lines(5)).expect(4, "submit", "drops", "--batch", "-"))
                .isEqualTo("5 lines: 3 accepted, 2 dropped, 0 refused.\n");
        assertThat(cli().reading(lines(3)).expect(4, "submit", "refuses", "--batch", "-"))
                .isEqualTo("3 lines: 2 accepted, 0 dropped, 1 refused.\n");
        CliRun full = cli().reading(lines(1));
        assertThat(full.expect(1, "submit", "refuses", "--batch", "-", "--patience", "3s"))
                .isEqualTo("1 line: 0 accepted, 0 dropped, 1 refused.\n");
        assertThat(full.surroundings().time().nanos())
                .isEqualTo(Duration.ofSeconds(3).toNanos());
    }

    @Test
    void goesOnTryingAsLongAsItHasPatience() {
        cli().reading(lines(2)).expect(0, "submit", "refuses", "--batch", "-");
        // time passes only where the upload waits between two tries
        CliRun patient = new CliRun() {
            @Override
            void advance(Duration duration) {
                super.advance(duration);
                service.vertx()
                        .eventBus()
                        .request(
                                "latido.control",
                                new JsonObject().put("type", "Purge").put("job", "refuses"))
                        .await();
            }
        };
        patient.environment.put("LATIDOCLI_URL", "http://127.0.0.1:" + service.port());
        assertThat(patient.reading(lines(3)).expect(0, "submit", "refuses", "--batch", "-", "--patience", "1m"))
                .isEqualTo("3 lines: 3 accepted, 0 dropped, 0 refused.\n");
    }

    @Test
    void countsALineThatIsNotUtf8AndSendsTheOthers() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes("{}\n".getBytes(StandardCharsets.UTF_8));
        bytes.write(0xff);
        bytes.writeBytes("\n{}\n".getBytes(StandardCharsets.UTF_8));
        CliRun run = cli().reading(new ByteArrayInputStream(bytes.toByteArray()));
        assertThat(run.expect(4, "submit", "large", "--batch", "-")).startsWith("3 lines: 2 accepted");
        assertThat(run.err.text()).isEqualTo("line 2: The line is not UTF-8.\n");
    }

    @Test
    void endsWithTheCountWhenAllIsRefusedOrTheInputFails() {
        CliRun unknown = cli().reading(lines(3));
        unknown.expect(1, "submit", "none", "--batch", "-");
        assertThat(unknown.err.lines()).contains("Before it failed: 0 lines: 0 accepted, 0 dropped, 0 refused.");
        CliRun silent = cli().reading(lines(1_500));
        silent.expect(3, "submit", "large", "--batch", "-", "--timeout", "1ms");
        assertThat(silent.err.lines())
                .anyMatch(line -> line.matches("Before it failed: .*; lines 1 to [0-9,]+ unknown"));
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the disk is gone");
            }

            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                return read();
            }
        };
        InputStream some = new ByteArrayInputStream(lines(2).getBytes(StandardCharsets.UTF_8));
        CliRun failing = cli().reading(new SequenceInputStream(some, broken));
        failing.expect(2, "submit", "large", "--batch", "-");
        assertThat(failing.err.text()).contains("Before it failed: ", "the disk is gone");
    }

    @Test
    void namesTheLineOfTheFileAndNoOther() {
        CliRun run = cli().reading(lines(1_200) + "\n{\"payload\":[}\n" + lines(3));
        assertThat(run.expect(4, "submit", "large", "--batch", "-"))
                .isEqualTo("1204 lines: 1203 accepted, 0 dropped, 1 refused.\n");
        assertThat(run.err.text())
                .startsWith("line 1202: The line is not JSON: ")
                .endsWith(" (column 13).\n");
        assertThat(run.err.text().split("line \\d", -1)).hasSize(2);
    }

    @Test
    void tellsWhenItIsInterruptedHowFarItWas() {
        CliRun run = cli();
        InputStream some = new ByteArrayInputStream(lines(1_000).getBytes(StandardCharsets.UTF_8));
        InputStream interrupts = new InputStream() {
            @Override
            public int read() {
                run.interrupt();
                return -1;
            }

            @Override
            public int read(byte[] bytes, int from, int length) {
                return read();
            }
        };
        run.reading(new SequenceInputStream(some, interrupts)).expect(0, "submit", "large", "--batch", "-");
        assertThat(run.err.lines())
                .containsExactly(
                        "interrupted: 1,000 accepted",
                        "  With --key, a batch that was interrupted can be submitted again safely.");
    }

    @Test
    void tellsWhenItIsInterruptedWhichLinesAreNotAcceptedYet() {
        CliRun run = new CliRun() {
            @Override
            void advance(Duration duration) {
                super.advance(duration);
                interrupt();
            }
        };
        run.environment.put("LATIDOCLI_URL", "http://127.0.0.1:" + service.port());
        run.reading(lines(4)).expect(4, "submit", "refuses", "--batch", "-", "--patience", "1s", "--key", "k");
        assertThat(run.err.lines())
                .contains(
                        "interrupted: 2 accepted; lines 3 to 4 not accepted yet",
                        "  Submit it again, with the same --key: no line is taken twice.");
    }

    @Test
    void takesNoLineTwiceWhoseKeyIsTheSame() {
        String own = "{\"payload\":2,\"key\":\"own\"}\n";
        for (int i = 0; i < 2; i++) {
            cli().reading(lines(3) + "\n{}\n" + own).expect(0, "submit", "large", "--batch", "-", "--key", "a\"1");
        }
        assertThat(new JsonObject(cli().expect(0, "top", "large", "--json"))
                        .getJsonArray("jobs")
                        .getJsonObject(0)
                        .getJsonObject("counters")
                        .getInteger("accepted"))
                .isEqualTo(5);
    }

    @Test
    void goesOnTryingWhileTheServiceStarts() {
        int port = service.port();
        service.stop();
        CliRun patient = new CliRun() {
            @Override
            void advance(Duration duration) {
                super.advance(duration);
                service = start("http.port", Integer.toString(port));
            }
        };
        patient.environment.put("LATIDOCLI_URL", "http://127.0.0.1:" + port);
        assertThat(patient.reading(lines(3)).expect(0, "submit", "large", "--batch", "-", "--patience", "10s"))
                .isEqualTo("3 lines: 3 accepted, 0 dropped, 0 refused.\n");
    }

    /** A service that stops, or has no owner, refuses all of a request and not its lines. */
    @Test
    void goesOnTryingWhenAllOfARequestIsRefusedForAWhile() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        HttpServer stub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        stub.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            boolean isUp = requests.incrementAndGet() > 2;
            String text = isUp
                    ? "{\"index\":0,\"status\":202,\"state\":\"queued\"}\n"
                    : "{\"type\":\"urn:latido:problem:no-owner\",\"title\":\"Service Unavailable\",\"status\":503}";
            byte[] answer = text.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders()
                    .set("Content-Type", isUp ? "application/x-ndjson" : "application/problem+json");
            exchange.sendResponseHeaders(isUp ? 200 : 503, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        stub.start();
        try {
            CliRun impatient = CliRun.to(stub.getAddress().getPort()).reading(lines(1));
            impatient.expect(1, "submit", "large", "--batch", "-");
            assertThat(impatient.err.text())
                    .contains("Before it failed: 0 lines")
                    .doesNotContain("unknown");
            CliRun patient = CliRun.to(stub.getAddress().getPort()).reading(lines(1));
            assertThat(patient.expect(0, "submit", "large", "--batch", "-", "--patience", "5s"))
                    .isEqualTo("1 line: 1 accepted, 0 dropped, 0 refused.\n");
        } finally {
            stub.stop(0);
        }
    }

    @Test
    void namesLines() {
        assertThat(LineNumbers.inWords(List.of(7L))).isEqualTo("line 7");
        assertThat(LineNumbers.inWords(
                        LongStream.rangeClosed(27_001, 28_000).boxed().toList()))
                .isEqualTo("lines 27,001 to 28,000");
        assertThat(LineNumbers.inWords(List.of(1L, 3L, 4L, 9L))).isEqualTo("lines 1, 3 to 4, 9");
        assertThat(LineNumbers.inWords(List.of(1L, 3L, 5L, 7L, 9L, 11L, 13L)))
                .isEqualTo("lines 1, 3, 5, 7, 9 and others up to 13");
    }

    @Test
    void drawsABarOnATerminalAndLinesElsewhere() {
        CliRun run = new CliRun().onTerminal(24);
        Surroundings surroundings = run.surroundings();
        Progress bar = new Progress(surroundings, new Printer(surroundings), 200);
        Tally tally = new Tally();
        tally.taken("queued");
        bar.show(50, tally);
        assertThat(run.err.text()).as("too early").isEmpty();
        run.advance(Progress.BETWEEN_BARS);
        bar.show(50, tally);
        assertThat(run.err.text()).isEqualTo("\r\u001b[K[#####---------------]  25 %  1 lines, 10/s, 0 refused");
        bar.end();
        assertThat(run.err.text()).endsWith("0 refused\r\u001b[K");

        CliRun plain = new CliRun();
        Progress lines = new Progress(plain.surroundings(), new Printer(plain.surroundings()), 0);
        plain.advance(Progress.BETWEEN_BARS);
        lines.show(50, tally);
        assertThat(plain.err.text()).isEmpty();
        plain.advance(Progress.BETWEEN_LINES);
        lines.show(50, tally);
        lines.show(60, tally);
        lines.end();
        assertThat(plain.err.text()).isEqualTo("1 lines, 0/s, 0 refused\n");
    }
}
