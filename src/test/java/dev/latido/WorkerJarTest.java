package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.http.RawClient;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That a Java worker from a jar of its own works as the message says that its class is missing. The service comes from a jar that
 * names its libraries in its manifest, as the one that is delivered does.
 */
class WorkerJarTest {

    private static final String WORKER = """
            package com.example;

            public class Mailer implements dev.latido.worker.Worker {
                @Override
                public io.vertx.core.Future<String> perform(dev.latido.worker.Task task) {
                    return io.vertx.core.Future.succeededFuture("\\"mailed " + task.payload() + "\\"");
                }
            }
            """;

    private static final JsonObject CONFIG = new JsonObject()
            .put("defaultJob", "mail")
            .put(
                    "jobs",
                    new JsonObject()
                            .put(
                                    "mail",
                                    new JsonObject()
                                            .put(
                                                    "worker",
                                                    new JsonObject()
                                                            .put("type", "class")
                                                            .put("class", "com.example.Mailer"))));

    @TempDir
    Path directory;

    private Path service = Path.of("");
    private Path workers = Path.of("");

    @BeforeEach
    void makeJars() throws IOException {
        String tests = System.getProperty("java.class.path");
        Manifest manifest = manifest();
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        Stream.of(tests.split(File.pathSeparator, -1))
                                .map(part -> Path.of(part).toUri().toString())
                                .collect(Collectors.joining(" ")));
        service = directory.resolve("latido.jar");
        write(service, manifest, null);
        Path source = Files.writeString(directory.resolve("Mailer.java"), WORKER);
        assertThat(Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "a JDK")
                        .run(
                                null,
                                null,
                                null,
                                "-proc:none",
                                "-cp",
                                tests,
                                "-d",
                                directory.toString(),
                                source.toString()))
                .isZero();
        workers = directory.resolve("my-workers.jar");
        write(workers, manifest(), "com/example/Mailer.class");
    }

    private static Manifest manifest() {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        return manifest;
    }

    private void write(Path jar, Manifest manifest, @Nullable String entry) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            if (entry != null) {
                out.putNextEntry(new ZipEntry(entry));
                Files.copy(directory.resolve(entry), out);
            }
        }
    }

    @Test
    void isFoundOnTheClassPathThatTheMessageNames() {
        String said = "java -cp latido.jar" + File.pathSeparator + "my-workers.jar dev.latido.Main";
        try (MainProcess without = MainProcess.startFrom(service.toString(), CONFIG)) {
            assertThat(without.awaitExit()).isEqualTo(2);
            without.awaitLine("there is no class com.example.Mailer on the class path; start with " + said);
        }
        String classPath = said.split(" ", -1)[2]
                .replace("latido.jar", service.toString())
                .replace("my-workers.jar", workers.toString());
        try (MainProcess with = MainProcess.startFrom(classPath, CONFIG)) {
            String answer = RawClient.exchange(with.awaitPort(), """
                    POST /api/jobs/mail/executions HTTP/1.1\r
                    Host: localhost\r
                    Content-Type: application/json\r
                    Prefer: wait=30\r
                    Content-Length: 1\r
                    \r
                    7""").body();
            assertThat(new JsonObject(answer).getString("result")).isEqualTo("mailed 7");
        }
    }
}
