package dev.latido.simulation;

import dev.latido.core.HistoryConfig;
import dev.latido.core.JobDefinition;
import dev.latido.core.JobEngine;
import dev.latido.core.JobRegistry;
import dev.latido.core.SharedQueue;
import dev.latido.event.Event;
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
import dev.latido.owner.QueueUse;
import dev.latido.queue.Broker;
import dev.latido.queue.Capabilities;
import dev.latido.queue.DeadLetter;
import dev.latido.queue.DeadLetters;
import dev.latido.queue.Delivery;
import dev.latido.queue.Depth;
import dev.latido.queue.Handle;
import dev.latido.queue.JobQueue;
import dev.latido.queue.Message;
import dev.latido.queue.Outcome;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueException;
import dev.latido.queue.Receipt;
import dev.latido.queue.Settlement;
import dev.latido.queue.Tick;
import dev.latido.queue.memory.MemoryBroker;
import dev.latido.queue.memory.MemoryServer;
import dev.latido.queue.memory.Network;
import dev.latido.room.FullMode;
import dev.latido.room.memory.MemoryRoom;
import dev.latido.schedule.Interval;
import dev.latido.store.FaultyStore;
import dev.latido.store.StoreConfig;
import dev.latido.store.StoredState;
import dev.latido.store.memory.MemoryStore;
import dev.latido.worker.Task;
import dev.latido.worker.WorkFailedException;
import dev.latido.worker.Worker;
import dev.latido.worker.WorkerUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One history of processes that share queues at a broker, in one thread and from one seed: each with an owner, a core and a store of
 * its own; workers, the broker and the network to it. Processes are killed at any step, stand still or end in order, stores fail and
 * the broker goes away. What has to hold is said by what the broker has and workers were called with.
 */
final class BrokerWorld {

    private static final int STEPS = 120;
    private static final int PROCESSES = 3;
    private static final Duration LEASE = Duration.ofSeconds(6);
    private static final Duration TICKS_EVERY = Duration.ofSeconds(4);
    private static final Duration MUST_END = Duration.ofMinutes(30);
    private static final String ORDERS = "orders";
    private static final String TICKER = "ticker";
    private static final HistoryConfig.Bounds ALL = new HistoryConfig.Bounds(100_000, 100_000, Duration.ofDays(3_650));

    private final long seed;
    private final Random random;
    private final VirtualTime time;
    private final Map<String, MemoryServer> servers = new HashMap<>();
    private final Network network;
    private final List<Node> nodes = new ArrayList<>();
    private boolean isCalm;

    /** The first rule that did not hold; thrown where nobody of the service catches it. */
    private @Nullable Broken broken;

    private int lives;
    private int payloads;

    /** How often what happened, to show that it does. */
    final Map<String, Integer> counts = new TreeMap<>();

    /** Messages that were handed in, by their payloads. */
    private final Set<String> handedIn = new HashSet<>();

    /** How often the work of a message, or of a tick, was done, by its key. */
    private final Map<String, Integer> done = new HashMap<>();

    /** Keys of work that some process had when it was killed, stood still or ended: it may be done twice. */
    private final Set<String> excused = new HashSet<>();

    /** The number of the latest attempt that failed, by key. */
    private final Map<String, Integer> failed = new HashMap<>();

    private final Map<String, List<String>> notes = new HashMap<>();
    private final Map<String, String> keyOfPayload = new HashMap<>();
    private final Set<String> ticks = new HashSet<>();

    BrokerWorld(long seed) {
        this.seed = seed;
        random = new Random(seed);
        time = new VirtualTime(seed + 1);
        time.afterEach(this::throwIfBroken);
        network = new Network(time.loop("broker"), new Random(seed + 2));
        for (int i = 0; i < PROCESSES; i++) {
            nodes.add(new Node());
        }
    }

    /** Runs the history of {@code seed}; returns the rule that it broke, or what was thrown. Null when all held. */
    static @Nullable String brokenBy(long seed) {
        try {
            new BrokerWorld(seed).run();
            return null;
        } catch (RuntimeException | AssertionError failure) {
            return failure instanceof Broken broken ? broken.rule() : failure.toString();
        }
    }

    /** Writes down what became of a message, for the report of a rule that does not hold. */
    private void note(String key, Life process, Object what) {
        notes.computeIfAbsent(key, ignored -> new ArrayList<>())
                .add("\n  " + time.noted() + " " + process.node.name + " " + what);
    }

    private void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    private void throwIfBroken() {
        if (broken != null) {
            throw broken;
        }
    }

    private void check(boolean holds, String rule, String what) {
        if (!holds && broken == null) {
            broken = new Broken(
                    rule, what + ", at " + time.noted() + " of seed " + seed + notes.getOrDefault(what, List.of()));
        }
    }

    private MemoryServer server(String queue) {
        return servers.computeIfAbsent(queue, ignored -> new MemoryServer(time::nanos));
    }

    private static QueueBinding binding(String queue) {
        return new QueueBinding(
                queue,
                "latido",
                List.of(Priority.HIGH, Priority.NORMAL),
                LEASE,
                0,
                FullMode.REJECT,
                1_000,
                Duration.ofDays(1),
                Duration.ofHours(1),
                QueueBinding.Existing.TAKE,
                true);
    }

    /** What outlives the processes of one place, and the one that is there now. */
    private final class Node {
        private final MemoryStore rows = new MemoryStore();
        private final Map<ExecutionId, String> keys = new HashMap<>();
        private final Map<String, ExecutionId> executions = new HashMap<>();

        /** What its workers are at, by key. */
        private final Map<String, Task> tasks = new HashMap<>();

        /** What it was told has ended, which is what its store has. */
        private final Set<String> ended = new HashSet<>();

        /** What its process has at the broker, by its own calls. */
        private final Map<String, Integer> running = new HashMap<>();

        private String name = "";
        private @Nullable Life process;

        void begin() {
            lives++;
            process = new Life(this, lives);
            process.begin();
        }

        /** Whatever it has may be another's before it is back. */
        void excuse() {
            excused.addAll(running.keySet());
            servers.forEach((queue, server) -> server.heldBy(name).forEach(key -> excused.add(queue + " " + key)));
        }

        void kill() {
            Life dying = process;
            if (dying != null) {
                excuse();
                dying.loops().forEach(VirtualTime.Loop::die);
                running.clear();
                tasks.clear();
                process = null;
                count("kill");
            }
        }

        void end() {
            Life ending = process;
            if (ending == null) {
                return;
            }
            boolean[] isDrained = {false};
            ending.loop.execute(() -> {
                ending.owner.end();
                ending.owner.drain().onSuccess(ignored -> isDrained[0] = true);
            });
            time.pass(Duration.ofMillis(random.nextInt(5_000)));
            if (!isDrained[0]) {
                excuse(); // its workers may do what goes back
                ending.loop.execute(ending.owner::giveBack);
                time.pass(Duration.ofMillis(random.nextInt(2_000)));
            }
            count(isDrained[0] ? "ended in order" : "ended before it was drained");
            kill();
        }

        void freeze() {
            Life frozen = process;
            if (frozen != null) {
                excuse();
                frozen.stoodStill = true;
                Duration span = Duration.ofMillis(random.nextInt(3 * (int) LEASE.toMillis()));
                frozen.loops().forEach(loop -> loop.pause(span));
                count("stood still");
            }
        }
    }

    /** A process, with all that dies with it. */
    private final class Life {
        private final Node node;
        private final VirtualTime.Loop loop;
        private final VirtualTime.Loop threads;
        private final FaultyStore store;
        private final Owner owner;

        /** Whether it stood still: it may find out later than others that a lease is over. */
        private boolean stoodStill;

        private boolean isStoreFaulty;

        Life(Node node, int life) {
            this.node = node;
            loop = time.loop("owner " + life);
            threads = time.loop("threads " + life);
            store = new FaultyStore(
                    node.rows.ofSameRows(),
                    FaultyStore.Faults.NONE,
                    seed + life,
                    task -> threads.schedule(Duration.ofMillis(random.nextInt(40)), task));
            List<JobDefinition> jobs = List.of(orders(), ticker());
            JobEngine engine = new JobEngine(
                    JobRegistry.of(ORDERS, jobs),
                    new HistoryConfig(ALL, ALL),
                    0,
                    MemoryRoom::new,
                    new MemoryBudget(50_000_000),
                    new SplittableRandom(seed + life));
            Broker broker = new Watched(new MemoryBroker(network, BrokerWorld.this::server), this);
            Map<String, JobWorkers> works = new HashMap<>();
            for (JobDefinition job : jobs) {
                SharedQueue queue = job.shared();
                if (queue != null) {
                    works.put(job.name(), new JobWorkers(new Working(this), null, new QueueUse(broker, queue), null));
                }
            }
            owner = new Owner(
                    engine,
                    store,
                    new StoreConfig(StoreConfig.Type.MEMORY, Path.of(""), 20, 1, "", Duration.ZERO),
                    works,
                    Map.of(),
                    List.of(this::on),
                    new Owner.Observer(
                            (rows, took) -> {},
                            new Endings(
                                    failure -> fail("the store broke", failure),
                                    failure -> fail("the owner is fenced", failure),
                                    fault -> fail("a fault in the owner: " + fault, null))),
                    time,
                    loop,
                    ringing -> World.alarm(loop, ringing));
        }

        private void fail(String what, @Nullable Throwable cause) {
            throw new AssertionError(what, cause);
        }

        List<VirtualTime.Loop> loops() {
            return List.of(loop, threads);
        }

        void begin() {
            store.open();
            loop.execute(() -> owner.begin().onFailure(failure -> fail("a start failed", failure)));
        }

        private void on(Event event) {
            if (event instanceof Event.ExecutionEnded ended) {
                String key = node.keys.get(ended.execution());
                if (ended.state() == ExecutionState.RETURNED) {
                    count("returned");
                } else if (key != null) {
                    node.ended.add(key);
                }
            }
        }
    }

    /** The broker as one process sees it: what it is told is looked at, and now and then does not get through. */
    private final class Watched implements Broker {
        private final Broker broker;
        private final Life process;

        Watched(Broker broker, Life process) {
            this.broker = broker;
            this.process = process;
        }

        @Override
        public Capabilities capabilities() {
            return broker.capabilities();
        }

        @Override
        public String place() {
            return broker.place();
        }

        @Override
        public JobQueue queue(QueueBinding binding, String name, EventLoop owner) {
            process.node.name = name;
            return new WatchedQueue(broker.queue(binding, name, owner), binding.name(), process);
        }

        @Override
        public Future<Void> close() {
            return broker.close();
        }
    }

    private final class WatchedQueue implements JobQueue {
        private final JobQueue queue;
        private final String name;
        private final Life process;
        private final Map<Handle, String> keys = new HashMap<>();

        WatchedQueue(JobQueue queue, String name, Life process) {
            this.queue = queue;
            this.name = name;
            this.process = process;
        }

        @Override
        public void open(Listener told) {
            queue.open(new Listener() {
                @Override
                public void up() {
                    told.up();
                }

                @Override
                public void down(String why) {
                    told.down(why);
                }

                @Override
                public void arrived(List<Delivery> deliveries) {
                    for (Delivery delivery : deliveries) {
                        String key = name + " " + delivery.key();
                        keys.put(delivery.handle(), key);
                        note(key, process, delivery.handle() + " arrived with attempts " + delivery.attempts());
                        if (process.stoodStill) { // it may have come long ago, and be another's since
                            excused.add(key);
                        }
                        check(
                                delivery.attempts() >= failed.getOrDefault(key, 0) || excused.contains(key),
                                "an attempt that failed is counted wherever the message goes",
                                key);
                        count(delivery.deliveries() > 1 ? "redelivered" : "delivered");
                        if (process.node.ended.contains(key)) {
                            count("delivered after its end");
                        }
                    }
                    told.arrived(deliveries);
                }

                @Override
                public void leaseLost(Handle handle, String why) {
                    count("lease lost");
                    note(keys.getOrDefault(handle, ""), process, "loses " + handle);
                    Task task = process.node.tasks.get(keys.getOrDefault(handle, ""));
                    told.leaseLost(handle, why);
                    if (task != null) {
                        isToldToEnd(task, 3);
                    }
                }

                @Override
                public void refused(Refused refused) {
                    told.refused(refused);
                }
            });
        }

        /** It is told once something can be stored. */
        private void isToldToEnd(Task task, int looks) {
            process.loop.schedule(Duration.ofSeconds(5), () -> {
                boolean isOver = task.isCancelled() || !process.node.tasks.containsValue(task);
                check(isOver || looks > 0, "work whose lease is lost is told to end", task.key());
                if (!isOver) {
                    isToldToEnd(task, process.isStoreFaulty ? 3 : looks - 1);
                }
            });
        }

        @Override
        public Future<Void> settle(Handle handle, Settlement how) {
            String key = keys.get(handle);
            ExecutionId execution = key == null ? null : process.node.executions.get(key);
            if (key != null && execution != null && (how instanceof Settlement.Ack || how instanceof Settlement.Dead)) {
                List<Object> rows = process.node.rows.find(execution);
                check(
                        rows.size() > 1 && ((StoredState) rows.get(1)).state().isTerminal(),
                        "an end is stored before the broker is told",
                        key);
            }
            boolean isLost = !isCalm && random.nextInt(5) == 0;
            note(key == null ? "" : key, process, how + (isLost ? " is lost" : ""));
            if (isLost) {
                Promise<Void> lost = Promise.promise();
                process.loop.execute(
                        () -> lost.fail(new QueueException(QueueException.Kind.UNAVAILABLE, "it did not get through")));
                return lost.future();
            }
            return queue.settle(handle, how);
        }

        @Override
        public Future<Receipt> enqueue(Message message) {
            return queue.enqueue(message);
        }

        @Override
        public Future<Tick.Fate> tick(Tick tick) {
            return queue.tick(tick);
        }

        @Override
        public Future<Long> time() {
            return queue.time();
        }

        @Override
        public void dequeue(int messages, long bytes) {
            queue.dequeue(messages, bytes);
        }

        @Override
        public Future<Optional<Outcome>> find(String key) {
            return queue.find(key);
        }

        @Override
        public Future<Depth> depth() {
            return queue.depth();
        }

        @Override
        public Future<DeadLetters> deadLetters(String after, int limit) {
            return queue.deadLetters(after, limit);
        }

        @Override
        public Future<Integer> replay(List<String> ids) {
            return queue.replay(ids);
        }

        @Override
        public Future<Void> close() {
            return queue.close();
        }
    }

    private JobDefinition orders() {
        return shared(ORDERS).with(job -> {
            job.concurrency = 1 + random.nextInt(4);
            Duration pause = Duration.ofMillis(random.nextInt(6_000)); // some are the broker's
            job.retry = new RetryPolicy(
                    1 + random.nextInt(3), RetryPolicy.Backoff.FIXED, pause, pause.plusMillis(1), false);
            job.place = random.nextBoolean() ? WorkPlace.INSIDE : WorkPlace.OUTSIDE;
        });
    }

    private JobDefinition ticker() {
        return shared(TICKER).withSchedule(new Interval(TICKS_EVERY)).withAutoStart(true);
    }

    private JobDefinition shared(String name) {
        return JobDefinition.named(name).with(job -> {
            job.timeout = Duration.ofSeconds(20);
            job.maxCrashes = 100;
            job.shared = new SharedQueue(
                    "shop",
                    "test",
                    MemoryBroker.CAPABILITIES,
                    binding(name),
                    1 + random.nextInt(8),
                    1_000_000,
                    LEASE.dividedBy(2));
        });
    }

    /** A worker of one process. */
    private final class Working implements Worker {
        private final Life process;

        Working(Life process) {
            this.process = process;
        }

        @Override
        public Future<@Nullable String> perform(Task task) {
            String job = task.attempt().job();
            String key = job + " " + task.message();
            Node node = process.node;
            check(!node.ended.contains(key), "what its process stored the end of is not run again there", key);
            node.keys.put(task.attempt().execution(), key);
            node.executions.put(key, task.attempt().execution());
            node.tasks.put(key, task);
            check(
                    process.stoodStill || server(job).heldBy(node.name).contains(String.valueOf(task.message())),
                    "a process works on what it has a lease of",
                    key);
            note(key, process, "begins " + task.attempt());
            int before = node.running.merge(key, 1, Integer::sum);
            check(before == 1 || excused.contains(key), "a process runs a message once at a time", key);
            if (task.payload() != null) {
                keyOfPayload.put(task.payload(), key);
            }
            if (job.equals(TICKER)) {
                ticks.add(key);
            }
            Promise<@Nullable String> promise = Promise.promise();
            int fate = isCalm ? 19 : random.nextInt(20);
            if (fate == 0) {
                left(node, key);
                return Future.failedFuture(new WorkerUnavailableException("nobody there"));
            }
            Duration takes = Duration.ofMillis(fate < 3 ? random.nextInt(15_000) : random.nextInt(1_000));
            process.threads.schedule(takes, () -> {
                left(node, key);
                if (task.isCancelled() || fate < 5) {
                    note(key, process, "fails " + task.attempt());
                    if (!task.isCancelled()) {
                        failed.merge(key, task.attempt().number(), Math::max);
                    }
                    promise.tryFail(new WorkFailedException("no"));
                } else if (promise.tryComplete(null)) {
                    int times = done.merge(key, 1, Integer::sum);
                    check(
                            times == 1 || excused.contains(key),
                            "nothing is done twice for an outage of the broker alone",
                            key);
                    count(times == 1 ? "done" : "done again");
                }
            });
            return promise.future();
        }

        private void left(Node node, String key) {
            node.tasks.remove(key);
            node.running.computeIfPresent(key, (ignored, count) -> count == 1 ? null : count - 1);
        }

        @Override
        public Future<Void> checkReachable() {
            return Future.succeededFuture();
        }
    }

    /** Runs the history, and looks whether everything came to its end. */
    void run() {
        nodes.forEach(Node::begin);
        time.pass(Duration.ofSeconds(2));
        for (int step = 0; step < STEPS; step++) {
            step();
        }
        comeToTheEnd();
    }

    private void step() {
        Node node = nodes.get(random.nextInt(nodes.size()));
        switch (random.nextInt(14)) {
            case 0 -> node.kill();
            case 1 -> {
                if (random.nextBoolean()) {
                    node.end();
                } else {
                    node.freeze();
                }
            }
            case 2 -> {
                network.breakDown();
                time.pass(Duration.ofMillis(random.nextInt(random.nextInt(3) == 0 ? 20_000 : 1_000)));
                network.bringBack();
                count("outage");
            }
            case 3 -> {
                Life process = node.process;
                if (process != null) {
                    double often = random.nextInt(3) * 0.2;
                    process.isStoreFaulty = often > 0;
                    process.loop.execute(() -> process.store.fail(new FaultyStore.Faults(often, often, 0.5)));
                }
            }
            case 4, 5, 6, 7, 8 -> handIn(1 + random.nextInt(5));
            default -> time.pass(Duration.ofMillis(random.nextInt(3_000)));
        }
        for (Node each : nodes) {
            if (each.process == null && random.nextInt(4) == 0) {
                each.begin();
            }
        }
    }

    private void handIn(int messages) {
        for (int i = 0; i < messages; i++) {
            boolean isWork = random.nextInt(20) > 0;
            String payload = isWork ? "{\"n\":" + payloads++ + "}" : "{no work";
            if (isWork) {
                handedIn.add(payload);
            } else {
                count("malformed");
            }
            server(ORDERS).put(random.nextInt(4) == 0 ? Priority.HIGH : Priority.NORMAL, Map.of("payload", payload));
        }
    }

    private void comeToTheEnd() {
        isCalm = true;
        network.bringBack();
        for (Node node : nodes) {
            if (node.process == null) {
                node.begin();
            } else {
                Life process = node.process;
                process.loops().forEach(VirtualTime.Loop::goOn);
                process.isStoreFaulty = false;
                process.loop.execute(() -> process.store.fail(FaultyStore.Faults.NONE));
            }
        }
        long end = time.nanos() + MUST_END.toNanos();
        while (!isEmpty() && time.nanos() - end < 0) {
            time.pass(Duration.ofSeconds(1));
        }
        check(
                isEmpty(),
                "everything comes to its end",
                server(ORDERS).depth(binding(ORDERS)).toString());
        Set<String> dead = new HashSet<>();
        int malformed = 0;
        for (DeadLetter letter : server(ORDERS).deadLetters("", 100_000).letters()) {
            dead.add(letter.payload());
            malformed += letter.reason().equals("malformed") ? 1 : 0;
            check(
                    letter.reason().equals("malformed") || letter.reason().equals("failed"),
                    "a dead letter is no work, or failed",
                    letter.toString());
        }
        check(
                malformed == counts.getOrDefault("malformed", 0),
                "what cannot be work is a dead letter",
                malformed + " of " + counts.get("malformed"));
        for (String payload : handedIn) {
            String key = keyOfPayload.get(payload);
            check(
                    (key != null && done.containsKey(key)) || dead.contains(payload),
                    "nothing that was handed in is lost",
                    payload);
        }
        counts.merge("dead", dead.size(), Integer::sum);
        counts.merge("ticks", ticks.size(), Integer::sum);
        for (String tick : ticks) {
            check(tick.startsWith(TICKER + " " + TICKER + "@"), "a tick is known by its time", tick);
        }
        throwIfBroken();
    }

    private boolean isEmpty() {
        Depth depth = server(ORDERS).depth(binding(ORDERS));
        return depth.delayed() == 0
                && depth.ready().values().stream().allMatch(count -> count == 0)
                && depth.leased().values().stream().allMatch(count -> count == 0);
    }
}
