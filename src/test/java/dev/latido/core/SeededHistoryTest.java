package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.job.RetryPolicy;
import dev.latido.job.WorkPlace;
import dev.latido.policy.BreakerConfig;
import dev.latido.policy.RateConfig;
import dev.latido.policy.RateConfig.Algorithm;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionPage;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.FailureFilter;
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.JobView;
import dev.latido.protocol.Reply;
import dev.latido.protocol.StopMode;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.schedule.Interval;
import dev.latido.schedule.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random histories of commands, ticks, outcomes and time-outs against a naive model. {@code -Dseed=n} runs one again;
 * {@code -Dhistories=n} runs more.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES) // it only computes, on a machine that may be slow or busy
class SeededHistoryTest {

    private static final int STEPS = 120;
    private static final String[] KEYS = {"a", "b", "c"};
    private static final BreakerConfig BREAKER =
            new BreakerConfig(4, 2, 50, 50, Duration.ofSeconds(2), Duration.ofSeconds(3), 2);

    @Test
    void holdsItsInvariantsInRandomHistories() {
        CoreWorld.runHistories(2_000, World::new);
    }

    @Test
    void isTheSameWithTheSameSeed() {
        World one = new World(42);
        World two = new World(42);
        one.run();
        two.run();

        assertThat(one.harness.events).isEqualTo(two.harness.events).hasSizeGreaterThan(100);
    }

    @Test
    void makesEverythingHappen() {
        List<Event> events = new ArrayList<>();
        List<Effect.Perform> performs = new ArrayList<>();
        for (int seed = 0; seed < 100; seed++) {
            World world = new World(seed);
            world.run();
            events.addAll(world.harness.events);
            performs.addAll(world.harness.performs);
        }
        Map<String, Integer> counts = new TreeMap<>();
        for (Event event : events) {
            boolean hasExpired = event instanceof Event.ExecutionEnded ended
                    && ended.why() != null
                    && ended.why().startsWith("expired");
            counts.merge(hasExpired ? "expired" : event.type(), 1, Integer::sum);
        }

        assertThat(performs).anyMatch(Effect.Perform::byFallback);
        assertThat(counts)
                .as("in 100 histories")
                .allSatisfy((type, count) -> assertThat(count).as(type).isGreaterThan(10))
                .containsKeys(
                        "expired",
                        "execution.attempt-failed",
                        "execution.waiting",
                        "execution.dropped",
                        "execution.late-outcome",
                        "breaker.changed",
                        "job.changed",
                        "service.paused",
                        "service.resumed",
                        "tick.coalesced",
                        "tick.missed");
    }

    /** What a configuration is drawn from. */
    private record Draws(Random random) {

        List<JobDefinition> jobs() {
            return List.of(
                    definition("c"),
                    definition("d"),
                    definition("b").withNext("c"),
                    definition("a").withNext("b", random.nextBoolean() ? "d" : "c"));
        }

        EngineHarness core(List<JobDefinition> jobs) {
            HistoryConfig history = new HistoryConfig(bounds(), bounds());
            int maxInFlight = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 0;
            return EngineHarness.of(history, maxInFlight, jobs.toArray(JobDefinition[]::new));
        }

        private JobDefinition definition(String name) {
            int capacity = 1 + random.nextInt(6);
            Map<Priority, Integer> capacities = new EnumMap<>(Priority.class);
            for (Priority priority : Priority.values()) {
                if (random.nextInt(4) == 0) {
                    capacities.put(priority, random.nextInt(capacity + 1));
                }
            }
            return JobDefinition.named(name).with(job -> {
                job.queue = new QueueConfig(
                        capacity, CoreWorld.pick(random, FullMode.values()), capacities, random.nextInt(4));
                job.concurrency = 1 + random.nextInt(3);
                job.maxConcurrency = 5;
                job.timeout = Duration.ofSeconds(1 + random.nextInt(20));
                job.place = CoreWorld.pick(random, WorkPlace.values());
                job.misfire = CoreWorld.pick(random, Schedule.Misfire.values());
                job.maxMissed = 1 + random.nextInt(4);
                job.overlap = CoreWorld.pick(random, JobDefinition.Overlap.values());
                if (random.nextInt(3) == 0) {
                    job.schedule = new Interval(Duration.ofMillis(500 + random.nextInt(5_000)));
                    job.jitter = random.nextBoolean() ? Duration.ZERO : Duration.ofMillis(random.nextInt(2_000));
                }
                if (random.nextInt(2) == 0) {
                    policies(job);
                }
            });
        }

        private void policies(JobDefinition.Builder job) {
            job.retry = retry();
            job.expires = random.nextInt(3) == 0 ? Duration.ofMillis(500 + random.nextInt(20_000)) : null;
            boolean hasKey = random.nextInt(3) == 0;
            boolean isRateByKey = hasKey && random.nextBoolean();
            job.throttle = new JobDefinition.Throttle(
                    random.nextInt(3) == 0 ? rate(Algorithm.values()) : null,
                    hasKey ? "/1" : null,
                    // fixed windows of a key begin anew once it was idle
                    isRateByKey ? rate(Algorithm.TOKEN_BUCKET, Algorithm.LEAKY, Algorithm.SLIDING_WINDOW) : null,
                    hasKey && (!isRateByKey || random.nextBoolean()) ? 1 + random.nextInt(2) : 0);
            job.hasFallback = random.nextInt(3) == 0;
            if (random.nextInt(3) == 0) {
                job.breaker = new JobDefinition.BreakerUse(
                        random.nextBoolean() ? "shared" : job.name,
                        BREAKER,
                        job.hasFallback
                                ? CoreWorld.pick(random, JobDefinition.WhileOpen.values())
                                : JobDefinition.WhileOpen.WAIT);
            }
        }

        private RetryPolicy retry() {
            Duration delay = Duration.ofMillis(random.nextInt(3_000));
            return new RetryPolicy(
                    1 + random.nextInt(4),
                    CoreWorld.pick(random, RetryPolicy.Backoff.values()),
                    delay,
                    delay.plusMillis(random.nextInt(5_000)),
                    random.nextBoolean());
        }

        private HistoryConfig.Bounds bounds() {
            return new HistoryConfig.Bounds(random.nextInt(6), random.nextInt(12), Duration.ofDays(1));
        }

        private RateConfig rate(Algorithm... kinds) {
            return new RateConfig(
                    CoreWorld.pick(random, kinds),
                    1 + random.nextInt(4),
                    Duration.ofMillis(1 + random.nextInt(5_000)),
                    1 + random.nextInt(3));
        }
    }

    /** One history. */
    private static final class World extends CoreWorld {
        private final HistoryModel model;
        private final List<Attempt> overdue = new ArrayList<>();
        private final List<EngineHarness.Call> calls = new ArrayList<>();
        private final Set<Attempt> reported = new HashSet<>();
        private final IdentityHashMap<Command.Submit, EngineHarness.Call> submits = new IdentityHashMap<>();
        private final Map<@Nullable String, Submission> submissions = new HashMap<>();
        private final Map<String, ExecutionId> byKey = new HashMap<>();
        private final Map<String, ExecutionId> seenPayloads = new HashMap<>();
        private int performed;
        private int nextPayload;

        World(long seed) {
            super(seed, random -> new Draws(random).jobs(), (random, jobs) -> new Draws(random).core(jobs));
            model = new HistoryModel(jobs, harness.history, harness.maxInFlight, this::submission);
        }

        private Instant deadline(int maxSeconds) {
            return random.nextInt(5) == 0
                    ? Command.NO_DEADLINE
                    : harness.in(Duration.ofMillis(random.nextInt(maxSeconds * 1_000) - 100L));
        }

        private ExecutionId known() {
            return anyOf(model.ids());
        }

        @Override
        void run() {
            for (JobDefinition definition : jobs) {
                if (random.nextInt(4) > 0) {
                    ask(new Command.Start(definition.name(), Command.NO_DEADLINE));
                }
            }
            look();
            steps(STEPS);
            if (random.nextInt(4) == 0) {
                shutDown();
            } else {
                workOff();
            }
            for (EngineHarness.Call call : calls) {
                check(call.isAnswered(), "a caller was never answered");
            }
            submits.forEach(this::checkAnswers);
        }

        /** An answer for each item in its place, and one execution for each key. */
        private void checkAnswers(Command.Submit submit, EngineHarness.Call call) {
            if (!(call.reply() instanceof Submitted submitted)) {
                return; // refused as a whole: too late, or shutting down
            }
            check(submitted.answers().size() == submit.items().size(), "an answer is missing");
            for (int i = 0; i < submit.items().size(); i++) {
                Submission item = submit.items().get(i);
                if (submitted.answers().get(i) instanceof ExecutionView view) {
                    check(view.job().equals(submit.job()), "an answer of another job");
                    check(view.priority() == item.priority(), "an answer to another item");
                    if (item.key() == null || model.state(view.id()) == ExecutionState.DROPPED) {
                        continue; // what is dropped gives its key back
                    }
                    ExecutionId before = byKey.putIfAbsent(submit.job() + " " + item.key(), view.id());
                    check(before == null || before.equals(view.id()), "two executions of one key");
                }
            }
        }

        @Override
        void step() {
            switch (random.nextInt(34)) {
                case 0, 1, 2, 3, 4, 5, 6 -> submit();
                case 7, 8, 9, 10, 11, 12, 13 -> end();
                case 14, 15, 16 -> harness.pass(Duration.ofMillis(random.nextInt(3_000)));
                case 17 -> harness.pause(Duration.ofMillis(random.nextInt(20_000)));
                case 18, 19 -> ask(new Command.Start(anyJob(), deadline(10)));
                case 20 -> ask(new Command.Stop(anyJob(), pick(StopMode.values()), deadline(10), deadline(10)));
                case 21 ->
                    ask(
                            random.nextInt(3) > 0
                                    ? new Command.GetStatus(anyJob(), deadline(10))
                                    : new Command.Complete(anyJob(), deadline(10)));
                case 22 -> ask(new Command.AwaitRoom(anyJob(), pick(Priority.values()), deadline(10)));
                case 23 -> ask(new Command.AwaitExecution(known(), deadline(10), deadline(10)));
                case 24, 25 -> ask(new Command.Cancel(known(), deadline(10)));
                case 26 -> ask(new Command.Retry(known(), deadline(10)));
                case 27 ->
                    ask(
                            random.nextInt(4) == 0
                                    ? new Command.Purge(anyJob(), random.nextBoolean(), deadline(10))
                                    : new Command.GetHealth(deadline(10)));
                case 28 ->
                    ask(new Command.RetryFailed(anyJob(), FailureFilter.ANY, random.nextBoolean(), deadline(10)));
                case 29 -> change();
                case 30 -> ask(new Command.PauseAll(deadline(10)));
                case 31 -> ask(new Command.ResumeAll(deadline(10)));
                case 32 -> comeAndGo();
                default -> page();
            }
        }

        private void change() {
            boolean changesRate = random.nextBoolean();
            boolean removesRate = random.nextInt(3) == 0;
            JobSettings settings = new JobSettings(
                    !changesRate || random.nextBoolean(),
                    random.nextInt(4) == 0 ? null : (Integer) random.nextInt(7),
                    changesRate,
                    removesRate || random.nextInt(3) == 0 ? null : new Draws(random).rate(Algorithm.values()),
                    removesRate,
                    random.nextBoolean());
            String job = anyJob();
            if (ask(new Command.ChangeJob(job, settings, deadline(10))).reply() instanceof JobView view) {
                model.changed(job, settings, view);
            }
        }

        private EngineHarness.Call ask(Command command) {
            EngineHarness.Call call = harness.ask(command);
            calls.add(call);
            return call;
        }

        private void submit() {
            List<Submission> items = new ArrayList<>();
            for (int i = random.nextInt(3); i >= 0; i--) {
                Duration delay = random.nextInt(4) > 0 ? Duration.ZERO : Duration.ofMillis(random.nextInt(5_000));
                int key = random.nextInt(12);
                items.add(new Submission(
                        key < 3 ? payload("k" + key, "a") : payload("p" + nextPayload++, pick(KEYS)),
                        key < 3 ? Priority.NORMAL : pick(Priority.values()),
                        key < 3 ? Duration.ZERO : delay,
                        key < 3 || random.nextInt(6) > 0 ? null : Duration.ofMillis(1 + random.nextInt(10_000)),
                        key < 3 ? "k" + key : key == 3 ? "k0" : null));
            }
            items.forEach(item -> submissions.put(item.payload(), item));
            Command.Submit submit = new Command.Submit(anyJob(), items, deadline(15));
            submits.put(submit, ask(submit));
        }

        private @Nullable Submission submission(ExecutionId id) {
            Execution execution = harness.engine.parts().executions.find(id);
            return execution == null ? HistoryModel.FORGOTTEN : submissions.get(execution.payload());
        }

        /** The worker of a job is away from now on, or back. */
        private void comeAndGo() {
            String job = anyJob();
            if (harness.missing.remove(job) == null) {
                harness.missing.put(job, "nobody there");
            }
        }

        private void end() {
            boolean late = !overdue.isEmpty() && random.nextInt(6) == 0;
            List<Attempt> from = late || harness.performing.isEmpty() ? overdue : harness.performing;
            if (from.isEmpty()) {
                return;
            }
            Attempt attempt = from.remove(random.nextInt(from.size()));
            if (random.nextInt(8) == 0) {
                harness.take(new Input.AttemptProgressed(attempt, 0.5, "half"));
            }
            boolean isLate = !model.isInFlight(attempt) || !reported.add(attempt);
            int events = harness.events.size();
            Outcome outcome = outcome(attempt);
            model.reported(attempt, harness.now.wall());
            if (!isLate && outcome instanceof Outcome.Unavailable) {
                model.reachedNobody(attempt);
            }
            harness.take(new Input.AttemptEnded(attempt, outcome));
            boolean calledLate = harness.events.subList(events, harness.events.size()).stream()
                    .anyMatch(event -> event instanceof Event.LateOutcome);
            check(isLate == calledLate, attempt + " is late: " + isLate);
            if (!isLate && outcome instanceof Outcome.Unavailable) {
                reported.remove(attempt); // which is none, so that another may have its number
            } else if (random.nextInt(8) == 0) {
                overdue.add(attempt); // and says so again, later
            }
        }

        private Outcome outcome(Attempt attempt) {
            Duration retryAfter = random.nextInt(4) > 0 ? null : Duration.ofMillis(random.nextInt(10_000));
            int luck = harness.missing.containsKey(attempt.job()) ? 3 : random.nextInt(9);
            return switch (luck) {
                case 0, 1, 2 -> new Outcome.Failure("no luck", random.nextInt(8) == 0, retryAfter);
                case 3 -> new Outcome.Unavailable("nobody there");
                default -> new Outcome.Success(payload("r" + attempt.execution() + "." + attempt.number(), pick(KEYS)));
            };
        }

        private void page() {
            String job = anyJob();
            ExecutionState state = pick(ExecutionState.values());
            int limit = 1 + random.nextInt(3);
            List<ExecutionId> paged = new ArrayList<>();
            String cursor = null;
            do {
                Reply reply = harness.send(new Command.ListExecutions(job, state, cursor, limit, Command.NO_DEADLINE));
                ExecutionPage page = (ExecutionPage) reply;
                check(page.executions().size() <= limit, "a page is too long");
                page.executions().forEach(execution -> {
                    check(execution.state() == state, "a page shows another state");
                    paged.add(execution.id());
                });
                cursor = page.cursor();
            } while (cursor != null);
            check(paged.stream().distinct().count() == paged.size(), "a page repeats");
            check(paged.size() == count(job, state), "pages leave some out");
        }

        private int count(String name, ExecutionState state) {
            for (JobState job : harness.engine.states()) {
                if (job.name().equals(name)) {
                    return switch (state) {
                        case WAITING -> job.delayed.size();
                        case QUEUED -> job.queue.size();
                        case RUNNING -> job.running.size();
                        default -> job.ended(state).size();
                    };
                }
            }
            throw new AssertionError(name);
        }

        @Override
        void look() {
            for (; performed < harness.performed.size(); performed++) {
                Effect effect = harness.performed.get(performed);
                if (effect instanceof Effect.Announce announce) {
                    model.on(announce.event());
                } else if (effect instanceof Effect.Perform perform) {
                    model.performed(perform, key(perform.payload()));
                    checkPayload(perform);
                }
            }
            model.compare(harness.engine, harness.engine.parts(), harness);
        }

        /** A result is handed to a job once, and a payload that is submitted once is one execution. */
        private void checkPayload(Effect.Perform perform) {
            String payload = perform.payload();
            if (payload != null && !payload.startsWith("[\"k")) {
                ExecutionId before = seenPayloads.putIfAbsent(
                        perform.attempt().job() + payload + (payload.startsWith("[\"r") ? fanOut(perform) : ""),
                        perform.attempt().execution());
                check(before == null || before.equals(perform.attempt().execution()), "two executions of " + payload);
            }
        }

        /** What comes from a twofold next is told apart by its execution. */
        private static @Nullable String fanOut(Effect.Perform perform) {
            return perform.attempt().job().equals("c")
                    ? perform.attempt().execution().toString()
                    : "";
        }

        /** Works off everything: whatever was accepted reaches an end. */
        private void workOff() {
            harness.send(new Command.ResumeAll(Command.NO_DEADLINE));
            harness.missing.clear();
            List<JobDefinition> firstToLast = new ArrayList<>(jobs);
            Collections.reverse(firstToLast);
            for (JobDefinition definition : firstToLast) {
                harness.start(definition.name());
            }
            look();
            for (JobDefinition definition : firstToLast) {
                complete(definition);
                for (int i = 0; harness.job(definition.name()).isRunning(); i++) {
                    check(i < 1_000, definition.name() + " does not come to an end");
                    if (i == 300) { // timers may bring more than limits let through, and what is less urgent waits
                        // for that
                        jobs.stream()
                                .filter(job -> job.trigger().schedule() != null)
                                .forEach(this::complete);
                    }
                    if (harness.performing.isEmpty()) {
                        harness.pass(Duration.ofSeconds(1));
                    } else {
                        harness.end(EngineHarness.SUCCESS);
                    }
                    look();
                }
            }
            harness.pass(Duration.ofMinutes(1));
            look();
            check(model.live() == 0, "something accepted was lost");
            check(harness.engine.nextDue().isEmpty(), "an alarm leaks");
        }

        private void complete(JobDefinition definition) {
            harness.complete(definition.name());
            look();
        }

        private void shutDown() {
            harness.take(new Input.ShutdownBegan());
            look();
            for (EngineHarness.Call call : calls) {
                check(call.isAnswered(), "a caller waits while the service shuts down");
            }
            int begun = harness.performs.size();
            for (int i = 0; i < 20; i++) {
                switch (random.nextInt(3)) {
                    case 0 -> end();
                    case 1 -> submit();
                    default -> harness.pass(Duration.ofSeconds(1));
                }
                look();
            }
            harness.pass(Duration.ofMinutes(1));
            look();
            check(harness.performs.size() == begun, "something began while the service shuts down");
            check(harness.engine.inFlight() == 0, "something stays in flight");
            check(harness.engine.nextDue().isEmpty(), "an alarm leaks");
        }
    }
}
