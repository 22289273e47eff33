package dev.latido.bench;

import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Puts load on a server, from a process of its own. */
final class Load {

    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([\\d.]+)");
    private static final Pattern WRONG = Pattern.compile("(Socket errors:|Non-2xx or 3xx responses:).*");

    private Load() {}

    /** Tells whether {@code wrk} is there, which takes less of the machine than our own generator. */
    static boolean hasWrk() {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                .anyMatch(directory -> Path.of(directory, "wrk").toFile().canExecute());
    }

    /** Asks as fast as {@code connections} can for {@code time} and returns the answers per second. */
    static double rate(Server server, int connections, Duration time) throws IOException, InterruptedException {
        if (!hasWrk()) {
            JsonObject result = exactly(server, Integer.MAX_VALUE, connections, time);
            return result.getInteger("answers") / result.getDouble("seconds");
        }
        String output = output(
                List.of("wrk", "-t1", "-c" + connections, "-d" + time.toSeconds() + "s", server.url("/api/job/status")),
                time);
        Matcher wrong = WRONG.matcher(output);
        Matcher rate = RATE.matcher(output);
        if (wrong.find() || !rate.find()) {
            throw new IOException("not all answers were good: " + output);
        }
        return Double.parseDouble(rate.group(1));
    }

    /** Sends at most {@code requests} requests for at most {@code time} and returns what {@link LoadGenerator} counts. */
    static JsonObject exactly(Server server, int requests, int connections, Duration time)
            throws IOException, InterruptedException {
        return new JsonObject(output(
                List.of(
                        Server.javaTool("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LoadGenerator.class.getName(),
                        Integer.toString(server.port()),
                        Integer.toString(requests),
                        Integer.toString(connections),
                        Long.toString(time.toSeconds())),
                time));
    }

    private static String output(List<String> command, Duration time) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Thread end = new Thread(process::destroyForcibly, "end-load");
        Runtime.getRuntime().addShutdownHook(end);
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(time.toSeconds() + 30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(command.get(0) + " failed: " + output);
            }
            return output;
        } finally {
            process.destroyForcibly();
            Runtime.getRuntime().removeShutdownHook(end);
        }
    }
}
