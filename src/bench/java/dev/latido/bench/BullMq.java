package dev.latido.bench;

import dev.latido.ops.Tool;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** BullMQ on Node, installed by npm under {@code target} in the versions that the lock file in {@code src/bench/node} names. */
final class BullMq {

    private static final Path SOURCE = Path.of("src", "bench", "node");
    private static final Path INSTALLED = Path.of("target", "bullmq");
    private static final List<String> FILES = List.of("package.json", "package-lock.json", "bullmq.mjs");
    private static final Duration AT_MOST = Duration.ofMinutes(4);

    private BullMq() {}

    /** Installs it; nothing where that is impossible, which is said on the error output. */
    static Optional<BullMq> install() throws IOException, InterruptedException {
        if (!Tool.isOnPath("node") || !Tool.isOnPath("npm")) {
            return Optional.empty();
        }
        Files.createDirectories(INSTALLED);
        for (String file : FILES) {
            Files.copy(SOURCE.resolve(file), INSTALLED.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        try {
            Child.output(
                    List.of(
                            "npm",
                            "ci",
                            "--prefix",
                            INSTALLED.toString(),
                            "--ignore-scripts",
                            "--no-audit",
                            "--no-fund"),
                    AT_MOST);
            return Optional.of(new BullMq());
        } catch (IOException failure) {
            System.err.println("BullMQ: " + failure.getMessage());
            return Optional.empty();
        }
    }

    /** Names its version, and those of what it runs on. */
    String version() throws IOException, InterruptedException {
        return "BullMQ " + library("bullmq") + " with ioredis " + library("ioredis") + " on Node "
                + Child.output(List.of("node", "--version"), AT_MOST).strip();
    }

    private static String library(String name) throws IOException {
        return new JsonObject(Files.readString(
                        INSTALLED.resolve("node_modules").resolve(name).resolve("package.json")))
                .getString("version");
    }

    /** Runs the script with these arguments and returns what it prints. */
    JsonObject run(String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("node", INSTALLED.resolve("bullmq.mjs").toString()));
        command.addAll(List.of(arguments));
        JsonObject result = new JsonObject(Child.output(command, AT_MOST).strip());
        Results.raw("bullmq " + String.join(" ", arguments) + " " + result);
        return result;
    }
}
