package dev.latido.stream;

import static dev.latido.stream.StreamHarness.AT;
import static dev.latido.stream.StreamHarness.jobs;
import static dev.latido.stream.StreamHarness.jobsAfter;
import static dev.latido.stream.StreamHarness.progressed;
import static dev.latido.stream.StreamHarness.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.event.Event;
import dev.latido.job.ExecutionId;
import dev.latido.stream.SseText.Message;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Readers of how jobs stand, in intervals. */
class ViewReaderTest {

    private static final Duration INTERVAL = Duration.ofMillis(250);

    private StreamHarness harness = new StreamHarness(StreamConfig.DEFAULT, "a", "b", "c");

    @AfterEach
    void close() {
        harness.close();
    }

    private void use(StreamConfig config, List<String> jobs) {
        harness.close();
        harness = new StreamHarness(config, jobs);
    }

    /** Returns how often something happened to each job that is shown. */
    private static Map<String, Integer> counts(Message message) {
        Map<String, Integer> counts = new TreeMap<>();
        message.data().getJsonArray("jobs").forEach(each -> {
            JsonObject job = (JsonObject) each;
            counts.put(job.getString("name"), job.getInteger("executionCount"));
        });
        return counts;
    }

    private FakeOutlet open(Subscription wanted) {
        FakeOutlet reader = harness.open(wanted);
        reader.next("snapshot");
        return reader;
    }

    @Test
    void showsAJobThatIsDefinedLateThoughNothingHappenedToIt() {
        FakeOutlet reader = open(jobs(INTERVAL));
        harness.happen(started("a"));
        reader.next("jobs");

        harness.define(List.of("late"));
        harness.pass(INTERVAL);
        assertThat(counts(reader.next("jobs"))).isEqualTo(Map.of("late", 0));

        harness.happen(started("late"));
        harness.pass(INTERVAL);
        assertThat(counts(reader.next("jobs"))).isEqualTo(Map.of("late", 1));
    }

    @Test
    void showsTheFirstChangeAtOnceAndTheNextOnesTogether() {
        FakeOutlet reader = open(jobs(INTERVAL));
        harness.happen(started("a"));
        Message first = reader.next("jobs");
        assertThat(counts(first)).isEqualTo(Map.of("a", 1));
        assertThat(first.id()).contains("run1-1");
        assertThat(first.data().getInteger("sequence")).isEqualTo(1);

        harness.happen(started("a"), started("b"));
        harness.happen(started("a"));
        harness.pass(INTERVAL.minusMillis(1));
        harness.happen(started("a"));
        assertThat(reader.nextIfThere()).as("before the interval is over").isEmpty();
        harness.pass(Duration.ofMillis(1));
        Message second = reader.next("jobs");
        assertThat(counts(second)).isEqualTo(Map.of("a", 4, "b", 1));
        assertThat(second.id()).contains("run1-5");

        harness.pass(INTERVAL);
        harness.happen(started("c"));
        assertThat(counts(reader.next("jobs"))).isEqualTo(Map.of("c", 1));
    }

    @Test
    void showsNothingWhereNothingChanged() {
        FakeOutlet onlyB = open(jobs(INTERVAL, "b"));
        FakeOutlet all = open(jobs(INTERVAL));
        harness.happen(started("a"));
        assertThat(counts(all.next("jobs"))).isEqualTo(Map.of("a", 1));
        int asked = harness.questions();
        harness.happen(started("b"));
        assertThat(counts(onlyB.next("jobs"))).isEqualTo(Map.of("b", 1));
        assertThat(harness.questions()).isEqualTo(asked + 1);
    }

    @Test
    void encodesOnceForAllWhoWantTheSame() {
        FakeOutlet one = open(jobs(INTERVAL));
        FakeOutlet two = open(jobs(INTERVAL));
        FakeOutlet other = open(jobs(INTERVAL.multipliedBy(2)));
        harness.happen(started("a"));
        one.next("jobs");
        two.next("jobs");
        other.next("jobs");
        assertThat(last(one)).isSameAs(last(two)).isNotSameAs(last(other));
    }

    private static Object last(FakeOutlet reader) {
        return reader.written().get(reader.written().size() - 1);
    }

    @Test
    void showsTheExecutionsThatChangedLast() {
        FakeOutlet reader = open(jobs(INTERVAL));
        Event[] events = IntStream.rangeClosed(1, 60)
                .mapToObj(i -> progressed("a", i, "n"))
                .toArray(Event[]::new);
        harness.happen(events);
        JsonObject data = reader.next("jobs").data();
        List<String> shown = data.getJsonArray("executions").stream()
                .map(each -> ((JsonObject) each).getString("id"))
                .toList();
        assertThat(shown)
                .isEqualTo(IntStream.iterate(60, i -> i > 10, i -> i - 1)
                        .mapToObj(i -> new ExecutionId(i).toString())
                        .toList());
    }

    @Test
    void showsManyChangedJobsInTurns() {
        List<String> names =
                IntStream.range(1_000, 1_250).mapToObj(i -> "job" + i).toList();
        use(StreamConfig.DEFAULT, names);
        FakeOutlet reader = harness.open(jobs(INTERVAL));
        for (int i = 0; i < 3; i++) {
            reader.next("snapshot");
        }
        harness.happen(names.stream().map(StreamHarness::started).toArray(Event[]::new));
        Message first = reader.next("jobs");
        assertThat(counts(first)).hasSize(100).containsKeys("job1000", "job1099");
        assertThat(first.id()).as("so that coming back misses none").contains("run1-100");
        harness.happen(started("job1000"));
        harness.pass(INTERVAL);
        Message second = reader.next("jobs");
        assertThat(counts(second)).hasSize(100).containsKeys("job1100", "job1199");
        assertThat(second.id()).contains("run1-200");
        harness.pass(INTERVAL);
        Message third = reader.next("jobs");
        assertThat(counts(third)).hasSize(51).containsKeys("job1200", "job1249").containsEntry("job1000", 2);
        assertThat(third.id()).contains("run1-251");
    }

    @Test
    void goesOnWithWhatChangedSinceHoweverLongAgo() {
        use(new StreamConfig(10, 5, 1_000_000, 1_000_000, Duration.ofSeconds(15)), List.of("a", "b", "c"));
        harness.happen(started("a"));
        harness.happen(started("c"));
        for (int i = 0; i < 100; i++) {
            harness.happen(started("b"));
        }
        FakeOutlet reader = harness.open(jobsAfter(INTERVAL, "run1", 1));
        Message missed = reader.next("jobs");
        assertThat(counts(missed)).isEqualTo(Map.of("b", 100, "c", 1));
        assertThat(missed.id()).contains("run1-102");
        harness.pass(INTERVAL);
        harness.happen(started("a"));
        assertThat(counts(reader.next("jobs"))).isEqualTo(Map.of("a", 2));

        FakeOutlet upToDate = harness.open(jobsAfter(INTERVAL, "run1", 103));
        harness.pass(INTERVAL);
        harness.happen(started("c"));
        assertThat(counts(upToDate.next("jobs"))).isEqualTo(Map.of("c", 2));

        FakeOutlet other = harness.open(jobsAfter(INTERVAL, "run0", 1));
        assertThat(other.next("gap").data().getString("reason")).isEqualTo("restart");
        assertThat(counts(other.next("snapshot"))).hasSize(3);
    }

    @Test
    void showsWhatConcernsTheWholeService() {
        FakeOutlet reader = open(jobs(INTERVAL, "b"));
        harness.storeProblem("no space");
        harness.happen(new Event.StoreLost(AT, "no space"));
        JsonObject service = reader.next("service").data();
        assertThat(service.getString("storeProblem")).isEqualTo("no space");
        assertThat(service.getInteger("sequence")).isEqualTo(1);
        assertThat(counts(reader.next("jobs")))
                .as("as it may concern every job")
                .containsOnlyKeys("b");
    }

    @Test
    void showsEverythingAfterEventsWereMissed() {
        FakeOutlet reader = open(jobs(INTERVAL));
        harness.lose(10);
        harness.happen(started("a"));
        reader.next("service");
        assertThat(counts(reader.next("jobs"))).containsOnlyKeys("a", "b", "c");
    }

    @Test
    void letsASlowReaderCatchUpAloneWhileOthersGoOn() {
        List<String> names =
                IntStream.range(1_000, 1_200).mapToObj(i -> "job" + i).toList();
        use(StreamConfig.DEFAULT, names);
        FakeOutlet slow = harness.open(jobs(INTERVAL));
        FakeOutlet quick = harness.open(jobs(INTERVAL));
        for (FakeOutlet reader : List.of(slow, quick)) {
            reader.next("snapshot");
            reader.next("snapshot");
        }
        slow.hold();
        int rounds = 0;
        while (slow.written().size() == rounds + 3) { // as long as it is sent what the other one is
            harness.happen(
                    names.subList(0, 100).stream().map(StreamHarness::started).toArray(Event[]::new));
            assertThat(counts(quick.next("jobs"))).hasSize(100);
            harness.pass(INTERVAL);
            rounds++;
        }
        harness.happen(started("job1150"));
        assertThat(counts(quick.next("jobs"))).isEqualTo(Map.of("job1150", 1));
        IntSummaryStatistics untaken =
                slow.written().stream().skip(3).mapToInt(each -> each.length()).summaryStatistics();
        assertThat(untaken.getSum()).isBetween((long) Reader.MAX_UNTAKEN, (long) Reader.MAX_UNTAKEN + untaken.getMax());
        slow.release();

        Map<String, Integer> seen = new TreeMap<>();
        await().until(() -> {
            slow.nextIfThere()
                    .filter(message -> message.event().equals("jobs"))
                    .ifPresent(message -> seen.putAll(counts(message)));
            harness.pass(INTERVAL);
            return seen.containsKey("job1150");
        });
        assertThat(seen).hasSize(101).containsEntry("job1000", rounds);
        harness.pass(INTERVAL);
        harness.happen(started("job1199"));
        quick.next("jobs");
        slow.next("jobs");
        assertThat(last(slow)).as("together again").isSameAs(last(quick));
    }

    @Test
    void asksAgainAfterTheIntervalWhenTheOwnerDidNotAnswer() {
        FakeOutlet reader = open(jobs(INTERVAL));
        harness.refuse(true);
        int before = harness.questions();
        harness.happen(started("a"));
        await().until(() -> harness.questions() > before);
        harness.refuse(false);
        await().until(() -> {
            harness.pass(INTERVAL);
            return reader.nextIfThere()
                    .filter(message -> counts(message).equals(Map.of("a", 1)))
                    .isPresent();
        });
    }

    @Test
    void asksTheOwnerNotMoreForManyReaders() {
        for (int i = 0; i < 100; i++) {
            open(jobs(Duration.ofMillis(100 + i)));
        }
        FakeOutlet last = open(jobs(INTERVAL));
        int before = harness.questions();
        harness.happen(started("a"));
        last.next("jobs");
        assertThat(harness.questions() - before).isLessThanOrEqualTo(2);
    }

    @Test
    void forgetsReadersThatAreGone() {
        FakeOutlet gone = harness.outlet();
        Runnable goes = harness.open(jobs(INTERVAL), gone);
        gone.next("snapshot");
        goes.run();
        FakeOutlet other = open(jobs(INTERVAL));
        harness.happen(started("a"));
        other.next("jobs");
        assertThat(gone.nextIfThere()).isEmpty();
        assertThat(harness.readers()).isEqualTo(1);
    }
}
