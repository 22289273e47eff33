package dev.latido.bench.peer;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process has in memory. */
final class Memory {

    private static final double MEGABYTE = 1_048_576;

    private Memory() {}

    /** Returns resident memory as it is and, after a collection, the heap in use, in fields that begin with {@code name}. */
    static JsonObject read(String name) throws IOException {
        double resident = status("VmRSS:");
        return new JsonObject().put(name + "ResidentMegabytes", resident).put(name + "HeapMegabytes", heapMegabytes());
    }

    static double heapMegabytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MEGABYTE;
    }

    /** Returns how much was resident at most; 0 where there is no {@code /proc}. */
    static double peakMegabytes() throws IOException {
        return status("VmHWM:");
    }

    static double residentMegabytes() throws IOException {
        return status("VmRSS:");
    }

    private static double status(String field) throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith(field))
                .mapToDouble(line -> 1024 * Double.parseDouble(line.replaceAll("\\D", "")) / MEGABYTE)
                .findFirst()
                .orElse(0);
    }
}
