package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.fault.Sabotage;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.job.RetryPolicy;
import dev.latido.job.WorkPlace;
import dev.latido.policy.BreakerConfig;
import dev.latido.policy.RateConfig;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Health;
import dev.latido.protocol.JobPage;
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.JobView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.StopMode;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.schedule.Cron;
import dev.latido.schedule.Interval;
import dev.latido.schedule.Schedule;
import dev.latido.store.Batch;
import dev.latido.store.Contents;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A history of some jobs that use everything, in which one call of one method throws; around the core stands what {@link
 * JobVerticle} and the start of a process do then. Loaded by {@link dev.latido.fault.SabotagedClasses}.
 */
public final class FaultScenario implements BiFunction<String, Integer, String> {

    private static final int STEPS = 120;

    private final List<ExecutionId> acknowledged = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(1);
    private EngineHarness harness = EngineHarness.of(
            job("timed", job -> {
                job.schedule = new Interval(Duration.ofSeconds(3));
                job.misfire = Schedule.Misfire.ALL;
                job.jitter = Duration.ofMillis(500);
            }),
            job("cron", job -> job.schedule = new Cron("*/2 * * * * *", ZoneOffset.UTC)),
            job("rated", job -> {
                job.throttle = new JobDefinition.Throttle(rate(RateConfig.Algorithm.TOKEN_BUCKET), null, null, 0);
                job.retry = new RetryPolicy(
                        3, RetryPolicy.Backoff.EXPONENTIAL, Duration.ofSeconds(1), Duration.ofSeconds(5), true);
                job.hasFallback = true;
                job.next = List.of("last");
            }),
            job("keyed", job -> {
                job.throttle = new JobDefinition.Throttle(null, "/key", rate(RateConfig.Algorithm.SLIDING_WINDOW), 1);
                job.place = WorkPlace.OUTSIDE;
                job.breaker = new JobDefinition.BreakerUse("b", BreakerConfig.DEFAULT, JobDefinition.WhileOpen.WAIT);
            }),
            job("last", job -> job.queue = new QueueConfig(2, FullMode.WAIT, Map.of(), 5)),
            job("steady", job -> {}));

    private @Nullable String faulty;
    private boolean hasFaulted;
    private int inputsBefore;
    private int compared;
    private String outcome = "nothing was thrown";

    private static JobDefinition job(String name, Consumer<JobDefinition.Builder> settings) {
        return JobDefinition.named(name).with(job -> {
            job.concurrency = 2;
            job.timeout = Duration.ofSeconds(20);
            job.expires = name.equals("steady") ? null : Duration.ofMinutes(5);
            settings.accept(job);
        });
    }

    private static RateConfig rate(RateConfig.Algorithm algorithm) {
        return new RateConfig(algorithm, 2, Duration.ofSeconds(2), 2);
    }

    /** Runs the history with the call of {@code number} of {@code method} throwing, and says what came of it. */
    @Override
    public String apply(String method, Integer number) {
        EngineHarness first = harness.successor();
        Sabotage.arm(method, number);
        begin(first);
        for (int i = 0; i < STEPS; i++) {
            try {
                step();
            } catch (Sabotage.Thrown beforeTheCore) {
                outcome = "it never came to the core";
            }
        }
        boolean hasThrown = Sabotage.disarm();
        if (hasThrown && outcome.startsWith("nothing")) {
            outcome = "it was dealt with in place";
        }
        othersGoOn();
        nothingIsLost();
        return compared > 0 ? outcome + ", and what is stored is as before" : outcome;
    }

    private void begin(EngineHarness next) {
        harness = next;
        inputsBefore = next.inputs;
        try {
            next.begin();
        } catch (Sabotage.Thrown thrown) {
            fault(thrown, Contents.of(next.store));
        }
    }

    private void step() {
        switch (random.nextInt(16)) {
            case 0, 1, 2, 3 -> submit(random.nextBoolean() ? "rated" : "keyed");
            case 4 -> submit("steady");
            case 5, 6, 7, 8 -> endOne();
            case 9, 10 -> pass(Duration.ofMillis(random.nextInt(4_000)));
            case 11 -> read();
            case 12 ->
                ask(
                        random.nextBoolean()
                                ? new Command.PauseAll(Command.NO_DEADLINE)
                                : new Command.ResumeAll(Command.NO_DEADLINE));
            case 13 -> change();
            case 14 ->
                ask(
                        random.nextBoolean()
                                ? new Command.Stop(jobName(), StopMode.PLAIN, Command.NO_DEADLINE, Command.NO_DEADLINE)
                                : new Command.Start(jobName(), Command.NO_DEADLINE));
            default -> {
                if (!acknowledged.isEmpty()) {
                    ExecutionId id = acknowledged.get(random.nextInt(acknowledged.size()));
                    ask(
                            switch (random.nextInt(3)) {
                                case 0 -> new Command.Cancel(id, Command.NO_DEADLINE);
                                case 1 -> new Command.Retry(id, Command.NO_DEADLINE);
                                default ->
                                    new Command.AwaitExecution(
                                            id, harness.in(Duration.ofSeconds(3)), Command.NO_DEADLINE);
                            });
                }
            }
        }
    }

    private String jobName() {
        return List.of("timed", "cron", "rated", "keyed", "last").get(random.nextInt(5));
    }

    private void change() {
        RateConfig rate = random.nextBoolean() ? null : rate(RateConfig.Algorithm.FIXED_WINDOW);
        ask(new Command.ChangeJob(
                "rated",
                new JobSettings(true, 1 + random.nextInt(3), rate != null, rate, false, true),
                Command.NO_DEADLINE));
    }

    private void submit(String job) {
        int number = random.nextInt(1_000);
        Submission item = new Submission(
                "{\"key\":\"k" + number % 3 + "\"}",
                Priority.NORMAL,
                Duration.ofMillis(number % 4 == 0 ? number : 0),
                number % 5 == 0 ? "key" + number : null);
        EngineHarness.Call call = ask(new Command.Submit(job, List.of(item), harness.in(Duration.ofSeconds(5))));
        if (call != null
                && call.isAnswered()
                && call.reply() instanceof Submitted
                && call.only() instanceof ExecutionView view) {
            acknowledged.add(view.id());
        }
    }

    private void endOne() {
        if (!harness.performing.isEmpty()) {
            Outcome end = switch (random.nextInt(5)) {
                case 0 -> new Outcome.Failure("no luck");
                case 1 -> new Outcome.Failure("never", true, null);
                default -> new Outcome.Success("1");
            };
            take(new Input.AttemptEnded(harness.performing.remove(random.nextInt(harness.performing.size())), end));
        }
    }

    private void pass(Duration time) {
        Contents before = Contents.of(harness.store);
        inputsBefore = harness.inputs;
        try {
            harness.pass(time);
        } catch (Sabotage.Thrown thrown) {
            fault(thrown, before);
        }
    }

    private void read() {
        for (Command command : List.of(
                new Command.ListJobs(null, 100, Command.NO_DEADLINE),
                new Command.GetSummary(Command.NO_DEADLINE),
                new Command.GetHealth(Command.NO_DEADLINE),
                new Command.GetJob("timed", Command.NO_DEADLINE),
                new Command.GetStatus("cron", Command.NO_DEADLINE),
                new Command.ListExecutions("keyed", ExecutionState.QUEUED, null, 10, Command.NO_DEADLINE),
                new Command.ListHistory("rated", null, null, 10, Command.NO_DEADLINE))) {
            ask(command);
        }
    }

    private EngineHarness.@Nullable Call ask(Command command) {
        Contents before = Contents.of(harness.store);
        inputsBefore = harness.inputs;
        try {
            return harness.ask(command);
        } catch (Sabotage.Thrown thrown) {
            if (command.type().isRead()) {
                outcome = "a read was not answered";
            } else {
                fault(thrown, before);
            }
            return null;
        }
    }

    private void take(Input input) {
        Contents before = Contents.of(harness.store);
        inputsBefore = harness.inputs;
        try {
            harness.take(input);
        } catch (Sabotage.Thrown thrown) {
            fault(thrown, before);
        }
    }

    /** What {@code JobVerticle} does, and the next start. */
    private void fault(Sabotage.Thrown thrown, Contents before) {
        boolean wasDeciding = Arrays.stream(thrown.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("decide"));
        faulty = harness.engine.faulty();
        hasFaulted = true;
        outcome = "the process ended for " + faulty;
        Batch last = harness.engine.fault(thrown, harness.now);
        harness.store.append(last);
        Contents after = Contents.of(harness.store);
        if (wasDeciding && harness.inputs - inputsBefore == 1) { // else others were taken, and stored, before it
            compared++;
            assertThat(after.jobs())
                    .as("jobs, of which nothing half-made is stored")
                    .isEqualTo(before.jobs());
            assertThat(after.keys()).as("keys").isEqualTo(before.keys());
            assertThat(after.executions()).as("executions").isEqualTo(before.executions());
        }
        assertThat(after.service().endingMillis()).isNotZero();
        begin(harness.successor());
    }

    private void othersGoOn() {
        harness.ask(new Command.ResumeAll(Command.NO_DEADLINE));
        JobPage page = (JobPage) harness.send(new Command.ListJobs(null, 100, Command.NO_DEADLINE));
        assertThat(page.jobs())
                .extracting(JobView::name)
                .containsExactlyInAnyOrder("timed", "cron", "rated", "keyed", "last", "steady");
        if (hasFaulted && faulty != null) {
            assertThat(harness.job(faulty).why()).startsWith("set aside");
            Health health = (Health) harness.send(new Command.GetHealth(Command.NO_DEADLINE));
            assertThat(health.degraded()).anyMatch(line -> line.contains("'" + faulty + "' is set aside"));
            Reply refused = harness.ask(new Command.Submit(faulty, List.of(Submission.of("1")), Command.NO_DEADLINE))
                    .reply();
            assertThat(((Refusal) refused).type()).isEqualTo(Refusal.SET_ASIDE);
        }
        for (String job : Set.of("steady", "timed", "cron")) {
            if (!job.equals(faulty)) {
                harness.start(job);
                long before = harness.status(job).executionCount();
                int tries = 0;
                if (job.equals("steady")) {
                    harness.add(job, "1");
                }
                while (harness.status(job).executionCount() == before && tries++ < 200) {
                    while (!harness.performing.isEmpty()) {
                        harness.end(new Outcome.Success("1"));
                    }
                    harness.pass(Duration.ofSeconds(1));
                }
                assertThat(harness.status(job).executionCount())
                        .as(job + " goes on")
                        .isGreaterThan(before);
            }
        }
    }

    /** An orderly end, and a start that tries what was set aside again. */
    private void nothingIsLost() {
        harness.take(new Input.EndBegan());
        harness.take(new Input.ShutdownBegan());
        harness.take(new Input.GraceEnded());
        harness = harness.crash(Duration.ZERO);
        for (ExecutionId id : acknowledged) {
            assertThat(harness.send(new Command.GetExecution(id, Command.NO_DEADLINE)))
                    .as(id + " was acknowledged")
                    .isInstanceOf(ExecutionView.class);
        }
        assertThat(harness.engine.setAside()).isEmpty();
        assertThat(Contents.of(harness.store).executions())
                .allSatisfy(entry -> assertThat(
                                entry.state() == null ? 0 : entry.state().crashes())
                        .as("crashes of " + entry.execution().id())
                        .isZero());
    }
}
