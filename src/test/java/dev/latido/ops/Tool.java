package dev.latido.ops;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Programs that the checks of real parts need and that a machine may lack. A test that misses one is skipped and says
 * so; with REQUIRE_TOOLS=true in the environment, as in CI, it fails.
 */
public final class Tool {

    private static final Logger LOG = LoggerFactory.getLogger(Tool.class);
    private static final long TIMEOUT_SECONDS = 30;

    /** How a program ended, and all that it printed. */
    record Result(int exitCode, String output) {}

    private Tool() {}

    /** Goes on only where the program {@code name} is on the PATH. */
    public static void require(String name) {
        if (isOnPath(name)) {
            return;
        }
        String message = name + " is not installed, so this check is left out";
        if (Boolean.parseBoolean(System.getenv("REQUIRE_TOOLS"))) {
            throw new AssertionError(message + ", but REQUIRE_TOOLS forbids that");
        }
        LOG.warn(message); // Surefire counts what is skipped and keeps the reason to itself
        assumeTrue(false, message);
    }

    /** Tells whether the program {@code name} is on the PATH. */
    public static boolean isOnPath(String name) {
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(System.getenv().getOrDefault("PATH", ""))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    }

    /**
     * Runs a program to its end.
     *
     * @param environment variables to set; to remove, where the value is empty
     */
    static Result run(Map<String, String> environment, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("tool", ".out");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
            environment.forEach((name, value) -> {
                if (value.isEmpty()) {
                    builder.environment().remove(name);
                } else {
                    builder.environment().put(name, value);
                }
            });
            Process process = builder.start();
            try {
                if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                    throw new AssertionError(String.join(" ", command) + " did not end");
                }
            } finally {
                process.destroyForcibly();
            }
            return new Result(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }
}
