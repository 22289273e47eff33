package dev.latido.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real nginx in front of a service, with the configuration that {@code docs/proxies.md} gives, on a free port. */
public final class Nginx implements AutoCloseable {

    private static final Pattern DOCUMENTED = Pattern.compile("```nginx\n(.*?)```", Pattern.DOTALL);

    private final Process process;
    private final int port;

    /**
     * Starts it.
     *
     * @param directory where all its files are
     * @param service the port of the service
     */
    public Nginx(Path directory, int service) throws IOException {
        Tool.require("nginx");
        port = freePort();
        Path config = Files.writeString(directory.resolve("nginx.conf"), config(directory, service));
        process = new ProcessBuilder("nginx", "-p", directory + "/", "-e", "error.log", "-c", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output.log").toFile())
                .start();
        try {
            awaitPort(directory);
        } catch (Throwable failure) {
            close();
            throw failure;
        }
    }

    private void awaitPort(Path directory) {
        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptionsInstanceOf(ConnectException.class)
                .untilAsserted(() -> {
                    assertThat(process.isAlive()).as(() -> log(directory)).isTrue();
                    new Socket(InetAddress.getLoopbackAddress(), port).close();
                });
    }

    private String config(Path directory, int service) throws IOException {
        Matcher documented = DOCUMENTED.matcher(Files.readString(Path.of("docs/proxies.md")));
        assertThat(documented.find()).isTrue();
        String servers = documented
                .group(1)
                .replace("server 127.0.0.1:8080;", "server 127.0.0.1:" + service + ";")
                .replace("listen 80;", "listen 127.0.0.1:" + port + ";");
        assertThat(servers).contains(":" + service + ";", ":" + port + ";");
        StringBuilder temporary = new StringBuilder();
        for (String kind : new String[] {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
            temporary
                    .append("  ")
                    .append(kind)
                    .append("_temp_path ")
                    .append(directory)
                    .append("/")
                    .append(kind)
                    .append(";\n");
        }
        // one process, which ends with this test's hold of it
        return "daemon off; master_process off; pid " + directory
                + "/nginx.pid;\nevents {}\nhttp {\n  access_log off;\n" + temporary + servers + "}\n";
    }

    private static String log(Path directory) {
        try {
            return Files.readString(directory.resolve("output.log"));
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Returns where the service is behind it. */
    public String origin() {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
