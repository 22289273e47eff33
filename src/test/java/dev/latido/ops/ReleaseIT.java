package dev.latido.ops;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.latido.http.CheckedClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code mvn -Prelease package} makes, from the classes that were tested: the archive, unpacked in an empty folder, with the
 * samples and examples in it at work, and the artifact that they are compiled against. With {@code -Dlong} the sample of a Java
 * worker is built by Maven with an empty local repository, all examples are started, and the archive is made twice.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ReleaseIT {

    @TempDir
    private static Path directory;

    private static Path build;
    private static Path home;

    private final Programs programs = new Programs(directory);

    @BeforeAll
    static void make() throws Exception {
        build = Archive.made();
        home = Archive.unpack(build, directory);
    }

    @AfterEach
    void stop() {
        programs.close();
    }

    @AfterAll
    static void forget() {
        build = null;
        home = null;
    }

    // ---- what is in it

    private static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void namesEachLibraryWithItsLicence() throws Exception {
        String notices = Files.readString(home.resolve("THIRD-PARTY.txt"));
        JsonArray components = new JsonObject(Files.readString(home.resolve("bom.json"))).getJsonArray("components");
        Set<String> listed = new TreeSet<>();
        for (int i = 0; i < components.size(); i++) {
            JsonObject component = components.getJsonObject(i);
            listed.add(component.getString("name") + "-" + component.getString("version") + ".jar");
            assertThat(component.getJsonArray("licenses"))
                    .as(component.getString("name"))
                    .isNotEmpty();
            assertThat(notices)
                    .contains(":" + component.getString("name") + ":" + component.getString("version") + " ");
        }
        assertThat(listed).isEqualTo(names(home.resolve("lib")));
        assertThat(notices).doesNotContain("Unknown license");
    }

    @Test
    void hasAUnitThatSystemdTakes() throws Exception {
        Tool.require("systemd-analyze");
        Path unit = directory.resolve("latido.service");
        Files.writeString(
                unit, Files.readString(home.resolve("latido.service")).replace("/opt/latido", home.toString()));
        assertThat(Archive.run(directory, "systemd-analyze", "verify", "--man=no", unit.toString()))
                .doesNotContain("latido.service");
    }

    @Test
    void checksTheConfigurationsThatItBrings() throws Exception {
        Path elsewhere = Files.createDirectories(directory.resolve("elsewhere"));
        assertThat(Archive.run(
                        elsewhere,
                        latido(),
                        "config",
                        "check",
                        home.resolve("conf/latido.yaml").toString()))
                .contains("jobs.heartbeat");
        assertThat(Archive.run(elsewhere, latido(), "help")).contains("submit");
    }

    private static String latido() {
        return home.resolve("bin/latido").toString();
    }

    // ---- what workers and clients are written against

    private static Path api(String suffix) throws IOException {
        try (Stream<Path> files = Files.walk(home.resolve("repository"))) {
            return files.filter(file -> file.toString().matches(".*/latido-api-[0-9][^/]*" + suffix)
                            && (suffix.contains("-") || !file.toString().matches(".*-(sources|javadoc)\\.jar")))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void theApiNeedsNothingButVertxAndAnnotations() throws Exception {
        try (JarFile jar = new JarFile(api("\\.jar").toFile())) {
            JavaClasses classes = new ClassFileImporter().importJar(jar);
            assertThat(classes.contain("dev.latido.worker.Worker")).isTrue();
            assertThat(classes.contain("dev.latido.client.JobClient")).isTrue();
            Set<String> missing = classes.stream()
                    .flatMap(each -> each.getDirectDependenciesFromSelf().stream())
                    .map(dependency ->
                            dependency.getTargetClass().getBaseComponentType().getName())
                    .filter(name -> !name.matches("java\\..*|io\\.vertx\\.core\\..*|org\\.jspecify\\..*|[a-z]+")
                            && !name.matches(
                                    "(com\\.fasterxml\\.jackson\\.core|io\\.netty)\\..*") // vertx-core brings them
                            && !classes.contain(name))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(missing).isEmpty();
            Set<String> inSources = new TreeSet<>();
            try (JarFile sources = new JarFile(api("-sources\\.jar").toFile())) {
                sources.stream()
                        .filter(entry -> entry.getName().endsWith(".java"))
                        .forEach(entry -> inSources.add(entry.getName().replace(".java", "")));
            }
            Set<String> inJar = jar.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.endsWith(".class") && !name.contains("$"))
                    .map(name -> name.replace(".class", ""))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(inSources).isEqualTo(inJar);
        }
        try (JarFile javadoc = new JarFile(api("-javadoc\\.jar").toFile())) {
            assertThat(javadoc.getEntry("dev/latido/worker/Worker.html")).isNotNull();
        }
        assertThat(Files.readString(api("\\.pom")))
                .contains("<artifactId>vertx-core</artifactId>", "<artifactId>jspecify</artifactId>")
                .doesNotContain("@");
    }

    // ---- samples

    /** Two ports that follow one another, which are free now. */
    private static int freePair() throws IOException {
        while (true) {
            int port = Programs.freePort();
            try (ServerSocket second = new ServerSocket(port + 1, 1, InetAddress.getLoopbackAddress())) {
                assertThat(second.isBound()).isTrue();
                return port;
            } catch (IOException | IllegalArgumentException taken) {
                // another pair
            }
        }
    }

    /** Starts the service of a sample or an example, with a store of its own. */
    private CheckedClient serve(Map<String, String> settings, String... command) throws IOException {
        Map<String, String> environment = new HashMap<>(settings);
        environment.put(
                "LATIDO_STORE_DIRECTORY",
                Files.createTempDirectory(directory, "store").toString());
        return programs.serve(directory, Programs.freePort(), environment, command);
    }

    private static JsonObject submit(CheckedClient client, String job, String payload) {
        HttpResponse<String> answer = client.send(
                client.posting("/api/jobs/" + job + "/executions", payload).header("Prefer", "wait=60"));
        return new JsonObject(answer.body());
    }

    private static void greets(CheckedClient client) {
        JsonObject greeted = submit(client, "greet", "{\"name\":\"Ada\"}");
        assertThat(greeted.getString("state")).as(greeted.encode()).isEqualTo("succeeded");
        assertThat(greeted.getJsonObject("result")).isEqualTo(new JsonObject().put("greeting", "Hello, Ada!"));
        JsonObject nobody = submit(client, "greet", "{}");
        assertThat(nobody.encode()).contains("the payload has no name");
        assertThat(nobody.getString("state")).as(nobody.encode()).isEqualTo("failed");
        assertThat(nobody.getInteger("attempt"))
                .as("a payload without a name is not tried again")
                .isEqualTo(1);
    }

    private static String config(String sample) {
        return home.resolve("samples").resolve(sample).resolve("latido.yaml").toString();
    }

    @Test
    void aJavaClassWorks() throws Exception {
        Path sample = home.resolve("samples/java");
        Path jar = sample.resolve("target/greeter.jar");
        if (System.getProperty("long") != null) {
            Archive.mvn(sample, directory.resolve("repository").toString(), "package");
        } else {
            Path classes = Files.createDirectories(sample.resolve("target/classes"));
            String vertx = names(home.resolve("lib")).stream()
                    .filter(name -> name.matches("(vertx-core-[0-9]|jspecify|jackson-core).*"))
                    .map(name -> home.resolve("lib").resolve(name).toString())
                    .collect(Collectors.joining(":"));
            Archive.run(
                    sample,
                    "javac",
                    "-Xlint:-options",
                    "--release",
                    "17",
                    "-cp",
                    api("\\.jar") + ":" + vertx,
                    "-d",
                    classes.toString(),
                    "src/main/java/com/example/Greeter.java");
            Archive.run(sample, "jar", "-cf", jar.toString(), "-C", classes.toString(), ".");
        }
        Files.copy(jar, home.resolve("workers/greeter.jar"));
        greets(serve(Map.of(), latido(), "--config", config("java")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"python", "node"})
    void anEndpointWorks(String language) throws Exception {
        boolean isPython = language.equals("python");
        String program = isPython ? "python3" : "node";
        Tool.require(program);
        int port = Programs.freePort();
        programs.start(
                directory,
                Map.of("PORT", "" + port),
                program,
                home.resolve("samples")
                        .resolve(language)
                        .resolve(isPython ? "worker.py" : "worker.mjs")
                        .toString());
        greets(serve(
                Map.of("LATIDO_JOBS_GREET_WORKER_URL", "http://127.0.0.1:" + port + "/"),
                latido(),
                "--config",
                config(language)));
    }

    @Test
    void aBusMemberWorks() throws Exception {
        Path sample = home.resolve("samples/bus");
        Path classes = Files.createDirectories(sample.resolve("target/classes"));
        Archive.run(
                sample,
                "javac",
                "-Xlint:-options",
                "--release",
                "17",
                "-proc:none",
                "-cp",
                home.resolve("lib") + "/*",
                "-d",
                classes.toString(),
                "src/main/java/com/example/BusGreeter.java");
        int port = freePair();
        CheckedClient client = serve(
                Map.of("LATIDO_CLUSTER_PORT", "" + port, "LATIDO_CLUSTER_MEMBERS", "127.0.0.1:" + port),
                latido(),
                "--config",
                config("bus"));
        programs.start(
                directory,
                Map.of(),
                "java",
                "-DservicePort=" + port,
                "-cp",
                classes + ":" + home.resolve("lib") + "/*",
                "com.example.BusGreeter");
        greets(client);
    }

    // ---- examples

    private void starts(String example, String job, String payload) throws IOException {
        int cluster = freePair();
        int endpoints = freePair();
        Map<String, String> environment = new HashMap<>(Map.of(
                "LATIDO_CLUSTER_PORT", "" + cluster,
                "LATIDO_CLUSTER_MEMBERS", "127.0.0.1:" + cluster,
                "ENDPOINT_PORT", "" + endpoints));
        Map<String, Map<String, String>> urls = Map.of(
                "throttle", Map.of("LATIDO_JOBS_CALLS_WORKER_URL", "http://127.0.0.1:" + endpoints + "/hook"),
                "policies",
                        Map.of(
                                "LATIDO_JOBS_PAYMENTS_WORKER_URL", "http://127.0.0.1:" + endpoints + "/pay",
                                "LATIDO_JOBS_PAYMENTS_FALLBACK_URL", "http://127.0.0.1:" + (endpoints + 1) + "/pay",
                                "LATIDO_JOBS_REFUNDS_WORKER_URL", "http://127.0.0.1:" + endpoints + "/refund"));
        environment.putAll(urls.getOrDefault(example, Map.of()));
        CheckedClient client =
                serve(environment, home.resolve("conf/examples/start").toString(), example);
        JsonObject done = submit(client, job, payload);
        assertThat(done.getString("state")).as(done.encode()).isEqualTo("succeeded");
    }

    @ParameterizedTest
    @CsvSource({"email,email", "pipeline,load", "policies,payments"})
    void examplesBringTheirWorkers(String example, String job) throws Exception {
        starts(example, job, "{\"customer\":\"ada\"}");
    }

    @ParameterizedTest
    @EnabledIfSystemProperty(named = "long", matches = ".*")
    @CsvSource({"events,invoice", "images,images", "logs,logs", "throttle,calls", "pipeline,extract"})
    void allExamplesBringTheirWorkers(String example, String job) throws Exception {
        starts(example, job, "{\"customer\":\"ada\"}");
    }

    @Test
    @EnabledIfSystemProperty(named = "long", matches = ".*")
    void isMadeAgainWithTheSameBytes() throws Exception {
        Path again = Archive.build(directory.resolve("again"));
        for (String made : List.of(
                "target/latido.jar", "target/latido-api.jar", "target/latido-api-sources.jar", "target/bom.json")) {
            assertThat(again.resolve(made)).hasSameBinaryContentAs(build.resolve(made));
        }
        try (Stream<Path> files = Files.list(build.resolve("target"))) {
            for (Path archive :
                    files.filter(file -> file.toString().endsWith(".tar.gz")).toList()) {
                assertThat(again.resolve("target").resolve(archive.getFileName()))
                        .hasSameBinaryContentAs(archive);
            }
        }
    }
}
