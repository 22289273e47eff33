package dev.latido.bench;

import io.netty.util.Version;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the figures were measured on. */
final class Machine {

    private Machine() {}

    static String describe() throws IOException {
        return Runtime.getRuntime().availableProcessors() + " processors" + processor() + ", "
                + System.getProperty("os.name") + " " + System.getProperty("os.version")
                + System.lineSeparator() + System.getProperty("java.vm.name") + " "
                + System.getProperty("java.vm.version") + ", Vert.x " + vertx() + ", Netty "
                + netty() + ", load generator "
                + (Load.hasWrk() ? "wrk" : "our own");
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
