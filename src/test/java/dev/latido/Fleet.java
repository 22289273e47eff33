package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.http.CheckedClient;
import io.vertx.core.json.JsonObject;
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
    /** Also those that were killed. */
    private final List<MainProcess> all = new ArrayList<>();

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
        MainProcess process = MainProcess.startWatched(
                List.of("-XX:+UseSerialGC", "-Xmx128m"),
                Map.of("LATIDO_CONFIG", file.toString()),
                "store.directory=" + directory.resolve("store-" + index));
        all.add(process);
        return process;
    }

    int size() {
        return processes.length;
    }

    /** Returns the port of any process, which may be dead or stand still. */
    int anyPort() {
        return ports.get(ThreadLocalRandom.current().nextInt(processes.length));
    }

    /** Waits until all processes can use the queue of {@code job}: before, nobody may have made it. */
    void awaitConnected(String job) {
        for (int i = 0; i < processes.length; i++) {
            int index = i;
            await("the queue").until(() -> broker(index, job).getBoolean("isConnected"));
        }
    }

    /** Returns by which name the broker of {@code job} knows a process, which stays the same. */
    String nameAtBroker(int index, String job) {
        return broker(index, job).getString("process");
    }

    private JsonObject broker(int index, String job) {
        return new JsonObject(new CheckedClient(ports.get(index))
                        .get("/api/jobs/" + job)
                        .body())
                .getJsonObject("queue")
                .getJsonObject("broker");
    }

    /** Kills a process with SIGKILL. */
    void kill(int index) {
        processes[index].kill();
        note(processes[index]);
    }

    /** Starts one that was killed again, with its store. */
    void restart(int index) {
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

    /** Tells how often a process stood still as a whole. */
    int stalls() {
        return (int) all.stream()
                .flatMap(process -> process.lines().stream())
                .filter(line -> line.startsWith(WatchedMain.STOOD_STILL))
                .count();
    }

    private void note(MainProcess process) {
        List<String> log = process.lines();
        lines += log.size();
        // who stood still as a whole takes its threads for blocked
        boolean stoodStill = log.stream().anyMatch(line -> line.startsWith(WatchedMain.STOOD_STILL));
        log.stream()
                .filter(line -> line.contains(" ERROR ") || line.contains("Exception"))
                .filter(line -> !(stoodStill && line.endsWith(".VertxException: Thread blocked")))
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
