package dev.latido.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What clients cost that ask for the largest file and do not read it: the time of a status request, with and without them. With
 * {@code -Dlatido.jar} of a build before, it is measured of that. Needs some more open files than there are readers ({@code ulimit -n}).
 */
final class ReadersBenchmark implements Benchmark {

    private static final int READERS = 10_000;
    private static final int BURST = 200;
    private static final int ROUNDS = Effort.rounds(3);
    private static final Duration WARM_UP = Effort.time(Duration.ofSeconds(20));

    /** Less than the 20 s after which who does not read is cut off. */
    private static final Duration ROUND = Duration.ofSeconds(10);

    private static final String HEAP = "-Xmx128m";
    private static final ByteBuffer REQUEST = ByteBuffer.wrap(
            "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

    @Override
    public String name() {
        return "readers";
    }

    @Override
    public Table run() throws Exception {
        Seen without = new Seen();
        Seen with = new Seen();
        List<Double> direct = new ArrayList<>();
        try (Server server = Server.latido(HEAP, "-Dlatido.http.maxConnections=" + (READERS + 1_000))) {
            without.probe(server, WARM_UP);
            without.clear();
            for (int round = 0; round < ROUNDS; round++) {
                without.probe(server, ROUND);
                List<SocketChannel> readers = new ArrayList<>();
                try {
                    for (int i = 0; i < READERS; i += BURST) {
                        ask(server, readers);
                    }
                    with.probe(server, ROUND);
                    direct.add(server.metric("jvm_buffer_memory_used_bytes{id=\"direct\"") / 1e6);
                } finally {
                    for (SocketChannel reader : readers) {
                        reader.close();
                    }
                }
            }
        }
        Table table = new Table(
                String.format("%,d connections that ask for a file of 1.7 MB and read nothing", READERS),
                "",
                "min / median / max");
        table.row("status p50 without them, ms", Spread.of(without.p50).show());
        table.row("status p50 with them, ms", Spread.of(with.p50).show());
        table.row("status p99 without them, ms", Spread.of(without.p99).show());
        table.row("status p99 with them, ms", Spread.of(with.p99).show());
        table.row(
                "resident memory without them, MB", Spread.of(without.resident).show());
        table.row("resident memory with them, MB", Spread.of(with.resident).show());
        table.row("direct memory with them, MB", Spread.of(direct).show());
        table.note(HEAP
                + "; status: one request after the other on a connection of its own, from a process of its own, for "
                + ROUND.toSeconds() + " s, in turn without and with them, " + ROUNDS + " times.");
        return table;
    }

    /** Adds some more, and waits until each is answered: more at once than the system queues would have others wait to connect. */
    private static void ask(Server server, List<SocketChannel> readers) throws IOException {
        for (int i = 0; i < BURST; i++) {
            SocketChannel reader = SocketChannel.open();
            readers.add(reader);
            reader.setOption(StandardSocketOptions.SO_RCVBUF, 4_096);
            reader.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
            reader.write(REQUEST.duplicate());
        }
        for (SocketChannel reader : readers.subList(readers.size() - BURST, readers.size())) {
            if (reader.read(ByteBuffer.allocate(1)) != 1) {
                throw new IOException("a reader was not answered");
            }
        }
    }

    /** What was seen, a value a round. */
    private static final class Seen {
        private final List<Double> p50 = new ArrayList<>();
        private final List<Double> p99 = new ArrayList<>();
        private final List<Double> resident = new ArrayList<>();

        void probe(Server server, Duration time) throws Exception {
            JsonObject probe = Load.exactly(server, Load.STATUS, Integer.MAX_VALUE, 1, time);
            if (probe.getInteger("errors") > 0 || probe.getInteger("answers") == 0) {
                throw new IOException("not all was answered: " + probe);
            }
            p50.add(probe.getDouble("p50Millis"));
            p99.add(probe.getDouble("p99Millis"));
            resident.add(server.residentBytes().orElse(0) / 1e6);
        }

        void clear() {
            p50.clear();
            p99.clear();
            resident.clear();
        }
    }
}
