package dev.latido.queue.redis;

import static org.awaitility.Awaitility.await;

import dev.latido.ops.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real master with a replica, and three real Sentinels, each on a port and in a directory of its own. */
final class RedisSentinels implements AutoCloseable {

    private static final int SENTINELS = 3;

    final String name = "main";
    final RedisServer first;
    final RedisServer second;
    private final Path directory;
    private final List<Integer> ports = new ArrayList<>();
    private final List<Process> sentinels = new ArrayList<>();
    private final String password;

    /**
     * Starts them.
     *
     * @param password of the Redis; empty for none
     * @param sentinelPassword of the Sentinels; empty for none
     */
    RedisSentinels(String password, String sentinelPassword) {
        Tool.require("redis-sentinel");
        this.password = password;
        List<String> options = new ArrayList<>(List.of("--repl-diskless-sync-delay", "0"));
        if (!password.isEmpty()) {
            options.addAll(List.of("--requirepass", password, "--masterauth", password));
        }
        first = RedisServer.start(options.toArray(String[]::new));
        options.addAll(List.of("--replicaof", "127.0.0.1 " + first.port()));
        second = RedisServer.start(options.toArray(String[]::new));
        try {
            directory = Files.createTempDirectory("sentinels");
            for (int n = 0; n < SENTINELS; n++) {
                begin(n, sentinelPassword);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        await("the replica to be in step")
                .until(() -> cli(second, "INFO", "replication").contains("master_link_status:up"));
        await("the Sentinels to know each other and the replica")
                .atMost(Duration.ofMinutes(1))
                .until(() -> ports.stream().allMatch(port -> {
                    String known = ask(port, sentinelPassword, "SENTINEL", "MASTER", name);
                    return known.contains("num-slaves\n1") && known.contains("num-other-sentinels\n2");
                }));
    }

    private void begin(int n, String sentinelPassword) throws IOException {
        int port = RedisServer.freePort();
        Path own = Files.createDirectories(directory.resolve("sentinel" + n));
        List<String> lines = new ArrayList<>(List.of(
                "port " + port,
                "bind 127.0.0.1",
                "dir " + own,
                "sentinel monitor " + name + " 127.0.0.1 " + first.port() + " 2",
                "sentinel down-after-milliseconds " + name + " 1000",
                "sentinel failover-timeout " + name + " 6000"));
        if (!password.isEmpty()) {
            lines.add("sentinel auth-pass " + name + " " + password);
        }
        if (!sentinelPassword.isEmpty()) {
            lines.add("requirepass " + sentinelPassword);
        }
        Path config = Files.write(own.resolve("sentinel.conf"), lines);
        sentinels.add(new ProcessBuilder("redis-sentinel", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(own.resolve("log").toFile())
                .start());
        ports.add(port);
    }

    private static String ask(int port, String password, String... command) {
        List<String> all = new ArrayList<>(List.of("-p", String.valueOf(port)));
        if (!password.isEmpty()) {
            all.addAll(List.of("--no-auth-warning", "-a", password));
        }
        all.addAll(List.of(command));
        return RedisServer.run(all);
    }

    /** Runs a command at one of both. */
    String cli(RedisServer server, String... command) {
        return ask(server.port(), password, command);
    }

    /** Has the replica made the master, which is alive. */
    void failOver(String sentinelPassword) {
        String answer = ask(ports.get(0), sentinelPassword, "SENTINEL", "FAILOVER", name);
        if (!answer.equals("OK")) {
            throw new AssertionError(answer);
        }
    }

    /** Returns where they are, as the configuration has it. */
    List<String> addresses() {
        return ports.stream().map(port -> "127.0.0.1:" + port).toList();
    }

    @Override
    public void close() {
        sentinels.forEach(Process::destroyForcibly);
        for (Process sentinel : sentinels) {
            try {
                if (!sentinel.waitFor(30, TimeUnit.SECONDS)) {
                    throw new AssertionError("a Sentinel did not end");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
        first.close();
        second.close();
        RedisServer.delete(directory);
    }
}
