package dev.latido.bench;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A new PostgreSQL on loopback and a free port, with a password, in a directory of its own, from the programs that this
 * machine has; with the settings that it comes with, but for more memory. Nothing is left of it when it is closed.
 */
final class Postgres implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String USER = "postgres"; // it refuses to run as root

    private final Path directory;
    private final Path programs;
    private final String url;

    private Postgres(Path directory, Path programs, String url) {
        this.directory = directory;
        this.programs = programs;
        this.url = url;
    }

    /** Starts one; nothing where there is no {@code initdb} and {@code pg_ctl}. */
    static Optional<Postgres> start() throws IOException, InterruptedException {
        Optional<Path> found = programs();
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Path programs = found.get();
        Path directory = Files.createTempDirectory("latido-bench-postgres");
        Path password = Files.writeString(
                directory.resolve("password"), UUID.randomUUID().toString());
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
        int port = freePort();
        String url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=" + USER + "&password="
                + Files.readString(password);
        if (isRoot()) {
            Child.output(List.of("chown", "-R", USER, directory.toString()), PATIENCE);
        }
        Path data = directory.resolve("data");
        run(programs, "initdb", "-D", data.toString(), "-U", USER, "-A", "scram-sha-256", "--pwfile=" + password);
        Files.delete(password);
        String options = "-c listen_addresses=127.0.0.1 -c port=" + port + " -c shared_buffers=512MB"
                + " -c unix_socket_directories=" + directory;
        run(programs, "pg_ctl", "-D", data.toString(), "-l", directory + "/log", "-o", options, "-w", "start");
        Postgres postgres = new Postgres(directory, programs, url);
        Runtime.getRuntime().addShutdownHook(new Thread(postgres::stopQuietly, "end-postgres"));
        return Optional.of(postgres);
    }

    /** Returns the address of its database of the same name, with user and password. */
    String url() {
        return url;
    }

    /** Names its version; says so where there is none. */
    static String version() throws IOException, InterruptedException {
        Optional<Path> found = programs();
        return found.isEmpty()
                ? "no PostgreSQL"
                : Child.output(List.of(found.get().resolve("postgres").toString(), "--version"), PATIENCE)
                        .strip()
                        .replace("postgres (PostgreSQL)", "PostgreSQL");
    }

    private static Optional<Path> programs() throws IOException {
        List<Path> places = new ArrayList<>();
        for (String place : System.getenv("PATH").split(File.pathSeparator, -1)) {
            places.add(Path.of(place));
        }
        Path debian = Path.of("/usr/lib/postgresql");
        if (Files.isDirectory(debian)) {
            try (Stream<Path> versions = Files.list(debian)) {
                versions.map(version -> version.resolve("bin")).forEach(places::add);
            }
        }
        return places.stream()
                .filter(place -> Stream.of("postgres", "initdb", "pg_ctl")
                        .allMatch(name -> Files.isExecutable(place.resolve(name))))
                .findFirst();
    }

    private static String run(Path programs, String program, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups", "--"));
        }
        command.add(programs.resolve(program).toString());
        command.addAll(Arrays.asList(arguments));
        return Child.output(command, PATIENCE);
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void stopQuietly() {
        try {
            close();
        } catch (IOException tooLate) {
            System.err.println("PostgreSQL was not ended: " + tooLate.getMessage());
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (Files.exists(directory)) {
            try {
                run(programs, "pg_ctl", "-D", directory + "/data", "-m", "immediate", "-w", "stop");
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
                throw new IOException("PostgreSQL in " + directory + " was not ended", stop);
            }
            Server.delete(directory);
        }
    }
}
