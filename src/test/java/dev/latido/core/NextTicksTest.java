package dev.latido.core;

import static dev.latido.core.EngineHarness.EPOCH;
import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.protocol.Command;
import dev.latido.protocol.TicksView;
import dev.latido.schedule.Cron;
import dev.latido.schedule.Interval;
import dev.latido.schedule.Once;
import dev.latido.schedule.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is told of the ticks of a job that are to come. */
@Tag("fast")
class NextTicksTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private static JobDefinition job(Schedule schedule) {
        return JobDefinition.named("job").withSchedule(schedule);
    }

    private static TicksView ticks(EngineHarness harness, int count) {
        return (TicksView) harness.send(new Command.GetTicks(null, count, Command.NO_DEADLINE));
    }

    static List<Schedule> schedules() {
        return List.of(
                new Interval(Duration.ofSeconds(7)),
                new Cron("*/20 * * * * *", ZoneOffset.UTC),
                new Cron("5,10 */2 * * * *", ZoneId.of("Europe/Madrid")));
    }

    /** Asked in between, so that an interval is not told from now on. */
    @ParameterizedTest
    @MethodSource("schedules")
    void areThoseThatComeThen(Schedule schedule) {
        EngineHarness harness = EngineHarness.of(job(schedule));
        harness.start(null);
        harness.pass(Duration.ofSeconds(3));
        while (!harness.performing.isEmpty()) {
            harness.end(SUCCESS);
        }
        int before = harness.begins().size();
        TicksView told = ticks(harness, 10);
        for (int i = 0; i < 900; i++) {
            harness.pass(SECOND);
            while (!harness.performing.isEmpty()) {
                harness.end(SUCCESS);
            }
        }
        List<Instant> came = new ArrayList<>();
        harness.begins().forEach(begin -> came.add(EPOCH.plus(begin)));
        assertThat(told.ticks()).hasSize(10).isEqualTo(came.subList(before, before + 10));
        assertThat(told.schedule()).isEqualTo(schedule.describe());
        assertThat(told.note()).isNull();
    }

    @Test
    void areAsManyAsThereAre() {
        EngineHarness harness = EngineHarness.of(job(new Once(EPOCH.plus(SECOND))));
        harness.start(null);
        assertThat(ticks(harness, 10).ticks()).containsExactly(EPOCH.plus(SECOND));
        harness.pass(SECOND);
        assertThat(ticks(harness, 10))
                .isEqualTo(new TicksView("job", "once at " + EPOCH.plus(SECOND), List.of(), "its time has passed"));
    }

    @Test
    void areNoneOfAJobWithoutATimerOrThatIsStopped() {
        EngineHarness without = EngineHarness.of(JobDefinition.named("job"));
        assertThat(ticks(without, 1)).isEqualTo(new TicksView("job", null, List.of(), "it has no timer"));
        EngineHarness stopped = EngineHarness.of(job(new Interval(SECOND)));
        assertThat(ticks(stopped, 1).note()).isEqualTo("it is stopped");
        stopped.start(null);
        assertThat(ticks(stopped, 3).ticks()).hasSize(3);
        stopped.stop(null);
        assertThat(ticks(stopped, 1).ticks()).isEmpty();
    }
}
