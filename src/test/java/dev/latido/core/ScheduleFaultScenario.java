package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.fault.Sabotage;
import dev.latido.protocol.Command;
import dev.latido.protocol.Health;
import dev.latido.schedule.Cron;
import dev.latido.schedule.Interval;
import java.time.Duration;
import java.time.ZoneOffset;

/** A job whose schedule throws as its timer is started, among others. Loaded by {@link dev.latido.fault.SabotagedClasses}. */
public final class ScheduleFaultScenario implements Runnable {

    private static final String START = "dev.latido.schedule.Cron.start(dev.latido.job.Moment)";

    @Override
    public void run() {
        EngineHarness harness = EngineHarness.of(
                JobDefinition.named("cron").with(job -> job.schedule = new Cron("* * * * *", ZoneOffset.UTC)),
                JobDefinition.named("later").with(job -> job.schedule = new Interval(Duration.ofSeconds(10))));
        Sabotage.arm(START, 1);
        harness.begin();
        assertThat(Sabotage.disarm()).as("thrown").isTrue();

        assertThat(harness.job("later").isRunning()).isTrue();
        assertThat(harness.job("later").inFlight()).as("its first tick").isEqualTo(1);
        assertThat(harness.job("cron").isRunning()).isTrue();
        assertThat(harness.job("cron").why()).contains("no tick comes: its schedule failed: ", "sabotaged");
        Health health = (Health) harness.send(new Command.GetHealth(Command.NO_DEADLINE));
        assertThat(health.degraded()).anyMatch(line -> line.contains("'cron' has no ticks"));
        harness.add("cron", "1");
        assertThat(harness.job("cron").inFlight()).as("what is submitted runs").isEqualTo(1);
        harness.end(EngineHarness.SUCCESS);
        harness.end(EngineHarness.SUCCESS);

        harness.pass(Ticks.RETRY_EVERY);
        assertThat(harness.job("cron").why()).doesNotContain("schedule");
        assertThat(harness.events(Event.ExecutionQueued.class))
                .as("tries again, and ticks at the next minute")
                .noneMatch(queued -> queued.job().equals("cron") && queued.at().isAfter(harness.now.wall()));
        harness.pass(Duration.ofMinutes(1));
        assertThat(harness.job("cron").counters().get("accepted")).isGreaterThan(1);
    }
}
