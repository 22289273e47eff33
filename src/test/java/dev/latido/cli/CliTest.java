package dev.latido.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.Services;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Each command against a real service, in words and as JSON, and each exit code. */
class CliTest {

    private static final String KEY = "0123456789abcdef";
    private static Service service;

    @BeforeAll
    static void start() {
        JsonObject obedient = new JsonObject()
                .put("worker", new JsonObject().put("type", "class").put("class", ObedientWorker.class.getName()))
                .put("concurrency", 2)
                .put("retry", new JsonObject().put("attempts", 1));
        JsonObject queued = new JsonObject().put("worker", "event-bus").put("autoStart", false);
        JsonObject small =
                queued.copy().put("queue", new JsonObject().put("capacity", 1).put("whenFull", "drop-write"));
        JsonObject jobs = new JsonObject()
                .put("heartbeat", new JsonObject().put("every", "1h"))
                .put("idle", new JsonObject().put("every", "1h"))
                .put("work", obedient)
                .put("drained", obedient.copy())
                .put("queued", queued)
                .put("controlled", queued.copy())
                .put("listed", queued.copy())
                .put("purged", queued.copy())
                .put("replayed", obedient.copy())
                .put("finished", obedient.copy())
                .put("nightly", new JsonObject().put("cron", "30 2 * * *").put("autoStart", true))
                .put("small", small);
        service = Services.start(new JsonObject().put("jobs", jobs), "http.apiKeys", KEY, "defaultJob", "idle");
    }

    @AfterAll
    static void stop() {
        service.stop();
    }

    private static CliRun cli() {
        CliRun run = CliRun.to(service.port());
        run.environment.put("LATIDOCLI_API_KEY", KEY);
        return run;
    }

    @Test
    void explainsHowToServe() {
        assertThat(cli().expect(0, "help")).contains("serve", "--config FILE");
        assertThat(cli().expect(0, "serve", "--help")).contains("--config=FILE", "LATIDO_CONFIG");
        CliRun wrong = cli();
        wrong.expect(2, "--json", "serve", "--config=x.yaml");
        CliRun none = cli();
        none.expect(2, "serve", "--config");
    }

    @Test
    void saysWhereOptionsOfTheRuntimeBelong() {
        for (String option : List.of("-Xmx64m", "-Dlatido.http.port=0", "-XX:+UseSerialGC")) {
            CliRun run = cli();
            run.expect(2, "serve", option);
            assertThat(run.err.text()).contains(option, "stand before -jar: java -Xmx256m -jar latido.jar");
        }
    }

    @Test
    void saysHowAJobStands() {
        assertThat(cli().expect(0, "status"))
                .startsWith("Job 'idle' is stopped")
                .contains("It has not run yet.");
        assertThat(cli().expect(0, "status", "queued")).startsWith("Job 'queued' is stopped");
        JsonObject json = new JsonObject(cli().expect(0, "--json", "status", "queued"));
        assertThat(json.fieldNames()).contains("isRunning", "executionCount", "lastExecutionTime", "message");
    }

    @Test
    void startsAndStops() {
        assertThat(cli().expect(0, "start", "heartbeat")).startsWith("Job 'heartbeat' started.");
        assertThat(cli().expect(0, "start", "heartbeat")).startsWith("Job 'heartbeat' is already running.");
        assertThat(cli().expect(0, "status", "heartbeat")).contains("Runs: 1, the last began at ");
        JsonObject stopped = new JsonObject(cli().expect(0, "stop", "heartbeat", "--json"));
        assertThat(stopped.getBoolean("isRunning")).isFalse();
    }

    @Test
    void drainsAndSaysWhenThatIsNotYetDone() {
        cli().expect(0, "submit", "drained", "--payload", "\"hang\"");
        CliRun impatient = cli();
        impatient.expect(5, "stop", "drained", "--drain", "--wait", "500ms");
        assertThat(impatient.out.text()).startsWith("Job 'drained' is stopped");
        assertThat(impatient.err.text()).isEqualTo("latido: 1 still in flight.\n");
        cli().expect(0, "stop", "drained", "--now");
        cli().expect(0, "stop", "drained", "--drain");
    }

    @Test
    void handsInOneExecution(@TempDir Path directory) throws Exception {
        JsonObject execution = new JsonObject(cli().expect(
                        0,
                        "submit",
                        "queued",
                        "--json",
                        "--payload",
                        "{\"n\":1e400}",
                        "--priority",
                        "high",
                        "--delay",
                        "1h"));
        assertThat(execution.getString("priority")).isEqualTo("high");
        assertThat(execution.getString("state")).isEqualTo("waiting");
        Path file = Files.writeString(directory.resolve("payload.json"), "{\"ü\":1}");
        assertThat(cli().expect(0, "submit", "queued", "--json", "--file", file.toString()))
                .contains("\"payload\":{\"ü\":1}");
        assertThat(cli().reading("[3]").expect(0, "submit", "queued", "-", "--json"))
                .contains("\"payload\":[3]");
        assertThat(cli().expect(0, "submit", "queued")).matches("Execution \\w+ of job 'queued': queued\n");
    }

    @Test
    void refusesAPayloadThatIsEmpty(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("empty.json"), "");
        Path blank = Files.writeString(directory.resolve("blank.json"), " \r\n\t");
        for (String[] empty : List.of(
                new String[] {"--payload", ""},
                new String[] {"--payload", "  "},
                new String[] {"-"},
                new String[] {"--file", "-"},
                new String[] {"--file", file.toString()},
                new String[] {"--file", blank.toString()})) {
            CliRun run = cli().reading("\n");
            String[] line = {"submit", "queued", empty[0], empty[empty.length - 1]};
            run.expect(2, empty.length == 1 ? List.of(line).subList(0, 3).toArray(String[]::new) : line);
            assertThat(run.err.text()).contains("The payload is empty.", "leave out --payload");
        }
    }

    @Test
    void sendsNoPayloadThatTakesMoreMemoryThanThereMayBe(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("long.json");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(250_000_000);
        }
        CliRun run = cli();
        run.expect(2, "submit", "queued", "--file", file.toString());
        assertThat(run.err.text()).contains("more than 16 MiB", "curl");
        run.reading(Files.newInputStream(file)).expect(2, "submit", "queued", "-");
        assertThat(cli().expect(0, "submit", "--help")).contains("16 MiB");
    }

    @Test
    void givesTheSameAnswerForTheSameKey() {
        String first = cli().expect(0, "submit", "queued", "--key", "k 1", "--payload", "1");
        assertThat(cli().expect(0, "submit", "queued", "--key", "k 1", "--payload", "1"))
                .isEqualTo(first);
        CliRun other = cli();
        other.expect(1, "submit", "queued", "--key", "k 1", "--payload", "2");
        assertThat(other.err.text()).startsWith("latido: Unprocessable Entity: ");
    }

    @Test
    void waitsForTheOutcome() {
        assertThat(cli().expect(0, "submit", "work", "--payload", "{\"a\":[1.5]}", "--wait", "10s"))
                .endsWith("succeeded, result {\"a\":[1.5]}\n");
        assertThat(cli().expect(0, "submit", "work", "--payload", "\"deep\"", "--wait", "10s"))
                .endsWith("succeeded, result " + ObedientWorker.DEEP + "\n");
        assertThat(cli().expect(0, "submit", "work", "--payload", "\"note\"", "--wait", "10s"))
                .as("the result, not how far it was")
                .endsWith("succeeded, result \"note\"\n");
        assertThat(cli().expect(4, "submit", "work", "--payload", "\"fail\"", "--wait", "10s"))
                .contains(": failed, as I was told ")
                .doesNotContain("\u001b", "\u0007");
        CliRun impatient = cli();
        impatient.expect(5, "submit", "queued", "--wait", "900ms", "--json");
        assertThat(new JsonObject(impatient.out.text()).getString("state")).isEqualTo("queued");
        assertThat(impatient.err.lines()).singleElement().asString().matches("Execution \\w+ is queued\\.");
        CliRun patient = cli();
        patient.expect(5, "submit", "queued", "--wait", "1h", "--delay", "500ms");
        assertThat(patient.err.lines())
                .as("once, then when its state changes")
                .hasSizeBetween(1, 2)
                .first()
                .asString()
                .endsWith(" is waiting.");
    }

    private static String submitted(String job, String... more) {
        List<String> line = new ArrayList<>(List.of("submit", job, "--json"));
        line.addAll(List.of(more));
        return new JsonObject(cli().expect(0, line.toArray(String[]::new))).getString("id");
    }

    @Test
    void showsAnExecution() {
        String failed = new JsonObject(
                        cli().expect(4, "submit", "work", "--payload", "\"fail\"", "--wait", "10s", "--json"))
                .getString("id");
        String shown = cli().expect(0, "get", failed);
        assertThat(shown.lines().toList())
                .anyMatch(line -> line.matches("Execution " + failed + " of job 'work': failed, as I was told .*"))
                .anyMatch(line -> line.matches("  priority +normal"))
                .anyMatch(line -> line.matches("  endedAt +2.*Z"))
                .anyMatch(line -> line.matches("  failed attempt +1, 2.*Z to 2.*Z: as I was told .*"))
                .anyMatch(line -> line.matches("  payload +\"fail\""));
        assertThat(shown).doesNotContain("\u001b");
        String deep = new JsonObject(
                        cli().expect(0, "submit", "work", "--payload", "[1.50]", "--wait", "10s", "--json"))
                .getString("id");
        assertThat(cli().expect(0, "get", deep)).contains("result", "[1.50]");
        assertThat(new JsonObject(cli().expect(0, "get", deep, "--json")).getString("id"))
                .isEqualTo(deep);
        cli().expect(1, "get", "0000000000000");
    }

    @Test
    void cancelsAndRetriesAnExecution() {
        String id = submitted("controlled");
        assertThat(cli().expect(0, "cancel", id)).startsWith("Execution " + id + " of job 'controlled': cancelled");
        CliRun again = cli();
        again.expect(1, "retry", id);
        assertThat(again.err.text()).startsWith("latido: Conflict: ");
        String failed = new JsonObject(
                        cli().expect(4, "submit", "work", "--payload", "\"fail\"", "--wait", "10s", "--json"))
                .getString("id");
        assertThat(new JsonObject(cli().expect(0, "retry", failed, "--json")).getString("id"))
                .isEqualTo(failed);
        assertThat(new JsonObject(cli().expect(0, "cancel", submitted("controlled"), "--json")).getString("state"))
                .isEqualTo("cancelled");
    }

    @Test
    void listsExecutionsOfAJob() {
        String ended = submitted("listed");
        cli().expect(0, "cancel", ended);
        String later = submitted("listed", "--delay", "1h");
        String first = submitted("listed");
        String second = submitted("listed");
        List<String> lines = cli().expect(0, "list", "listed").lines().toList();
        assertThat(lines.get(0)).matches("EXECUTION +STATE +PRIORITY +ATTEMPT +CREATED +NOTE");
        assertThat(lines.stream().skip(1).map(line -> line.split(" ", 2)[0]))
                .containsExactly(first, second, later, ended);
        assertThat(ids("list", "listed", "--limit", "3")).containsExactly(first, second, later);
        assertThat(ids("list", "listed", "--state", "cancelled")).containsExactly(ended);
        assertThat(ids("list", "listed", "--state", "waiting")).containsExactly(later);
        assertThat(ids("list", "listed", "--state", "failed")).isEmpty();
        CliRun nowhere = cli();
        nowhere.expect(1, "list", "listed", "--dead-letters");
        assertThat(nowhere.err.text()).contains("is at no broker");
    }

    private static List<String> ids(String... line) {
        List<String> json = new ArrayList<>(List.of(line));
        json.add("--json");
        return new JsonObject(cli().expect(0, json.toArray(String[]::new)))
                .getJsonArray("executions").stream()
                        .map(each -> ((JsonObject) each).getString("id"))
                        .toList();
    }

    @Test
    void purgesAfterCounting() {
        submitted("purged");
        submitted("purged", "--delay", "1h");
        assertThat(cli().expect(0, "purge", "purged", "--dry-run"))
                .isEqualTo("2 executions of job 'purged' would be cancelled.\n");
        assertThat(cli().expect(0, "purge", "purged")).isEqualTo("2 of 2 executions of job 'purged' were cancelled.\n");
        assertThat(new JsonObject(cli().expect(0, "purge", "purged", "--json")).getInteger("matched"))
                .isZero();
    }

    @Test
    void replaysDeadLetters() {
        cli().expect(4, "submit", "replayed", "--payload", "\"fail\"", "--wait", "10s");
        assertThat(cli().expect(0, "replay", "replayed", "--error", "nothing like it", "--dry-run"))
                .isEqualTo("0 dead letters of job 'replayed' match.\n");
        assertThat(cli().expect(0, "replay", "replayed"))
                .isEqualTo("1 of 1 dead letters of job 'replayed' are queued again.\n");
    }

    @Test
    void letsAJobFinish() {
        assertThat(cli().expect(0, "complete", "finished")).startsWith("Job 'finished' ");
        CliRun closed = cli();
        closed.expect(1, "submit", "finished");
        assertThat(closed.err.text()).startsWith("latido: Conflict: ");
        cli().expect(0, "start", "finished");
        cli().expect(0, "submit", "finished");
    }

    @Test
    void tellsTheNextTicks() {
        assertThat(cli().expect(0, "next", "nightly", "--count", "2").lines())
                .hasSize(2)
                .allMatch(line -> line.matches("20\\d\\d-\\d\\d-\\d\\dT02:30:00Z"));
        assertThat(new JsonObject(cli().expect(0, "next", "nightly", "--json")).getJsonArray("ticks"))
                .hasSize(20);
        assertThat(cli().expect(0, "next", "work")).isEqualTo("Job 'work' has no tick to come: it has no timer.\n");
        assertThat(cli().expect(0, "next", "idle")).isEqualTo("Job 'idle' has no tick to come: it is stopped.\n");
        cli().expect(1, "next", "none");
    }

    @Test
    void pausesAndResumesAll() throws Exception {
        Service own = Services.start(new JsonObject());
        try {
            CliRun run = CliRun.to(own.port());
            assertThat(run.expect(0, "pause")).matches("All jobs are paused since 2.*Z\\.\n");
            assertThat(new JsonObject(CliRun.to(own.port()).expect(0, "pause", "--json")).getBoolean("isPaused"))
                    .isTrue();
            assertThat(CliRun.to(own.port()).expect(0, "resume")).isEqualTo("Nothing is paused.\n");
        } finally {
            own.stop();
        }
    }

    @Test
    void backsUpTheStore() {
        String[] words = cli().expect(0, "backup").strip().split(" ");
        assertThat(words).startsWith("Backed", "up", "to").endsWith("bytes.");
        assertThat(Path.of(words[3].replaceFirst(",$", ""))).isNotEmptyFile();
        assertThat(new JsonObject(cli().expect(0, "backup", "--json")).getString("place"))
                .isNotBlank();
    }

    /** Each example in a help is one that the parser takes. */
    @Test
    void helpsWithAnExampleForEachCommand() {
        CliRun run = cli();
        CommandLine all = Cli.commands(new Settings(run.surroundings()), file -> {
            throw new AssertionError("nothing is read");
        });
        List<CommandLine> commands = new ArrayList<>(List.of(all));
        for (int i = 0; i < commands.size(); i++) {
            commands.addAll(commands.get(i).getSubcommands().values());
        }
        assertThat(commands).hasSizeGreaterThan(20);
        for (CommandLine command : commands) {
            String name = command.getCommandSpec().qualifiedName();
            List<String> path = List.of(name.split(" "));
            List<String> line = new ArrayList<>(path.subList(1, path.size()));
            line.add("--help");
            String help = cli().expect(0, line.toArray(String[]::new));
            List<String> examples = help.lines()
                    .dropWhile(each -> !each.matches("Examples?:"))
                    .skip(1)
                    .takeWhile(each -> each.startsWith("  "))
                    .map(String::strip)
                    .toList();
            assertThat(examples).as(name).isNotEmpty().anyMatch(example -> example.contains(path.get(path.size() - 1)));
            for (String example : examples) {
                List<String> words = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)")
                        .matcher(example)
                        .results()
                        .map(word -> word.group(1) != null
                                ? word.group(1)
                                : word.group(2) != null ? word.group(2) : word.group(3))
                        .toList();
                assertThat(words.get(0)).isEqualTo("latido");
                all.parseArgs(words.subList(1, words.size()).toArray(String[]::new));
            }
        }
    }

    @Test
    void saysThatAnExecutionWasDropped() {
        cli().expect(0, "submit", "small");
        assertThat(cli().expect(4, "submit", "small")).contains(": dropped");
    }

    @Test
    void printsTheTableOnceWhereThereIsNoTerminal() {
        CliRun top = cli();
        top.expect(0, "top");
        assertThat(top.out.lines().get(0)).startsWith("JOB ").endsWith(" WHY");
        assertThat(top.out.lines()).hasSize(13).anyMatch(line -> line.startsWith("idle        stopped  "));
        assertThat(top.out.text()).doesNotContain("\u001b");
        JsonArray jobs = new JsonObject(cli().expect(0, "top", "--json")).getJsonArray("jobs");
        assertThat(jobs).hasSize(12);
        jobs = new JsonObject(cli().expect(0, "top", "--json", "work", "small")).getJsonArray("jobs");
        assertThat(jobs.getJsonObject(1).getString("name")).isEqualTo("small");
    }

    @Test
    void helpsAndTellsItsVersion() {
        assertThat(cli().expect(0, "help")).contains("Usage: latido ", "status", "LATIDOCLI_URL", "LATIDOCLI_API_KEY");
        assertThat(cli().expect(0, "help", "submit")).startsWith("Usage: latido submit ");
        assertThat(cli().expect(0, "submit", "--help")).startsWith("Usage: latido submit ");
        assertThat(cli().expect(0, "version")).isEqualTo("latido unpackaged\n");
        assertThat(cli().expect(0, "--version")).startsWith("latido unpackaged");
        assertThat(new JsonObject(cli().expect(0, "version", "--json")).getString("version"))
                .isEqualTo("unpackaged");
    }

    @Test
    void printsWhyTheServiceRefuses() {
        CliRun unknown = cli();
        unknown.expect(1, "status", "none", "--json");
        assertThat(new JsonObject(unknown.out.text()).getString("type")).isEqualTo("urn:latido:problem:unknown-job");
        assertThat(unknown.err.lines())
                .containsExactly("latido: Not Found: There is no job 'none'.", "  'latido top' shows all jobs.");
        CliRun malformed = cli();
        malformed.expect(1, "submit", "queued", "--payload", "{");
        assertThat(malformed.err.text()).startsWith("latido: Bad Request: The body is not JSON");
        CliRun parameter = cli();
        parameter.expect(2, "submit", "queued", "--priority", "urgent");
        assertThat(parameter.err.text()).contains("--priority", "'urgent' is none of low, normal, high, critical");
    }

    @Test
    void saysHowToGiveTheKey(@TempDir Path directory) throws Exception {
        CliRun none = CliRun.to(service.port());
        none.expect(1, "status");
        assertThat(none.err.text())
                .startsWith("latido: Unauthorized: ")
                .contains("--api-key-file", "LATIDOCLI_API_KEY");
        CliRun wrong = CliRun.to(service.port());
        wrong.environment.put("LATIDOCLI_API_KEY", "another-key-of-somebody");
        wrong.expect(1, "submit", "queued", "--payload", "1");
        assertThat(wrong.err.text()).doesNotContain("another-key-of-somebody");
        Path file = Files.writeString(directory.resolve("key"), KEY + "\n");
        wrong.expect(0, "status", "--api-key-file", file.toString());
        Files.writeString(file, "two\nlines");
        CliRun injected = cli();
        injected.expect(2, "status", "--api-key-file", file.toString());
        assertThat(injected.err.text()).contains("holds no API key").doesNotContain("lines");
        cli().expect(2, "status", "--api-key-file", directory.resolve("missing").toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "statsu",
                "start",
                "status a b",
                "status Not-A-Name",
                "status ..",
                "stop work --now --drain",
                "stop work --wait 1s",
                "stop work --drain --wait soon",
                "stop work --drain --wait 367d",
                "status --url http://localhost:70000",
                "submit work x",
                "submit work --payload 1 --file f",
                "submit work --file /does/not/exist",
                "submit work --batch /does/not/exist",
                "submit work --batch - --wait 1s",
                "submit work --patience 1s",
                "submit work --payload \ufffd",
                "submit work --key ü",
                "submit work --delay soon",
                "submit work --expires 0s",
                "submit work --expires 367d",
                "status --timeout 0s",
                "status --timeout 2h",
                "status --url ftp://localhost",
                "status --url http://user:word@localhost",
                "status --url http://",
                "watch Not-A-Name",
                "help nothing",
                "help config nothing",
                "config",
                "config check a b",
                "completion",
                "completion fish",
                "get",
                "get none",
                "cancel ..",
                "retry 1m7yqgtw3000",
                "list",
                "list work --state done",
                "list work --limit 0",
                "list work --limit 100001",
                "list work --state failed --dead-letters",
                "next work --count 101",
                "purge",
                "complete",
                "pause work",
            })
    void saysWhatIsWrongWithItsUsage(String line) {
        CliRun run = cli();
        run.expect(2, line.isEmpty() ? new String[0] : line.split(" "));
        assertThat(run.err.text()).startsWith("latido: ");
        assertThat(run.out.text()).isEmpty();
        CliRun program = cli();
        program.expect(2, ("--json " + line).strip().split(" "));
        JsonObject problem = new JsonObject(program.out.text());
        assertThat(problem.getString("type")).isEqualTo("urn:latido:problem:usage");
        assertThat(program.err.text())
                .startsWith("latido: "
                        + problem.getString("detail").lines().findFirst().orElseThrow());
    }

    @Test
    void suggestsWhatWasMeant() {
        CliRun run = cli();
        run.expect(2, "statsu");
        assertThat(run.err.text()).contains("Did you mean status");
    }

    @Test
    void letsNoArgumentActOnTheTerminal() {
        CliRun run = cli();
        run.expect(2, "status", "\u001b[2Jname");
        run.expect(2, "\u001b[2J");
        assertThat(run.err.text()).doesNotContain("\u001b").contains("\ufffd[2Jname");
    }

    /** Programs get one JSON value, whatever goes wrong. */
    @Test
    void tellsProgramsWhatIsWrongWhenNothingAnswers() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            for (String line : List.of("start work", "status", "top", "watch", "list work")) {
                assertProblem(silent.getLocalPort(), line + " --timeout 50ms", "no-answer");
            }
        }
        int nobody;
        try (ServerSocket taken = new ServerSocket(0)) {
            nobody = taken.getLocalPort();
        }
        for (String line : List.of(
                "start work",
                "status",
                "stop work",
                "submit work",
                "get 1m7yqgtw30000",
                "list work",
                "cancel 1m7yqgtw30000",
                "retry 1m7yqgtw30000",
                "replay work",
                "purge work",
                "complete work",
                "next work",
                "pause",
                "resume",
                "backup",
                "watch",
                "top")) {
            assertProblem(nobody, line, "unreachable");
        }
    }

    private static void assertProblem(int port, String line, String type) {
        CliRun run = CliRun.to(port);
        run.expect(3, (line + " --json").split(" "));
        assertThat(run.out.lines()).as(line).hasSize(1);
        JsonObject problem = new JsonObject(run.out.text());
        assertThat(problem.getString("type")).as(line).isEqualTo("urn:latido:problem:" + type);
        assertThat(problem.getString("title")).isNotBlank();
        assertThat(run.err.text()).startsWith("latido: " + problem.getString("detail"));
    }

    @Test
    void saysThatNothingAnswersOrNotInTimeOrNotLatido() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            CliRun slow = CliRun.to(silent.getLocalPort());
            slow.expect(3, "start", "work", "--timeout", "300ms");
            assertThat(slow.err.text()).contains("did not answer within 0.3 s", "It is unknown whether it was done");
            CliRun watch = CliRun.to(silent.getLocalPort());
            watch.expect(3, "watch", "--timeout", "200ms");
            assertThat(watch.err.text()).contains("did not answer within 0.2 s");
        }
        CliRun closed;
        try (ServerSocket taken = new ServerSocket(0)) {
            closed = CliRun.to(taken.getLocalPort());
        }
        closed.expect(3, "status");
        assertThat(closed.err.text()).contains("Nothing answers at http://127.0.0.1:", "--url", "java -jar latido.jar");
    }

    @Test
    void endsQuietlyWhenNobodyReadsAnyMore() {
        CliRun run = cli();
        run.out.closeReader();
        run.expect(0, "top");
        run.expect(0, "help");
        assertThat(run.err.text()).isEmpty();
        run.expect(1, "status", "none", "--json");
    }
}
