package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Several real processes with one configuration, each with a store and a port of its own. */
final class Fleet implements AutoCloseable {

    private final Path file;
    private final Path directory;
    private final MainProcess[] processes;
    private final AtomicIntegerArray ports;
    private final List<String> faults = new ArrayList<>();
    private int lines;

    Fleet(Path file, Path directory, int count) {
        this.file = file;
        this.directory = directory;
        processes = new MainProcess[count];
        ports = new AtomicIntegerArray(count);
        for (int i = 0; i < count; i++) {
            processes[i] = begin(i);
        }
        for (int i = 0; i < count; i++) {
            ports.set(i, processes[i].awaitPort());
        }
    }

    private MainProcess begin(int index) {
        return MainProcess.start(
                List.of(),
                List.of("-XX:+UseSerialGC", "-Xmx128m"),
                Map.of("LATIDO_CONFIG", file.toString()),
                "store.directory=" + directory.resolve("store-" + index));
    }

    int size() {
        return processes.length;
    }

    /** Returns the port of any process, which may be dead or stand still. */
    int anyPort() {
        return ports.get(ThreadLocalRandom.current().nextInt(processes.length));
    }

    /** Kills a process with SIGKILL and starts it again with its store. */
    void killAndRestart(int index) {
        processes[index].kill();
        note(processes[index]);
        processes[index] = begin(index);
        ports.set(index, processes[index].awaitPort());
    }

    void freeze(int index) throws IOException, InterruptedException {
        processes[index].signal("STOP");
    }

    void thaw(int index) throws IOException, InterruptedException {
        processes[index].signal("CONT");
    }

    /** Ends all processes in order. */
    void end() {
        for (MainProcess process : processes) {
            process.terminate();
        }
        for (MainProcess process : processes) {
            assertThat(process.awaitExit()).as(process.lines()::toString).isZero();
            note(process);
        }
    }

    private void note(MainProcess process) {
        lines += process.lines().size();
        process.lines().stream()
                .filter(line -> line.contains(" ERROR ") || line.contains("Exception"))
                .forEach(faults::add);
    }

    /** Returns what the processes that ended had said of faults. */
    List<String> faults() {
        return faults;
    }

    /** Tells how many lines the processes that ended had written to the log. */
    int lines() {
        return lines;
    }

    @Override
    public void close() {
        for (MainProcess process : processes) {
            process.close();
        }
    }
}
