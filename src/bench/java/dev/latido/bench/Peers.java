package dev.latido.bench;

import dev.latido.bench.peer.Contestant;
import dev.latido.bench.peer.PeerLoad;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Runs contestants, each in a JVM of its own, beside a PostgreSQL where the machine has one. */
final class Peers implements AutoCloseable {

    private static final Duration AT_MOST = Duration.ofMinutes(4);

    private final Optional<Postgres> postgres;

    private Peers(Optional<Postgres> postgres) {
        this.postgres = postgres;
    }

    static Peers start(List<Contestant> contestants) throws IOException, InterruptedException {
        return new Peers(
                contestants.stream().anyMatch(Contestant::needsPostgres) ? Postgres.start() : Optional.empty());
    }

    /** Says why there is no figure of the contestant. */
    String whyNot(Contestant contestant) {
        return contestant.needsPostgres() && postgres.isEmpty() ? "no PostgreSQL here" : "failed";
    }

    /**
     * Runs {@link PeerLoad} and returns what it prints. Nothing when the machine has not what the contestant needs, and
     * when it fails, which is said on the error output: the others are measured all the same.
     */
    Optional<JsonObject> run(Contestant contestant, String what, Duration warmUp, Duration measured)
            throws IOException, InterruptedException {
        if (contestant.needsPostgres() && postgres.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(measure(contestant, what, warmUp, measured));
        } catch (IOException failure) {
            System.err.println(contestant.title() + ": " + failure.getMessage());
            Results.raw(contestant + " " + what + " failed");
            return Optional.empty();
        }
    }

    private JsonObject measure(Contestant contestant, String what, Duration warmUp, Duration measured)
            throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("latido-bench");
        try {
            return Child.run(
                    postgres.map(there -> List.of("-Dbench.postgres=" + there.url()))
                            .orElse(List.of()),
                    PeerLoad.class,
                    AT_MOST,
                    contestant.name(),
                    what,
                    Long.toString(warmUp.toSeconds()),
                    Long.toString(measured.toSeconds()),
                    directory.toString());
        } finally {
            Server.delete(directory);
        }
    }

    @Override
    public void close() throws IOException {
        if (postgres.isPresent()) {
            postgres.get().close();
        }
    }
}
