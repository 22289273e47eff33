package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.Service;
import dev.latido.Services;
import dev.latido.ops.Tool;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What others' tools make of the API's description: Redocly finds no fault, and a client in TypeScript is made of it and works. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class OpenApiToolsIT {

    @TempDir
    private static Path directory;

    @BeforeAll
    static void install() throws Exception {
        Tool.require("npm");
        try (Stream<Path> files = Files.list(Path.of("src/test/openapi"))) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName()));
            }
        }
        Files.copy(
                Path.of("src/main/resources/openapi.yaml"),
                directory.resolve("openapi.yaml"),
                StandardCopyOption.REPLACE_EXISTING);
        run("", "npm", "ci", "--no-audit", "--no-fund");
    }

    private static String run(String url, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile(directory, "tool", ".out");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("LATIDO_URL", url);
        builder.environment().put("REDOCLY_TELEMETRY", "off");
        builder.environment().put("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
        Process process = builder.start();
        if (!process.waitFor(5, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        String printed = Files.readString(output);
        assertThat(process.waitFor())
                .as("%s: %s", String.join(" ", command), printed)
                .isZero();
        return printed;
    }

    @Test
    void redoclyFindsNoFault() throws Exception {
        String all = run("", "npx", "redocly", "lint", "--format=json", "openapi.yaml");
        JsonObject totals =
                new JsonObject(all.substring(all.indexOf('{'), all.lastIndexOf('}') + 1)).getJsonObject("totals");
        assertThat(totals.getInteger("errors")).isZero();
        assertThat(totals.getInteger("warnings")).as(all).isZero();
    }

    @Test
    void aClientInTypeScriptWorks() throws Exception {
        run("", "npx", "openapi-typescript", "openapi.yaml", "-o", "api.d.ts");
        run("", "npx", "tsc");
        Service service = Services.start(
                new JsonObject("{\"jobs\": {\"greet\": {\"worker\": \"log\"}}}"), "shutdown.grace", "1s");
        try {
            assertThat(run("http://127.0.0.1:" + service.port(), "node", "client.js"))
                    .contains("the client works");
        } finally {
            service.stop();
        }
    }
}
