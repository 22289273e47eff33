package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.job.Durability;
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
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.JobStatus;
import dev.latido.protocol.JobView;
import dev.latido.protocol.PauseView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.StopMode;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.schedule.Interval;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random histories in which the process dies again and again, at any point: before a batch is taken, while it is written,
 * after it was written and before anybody knew. A journal outside holds what was acknowledged, and what workers got.
 * {@code -Dseed=n} runs one again; {@code -Dhistories=n} runs more.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES) // it only computes, on a machine that may be slow or busy
class CrashHistoryTest {

    private static final int STEPS = 200;
    private static final Duration DAY = Duration.ofDays(1);
    private static final HistoryConfig KEEPS_ALL = EngineHarness.keeping(100_000, 100_000, Duration.ofDays(365));
    private static final String NEVER = "no, and never";
    private static final Refusal NO_SPACE = Refusal.storeFull("no space left");

    @Test
    void losesNothingThatWasAcknowledged() {
        CoreWorld.runHistories(1_000, World::new);
    }

    @Test
    void diesOftenAndInTheMiddleOfThings() {
        int crashes = 0;
        int acknowledged = 0;
        int runTwice = 0;
        int failures = 0;
        int kept = 0;
        for (int seed = 0; seed < 20; seed++) {
            World world = new World(seed);
            world.run();
            crashes += world.crashes;
            acknowledged += world.acknowledged.size();
            runTwice +=
                    (int) world.attempts.values().stream().filter(n -> n > 1).count();
            failures += world.failures.size();
            kept += world.settings.size();
        }

        assertThat(crashes).isGreaterThan(60);
        assertThat(acknowledged).isGreaterThan(400);
        assertThat(runTwice).isGreaterThan(10);
        assertThat(failures).as("failed attempts").isGreaterThan(10);
        assertThat(kept).as("stored changes").isGreaterThan(10);
    }

    /** What a configuration is drawn from. */
    private record Draws(Random random) {

        List<JobDefinition> jobs() {
            Durability[] durabilities = {Durability.FULL, Durability.FULL, Durability.FULL, Durability.RELAXED};
            JobDefinition c = definition("c", Durability.FULL);
            JobDefinition d = definition("d", durabilities[random.nextInt(4)]);
            JobDefinition b = definition("b", Durability.FULL).withNext("c");
            JobDefinition a = definition("a", Durability.FULL).withNext("b", "d");
            JobDefinition timed = definition("timed", Durability.FULL)
                    .withSchedule(new Interval(Duration.ofMillis(500 + random.nextInt(3_000))));
            JobDefinition none = definition("none", Durability.NONE);
            return List.of(a, b, c, d, timed, none);
        }

        private JobDefinition definition(String name, Durability durability) {
            FullMode mode = random.nextInt(3) == 0 ? FullMode.REJECT : FullMode.WAIT;
            return JobDefinition.named(name).with(job -> {
                job.queue =
                        new QueueConfig(1 + random.nextInt(8), name.equals("a") ? mode : FullMode.WAIT, Map.of(), 3);
                job.concurrency = 1 + random.nextInt(4);
                job.maxConcurrency = 6;
                job.maxCrashes = 1 + random.nextInt(4);
                job.autoStart = random.nextBoolean();
                job.timeout = Duration.ofSeconds(1 + random.nextInt(20));
                job.durability = durability;
                job.place = random.nextBoolean() ? WorkPlace.INSIDE : WorkPlace.OUTSIDE;
                if (random.nextInt(2) == 0) {
                    policies(job);
                }
            });
        }

        private void policies(JobDefinition.Builder job) {
            Duration delay = Duration.ofMillis(random.nextInt(3_000));
            job.retry = new RetryPolicy(
                    1 + random.nextInt(4), RetryPolicy.Backoff.EXPONENTIAL, delay, delay.multipliedBy(3), false);
            job.expires = random.nextInt(4) == 0 ? Duration.ofMillis(500 + random.nextInt(20_000)) : null;
            boolean hasKey = random.nextInt(3) == 0;
            job.throttle = new JobDefinition.Throttle(
                    random.nextInt(3) == 0 ? rate() : null,
                    hasKey ? "/1" : null,
                    hasKey && random.nextBoolean() ? rate() : null,
                    hasKey ? 1 + random.nextInt(2) : 0);
            job.hasFallback = random.nextInt(3) == 0;
            job.breaker = random.nextInt(3) > 0
                    ? null
                    : new JobDefinition.BreakerUse(
                            "shared",
                            new BreakerConfig(4, 2, 50, 100, DAY, Duration.ofSeconds(3), 2),
                            job.hasFallback ? JobDefinition.WhileOpen.FALLBACK : JobDefinition.WhileOpen.WAIT);
        }

        private RateConfig rate() {
            return new RateConfig(
                    RateConfig.Algorithm.SLIDING_WINDOW,
                    1 + random.nextInt(4),
                    Duration.ofMillis(1 + random.nextInt(3_000)),
                    1);
        }
    }

    /** One history. */
    private static final class World extends CoreWorld {
        private final Map<String, Set<String>> next = new HashMap<>();
        private boolean storeIsLost;
        private int nextPayload;
        private int crashes;

        // The journal: what the world outside knows.
        private final Map<ExecutionId, String> acknowledged = new LinkedHashMap<>();
        private final Map<ExecutionId, ExecutionState> endedFor = new HashMap<>();
        private final Set<ExecutionId> unwanted = new HashSet<>();
        private final Map<ExecutionId, Integer> attempts = new HashMap<>();

        /** Of which attempts the owner was told that nobody got them, without having said what comes of that. */
        private final Map<ExecutionId, Integer> unreached = new HashMap<>();

        private final Set<String> submitted = new HashSet<>();
        private final Map<String, ExecutionId> keys = new HashMap<>();
        private final Map<String, Submission> keyed = new HashMap<>();
        private final Map<String, Set<Boolean>> mayRun = new HashMap<>();
        private final List<Open> open = new ArrayList<>();
        private final Map<String, Integer> lastAsked = new HashMap<>();
        private int asked;
        private int seen;

        /** How many attempts were told to have failed. */
        private final Map<ExecutionId, Integer> failures = new HashMap<>();

        /** Executions that were told to go on, after their worker had said that it is no use to ask it again. */
        private final Set<ExecutionId> areFinal = new HashSet<>();

        /** When the next attempt was told to be, and delays to be over. */
        private final Map<ExecutionId, Instant> notBefore = new HashMap<>();

        /** What was acknowledged to be so from now on, by job. */
        private final Map<String, JobView> settings = new HashMap<>();

        private final Map<String, Integer> changeAsked = new HashMap<>();
        private Set<Boolean> mayBePaused = Set.of(false);
        private int pauseAsked;

        /** Whether it was told that everything is paused. */
        private boolean isPaused;

        private record Open(int number, Command command, EngineHarness.Call call) {}

        World(long seed) {
            super(
                    seed,
                    random -> new Draws(random).jobs(),
                    (random, jobs) -> EngineHarness.of(KEEPS_ALL, jobs.toArray(JobDefinition[]::new)));
            jobs.forEach(job -> next.put(job.name(), Set.copyOf(job.next())));
            harness.holdStore();
            harness.take(new Input.ServiceBegan());
        }

        private JobDefinition job(String name) {
            return jobs.stream()
                    .filter(job -> job.name().equals(name))
                    .findFirst()
                    .orElseThrow();
        }

        private ExecutionId anyKnown() {
            return anyOf(List.copyOf(acknowledged.keySet()));
        }

        @Override
        void run() {
            steps(STEPS);
            finish();
        }

        @Override
        void step() {
            switch (random.nextInt(27)) {
                case 0, 1, 2, 3, 4 -> submit();
                case 5, 6, 7, 8, 9, 10 -> end();
                case 11, 12, 13, 14 -> commit();
                case 15, 16 -> harness.pass(Duration.ofMillis(random.nextInt(2_000)));
                case 17 -> ask(new Command.Start(anyJob(), Command.NO_DEADLINE));
                case 18 -> ask(new Command.Stop(anyJob(), StopMode.PLAIN, Command.NO_DEADLINE, Command.NO_DEADLINE));
                case 19 ->
                    ask(
                            random.nextBoolean()
                                    ? new Command.Cancel(anyKnown(), Command.NO_DEADLINE)
                                    : new Command.Retry(anyKnown(), Command.NO_DEADLINE));
                case 20 -> toggleStore();
                case 21 ->
                    ask(new Command.AwaitExecution(anyKnown(), harness.in(Duration.ofSeconds(2)), Command.NO_DEADLINE));
                case 22 -> repeatKey();
                case 23 -> {
                    if (random.nextInt(3) == 0) {
                        ask(new Command.PauseAll(Command.NO_DEADLINE));
                    }
                }
                case 24 -> ask(new Command.ResumeAll(Command.NO_DEADLINE));
                case 25 -> change();
                default -> crash();
            }
        }

        private void submit() {
            List<Submission> items = new ArrayList<>();
            String name = anyJob();
            for (int i = random.nextInt(3); i >= 0; i--) {
                String payload = payload("p" + nextPayload++, "k" + random.nextInt(3));
                String key = random.nextInt(3) == 0 ? "k" + nextPayload : null;
                Duration delay = Duration.ofMillis(random.nextInt(4) == 0 ? random.nextInt(3_000) : 0);
                Submission item =
                        new Submission(payload, Priority.MOST_URGENT_FIRST.get(random.nextInt(4)), delay, key);
                submitted.add(payload);
                if (key != null) {
                    keyed.put(name + " " + key, item);
                }
                items.add(item);
            }
            Instant deadline = harness.in(Duration.ofSeconds(1 + random.nextInt(5)));
            ask(new Command.Submit(name, items, deadline));
        }

        private void change() {
            Integer concurrency = random.nextInt(4) == 0 ? null : (Integer) (1 + random.nextInt(6));
            RateConfig rate = random.nextInt(3) == 0 ? null : new Draws(random).rate();
            ask(new Command.ChangeJob(
                    anyJob(),
                    new JobSettings(true, concurrency, true, rate, rate == null && random.nextBoolean(), true),
                    Command.NO_DEADLINE));
        }

        private void repeatKey() {
            List<String> names = List.copyOf(keyed.keySet());
            if (!names.isEmpty()) {
                String name = names.get(random.nextInt(names.size()));
                String job = name.substring(0, name.indexOf(' '));
                ask(new Command.Submit(
                        job, List.of(Objects.requireNonNull(keyed.get(name))), harness.in(Duration.ofSeconds(2))));
            }
        }

        private void ask(Command command) {
            if (command instanceof Command.Start start) {
                may(start.job());
            } else if (command instanceof Command.Stop stop) {
                may(stop.job());
            } else if (command instanceof Command.Retry retry) {
                endedFor.remove(retry.id()); // it may happen, known or not
                unwanted.remove(retry.id());
                failures.remove(retry.id());
                areFinal.remove(retry.id());
                notBefore.remove(retry.id());
            } else if (command instanceof Command.PauseAll || command instanceof Command.ResumeAll) {
                mayBePaused = Set.of(true, false);
                pauseAsked = asked;
            }
            EngineHarness.Call call = harness.ask(command);
            boolean isRefused = call.isAnswered() && call.reply() instanceof Refusal;
            if (command instanceof Command.ChangeJob change && !isRefused) {
                settings.remove(String.valueOf(change.job()));
                changeAsked.put(String.valueOf(change.job()), asked);
            }
            open.add(new Open(asked++, command, call));
        }

        /** Notes that the job may be started or stopped from now on, whether that is ever answered or not. */
        private void may(@Nullable String job) {
            lastAsked.put(String.valueOf(job), asked);
            mayRun.put(String.valueOf(job), Set.of(true, false));
        }

        private void end() {
            if (!harness.performing.isEmpty()) {
                Attempt attempt = harness.performing.remove(random.nextInt(harness.performing.size()));
                Outcome outcome = switch (random.nextInt(7)) {
                    case 0, 1, 2 -> {
                        boolean isFinal = random.nextInt(8) == 0;
                        yield new Outcome.Failure(isFinal ? NEVER : "no", isFinal, null);
                    }
                    case 3 -> new Outcome.Unavailable("nobody");
                    default -> new Outcome.Success(resultOf(attempt.execution()));
                };
                if (outcome instanceof Outcome.Unavailable
                        && Objects.equals(attempts.get(attempt.execution()), attempt.number())) {
                    unreached.put(attempt.execution(), attempt.number());
                }
                harness.take(new Input.AttemptEnded(attempt, outcome));
            }
        }

        private static String resultOf(ExecutionId id) {
            return payload(id.toString(), "k");
        }

        private void commit() {
            if (!storeIsLost) {
                harness.commit();
            }
        }

        private void toggleStore() {
            storeIsLost = !storeIsLost;
            harness.take(storeIsLost ? new Input.StoreLost(NO_SPACE) : new Input.StoreBack());
        }

        private void crash() {
            crashes++;
            if (random.nextInt(3) == 0) {
                harness.store.append(harness.engine.takeBatch()); // written, and then nobody lived to tell
            }
            if (random.nextInt(4) == 0) {
                harness.take(new Input.ShutdownBegan());
                harness.take(new Input.GraceEnded());
            }
            look();
            open.clear(); // nobody will answer these
            List.copyOf(unreached.keySet()).forEach(this::takenBack); // which may be stored, and was told to nobody
            harness = harness.crash(Duration.ofMillis(random.nextInt(10_000)));
            storeIsLost = false;
            seen = 0;
            look();
            compare();
        }

        /** Reads what reached the world outside. */
        @Override
        void look() {
            open.removeIf(each -> {
                if (each.call.isAnswered()) {
                    answered(each.number, each.command, each.call.reply());
                }
                return each.call.isAnswered();
            });
            for (; seen < harness.performed.size(); seen++) {
                Effect effect = harness.performed.get(seen);
                if (effect instanceof Effect.Announce announce) {
                    told(announce.event());
                } else if (effect instanceof Effect.Perform perform
                        && isFull(perform.attempt().job())) {
                    handedOut(perform.attempt());
                    boolean isForFallback = areFinal.contains(perform.attempt().execution());
                    check(!isForFallback || perform.byFallback(), perform + " after what was final");
                }
            }
        }

        private void told(Event event) {
            if (event instanceof Event.AttemptFailed failed && isFull(failed.job())) {
                failures.merge(failed.execution(), 1, Integer::sum);
                if (failed.error().equals(NEVER)) {
                    areFinal.add(failed.execution());
                }
                notBefore.put(failed.execution(), failed.next().truncatedTo(ChronoUnit.MILLIS));
            } else if (event instanceof Event.ServicePaused) {
                isPaused = true;
            } else if (event instanceof Event.ServiceResumed) {
                isPaused = false;
            } else if (event instanceof Event.ExecutionEnded ended && isFull(ended.job())) {
                endedFor.put(ended.execution(), ended.state());
            } else if (event instanceof Event.ExecutionQueued queued) {
                if (endedFor.remove(queued.execution()) != null) { // a retry
                    failures.remove(queued.execution());
                    areFinal.remove(queued.execution());
                    notBefore.remove(queued.execution());
                }
                takenBack(queued.execution());
            } else if (event instanceof Event.LateOutcome late) {
                unreached.remove(late.execution(), late.attempt()); // another attempt may be under way
            }
        }

        /** Nobody got the last attempt, so it was none. */
        private void takenBack(ExecutionId execution) {
            Integer number = unreached.remove(execution);
            if (number != null) {
                attempts.put(execution, number - 1);
            }
        }

        private void handedOut(Attempt attempt) {
            int before = attempts.getOrDefault(attempt.execution(), 0);
            check(attempt.number() > before, attempt + " was handed out before");
            attempts.put(attempt.execution(), attempt.number());
            check(!endedFor.containsKey(attempt.execution()), attempt + " after its end was told");
            Instant due = notBefore.getOrDefault(attempt.execution(), Instant.MIN);
            check(!harness.now.wall().isBefore(due), attempt + " before its time, " + due);
            check(!isPaused, attempt + " while everything was paused");
        }

        private boolean isFull(String job) {
            return job(job).durability() == Durability.FULL;
        }

        private void answered(int number, Command command, Reply reply) {
            if (command instanceof Command.Submit submit && reply instanceof Submitted answers) {
                for (int i = 0; i < submit.items().size(); i++) {
                    if (answers.answers().get(i) instanceof ExecutionView view && isFull(view.job())) {
                        taken(submit.items().get(i), view);
                        if (submit.items().size() == 1) { // else others of it may have waited since
                            agrees(view);
                        }
                    }
                }
            } else if (command instanceof Command.Cancel && reply instanceof ExecutionView view && isFull(view.job())) {
                unwanted.add(view.id());
            } else if (command instanceof Command.Start start && reply instanceof JobStatus) {
                settle(start.job(), true, number);
            } else if (command instanceof Command.Stop stop && reply instanceof JobStatus status) {
                if (!status.message().contains("not stored yet")) {
                    settle(stop.job(), false, number);
                }
            } else if (reply instanceof PauseView && number == pauseAsked) {
                mayBePaused = Set.of(command instanceof Command.PauseAll);
            } else if (command instanceof Command.ChangeJob change
                    && reply instanceof JobView view
                    && Objects.equals(changeAsked.get(String.valueOf(change.job())), number)) {
                settings.put(view.name(), view);
            }
        }

        /** A start or stop was acknowledged. Unless one was asked for after it, that is how the job is. */
        private void settle(@Nullable String job, boolean running, int number) {
            boolean isLast = Objects.equals(lastAsked.get(String.valueOf(job)), number);
            mayRun.put(String.valueOf(job), isLast ? Set.of(running) : Set.of(true, false));
        }

        private void agrees(ExecutionView answer) {
            ExecutionState ended = endedFor.get(answer.id());
            check(ended == null || ended == answer.state(), answer + " was " + ended + " and is answered so");
            check(ended != ExecutionState.CANCELLED, answer + " was cancelled and is answered so");
        }

        private void taken(Submission item, ExecutionView view) {
            acknowledged.put(view.id(), Objects.requireNonNull(item.payload()));
            if (item.key() != null) {
                ExecutionId before = keys.putIfAbsent(view.job() + " " + item.key(), view.id());
                check(before == null || before.equals(view.id()), "two executions of key " + item.key());
            }
        }

        /** Compares what the new process knows with what the world was told. */
        private void compare() {
            acknowledged.forEach((id, payload) -> {
                Reply reply = harness.send(new Command.GetExecution(id, Command.NO_DEADLINE));
                check(reply instanceof ExecutionView, id + " was acknowledged and is lost");
                ExecutionView view = (ExecutionView) reply;
                check(payload.equals(view.payload()), id + " has another payload");
                ExecutionState told = endedFor.get(id);
                check(told == null || view.state() == told, id + " was told to be " + told + ", is " + view.state());
                check(
                        !unwanted.contains(id) || view.state().isTerminal() || view.result() != null,
                        id + " was told to end and is " + view.state());
                check(view.attempt() >= attempts.getOrDefault(id, 0), id + " forgot an attempt");
                check(view.failures().size() >= failures.getOrDefault(id, 0), id + " forgot a failure");
            });
            mayRun.replaceAll((job, states) -> {
                boolean isRunning = harness.job(job).isRunning();
                check(states.contains(isRunning), job + " is not as it was told to be: " + states);
                return Set.of(isRunning);
            });
            isPaused = harness.engine.parts().unit.pausedAt() != null;
            check(mayBePaused.contains(isPaused), "it was told to be paused or not: " + mayBePaused);
            mayBePaused = Set.of(isPaused);
            settings.forEach((job, told) -> {
                check(harness.job(job).concurrency() == told.concurrency(), job + " forgot its concurrency");
                check(
                        Objects.equals(
                                harness.job(job).policies().rateLimit(),
                                told.policies().rateLimit()),
                        job + " forgot its rate limit");
            });
            compareAll();
        }

        private void compareAll() {
            Map<String, Integer> children = new HashMap<>();
            Map<String, Map<ExecutionState, Integer>> counts = new HashMap<>();
            List<ExecutionView> all = new ArrayList<>();
            harness.engine.parts().executions.all().forEach(execution -> all.add(ExecutionViews.of(execution)));
            for (ExecutionView view : all) {
                String payload = view.payload();
                boolean isChild = payload != null && !payload.startsWith("[\"p");
                if (isChild) {
                    children.merge(view.job() + " " + payload, 1, Integer::sum);
                }
                check(
                        payload == null ? view.job().equals("timed") : isChild || submitted.contains(payload),
                        view.id() + " is unexpected");
                counts.computeIfAbsent(view.job(), absent -> new HashMap<>()).merge(view.state(), 1, Integer::sum);
            }
            children.forEach((child, count) -> check(count == 1, child + " was handed over " + count + " times"));
            for (ExecutionView view : all) {
                if (view.state() == ExecutionState.SUCCEEDED) {
                    for (String target : next.getOrDefault(view.job(), Set.of())) {
                        check(
                                children.containsKey(target + " " + resultOf(view.id())) || !isFull(target),
                                view.id() + " was not handed over to " + target);
                    }
                }
            }
            for (JobDefinition job : jobs) {
                compareCounts(harness.job(job.name()), counts.getOrDefault(job.name(), Map.of()));
            }
        }

        private static void compareCounts(JobView view, Map<ExecutionState, Integer> counts) {
            long all = counts.values().stream().mapToInt(count -> count).sum();
            check(Objects.equals(view.counters().get("accepted"), all), view.name() + " counts " + view.counters());
            counts.forEach((state, count) -> check(
                    !state.isTerminal() || Objects.equals(view.counters().get(state.wireName()), (long) count),
                    view.name() + " counts " + state + " as " + view.counters()));
        }

        /** Works off everything, with a store that works and a process that lives. */
        private void finish() {
            crash();
            ask(new Command.ResumeAll(Command.NO_DEADLINE));
            for (JobDefinition job : jobs) {
                ask(new Command.Start(job.name(), Command.NO_DEADLINE));
            }
            for (int i = 0; i < 10_000 && !isDone(); i++) {
                harness.commit();
                harness.pass(Duration.ofMillis(harness.performing.isEmpty() ? 1_000 : 1));
                while (!harness.performing.isEmpty()) {
                    Attempt attempt = harness.performing.remove(0);
                    harness.take(new Input.AttemptEnded(attempt, new Outcome.Success(resultOf(attempt.execution()))));
                }
            }
            look();
            check(isDone(), "something never ended");
            harness.commit();
            harness = harness.crash(Duration.ZERO);
            seen = 0;
            compare();
        }

        private boolean isDone() {
            for (ExecutionId id : acknowledged.keySet()) {
                if (!harness.get(id).state().isTerminal()) {
                    return false;
                }
            }
            return true;
        }
    }
}
