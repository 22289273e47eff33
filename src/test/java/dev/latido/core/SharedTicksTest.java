package dev.latido.core;

import static dev.latido.core.QueueHarness.JOB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.protocol.Command;
import dev.latido.queue.QueueException;
import dev.latido.queue.QueueException.Kind;
import dev.latido.queue.Tick;
import dev.latido.schedule.Cron;
import dev.latido.schedule.Interval;
import dev.latido.schedule.Once;
import dev.latido.schedule.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Timers of jobs whose queue is at a broker, which the test plays; its clock is years ahead of this process's. */
@Tag("fast")
class SharedTicksTest {

    private static final Instant THERE = Instant.parse("2031-05-01T10:00:07.250Z");

    private QueueHarness broker = harness(job -> job.withSchedule(new Interval(Duration.ofSeconds(10))));

    /** When the broker's clock was told last, by the monotonic clock of the process, and what it showed. */
    private Instant there = THERE;

    private static QueueHarness harness(UnaryOperator<JobDefinition> change) {
        return QueueHarness.of(change);
    }

    private void up() {
        broker.up();
        tell();
    }

    private void tell() {
        broker.engine.take(new Input.TimeTold(JOB, there.toEpochMilli()));
    }

    private void pass(Duration time) {
        there = there.plus(time);
        broker.engine.pass(time);
    }

    private List<Tick> ticks() {
        return broker.all(Effect.HandInTick.class).stream()
                .map(Effect.HandInTick::tick)
                .toList();
    }

    private Tick last() {
        return ticks().get(ticks().size() - 1);
    }

    private List<String> due() {
        return ticks().stream()
                .map(tick -> Instant.ofEpochMilli(tick.dueMillis()).toString())
                .toList();
    }

    private void answer(Tick.Fate fate) {
        broker.engine.take(new Input.TickHandedIn(JOB, last().key(), fate, null));
    }

    private void refuse(Kind kind) {
        broker.engine.take(
                new Input.TickHandedIn(JOB, last().key(), null, new QueueException(kind, "said the broker")));
    }

    @Test
    void comeAtMultiplesOfTheIntervalByTheBrokersClock() {
        broker.engine.start(JOB);
        pass(Duration.ofSeconds(30));
        assertThat(ticks()).as("nobody knows what time it is there").isEmpty();
        there = THERE;
        up();
        assertThat(broker.engine.job(JOB).nextTick()).isEqualTo(Instant.parse("2031-05-01T10:00:10Z"));
        pass(Duration.ofMillis(2_749));
        assertThat(ticks()).isEmpty();
        pass(Duration.ofMillis(1));
        assertThat(due()).containsExactly("2031-05-01T10:00:10Z");
        assertThat(last().key()).isEqualTo("orders@2031-05-01T10:00:10Z");
        assertThat(last().mayBeOpen()).isZero();
        assertThat(last().dedup()).isEqualTo(Duration.ofDays(1));
        answer(Tick.Fate.TAKEN);
        pass(Duration.ofSeconds(10));
        answer(Tick.Fate.KNOWN);
        pass(Duration.ofSeconds(10));
        assertThat(due()).containsExactly("2031-05-01T10:00:10Z", "2031-05-01T10:00:20Z", "2031-05-01T10:00:30Z");
        assertThat(broker.engine.performing)
                .as("they are messages, and no work here")
                .isEmpty();
    }

    @Test
    void aJumpOfTheClockHereChangesNothing() {
        broker.engine.start(JOB);
        up();
        broker.engine.jump(Duration.ofMinutes(10));
        pass(Duration.ofSeconds(3));
        broker.engine.jump(Duration.ofDays(-400));
        answer(Tick.Fate.TAKEN);
        pass(Duration.ofSeconds(10));
        assertThat(due()).containsExactly("2031-05-01T10:00:10Z", "2031-05-01T10:00:20Z");
    }

    @Test
    void theBrokersClockIsAskedForAgainAndFollowed() {
        broker.engine.start(JOB);
        up();
        assertThat(broker.all(Effect.AskTime.class)).hasSize(1);
        pass(SharedTicks.CLOCK_GOOD_FOR);
        assertThat(broker.all(Effect.AskTime.class)).hasSize(2);
        broker.engine.take(new Input.TimeTold(JOB, null));
        pass(Duration.ofSeconds(2));
        assertThat(broker.all(Effect.AskTime.class)).as("it did not tell").hasSize(3);
        there = there.plusSeconds(5); // it goes faster there
        tell();
        assertThat(broker.engine.job(JOB).nextTick()).isEqualTo(Instant.parse("2031-05-01T10:01:20Z"));
        answer(Tick.Fate.TAKEN);
        answer(Tick.Fate.TAKEN); // the one that took the place of the first
        there = there.minus(Duration.ofDays(3_000)); // it was wrong, and is right now
        tell();
        pass(Duration.ofSeconds(10));
        assertThat(Instant.ofEpochMilli(last().dueMillis())).isBefore(there).isAfter(there.minusSeconds(10));
    }

    @Test
    void isHandedInAgainUntilTheBrokerHasItOrTheNextIsDue() {
        broker.engine.start(JOB);
        up();
        pass(Duration.ofSeconds(3));
        refuse(Kind.UNKNOWN);
        pass(Duration.ofMillis(100));
        assertThat(due()).containsExactly("2031-05-01T10:00:10Z", "2031-05-01T10:00:10Z");
        refuse(Kind.NO_MEMORY);
        broker.down();
        pass(Duration.ofSeconds(5));
        assertThat(ticks()).hasSize(2);
        up();
        assertThat(due()).hasSize(3).endsWith("2031-05-01T10:00:10Z");
        pass(Duration.ofSeconds(10));
        assertThat(ticks()).as("one at a time").hasSize(3);
        refuse(Kind.UNAVAILABLE);
        assertThat(due()).hasSize(4).endsWith("2031-05-01T10:00:20Z");
        answer(Tick.Fate.TAKEN);
        pass(Duration.ofSeconds(4));
        assertThat(ticks()).hasSize(4);
        assertThat(broker.state().sharedTicks.taken()).isEqualTo(1);
    }

    @Test
    void oneThatIsNotDueThereYetComesAgain() {
        broker.engine.start(JOB);
        up();
        pass(Duration.ofSeconds(3));
        int asked = broker.all(Effect.AskTime.class).size();
        answer(Tick.Fate.EARLY);
        assertThat(broker.all(Effect.AskTime.class)).hasSize(asked + 1);
        tell();
        pass(Duration.ofMillis(100));
        assertThat(due()).containsExactly("2031-05-01T10:00:10Z", "2031-05-01T10:00:10Z");
        answer(Tick.Fate.TAKEN);
        pass(Duration.ofSeconds(5));
        assertThat(ticks()).hasSize(2);
    }

    @Test
    void areCoalescedWhereTheBrokerSaysSo() {
        broker = harness(job -> job.withSchedule(new Interval(Duration.ofSeconds(10)))
                .with(changed -> changed.overlap = JobDefinition.Overlap.QUEUE_ONE));
        broker.engine.start(JOB);
        up();
        pass(Duration.ofSeconds(3));
        assertThat(last().mayBeOpen()).isEqualTo(1);
        answer(Tick.Fate.BUSY);
        pass(Duration.ofSeconds(10));
        answer(Tick.Fate.FULL);
        assertThat(broker.state().counters.ticksCoalesced).isEqualTo(2);
    }

    @Test
    void aStoppedJobHandsNothingIn() {
        broker.engine.start(JOB);
        up();
        pass(Duration.ofSeconds(3));
        broker.engine.stop(JOB);
        refuse(Kind.UNKNOWN);
        pass(Duration.ofMinutes(1));
        assertThat(ticks()).hasSize(1);
        assertThat(broker.engine.job(JOB).nextTick()).isNull();
        broker.engine.start(JOB);
        tell();
        pass(Duration.ofSeconds(10));
        assertThat(ticks()).hasSize(2);
    }

    @Test
    void jitterIsForTheBrokerToKeepAndTheKeyIsWithoutIt() {
        broker = harness(job -> job.withSchedule(new Interval(Duration.ofSeconds(10)))
                .with(changed -> changed.jitter = Duration.ofSeconds(8)));
        broker.engine.start(JOB);
        up();
        for (int i = 0; i < 20; i++) {
            pass(Duration.ofSeconds(i == 0 ? 3 : 10));
            answer(Tick.Fate.TAKEN);
        }
        assertThat(ticks()).hasSize(20).allSatisfy(tick -> {
            assertThat(tick.delay()).isLessThanOrEqualTo(Duration.ofSeconds(8));
            assertThat(tick.dueMillis() % 10_000).isZero();
        });
        assertThat(ticks()).extracting(Tick::delay).anyMatch(delay -> !delay.isZero());
    }

    @Test
    void aTickIsKnownForTwiceAsLongAsToTheNext() {
        broker = harness(job -> job.withSchedule(new Cron("0 0 1 * *", ZoneOffset.UTC)));
        broker.engine.start(JOB);
        up();
        pass(Duration.ofDays(31));
        assertThat(due()).containsExactly("2031-06-01T00:00:00Z");
        assertThat(last().dedup()).isEqualTo(Duration.ofDays(60));
    }

    @Test
    void whatWasDueWhileTheProcessWasAwayIsMadeUpForOnceIfTheJobWantsThat() {
        for (Schedule.Misfire misfire : List.of(Schedule.Misfire.SKIP, Schedule.Misfire.ONCE)) {
            there = THERE;
            broker = harness(job ->
                    job.withSchedule(new Interval(Duration.ofSeconds(10))).withMisfire(misfire));
            broker.engine.start(JOB);
            up();
            pass(Duration.ofSeconds(3));
            answer(Tick.Fate.TAKEN);
            broker = broker.crash(Duration.ofSeconds(35));
            there = there.plusSeconds(35);
            assertThat(ticks()).isEmpty();
            up();
            if (misfire == Schedule.Misfire.ONCE) {
                assertThat(due()).containsExactly("2031-05-01T10:00:40Z");
                answer(Tick.Fate.KNOWN);
            } else {
                assertThat(ticks()).isEmpty();
            }
            pass(Duration.ofSeconds(6));
            assertThat(due()).endsWith("2031-05-01T10:00:50Z");
        }
    }

    @Test
    void aTimeThatWasBeforeTheJobIsMadeUpForIfItWantsThat() {
        Once once = new Once(Instant.parse("2031-05-01T09:00:00Z"));
        broker = harness(job -> job.withSchedule(once));
        broker.engine.start(JOB);
        up();
        pass(Duration.ofDays(1));
        assertThat(ticks()).isEmpty();
        there = THERE;
        broker = harness(job -> job.withSchedule(once).withMisfire(Schedule.Misfire.ONCE));
        broker.engine.start(JOB);
        up();
        assertThat(due()).containsExactly("2031-05-01T09:00:00Z");
        answer(Tick.Fate.TAKEN);
        pass(Duration.ofDays(1));
        assertThat(ticks()).hasSize(1);
    }

    @Test
    void nothingIsHandedInWhileNothingMayBegin() {
        broker.engine.start(JOB);
        up();
        broker.engine.send(new Command.PauseAll(broker.engine.in(Duration.ofSeconds(1))));
        pass(Duration.ofMinutes(1));
        assertThat(ticks()).isEmpty();
        broker.engine.send(new Command.ResumeAll(broker.engine.in(Duration.ofSeconds(1))));
        assertThat(due()).as("the latest").containsExactly("2031-05-01T10:01:00Z");
    }
}
