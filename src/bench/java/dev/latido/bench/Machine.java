package dev.latido.bench;

import io.netty.util.Version;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** What the figures were measured on. */
final class Machine {

    private Machine() {}

    static String describe() throws IOException, InterruptedException {
        return Runtime.getRuntime().availableProcessors() + " processors" + processor() + ", "
                + System.getProperty("os.name") + " " + System.getProperty("os.version")
                + System.lineSeparator() + System.getProperty("java.vm.name") + " "
                + System.getProperty("java.vm.version") + ", Vert.x " + vertx() + ", Netty "
                + netty() + ", load generator "
                + (Load.hasWrk() ? "wrk" : "our own") + System.lineSeparator() + peers();
    }

    /** Names the versions of what Latido is measured beside. */
    private static String peers() throws IOException, InterruptedException {
        return "JobRunr " + jar("jobrunr") + ", db-scheduler " + jar("db-scheduler") + ", Quartz " + jar("quartz")
                + ", H2 " + jar("h2") + ", " + Postgres.version() + " with driver " + jar("postgresql")
                + ", SQLite driver "
                + jar("sqlite-jdbc");
    }

    /** Returns the version in the name of a library on the class path. */
    private static String jar(String name) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).getFileName().toString())
                .filter(entry -> entry.matches(Pattern.quote(name) + "-\\d.*\\.jar"))
                .map(entry -> entry.substring(name.length() + 1, entry.length() - ".jar".length()))
                .findFirst()
                .orElse("?");
    }

    private static String processor() throws IOException {
        Path cpuinfo = Path.of("/proc/cpuinfo");
        List<String> lines = Files.isReadable(cpuinfo) ? Files.readAllLines(cpuinfo) : List.of();
        return lines.stream()
                .filter(line -> line.startsWith("model name"))
                .findFirst()
                .map(line -> " (" + line.substring(line.indexOf(':') + 1).strip() + ")")
                .orElse("");
    }

    private static String netty() {
        Version version = Version.identify().get("netty-common");
        return version == null ? "?" : version.artifactVersion();
    }

    private static String vertx() throws IOException {
        try (InputStream version =
                Machine.class.getClassLoader().getResourceAsStream("META-INF/vertx/vertx-version.txt")) {
            return version == null ? "?" : new String(version.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }
}
