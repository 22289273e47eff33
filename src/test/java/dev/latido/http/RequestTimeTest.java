package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.http.OddRequests.Odd;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * That no request holds an event loop for long, whatever its path, query and header fields look like. Searches for the
 * worst: among random ones, and by changing the worst so far. {@code -Drequests=1000000 -Dseed=…} searches longer.
 */
class RequestTimeTest {

    private static final Duration BOUND = Duration.ofMillis(20);
    private static final int REQUESTS = Integer.getInteger("requests", 10_000);
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int WARM_UP = 1_000;
    private static final int GROUP = 100;
    private static final int KEPT = 20;
    private static final int TRIES = 3;

    private static WorkingService service;

    @BeforeAll
    static void start() {
        service = WorkingService.underLoad(
                "{'email': {'queue': {'capacity': 100, 'whenFull': 'drop-oldest'}}}", "defaultJob", "email");
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    /** A request and the least time that the event loops used for it. */
    private record Measured(Odd request, long nanos) {}

    @Test
    @Timeout(value = 4, unit = TimeUnit.HOURS) // a million may be asked for, on a machine that has other things to do
    void noRequestHoldsAnEventLoopForLong() throws IOException {
        System.out.println("-Dseed=" + SEED);
        Duration bound = LoopTime.here(BOUND);
        OddRequests requests =
                new OddRequests(SEED, HttpConfig.DEFAULT.maxRequestLineBytes(), HttpConfig.DEFAULT.maxHeaderBytes());
        SplittableRandom random = new SplittableRandom(SEED);
        LoopTime time = new LoopTime(service.loops());
        List<Measured> worst = new ArrayList<>();
        try (PipelinedClient client = new PipelinedClient(service.port())) {
            for (int i = 0; i < WARM_UP; i += GROUP) {
                send(client, group(requests, random, worst));
            }
            double usual = 0;
            for (int i = 0; i < REQUESTS; i += GROUP) {
                List<Odd> group = group(requests, random, worst);
                long before = time.nanos();
                send(client, group);
                long took = time.nanos() - before;
                boolean isOdd = took - usual > least(worst); // then one of them may be among the worst
                usual += (took - usual) / (i == 0 ? 1 : 20);
                if (isOdd) {
                    for (Odd one : group) {
                        keep(worst, new Measured(one, measure(client, time, one)));
                    }
                }
            }
        }
        Measured longest = worst.get(0);
        System.out.printf(
                "the worst of %d: %s for %s%n",
                REQUESTS, LoopTime.millis(longest.nanos), shortened(longest.request.text()));
        assertThat(Duration.ofNanos(longest.nanos)).as(longest.request.text()).isLessThan(bound);
    }

    private static long least(List<Measured> worst) {
        return worst.size() < KEPT ? 0 : worst.get(KEPT - 1).nanos;
    }

    private static List<Odd> group(OddRequests requests, SplittableRandom random, List<Measured> worst) {
        List<Odd> group = new ArrayList<>();
        while (group.size() < GROUP) {
            boolean isNew = worst.isEmpty() || random.nextBoolean();
            group.add(isNew ? requests.next() : requests.changed(worst.get(random.nextInt(worst.size())).request));
        }
        return group;
    }

    private static void send(PipelinedClient client, List<Odd> group) throws IOException {
        client.send(
                group.stream().map(Odd::text).toList(),
                (request, status) -> assertThat(status).as(request).isNotEqualTo(500));
    }

    /** Returns the least of some times: the machine's own hiccups are not meant. */
    private static long measure(PipelinedClient client, LoopTime time, Odd request) throws IOException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < TRIES; i++) {
            long before = time.nanos();
            send(client, List.of(request));
            least = Math.min(least, time.nanos() - before);
        }
        return least;
    }

    private static void keep(List<Measured> worst, Measured measured) {
        worst.add(measured);
        worst.sort(Comparator.comparingLong(Measured::nanos).reversed());
        if (worst.size() > KEPT) {
            worst.remove(KEPT);
        }
    }

    private static String shortened(String text) {
        return text.length() <= 400 ? text : text.substring(0, 400) + "… (" + text.length() + " characters)";
    }
}
