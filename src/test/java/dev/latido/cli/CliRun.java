package dev.latido.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Moment;
import dev.latido.job.TimeSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** A run of the command line in this JVM, with everything around it made up: streams, terminal, variables and time. */
class CliRun {

    final Capture out = new Capture();
    final Capture err = new Capture();
    final Map<String, String> environment = new HashMap<>();
    private final AtomicLong nanos = new AtomicLong();
    private InputStream in = InputStream.nullInputStream();
    private boolean isTerminal;
    private int rows = 24;
    private int columns = 100;
    private Optional<Keyboard> keyboard = Optional.empty();
    private volatile Runnable interruption = () -> {};

    /** What was written; the reader can go away. */
    static final class Capture extends OutputStream {
        private final ByteArrayOutputStream written = new ByteArrayOutputStream();
        private volatile boolean isClosed;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            if (isClosed) {
                throw new IOException("Broken pipe");
            }
            written.write(bytes, from, length);
        }

        /** From now on nobody reads. */
        void closeReader() {
            isClosed = true;
        }

        String text() {
            return written.toString(StandardCharsets.UTF_8);
        }

        List<String> lines() {
            return text().lines().toList();
        }
    }

    static CliRun to(int port) {
        CliRun run = new CliRun();
        run.environment.put("LATIDOCLI_URL", "http://127.0.0.1:" + port);
        return run;
    }

    CliRun onTerminal(int newRows) {
        isTerminal = true;
        rows = newRows;
        return this;
    }

    CliRun withColumns(int newColumns) {
        columns = newColumns;
        return this;
    }

    /** Gives the terminal keys; {@code restore} is told when it is to be as before. */
    CliRun withKeys(InputStream typed, Runnable restore) {
        keyboard = Optional.of(new Keyboard(typed, restore));
        return this;
    }

    CliRun reading(String text) {
        in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    CliRun reading(InputStream stream) {
        in = stream;
        return this;
    }

    void advance(Duration duration) {
        nanos.addAndGet(duration.toNanos());
    }

    Surroundings surroundings() {
        TimeSource time = new TimeSource() {
            @Override
            public Moment now() {
                return new Moment(Instant.EPOCH.plusNanos(nanos()), nanos());
            }

            @Override
            public long nanos() {
                return nanos.get();
            }
        };
        Terminal terminal = new Terminal(
                () -> isTerminal, () -> isTerminal, () -> new Terminal.Size(columns, rows), () -> keyboard);
        return new Surroundings(in, out, err, environment, terminal, time, this::advance, last -> {
            interruption = last;
            return () -> interruption = () -> {};
        });
    }

    /** Has told what is told when the process is ended now. */
    void interrupt() {
        interruption.run();
    }

    int run(String... args) {
        return Cli.run(
                surroundings(),
                file -> {
                    throw new AssertionError("no configuration is read here");
                },
                args);
    }

    /** Runs what goes on until its reader goes away. */
    CompletableFuture<Integer> begin(String... args) {
        return CompletableFuture.supplyAsync(() -> run(args), command -> new Thread(command, "latido").start());
    }

    /** Expects that exit code; returns what was written to standard output. */
    String expect(int exitCode, String... args) {
        int code = run(args);
        assertThat(code).as(() -> "out: " + out.text() + " err: " + err.text()).isEqualTo(exitCode);
        return out.text();
    }
}
