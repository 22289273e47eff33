package dev.latido.bench;

import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Puts load on a server, from a process of its own. */
final class Load {

    /** Asks for the default job's status. */
    static final Request STATUS = new Request("/api/job/status", "");

    private static final Duration GRACE = Duration.ofSeconds(30);
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([\\d.]+)");
    private static final Pattern WRONG = Pattern.compile("(Socket errors:|Non-2xx or 3xx responses:).*");

    private Load() {}

    /**
     * What is sent again and again.
     *
     * @param body JSON for a POST, empty for a GET
     */
    record Request(String path, String body) {}

    /** Tells whether {@code wrk} is there, which takes less of the machine than our own generator. */
    static boolean hasWrk() {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                .anyMatch(directory -> Path.of(directory, "wrk").toFile().canExecute());
    }

    /** Asks as fast as {@code connections} can for {@code time} and returns the answers per second. */
    static double rate(Server server, Request request, int connections, Duration time)
            throws IOException, InterruptedException {
        if (!hasWrk()) {
            JsonObject result = exactly(server, request, Integer.MAX_VALUE, connections, time);
            return result.getInteger("answers") / result.getDouble("seconds");
        }
        Path script = Files.createTempFile("latido-bench", ".lua");
        try {
            Files.writeString(
                    script,
                    request.body().isEmpty()
                            ? ""
                            : "wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = [=["
                                    + request.body() + "]=]\n");
            List<String> command = new ArrayList<>(
                    List.of("wrk", "-t1", "-c" + connections, "-d" + time.toSeconds() + "s", "--timeout", "30s"));
            command.addAll(List.of("-s", script.toString(), server.url(request.path())));
            String output = Child.output(command, time.plus(GRACE));
            Matcher wrong = WRONG.matcher(output);
            Matcher rate = RATE.matcher(output);
            if (wrong.find() || !rate.find()) {
                throw new IOException("not all answers were good: " + output);
            }
            return Double.parseDouble(rate.group(1));
        } finally {
            Files.delete(script);
        }
    }

    /** Sends at most {@code requests} requests for at most {@code time} and returns what {@link LoadGenerator} counts. */
    static JsonObject exactly(Server server, Request request, int requests, int connections, Duration time)
            throws IOException, InterruptedException {
        return Child.run(
                LoadGenerator.class,
                time.plus(GRACE),
                Integer.toString(server.port()),
                Integer.toString(requests),
                Integer.toString(connections),
                Long.toString(time.toSeconds()),
                request.path(),
                request.body());
    }
}
