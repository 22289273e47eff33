package dev.latido.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs that run to their end in a process of their own. */
final class Child {

    private static final List<String> JVM = List.of("-Xmx2g", "-XX:+UseG1GC");

    private Child() {}

    /** Runs a class of the benchmarks and returns the JSON object that is the last thing it prints. */
    static JsonObject run(Class<?> main, Duration atMost, String... arguments)
            throws IOException, InterruptedException {
        return run(List.of(), main, atMost, arguments);
    }

    /** Runs it with options for its JVM besides those that all have. */
    static JsonObject run(List<String> options, Class<?> main, Duration atMost, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = command(System.getProperty("java.class.path"), options, main, arguments);
        String output = output(command, atMost).strip();
        int begin = output.lastIndexOf("\n{") + 1;
        JsonObject result =
                new JsonObject(output.substring(begin).lines().findFirst().orElseThrow());
        Results.raw(main.getSimpleName() + " " + String.join(" ", arguments) + " " + result);
        return result;
    }

    /** Returns what runs a class of the benchmarks that are on {@code classPath}. */
    static List<String> command(String classPath, List<String> options, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Server.javaTool("java"),
                "-Dlogback.configurationFile=logback-process.xml", // not that of the tests
                "-cp",
                classPath));
        command.addAll(JVM);
        command.addAll(options);
        command.add(main.getName());
        command.addAll(Arrays.asList(arguments));
        return command;
    }

    /** Runs a program and returns what it prints; it has to end well and in time. */
    static String output(List<String> command, Duration atMost) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Thread end = new Thread(process::destroyForcibly, "end-child");
        Runtime.getRuntime().addShutdownHook(end);
        Thread tooLong = endAfter(process, atMost);
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException(command + " failed: " + output);
            }
            return output;
        } finally {
            process.destroyForcibly();
            tooLong.interrupt();
            Runtime.getRuntime().removeShutdownHook(end);
        }
    }

    /** Has {@code process} end after that time, unless the thread that is returned is interrupted. */
    static Thread endAfter(Process process, Duration atMost) {
        Thread tooLong = new Thread(
                () -> {
                    try {
                        if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                            process.destroyForcibly();
                        }
                    } catch (InterruptedException done) {
                        // it ended in time
                    }
                },
                "child-timeout");
        tooLong.setDaemon(true);
        tooLong.start();
        return tooLong;
    }
}
