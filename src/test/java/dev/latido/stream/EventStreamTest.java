package dev.latido.stream;

import static dev.latido.stream.StreamHarness.AT;
import static dev.latido.stream.StreamHarness.events;
import static dev.latido.stream.StreamHarness.eventsAfter;
import static dev.latido.stream.StreamHarness.many;
import static dev.latido.stream.StreamHarness.progressed;
import static dev.latido.stream.StreamHarness.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.latido.event.Event;
import dev.latido.event.EventWire;
import dev.latido.stream.SseText.Message;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Readers of single events. */
class EventStreamTest {

    private static final String LONG_NOTE = "x".repeat(200);
    private static final Duration BEAT = StreamConfig.DEFAULT.heartbeat();
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final StreamConfig SMALL = new StreamConfig(10, 10_000, 100_000_000, 100_000, BEAT);

    private StreamHarness harness = new StreamHarness(StreamConfig.DEFAULT, "a", "b");

    @AfterEach
    void close() {
        harness.close();
    }

    private void use(StreamConfig config, String... jobs) {
        harness.close();
        harness = new StreamHarness(config, jobs);
    }

    private static List<Integer> counts(Message snapshot) {
        return snapshot.data().getJsonArray("jobs").stream()
                .map(job -> ((JsonObject) job).getInteger("executionCount"))
                .toList();
    }

    @Test
    void beginsWithWhenToComeBackAndASnapshot() {
        harness.happen(started("a"), started("a"));
        FakeOutlet reader = harness.open(events());

        assertThat(reader.nextOfAll().fields()).containsExactly(Map.entry("retry", "1000"));
        Message snapshot = reader.next("snapshot");
        assertThat(snapshot.id()).contains("run1-2");
        assertThat(snapshot.data().getInteger("sequence")).isEqualTo(2);
        assertThat(snapshot.data().getInteger("part")).isEqualTo(1);
        assertThat(snapshot.data().getInteger("of")).isEqualTo(1);
        assertThat(snapshot.data().getBoolean("isStopping")).isFalse();
        assertThat(snapshot.data().containsKey("storeProblem")).isTrue();
        assertThat(counts(snapshot)).containsExactly(2, 0);
    }

    @Test
    void tellsEveryEventInOrderAsItIsOnTheBus() {
        FakeOutlet reader = harness.open(events());
        reader.next("snapshot");
        List<Event> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Event event = i % 3 == 0 ? started("b") : progressed("a", i, "ü\n\"" + i);
            harness.happen(event);
            all.add(event);
        }
        for (int i = 0; i < 100; i++) {
            Message message = reader.next(all.get(i).type());
            assertThat(message.id()).contains("run1-" + (i + 1));
            assertThat(message.data()).isEqualTo(EventWire.encode(i + 1, all.get(i)));
        }
    }

    @Test
    void tellsOnlyWhatIsWantedAndWhatConcernsAll() {
        FakeOutlet jobB = harness.open(events("b"));
        FakeOutlet typed = harness.open(new Subscription(Set.of("a"), Set.of("job.closed"), null, null));
        assertThat(jobB.next("snapshot").data().getJsonArray("jobs")).hasSize(1);
        assertThat(typed.next("snapshot").data().getJsonArray("jobs")).hasSize(1);
        harness.happen(
                started("a"),
                new Event.JobClosed("a", AT),
                started("b"),
                new Event.JobClosed("b", AT),
                new Event.StoreBack(AT));

        assertThat(jobB.next("job.started").sequence()).isEqualTo(3);
        assertThat(jobB.next("job.closed").sequence()).isEqualTo(4);
        Message all = jobB.next("store.back");
        assertThat(all.sequence()).isEqualTo(5);
        assertThat(all.data().containsKey("job")).isTrue();
        assertThat(all.data().getValue("job")).isNull();
        assertThat(typed.next("job.closed").sequence()).isEqualTo(2);
        harness.happen(new Event.JobClosed("a", AT));
        assertThat(typed.next("job.closed").sequence()).isEqualTo(6);
    }

    @Test
    void showsManyJobsInPiecesEachWhenTheOneBeforeIsTaken() {
        use(
                StreamConfig.DEFAULT,
                IntStream.range(1_000, 1_250).mapToObj(i -> "job" + i).toArray(String[]::new));
        harness.happen(started("job1000"));
        FakeOutlet reader = harness.outlet().hold();
        harness.open(events(), reader);
        await().until(() -> reader.untaken() == 2); // when to come back, and the first piece
        harness.happen(started("job1249"));
        int asked = harness.questions();
        assertThat(asked).isEqualTo(1);
        reader.release();

        Message first = reader.next("snapshot");
        Message second = reader.next("snapshot");
        Message third = reader.next("snapshot");
        assertThat(List.of(first, second, third))
                .extracting(piece -> piece.data().getInteger("part") + "/"
                        + piece.data().getInteger("of") + ":"
                        + piece.data().getJsonArray("jobs").size())
                .containsExactly("1/3:100", "2/3:100", "3/3:50");
        assertThat(first.id()).isEmpty();
        assertThat(second.id()).isEmpty();
        assertThat(third.id()).as("from where nothing is missing in any piece").contains("run1-1");
        assertThat(third.data().getInteger("sequence")).isEqualTo(2);
        assertThat(reader.next("job.started").sequence()).isEqualTo(2);
    }

    @Test
    void goesOnRightAfterWhatTheReaderHad() {
        harness.happen(many(5, started("a")));
        FakeOutlet reader = harness.open(eventsAfter("run1", 3));
        assertThat(reader.next("job.started").sequence()).isEqualTo(4);
        assertThat(reader.next("job.started").sequence()).isEqualTo(5);
        harness.happen(started("b"));
        assertThat(reader.next("job.started").sequence()).isEqualTo(6);
        assertThat(harness.questions()).isZero();

        FakeOutlet upToDate = harness.open(eventsAfter("run1", 6));
        harness.happen(started("b"));
        assertThat(upToDate.next("job.started").sequence()).isEqualTo(7);
    }

    @Test
    void saysWhatIsMissingWhenTheWindowIsExceeded() {
        use(new StreamConfig(10, 4, 1_000_000, 1_000_000, BEAT), "a");
        harness.happen(many(10, started("a")));

        FakeOutlet justInside = harness.open(eventsAfter("run1", 6));
        assertThat(justInside.next("job.started").sequence()).isEqualTo(7);
        FakeOutlet outside = harness.open(eventsAfter("run1", 5));
        JsonObject gap = outside.next("gap").data();
        assertThat(gap)
                .isEqualTo(new JsonObject(
                        "{'requested':'run1-5','oldest':'run1-7','reason':'window'}".replace('\'', '"')));
        assertThat(outside.next("snapshot").sequence()).isEqualTo(10);
        harness.happen(started("a"));
        assertThat(outside.next("job.started").sequence()).isEqualTo(11);
        FakeOutlet future = harness.open(eventsAfter("run1", 99));
        assertThat(future.next("gap").data().getString("reason")).isEqualTo("window");
    }

    @Test
    void saysWhenTheServiceBeganAnew() {
        harness.happen(many(10, started("a")));
        FakeOutlet reader = harness.open(eventsAfter("run0", 5));
        Message gap = reader.next("gap");
        assertThat(gap.id()).isEmpty();
        assertThat(gap.data().getString("requested")).isEqualTo("run0-5");
        assertThat(gap.data().getString("reason")).isEqualTo("restart");
        assertThat(reader.next("snapshot").sequence()).isEqualTo(10);
    }

    @Test
    void saysWhatIsMissingWhenItWasNotToldItself() {
        FakeOutlet reader = harness.open(events());
        reader.next("snapshot");
        harness.happen(started("a"));
        assertThat(reader.next("job.started").sequence()).isEqualTo(1);
        harness.lose(7);
        harness.happen(started("b"));
        assertThat(reader.nextIfThere()).as("so soon after the snapshot").isEmpty();
        harness.pass(SECOND);

        JsonObject gap = reader.next("gap").data();
        assertThat(gap.getString("requested")).isEqualTo("run1-1");
        assertThat(gap.getString("oldest")).isEqualTo("run1-9");
        assertThat(reader.next("snapshot").sequence()).isEqualTo(9);
        harness.happen(started("b"));
        assertThat(reader.next("job.started").sequence()).isEqualTo(10);
    }

    @Test
    void beatsWhenThereIsNothingElseToSay() {
        FakeOutlet reader = harness.open(events());
        reader.next("snapshot");
        harness.passAndLook(BEAT.minusSeconds(2));
        harness.happen(started("a"));
        reader.next("job.started");
        harness.passAndLook(BEAT.minusSeconds(2));
        assertThat(reader.nextIfThere()).as("too soon after the event").isEmpty();
        harness.passAndLook(Duration.ofSeconds(1));
        assertThat(reader.nextOfAll().isComment("heartbeat")).isTrue();
        harness.passAndLook(BEAT);
        assertThat(reader.nextOfAll().isComment("heartbeat")).isTrue();
        assertThat(harness.sent()).as("heartbeats are no messages").isEqualTo(2);
    }

    @Test
    void cutsOffWhoTakesNothingAndOthersGoOn() {
        FakeOutlet stuck = harness.open(events());
        FakeOutlet other = harness.open(events());
        stuck.next("snapshot");
        other.next("snapshot");
        stuck.hold();
        harness.happen(started("a"));
        assertThat(other.next("job.started").sequence()).isEqualTo(1);
        harness.passAndLook(BEAT.minusMillis(1));
        assertThat(stuck.isClosed()).isFalse();
        harness.passAndLook(Duration.ofMillis(1));

        assertThat(stuck.isClosed()).isTrue();
        assertThat(harness.cutOffs(CutOff.STUCK)).isEqualTo(1);
        assertThat(harness.readers()).isEqualTo(1);
        int sent = stuck.written().size();
        harness.happen(started("a"));
        assertThat(other.next("job.started").sequence()).isEqualTo(2);
        assertThat(stuck.written()).hasSize(sent);
        assertThat(other.isClosed()).isFalse();
    }

    /** Lets so much happen that more than 100,000 bytes wait for {@code slow}. */
    private void overwhelm(FakeOutlet slow) {
        slow.next("snapshot");
        slow.hold();
        harness.happen(many(1_000, progressed("a", 1, LONG_NOTE)));
        await().until(() -> slow.written().size() > 3);
        harness.passAndLook(SECOND);
        assertThat(slow.isClosed()).as("it may catch up").isFalse();
    }

    @Test
    void cutsOffForWhomMoreWaitsThanMay() {
        use(SMALL, "a");
        FakeOutlet slow = harness.open(events());
        overwhelm(slow);
        harness.passAndLook(SECOND);

        assertThat(slow.isClosed()).isTrue();
        assertThat(harness.cutOffs(CutOff.BEHIND)).isEqualTo(1);
        int bytes = slow.written().stream().mapToInt(Buffer::length).sum();
        assertThat(bytes).as("sent, while much more waited").isBetween(Reader.MAX_UNTAKEN, Reader.MAX_UNTAKEN + 20_000);
    }

    @Test
    void sparesWhoCatchesUp() {
        use(SMALL, "a");
        FakeOutlet slow = harness.open(events());
        overwhelm(slow);
        for (int i = 0; i < 3; i++) {
            int before = slow.written().size();
            slow.takeOne();
            await().until(() -> slow.written().size() > before);
            harness.passAndLook(SECOND);
        }
        slow.release();
        for (long next = 1; next <= 1_000; next++) {
            assertThat(slow.next("execution.progressed").sequence()).isEqualTo(next);
        }
        assertThat(slow.isClosed()).isFalse();
    }

    @Test
    void cutsOffWhoIsOvertakenByTheWindow() {
        use(new StreamConfig(10, 500, 100_000_000, 100_000_000, BEAT), "a");
        FakeOutlet slow = harness.open(events());
        slow.next("snapshot");
        slow.hold();
        harness.happen(many(400, progressed("a", 1, LONG_NOTE)));
        await().until(() -> slow.written().size() > 3);
        harness.happen(many(500, progressed("a", 1, LONG_NOTE)));
        harness.passAndLook(SECOND);
        assertThat(slow.isClosed()).as("it may catch up").isFalse();
        harness.passAndLook(SECOND);
        assertThat(slow.isClosed()).isTrue();
        assertThat(harness.cutOffs(CutOff.BEHIND)).isEqualTo(1);
    }

    @Test
    void saysWhatIsMissingToWhomTheWindowOvertook() {
        use(new StreamConfig(10, 500, 100_000_000, 100_000_000, BEAT), "a");
        FakeOutlet slow = harness.open(events());
        slow.next("snapshot");
        slow.hold();
        harness.happen(many(400, progressed("a", 1, LONG_NOTE)));
        await().until(() -> slow.written().size() > 3);
        harness.happen(many(500, progressed("a", 1, LONG_NOTE)));
        harness.pass(SECOND);
        slow.release();
        long last = 0;
        Message message = slow.next();
        for (; message.event().equals("execution.progressed"); message = slow.next()) {
            assertThat(message.sequence()).isEqualTo(last + 1);
            last = message.sequence();
        }
        assertThat(message.event()).isEqualTo("gap");
        assertThat(message.data().getString("requested")).isEqualTo("run1-" + last);
        assertThat(message.data().getString("oldest")).isEqualTo("run1-401");
        assertThat(slow.next("snapshot").sequence()).isEqualTo(900);
    }

    private static String[] manyJobs() {
        String[] jobs = new String[3 * Reader.MAX_JOBS];
        for (int i = 0; i < jobs.length; i++) {
            jobs[i] = "j" + i;
        }
        return jobs;
    }

    /** A snapshot of many jobs takes longer than events stay in the window. */
    @Test
    void keepsWhatHappensWhileASnapshotIsSent() {
        use(new StreamConfig(10, 50, 100_000_000, 1_000_000, BEAT), manyJobs());
        FakeOutlet slow = harness.outlet().hold();
        harness.open(events(), slow);
        slow.takeOne();
        await().until(() -> slow.written().size() == 2); // the first piece
        for (int i = 0; i < 10; i++) {
            harness.happen(many(40, progressed("j0", 1, "note")));
            harness.settle();
        }
        slow.release();
        assertThat(slow.next("snapshot").data().getInteger("part")).isEqualTo(1);
        slow.next("snapshot");
        assertThat(slow.next("snapshot").data().getInteger("part")).isEqualTo(3);
        for (int i = 1; i <= 400; i++) {
            Message message = slow.next();
            assertThat(message.event()).isEqualTo("execution.progressed");
            assertThat(message.sequence()).isEqualTo(i);
        }
    }

    @Test
    void whatAReaderDoesNotWantLeavesNoGap() {
        use(new StreamConfig(10, 50, 100_000_000, 1_024, BEAT), manyJobs());
        FakeOutlet slow = harness.outlet().hold();
        harness.open(new Subscription(Set.of(), Set.of("job.started"), null, null), slow);
        slow.takeOne();
        await().until(() -> slow.written().size() == 2);
        for (int i = 0; i < 20; i++) {
            harness.happen(many(40, progressed("j0", 1, LONG_NOTE)));
            harness.settle();
        }
        harness.happen(started("j1"));
        slow.release();
        slow.next("snapshot");
        slow.next("snapshot");
        slow.next("snapshot");
        assertThat(slow.next("job.started").sequence()).isEqualTo(801);
    }

    @Test
    void endsWithAReasonForWhomThereIsNoCatchingUp() {
        use(new StreamConfig(10, 50, 100_000_000, 1_024, BEAT), manyJobs());
        FakeOutlet slow = harness.outlet().hold();
        harness.open(events(), slow);
        slow.takeOne();
        for (int gaps = 0; gaps <= Reader.MAX_GAPS; gaps++) {
            int snapshots = gaps + 1;
            await().until(() -> written(slow, "snapshot") >= snapshots); // its first piece, which is not taken
            for (int i = 0; i < 5; i++) {
                harness.happen(many(40, progressed("j0", 1, LONG_NOTE)));
                harness.settle();
            }
            harness.pass(SECOND.multipliedBy(2));
            while (written(slow, "gap") == gaps && !slow.isEnded()) {
                await().until(() -> slow.untaken() > 0 || slow.isEnded());
                if (slow.untaken() > 0) {
                    slow.takeOne();
                }
            }
        }
        assertThat(slow.isEnded()).isTrue();
        assertThat(written(slow, "gap")).isEqualTo(Reader.MAX_GAPS);
        assertThat(harness.cutOffs(CutOff.BEHIND)).isEqualTo(1);
    }

    private static long written(FakeOutlet outlet, String event) {
        return outlet.written().stream()
                .filter(text -> text.toString().contains("event: " + event + "\n")
                        || text.toString().contains("event:" + event + "\n"))
                .filter(text -> !event.equals("snapshot") || text.toString().contains("\"part\":1,"))
                .count();
    }

    @Test
    void refusesReadersBeyondTheBoundAndUnknownJobs() {
        use(new StreamConfig(1, 10, 10_000, 10_000, BEAT), "a");
        assertThatThrownBy(() -> harness.open(events("a", "no-such"))).hasMessageContaining("no-such");
        Runnable gone = harness.open(events(), harness.outlet());
        assertThat(harness.readers()).isEqualTo(1);
        assertThatThrownBy(() -> harness.open(events())).hasMessageContaining("All 1 places");
        gone.run();
        gone.run();
        assertThat(harness.readers()).isZero();
        harness.open(events()).next("snapshot");
    }

    @Test
    void tellsOfJobsThatAreDefinedLate() {
        FakeOutlet early = harness.open(events());
        assertThat(early.next("snapshot").data().getJsonArray("jobs")).hasSize(2);
        harness.happen(started("a"));
        early.next("job.started");

        harness.define(List.of("aa"));

        harness.happen(started("aa"));
        assertThat(early.next("job.started").data().getString("job")).isEqualTo("aa");
        Message snapshot = harness.open(events()).next("snapshot");
        assertThat(counts(snapshot)).as("in the order of the names").containsExactly(1, 1, 0);
        assertThat(harness.open(events("aa")).next("snapshot").data().getJsonArray("jobs"))
                .hasSize(1);
    }

    @Test
    void endsAllReadersProperlyAndTakesNoMore() {
        FakeOutlet reader = harness.open(events());
        reader.next("snapshot");
        harness.end();
        assertThat(reader.next("end").data().getString("reason")).isEqualTo("stopping");
        assertThat(reader.isEnded()).isTrue();
        assertThat(harness.readers()).isZero();
        assertThatThrownBy(() -> harness.open(events())).hasMessageContaining("shutting down");
    }

    @Test
    void asksAgainWhenTheOwnerDoesNotAnswer() {
        harness.refuse(true);
        FakeOutlet reader = harness.open(events());
        await().until(() -> harness.questions() >= 2);
        harness.happen(started("a"));
        harness.refuse(false);
        assertThat(reader.next("snapshot").sequence()).isBetween(0L, 1L);
    }

    @Test
    void asksTheOwnerLittleHoweverManyBegin() {
        List<FakeOutlet> readers = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            readers.add(harness.open(events()));
        }
        readers.forEach(reader -> assertThat(counts(reader.next("snapshot"))).containsExactly(0, 0));
        assertThat(harness.questions()).isLessThan(150);
        harness.happen(started("a"));
        readers.forEach(
                reader -> assertThat(reader.next("job.started").sequence()).isEqualTo(1));
    }
}
