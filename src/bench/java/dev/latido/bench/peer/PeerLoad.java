package dev.latido.bench.peer;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.LoggerFactory;

/**
 * Puts work on one contestant in this JVM. Arguments: the contestant, {@code rate}, {@code latency} or {@code memory}, how
 * many seconds to warm up, how many to measure, and a directory. Prints one JSON object. With {@code turns} and how many
 * works a turn has it takes one for each byte that comes in, until none comes any more, and prints the rate of each.
 */
public final class PeerLoad {

    /** What stands before the rate of a turn. */
    public static final String TURN = "turn ";

    private static final int FIRST_ROUND = 500;
    private static final int MAX_ROUND = 2_000_000;
    private static final Duration GIVE_UP = Duration.ofMinutes(2);

    /** Between two submissions to an idle service at most; half of it on average. */
    private static final Duration MAX_PAUSE = Duration.ofMillis(Integer.getInteger("bench.maxPauseMillis", 60));

    private final Peer peer;

    private PeerLoad(Peer peer) {
        this.peer = peer;
    }

    public static void main(String[] args) throws Exception {
        for (String name : new String[] {"org.jobrunr", "org.quartz", "com.github.kagkarlsson", "com.zaxxer"}) {
            ((Logger) LoggerFactory.getLogger(name)).setLevel(Level.ERROR);
        }
        Contestant contestant = Contestant.valueOf(args[0]);
        double warmUp = Double.parseDouble(args[2]);
        double seconds = Double.parseDouble(args[3]);
        JsonObject result;
        try (Peer peer = contestant.start(Path.of(args[4]))) {
            PeerLoad load = new PeerLoad(peer);
            result = switch (args[1]) {
                case "rate" -> load.rate(warmUp, seconds);
                case "latency" -> load.latency(warmUp, seconds);
                case "memory" -> load.memory(seconds);
                case "turns" -> load.turns(Integer.parseInt(args[2]));
                default -> throw new IllegalArgumentException(args[1]);
            };
        }
        System.out.println();
        System.out.println(result);
        System.exit(0); // whatever threads a peer leaves
    }

    private JsonObject rate(double warmUpSeconds, double seconds) throws Exception {
        double rate = warmUp(warmUpSeconds);
        int count = (int) Math.min(MAX_ROUND, Math.max(FIRST_ROUND, rate * seconds));
        double took = round(count);
        return new JsonObject().put("works", count).put("seconds", took).put("perSecond", count / took);
    }

    private JsonObject turns(int count) throws Exception {
        int turns = 0;
        while (System.in.read() >= 0) {
            System.out.println(TURN + count / round(count));
            turns++;
        }
        return new JsonObject().put("turns", turns);
    }

    /** Has ever greater rounds done for so long; returns how many works a second the last round had. */
    private double warmUp(double seconds) throws Exception {
        int count = FIRST_ROUND;
        double total = 0;
        double rate;
        do {
            double took = round(count);
            total += took;
            rate = count / took;
            count = (int) Math.min(MAX_ROUND, Math.max(count, Math.min(4.0 * count, rate * seconds / 2)));
        } while (total < seconds);
        return rate;
    }

    /**
     * Submits so many works and waits until all are done. Returns the seconds from the first submission to the end of the
     * last, without those in which all was accepted and nothing had begun, for which a polling peer only waits.
     */
    private double round(int count) throws Exception {
        Work.expect(count);
        long begun = System.nanoTime();
        peer.submit(0, count);
        long accepted = System.nanoTime();
        awaitDone(count);
        long end = System.nanoTime();
        long first = Long.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            first = Math.min(first, Work.startedNanos(i) - begun);
        }
        return (end - begun - Math.max(0, first - (accepted - begun))) / 1e9;
    }

    /** Waits until so many works are done and recorded, and checks that each was done once. */
    private void awaitDone(int count) throws Exception {
        long patience = System.nanoTime() + GIVE_UP.toNanos();
        while (Work.ran() < count || !peer.isIdle()) {
            if (System.nanoTime() - patience > 0) {
                throw new IOException("only " + Work.ran() + " of " + count + " were done");
            }
            LockSupport.parkNanos(Work.ran() < count ? 200_000 : 1_000_000);
        }
        if (Work.again() > 0 || Work.ran() != count) {
            throw new IOException(Work.ran() + " of " + count + " were done, and " + Work.again() + " twice");
        }
    }

    /** Submits single works at random moments; returns how long after being submitted they began. */
    private JsonObject latency(double warmUpSeconds, double seconds) throws Exception {
        warmUp(warmUpSeconds);
        SplittableRandom random = new SplittableRandom(1);
        int count = (int) (seconds * 2e9 / MAX_PAUSE.toNanos());
        Work.expect(count);
        long[] handedIn = new long[count];
        for (int i = 0; i < count; i++) {
            LockSupport.parkNanos(random.nextLong(MAX_PAUSE.toNanos()));
            handedIn[i] = System.nanoTime();
            peer.submit(i, 1);
        }
        awaitDone(count);
        double[] millis = new double[count];
        for (int i = 0; i < count; i++) {
            millis[i] = (Work.startedNanos(i) - handedIn[i]) / 1e6;
        }
        Arrays.sort(millis);
        return new JsonObject()
                .put("samples", count)
                .put("p50Millis", millis[count / 2])
                .put("p99Millis", millis[(int) (count * 0.99)])
                .put("maxMillis", millis[count - 1]);
    }

    /** Reads what is in memory before there was work, and after load for so long. */
    private JsonObject memory(double seconds) throws Exception {
        LockSupport.parkNanos(Duration.ofSeconds(2).toNanos());
        JsonObject result = Memory.read("idle");
        warmUp(seconds);
        result.put("residentPeakMegabytes", Memory.peakMegabytes());
        Work.expect(0);
        return result.mergeIn(Memory.read("loaded"));
    }
}
