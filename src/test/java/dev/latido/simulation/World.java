package dev.latido.simulation;

import dev.latido.client.CommandBus;
import dev.latido.client.CommandConfig;
import dev.latido.client.JobClient;
import dev.latido.core.HistoryConfig;
import dev.latido.core.JobDefinition;
import dev.latido.core.JobEngine;
import dev.latido.core.JobRegistry;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.job.RetryPolicy;
import dev.latido.job.WorkPlace;
import dev.latido.loop.EventLoop;
import dev.latido.memory.MemoryBudget;
import dev.latido.owner.Endings;
import dev.latido.owner.JobWorkers;
import dev.latido.owner.Owner;
import dev.latido.owner.OwnerFault;
import dev.latido.policy.BreakerConfig;
import dev.latido.policy.RateConfig;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.FailureFilter;
import dev.latido.protocol.JobFilter;
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.Reply;
import dev.latido.protocol.StopMode;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.room.memory.MemoryRoom;
import dev.latido.schedule.Interval;
import dev.latido.schedule.Schedule;
import dev.latido.store.Batch;
import dev.latido.store.FaultyStore;
import dev.latido.store.ForwardingStore;
import dev.latido.store.StoreConfig;
import dev.latido.store.StoreException;
import dev.latido.store.StoredState;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One history of the whole service, in one thread and from one seed: clients within the process and on another node, the bus, the
 * owner with its group commit, effects and alarms, the core, workers, and a disk; processes that are killed at any step, and
 * begin again with another configuration. What each part does wrong is drawn; what has to hold is said in {@link Rules}.
 */
final class World {

    /** How many steps a history has, before it is brought to its end. */
    static final int STEPS = 150;

    private static final CommandConfig COMMANDS =
            new CommandConfig(4, CommandConfig.WhenFull.WAIT, 50, Duration.ofSeconds(5));
    private static final CommandConfig SUBMISSIONS =
            new CommandConfig(20, CommandConfig.WhenFull.WAIT, 50, Duration.ofSeconds(5));
    private static final HistoryConfig.Bounds ALL = new HistoryConfig.Bounds(100_000, 100_000, Duration.ofDays(3_650));
    private static final List<String> NAMES = List.of("a", "b", "c", "timed", "calm", "none", "extra");

    /** A job that nobody defines before a process is up, in histories that have it. */
    private static final String LATE = "late";

    /** A job with a timer whose interval is the same in all lives; what it does about missed ticks is not. */
    static final String CLOCK = "clock";

    /** Jobs with policies, in histories that have them. */
    private static final List<String> POLICIES = List.of("rated", "guarded", "keyed", CLOCK);

    private static final Duration MUST_END = Duration.ofHours(12);

    private final long seed;
    private final BitSet left;
    final List<String> trace = new ArrayList<>();
    private final VirtualTime time;
    final Rules rules;
    private final Disk disk;
    final SimulatedBus bus;
    private final SimulatedWorkers workers;
    private final VirtualTime.Loop elsewhere;
    private final JobClient outside;
    private final Random shape;
    private final List<String> keys = new ArrayList<>();
    private final Map<String, Submission> keyed = new HashMap<>();
    private FaultyStore.Faults faults = FaultyStore.Faults.NONE;
    private boolean hangs;
    private boolean everythingWorks;
    private @Nullable Life process;

    /** Processes that another has followed before they were gone. */
    private final List<Life> former = new ArrayList<>();

    private final Random rivals;

    /** What concerns jobs that not all histories have. */
    private final Random more;

    private boolean isLateDefined;
    private final List<String> names;
    private final Duration clockEvery;
    private final VirtualTime.Loop network;
    private int lives;
    private int payloads;

    /** A process that serves, or did. */
    private record Life(
            int number,
            Owner owner,
            VirtualTime.Loop loop,
            VirtualTime.Loop edge,
            VirtualTime.Loop threads,
            JobClient client,
            FaultyStore store,
            SimulatedBus.Receiver receiver,
            MemoryBudget memory,
            JobRegistry registry,
            Map<String, JobWorkers> works) {

        Set<String> jobs() {
            return works.keySet();
        }

        List<VirtualTime.Loop> loops() {
            return List.of(loop, edge, threads);
        }
    }

    /**
     * Makes a world.
     *
     * @param left which steps are left out, to find a shorter history that goes wrong in the same way
     */
    World(long seed, BitSet left) {
        this.seed = seed;
        this.left = left;
        time = new VirtualTime(seed);
        rules = new Rules(time, trace);
        disk = rules.disk;
        time.afterEach(() -> {
            rules.throwIfBroken();
            rules.check(held() >= 0, "no more memory is given back than was taken", held() + " bytes");
        });
        bus = new SimulatedBus(seed + 1, rules);
        workers = new SimulatedWorkers(seed + 2, rules);
        shape = new Random(seed + 3);
        rivals = new Random(seed + 4);
        more = new Random(seed + 5);
        clockEvery = Duration.ofMillis(500 + more.nextInt(3_000));
        names = new ArrayList<>(NAMES);
        if (hasMoreJobs()) {
            names.add(LATE);
            names.addAll(POLICIES);
        }
        network = time.loop("network");
        elsewhere = time.loop("elsewhere");
        outside = client(elsewhere, bus.between(elsewhere, "outside"), "outside", false);
    }

    private JobClient client(VirtualTime.Loop loop, CommandBus.Factory ways, String name, boolean sameProcess) {
        int first = rules.ways;
        int[] most = {
            COMMANDS.maxInFlight(), SUBMISSIONS.maxInFlight(), SUBMISSIONS.maxInFlight(), SUBMISSIONS.maxInFlight()
        };
        for (int i = 0; i < most.length; i++) {
            rules.bound(name + (first + i), most[i]);
        }
        return JobClient.over(loop, ways, sameProcess, COMMANDS, SUBMISSIONS, time);
    }

    // Processes

    private List<JobDefinition> definitions() {
        List<JobDefinition> all = new ArrayList<>();
        for (String name : NAMES) {
            JobDefinition job = definition(name, shape);
            if (!name.equals("extra") || lives == 1 || shape.nextInt(3) > 0) {
                all.add(name.equals("b") ? job.withNext("c") : job);
            }
        }
        if (hasMoreJobs()) {
            POLICIES.forEach(name -> all.add(definition(name, more).with(this::policy)));
        }
        if (isLateDefined) { // whoever defines a job while the service runs has it in the file before the next start
            all.add(definition(LATE, more));
        }
        return all;
    }

    private void policy(JobDefinition.Builder job) {
        switch (job.name) {
            case "rated" -> job.throttle = new JobDefinition.Throttle(rate(), null, null, 0);
            case "guarded" ->
                job.breaker = new JobDefinition.BreakerUse(
                        job.name,
                        new BreakerConfig(
                                2 + more.nextInt(4),
                                2,
                                30,
                                100,
                                Duration.ofDays(1),
                                Duration.ofMillis(1 + more.nextInt(5_000)),
                                1 + more.nextInt(2)),
                        JobDefinition.WhileOpen.WAIT);
            case "keyed" -> job.throttle = new JobDefinition.Throttle(null, "/1", null, 1 + more.nextInt(2));
            case CLOCK -> {
                job.schedule = new Interval(clockEvery);
                job.misfire = pick(more, Schedule.Misfire.values());
                job.maxMissed = 1 + more.nextInt(4);
                job.queue = new QueueConfig(50, FullMode.WAIT, Map.of(), 0);
            }
            default -> throw new IllegalArgumentException(job.name);
        }
    }

    private RateConfig rate() {
        return new RateConfig(
                RateConfig.Algorithm.SLIDING_WINDOW,
                1 + more.nextInt(4),
                Duration.ofMillis(500 + more.nextInt(3_000)),
                1);
    }

    private JobDefinition definition(String name, Random shape) {
        return JobDefinition.named(name).with(job -> {
            FullMode mode = name.equals("c") || shape.nextBoolean() ? FullMode.WAIT : pick(shape, FullMode.values());
            int bytes = shape.nextBoolean() ? 70 + shape.nextInt(100) : 0;
            job.queue = new QueueConfig(1 + shape.nextInt(12), mode, Map.of(), shape.nextInt(15), bytes);
            job.concurrency = 1 + shape.nextInt(4);
            job.maxConcurrency = 6;
            job.maxCrashes = 1 + shape.nextInt(4);
            job.autoStart = shape.nextBoolean();
            job.timeout = Duration.ofSeconds(1 + shape.nextInt(20));
            job.place = shape.nextBoolean() ? WorkPlace.INSIDE : WorkPlace.OUTSIDE;
            job.durability = switch (name) {
                case "none" -> Durability.NONE;
                case "calm" -> Durability.RELAXED;
                default -> Durability.FULL;
            };
            Duration delay = Duration.ofMillis(shape.nextInt(3_000));
            job.retry = new RetryPolicy(
                    1 + shape.nextInt(4), RetryPolicy.Backoff.EXPONENTIAL, delay, delay.multipliedBy(3), false);
            if (name.equals("timed")) {
                job.schedule = new Interval(Duration.ofMillis(500 + shape.nextInt(3_000)));
            }
        });
    }

    private void begin() {
        lives++;
        List<JobDefinition> definitions = definitions();
        int life = lives;
        rules.begins(life, definitions);
        rules.note("process " + lives + " begins");
        VirtualTime.Loop loop = time.loop("owner " + lives);
        VirtualTime.Loop edge = time.loop("edge " + lives);
        VirtualTime.Loop threads = time.loop("threads " + lives);
        FaultyStore store = new FaultyStore(
                disk.access(network, this::onItsWay), faults, seed + lives, task -> threads.schedule(latency(), task));
        MemoryBudget memory = new MemoryBudget(50_000_000);
        JobRegistry registry = JobRegistry.of("a", definitions);
        JobEngine engine = new JobEngine(
                registry,
                new HistoryConfig(ALL, ALL),
                shape.nextInt(3) == 0 ? 1 + shape.nextInt(4) : 0,
                MemoryRoom::new,
                memory,
                new SplittableRandom(seed + lives));
        Map<String, JobWorkers> works = new HashMap<>();
        definitions.forEach(job -> works.put(job.name(), new JobWorkers(workers.of(threads, life), null)));
        Owner owner = new Owner(
                engine,
                new Watched(store, loop, life),
                new StoreConfig(StoreConfig.Type.MEMORY, Path.of(""), 3 + shape.nextInt(40), 1, "", Duration.ZERO),
                works,
                Map.of(),
                List.of(event -> rules.told(life, event)),
                new Owner.Observer(
                        (rows, took) -> {}, new Endings(this::broke, failure -> fenced(life), this::faulted)),
                time,
                loop,
                ringing -> alarm(loop, ringing));
        SimulatedBus.Receiver receiver = new SimulatedBus.Receiver(owner, loop, life);
        JobClient client = client(edge, bus.inside(edge, "inside", receiver), "inside", true);
        process = new Life(life, owner, loop, edge, threads, client, store, receiver, memory, registry, works);
        bus.receiver(receiver);
        store.open();
        loop.execute(() -> owner.begin().onFailure(failure -> {
            throw new AssertionError("a start failed", failure);
        }));
    }

    /** Tells the rules what an owner hears of the store, just before it does. */
    private final class Watched extends ForwardingStore {
        private final VirtualTime.Loop loop;
        private final int life;

        Watched(FaultyStore store, VirtualTime.Loop loop, int life) {
            super(store);
            this.loop = loop;
            this.life = life;
        }

        @Override
        public Future<Void> append(Batch batch) {
            return watched(super.append(batch));
        }

        @Override
        public Future<Void> check() {
            return watched(super.check());
        }

        private Future<Void> watched(Future<Void> future) {
            return future.onFailure(failure -> {
                if (failure instanceof StoreException known && known.kind() == StoreException.Kind.FENCED) {
                    loop.execute(() -> rules.fenced(life));
                }
            });
        }
    }

    /** Some histories have more jobs than the others; those that are kept had not. */
    private boolean hasMoreJobs() {
        long kind = Math.floorMod(seed, 7L);
        return kind == 3 || kind == 4;
    }

    /** Now and then one of them has something to do, so that its policy matters. */
    private void stepOfMoreJobs() {
        if (more.nextInt(20) == 0) {
            defineLate();
        } else if (more.nextInt(4) == 0) {
            String job = POLICIES.get(more.nextInt(POLICIES.size()));
            if (more.nextInt(4) == 0) {
                ask(more, "start", client -> client.start(job));
            }
            for (int i = more.nextInt(4); i > 0; i--) {
                submit(more, job);
            }
        }
    }

    private void defineLate() {
        Life serving = process;
        if (serving == null || serving.jobs().contains(LATE)) {
            return;
        }
        JobDefinition job = definition(LATE, more);
        serving.loop.execute(() -> {
            if (!serving.jobs().contains(LATE)) {
                isLateDefined = true;
                serving.works.put(LATE, new JobWorkers(workers.of(serving.threads, serving.number), null));
                serving.registry.define(List.of(job));
                rules.defines(serving.number, job);
            }
        });
    }

    /** Some histories have several owners at a time. Others have one, as most services do, and those that are kept had. */
    private boolean hasRivals() {
        long kind = Math.floorMod(seed, 5L);
        return kind == 2 || kind == 3;
    }

    /** Returns how long a commit is under way to the disk. */
    private Duration onItsWay() {
        return hasRivals() && !everythingWorks && rivals.nextInt(8) == 0
                ? Duration.ofMillis(rivals.nextInt(2_000))
                : Duration.ZERO;
    }

    /** A second process takes the jobs over, whatever the first one is at; that one finds out, is gone soon after, or is killed before. */
    private void takeOver() {
        Life old = process;
        if (old == null) {
            return;
        }
        rules.count("takeover");
        int how = rivals.nextInt(4);
        if (how == 0) {
            rules.note("process " + old.number + " is stopped for a while");
            rules.pauses(old.number);
            Duration span = Duration.ofMillis(rivals.nextInt(10_000));
            old.loops().forEach(loop -> loop.pause(span));
        } else if (how == 1) {
            rules.note("process " + old.number + " is told to end");
            old.loop.execute(() -> {
                old.owner.end();
                old.owner.drain();
            });
        }
        for (int i = rivals.nextInt(6); i > 0; i--) {
            submit(rivals); // of which some is stored, and some waits
        }
        pass(Duration.ofMillis(rivals.nextInt(3) > 0 ? rivals.nextInt(1_500) : 0));
        if (process != null && process.number == old.number) {
            former.add(old);
            begin();
            if (rivals.nextBoolean()) {
                bus.receiver(old.receiver); // word gets around slowly
                SimulatedBus.Receiver next = Objects.requireNonNull(process).receiver;
                elsewhere.schedule(Duration.ofMillis(rivals.nextInt(3_000)), () -> bus.follow(old.receiver, next));
            }
        }
    }

    private void fenced(int life) {
        rules.endsFenced(life);
        former.stream()
                .filter(each -> each.number == life)
                .forEach(each -> elsewhere.schedule(Duration.ofMillis(rivals.nextInt(500)), () -> end(each)));
    }

    private Duration latency() {
        return Duration.ofMillis(hangs ? 3_000 + shape.nextInt(8_000) : shape.nextInt(12));
    }

    /** Makes an alarm of an owner that lives on {@code loop}. */
    static Owner.Alarm alarm(VirtualTime.Loop loop, Runnable ringing) {
        return new Owner.Alarm() {
            private EventLoop.@Nullable Timer next;

            @Override
            public void set(long nanos) {
                if (next != null) {
                    next.cancel();
                }
                next = loop.schedule(Duration.ofNanos(nanos), ringing);
            }
        };
    }

    private void broke(StoreException failure) {
        throw new Broken("a store that accepts writes again is not broken", String.valueOf(failure.getMessage()));
    }

    private void faulted(OwnerFault fault) {
        throw new AssertionError("a fault in the owner", fault);
    }

    private void kill() {
        Life dying = process;
        if (dying != null) {
            rules.note("process " + lives + " is killed");
            rules.counts.merge("kill", 1, Integer::sum);
            end(dying);
        }
    }

    private void end(Life dying) {
        dying.loops().forEach(VirtualTime.Loop::die);
        former.remove(dying);
        if (process != null && process.number == dying.number) {
            process = null;
        }
        bus.follow(dying.receiver, process == null ? null : process.receiver);
        rules.gone(dying.number);
    }

    private void stop() {
        Life stopping = process;
        if (stopping == null) {
            return;
        }
        rules.note("process " + lives + " is told to end");
        rules.counts.merge("stop", 1, Integer::sum);
        boolean[] isDrained = {false};
        stopping.loop.execute(() -> {
            stopping.owner.end();
            stopping.owner.drain().onSuccess(done -> isDrained[0] = true);
        });
        pass(Duration.ofMillis(shape.nextInt(3_000)));
        if (!isDrained[0]) {
            stopping.loop.execute(stopping.owner::giveBack);
            for (int i = 0; i < 50 && !isDrained[0]; i++) {
                pass(Duration.ofMillis(100));
            }
        }
        if (isDrained[0]) {
            rules.endedInOrder();
        }
        end(stopping);
    }

    private void pass(Duration span) {
        time.pass(span);
    }

    // Steps

    /** Runs the history to its end. */
    void run() {
        begin();
        for (int i = 0; i < STEPS; i++) {
            if (!left.get(i)) {
                Random random = new Random(seed * 1_000_003 + i);
                if (hasRivals() && rivals.nextInt(12) == 0) {
                    takeOver();
                }
                if (hasMoreJobs()) {
                    stepOfMoreJobs();
                }
                step(random);
                pass(Duration.ofMillis(random.nextInt(10) == 0 ? random.nextInt(3_000) : random.nextInt(120)));
            }
        }
        finish();
    }

    private void step(Random random) {
        if (process == null) {
            pass(Duration.ofMillis(random.nextInt(3_000)));
            begin();
        }
        switch (random.nextInt(40)) {
            case 0, 1, 2, 3, 4, 5, 6, 7 -> submit(random);
            case 8, 9 -> burst(random);
            case 10 -> repeat(random);
            case 11, 12, 13, 14 -> ask(random, "start", client -> client.start(job(random)));
            case 15, 16 -> ask(random, "stop", client -> client.stop(job(random)));
            case 17 -> drain(random);
            case 18, 19 -> ask(random, "status", client -> client.status(job(random)));
            case 20 -> ask(random, "cancel", client -> client.cancel(known(random)));
            case 21 -> ask(random, "retry", client -> client.retry(known(random)));
            case 22 -> await(random);
            case 23 -> look(random);
            case 24 -> ask(random, "pause", JobClient::pauseAll);
            case 25, 26 -> ask(random, "resume", JobClient::resumeAll);
            case 27 -> change(random);
            case 28 -> operate(random);
            case 29, 30 -> killWithin(random);
            case 31 -> stop();
            case 32 -> jump(random);
            case 33, 34, 35 -> storeFaults(random);
            case 36, 37 -> busFaults(random);
            case 38 -> settle();
            default -> ask(random, "health", JobClient::health);
        }
    }

    private String job(Random random) {
        return names.get(random.nextInt(names.size()));
    }

    private static <T> T pick(Random random, T[] values) {
        return values[random.nextInt(values.length)];
    }

    private ExecutionId known(Random random) {
        List<ExecutionId> ids = List.copyOf(rules.acknowledged().keySet());
        return ids.isEmpty() ? new ExecutionId(7) : ids.get(random.nextInt(ids.size()));
    }

    /** Has a client ask something; which one is drawn. */
    private void ask(Random random, String what, Function<JobClient, Future<? extends Reply>> question) {
        ask(random.nextInt(3) == 0, what, COMMANDS.timeout(), question);
    }

    private void ask(
            boolean isOutside, String what, Duration timeout, Function<JobClient, Future<? extends Reply>> question) {
        Life serving = process;
        if (!isOutside && serving == null) {
            return;
        }
        JobClient client = isOutside || serving == null ? outside : serving.client;
        VirtualTime.Loop loop = isOutside || serving == null ? elsewhere : serving.edge;
        rules.note((isOutside ? "outside: " : "inside: ") + what);
        int[] answers = {0};
        loop.execute(() -> {
            long begun = time.nanos();
            question.apply(client).onComplete((reply, failure) -> {
                answers[0]++;
                rules.check(answers[0] == 1, "one answer each", what);
                rules.check(
                        failure == null || failure instanceof CommandException,
                        "failures are refusals",
                        String.valueOf(failure));
                rules.answered(what, begun, timeout, !isOutside, serving == null ? 0 : serving.number);
            });
        });
    }

    private void submit(Random random) {
        submit(random, job(random));
    }

    private void submit(Random random, String job) {
        List<Submission> items = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            Duration delay = Duration.ofMillis(random.nextInt(4) == 0 ? random.nextInt(3_000) : 0);
            Priority priority = pick(random, Priority.values());
            String key = random.nextInt(3) == 0 ? "key" + payloads : null;
            String text = "\"item" + payloads++ + "\"";
            String payload = job.equals("keyed") ? "[" + text + ",\"k" + more.nextInt(3) + "\"]" : text;
            Submission item = new Submission(payload, priority, delay, key);
            items.add(item);
            if (key != null) {
                keys.add(job + " " + key);
                keyed.put(job + " " + key, item);
            }
        }
        send(random, job, items);
    }

    private void send(Random random, String job, List<Submission> items) {
        Duration timeout = Duration.ofMillis(200 + random.nextInt(5_000));
        ask(
                random.nextInt(3) == 0,
                "submits " + items.size() + " to " + job,
                timeout,
                client -> client.submit(job, items, timeout));
    }

    /** More than the limits of the client, and than the owner takes in while the disk is slow; at once, or one after the other. */
    private void burst(Random random) {
        Life serving = process;
        if (serving == null) {
            return;
        }
        String job = job(random);
        int millis = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(100);
        for (int i = 5 + random.nextInt(60); i > 0; i--) {
            String padding = "x".repeat(random.nextInt(3) == 0 ? random.nextInt(60) : 0);
            serving.edge.schedule(
                    Duration.ofMillis(millis == 0 ? 0 : random.nextInt(millis)), () -> submitInLine(job, padding));
        }
    }

    private void submitInLine(String job, String padding) {
        Submission item = Submission.of("\"line" + payloads++ + padding + "\"");
        ask(
                false,
                "submits in line to " + job,
                SUBMISSIONS.timeout(),
                client -> client.submit(job, List.of(item), SUBMISSIONS.timeout()));
    }

    private void repeat(Random random) {
        if (!keys.isEmpty()) {
            String key = keys.get(random.nextInt(keys.size()));
            send(random, key.substring(0, key.indexOf(' ')), List.of(keyed.get(key)));
        }
    }

    private void drain(Random random) {
        Duration wait = Duration.ofMillis(random.nextInt(3_000));
        String job = job(random);
        ask(false, "drain", wait.plusSeconds(1), client -> client.stop(job, StopMode.DRAIN, wait));
    }

    private void await(Random random) {
        Duration wait = Duration.ofMillis(random.nextInt(10_000));
        ExecutionId id = known(random);
        ask(random.nextBoolean(), "awaits " + id, wait.plusSeconds(1), client -> client.awaitExecution(id, wait));
    }

    private void look(Random random) {
        String job = job(random);
        switch (random.nextInt(4)) {
            case 0 -> ask(random, "jobs", client -> client.jobs(null, 10, JobFilter.ALL));
            case 1 -> ask(random, "summary", JobClient::summary);
            case 2 -> ask(random, "store", JobClient::store);
            default -> ask(random, "history", client -> client.history(job, null, null, 20));
        }
    }

    private void change(Random random) {
        Integer concurrency = random.nextInt(4) == 0 ? null : (Integer) (1 + random.nextInt(6));
        JobSettings settings = new JobSettings(true, concurrency, false, null, false, random.nextBoolean());
        String job = job(random);
        ask(random, "change", client -> client.change(job, settings));
    }

    private void operate(Random random) {
        String job = job(random);
        if (random.nextInt(3) == 0) {
            ask(random, "purge", client -> client.purge(job, false));
        } else {
            ask(random, "retry failed", client -> client.retryFailed(job, FailureFilter.ANY, false));
        }
    }

    private void killWithin(Random random) {
        for (int i = random.nextInt(60); i > 0; i--) {
            time.step(time.nanos() + 50_000_000);
        }
        kill();
    }

    /** Everything works for a while, so that nobody has a reason any more not to be answered. */
    private void settle() {
        faults = new FaultyStore.Faults(0, 0, 1);
        hangs = false;
        if (process != null) {
            process.store.fail(faults);
            rules.note("everything works for a while");
            everythingWorks = true;
            former.forEach(this::restore);
            pass(Duration.ofSeconds(14));
            rules.watchTicks("timed");
            pass(Duration.ofSeconds(16));
            rules.compareTicks("timed");
            everythingWorks = false;
            rules.settled();
            findOut();
        }
    }

    private void restore(Life old) {
        old.store.fail(faults);
        old.loops().forEach(VirtualTime.Loop::goOn);
    }

    private void findOut() {
        rules.check(
                former.isEmpty(),
                "a former owner finds out that it is one",
                former.stream().map(Life::number).toList().toString());
    }

    private void jump(Random random) {
        Duration ahead = Duration.ofMillis(random.nextInt(7_200_000) - 3_600_000L);
        rules.jumped(ahead);
        time.jump(ahead);
    }

    private void storeFaults(Random random) {
        int kind = random.nextInt(5);
        hangs = kind == 3;
        faults = kind > 2
                ? new FaultyStore.Faults(0, 0, 1)
                : new FaultyStore.Faults(0.6 * random.nextDouble(), 0.6 * random.nextDouble(), 1);
        rules.note(hangs ? "the store hangs" : "faults of the store: " + faults);
        if (process != null) {
            process.store.fail(faults);
        }
    }

    private void busFaults(Random random) {
        SimulatedBus.Faults now = random.nextInt(3) == 0
                ? SimulatedBus.Faults.NONE
                : new SimulatedBus.Faults(
                        0.2 * random.nextDouble(), 0.2 * random.nextDouble(), 0.2 * random.nextDouble());
        rules.note("faults of the bus: " + now);
        bus.faults(now);
    }

    // The end

    /** Everything works again; all that was acknowledged comes to its end, and is so in a process that begins after that. */
    private void finish() {
        kill();
        faults = new FaultyStore.Faults(0, 0, 1);
        hangs = false;
        bus.faults(SimulatedBus.Faults.NONE);
        workers.beGood();
        everythingWorks = true;
        former.forEach(this::restore);
        do {
            if (process != null) {
                kill();
            }
            begin();
            pass(Duration.ofSeconds(1));
        } while (process != null && !process.jobs().contains("extra"));
        compare();
        pass(Duration.ofSeconds(25)); // what is late arrives
        findOut();
        ask(false, "resume", COMMANDS.timeout(), JobClient::resumeAll);
        for (String job : names) {
            ask(false, "start", COMMANDS.timeout(), client -> client.start(job));
        }
        long until = time.nanos() + MUST_END.toNanos();
        while (!isDone()) {
            if (time.nanos() - until > 0) {
                throw new Broken("all that was acknowledged comes to its end", unfinished());
            }
            pass(Duration.ofSeconds(10));
        }
        ask(false, "stop", COMMANDS.timeout(), client -> client.stop("timed"));
        if (hasMoreJobs()) {
            ask(false, "stop", COMMANDS.timeout(), client -> client.stop(CLOCK));
        }
        pass(Duration.ofMinutes(1));
        long held = held();
        boolean isAllStored = process != null && process.owner.pendingRows() == 0; // of "calm" the latest may not be
        // of what nobody was told that it is taken, something may be under way, but for jobs that are stopped
        boolean isStill = Set.of("timed", CLOCK).containsAll(disk.unfinished());
        kill();
        begin();
        pass(Duration.ofSeconds(1));
        if (isAllStored && isStill) {
            rules.compareMemory(held, held());
        }
        compare();
    }

    /** Returns how many bytes the account of the whole process has. */
    private long held() {
        return process == null ? 0 : process.memory.used();
    }

    private void compare() {
        Life serving = process;
        if (serving != null) {
            new LinkedHashMap<>(rules.acknowledged()).forEach((id, known) -> {
                if (serving.jobs().contains(known.job())) {
                    ExecutionState before =
                            rules.told(id); // what is told while the answer is on its way it cannot know
                    rules.compare(id, known, before, answer(client -> client.execution(id)));
                }
            });
        }
    }

    /** Asks, and lets the world go on until there is an answer. */
    private Reply answer(Function<JobClient, Future<? extends Reply>> question) {
        Life serving = process;
        if (serving == null) {
            throw new IllegalStateException("nobody serves");
        }
        Reply[] answer = {null};
        serving.edge.execute(() -> question.apply(serving.client)
                .onComplete((reply, failure) ->
                        answer[0] = failure instanceof CommandException refused ? refused.refusal() : reply));
        long until = time.nanos() + Duration.ofMinutes(1).toNanos();
        while (answer[0] == null) {
            rules.check(time.step(until), "every call is answered", "a question at the end");
        }
        return answer[0];
    }

    private boolean isDone() {
        return rules.acknowledged().keySet().stream().allMatch(this::isEnded);
    }

    private boolean isEnded(ExecutionId id) {
        StoredState state = disk.state(id);
        return state != null && state.state().isTerminal();
    }

    private String unfinished() {
        List<String> all = new ArrayList<>();
        new LinkedHashMap<>(rules.acknowledged()).forEach((id, known) -> {
            if (!isEnded(id)) {
                Reply view = answer(client -> client.execution(id));
                all.add(view + ", stored is " + disk.find(id) + ", its job is "
                        + answer(client -> client.job(known.job())));
            }
        });
        return all.toString();
    }
}
