package dev.latido.core;

import static dev.latido.core.CoreWorld.check;

import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.policy.RateConfig;
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.JobView;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.WaitingRoom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A naive model of the core, fed with what it announces: plain lists, searched from end to end. It knows what may follow
 * on what, and its state must be that of the core after every input.
 */
final class HistoryModel {

    private static final class Item {
        final ExecutionId id;
        final String job;
        final Priority priority;
        ExecutionState state = ExecutionState.WAITING;
        boolean isKnown;
        long place;
        int attempt;

        /** True while it stands aside because of its key, and keeps its place. */
        boolean isAside;

        /** When its next attempt may begin. */
        Instant notBefore = Instant.MIN;

        /** When it is not started any more; null when nobody can say. */
        @Nullable Instant expires = Instant.MAX;

        /** How many attempts failed since it was accepted or retried by somebody. */
        int failures;

        /** When its latest attempt began. */
        Duration start = Duration.ZERO;

        /** When its worker said what came of its latest attempt; null while it has not. */
        @Nullable Duration reported;

        /** The limit on the job that its last start took a permit of. */
        @Nullable RatePromise promise;

        String key = "";
        boolean isByFallback;

        /** True when its attempt came back from a worker that is not there. */
        boolean isUnreached;

        Item(ExecutionId id, String job, Priority priority) {
            this.id = id;
            this.job = job;
            this.priority = priority;
        }
    }

    private static final class Job {
        final JobDefinition definition;
        boolean isRunning;
        int passes;
        int concurrency;

        @Nullable RateConfig rate;

        RatePromise promise = new RatePromise();
        final Map<String, RatePromise> promiseByKey = new HashMap<>();

        Job(JobDefinition definition) {
            this.definition = definition;
            this.concurrency = definition.concurrency();
            this.rate = definition.throttle().rate();
        }
    }

    private static final List<ExecutionState> LIVE =
            List.of(ExecutionState.WAITING, ExecutionState.QUEUED, ExecutionState.RUNNING);

    /** A circuit breaker, as far as events tell of it. */
    private static final class Breaker {
        String state = "closed";
        final List<Attempt> probes = new ArrayList<>();
    }

    /** Stands for what a client handed in, or nobody did, of an execution that was forgotten before this model heard of it. */
    static final Submission FORGOTTEN = Submission.of(null);

    private final Map<String, Job> jobs = new LinkedHashMap<>();
    private final Map<String, Breaker> breakers = new HashMap<>();
    private final Map<ExecutionId, Item> items = new LinkedHashMap<>();
    private final Map<String, Map<ExecutionState, List<Item>>> grouped = new HashMap<>();
    private final Map<ExecutionState, List<Item>> history = new EnumMap<>(ExecutionState.class);
    private final HistoryConfig historyConfig;
    private final int maxInFlight;
    private final Function<ExecutionId, @Nullable Submission> submissions;
    private boolean isPaused;
    private long nextPlace;

    /**
     * Makes a model of a core that was just made.
     *
     * @param submissions finds what a client handed in, by the execution that it became; null for one that no client did
     */
    HistoryModel(
            List<JobDefinition> definitions,
            HistoryConfig historyConfig,
            int maxInFlight,
            Function<ExecutionId, @Nullable Submission> submissions) {
        this.submissions = submissions;
        definitions.forEach(definition -> jobs.put(definition.name(), new Job(definition)));
        this.historyConfig = historyConfig;
        this.maxInFlight = maxInFlight;
    }

    private Job job(String name) {
        return Objects.requireNonNull(jobs.get(name));
    }

    private List<Item> in(String job, ExecutionState state) {
        return grouped.computeIfAbsent(job, absent -> new EnumMap<>(ExecutionState.class))
                .computeIfAbsent(state, absent -> new ArrayList<>());
    }

    /** Moves {@code item} on, to its place among those of its job in that state. */
    private void move(Item item, ExecutionState state) {
        in(item.job, item.state).remove(item);
        item.state = state;
        List<Item> list = in(item.job, state);
        int at = list.size();
        while (at > 0 && list.get(at - 1).place > item.place) {
            at--;
        }
        list.add(at, item);
    }

    private List<Item> lane(String job, Priority priority) {
        List<Item> lane = new ArrayList<>();
        for (Item item : in(job, ExecutionState.QUEUED)) {
            if (item.priority == priority) {
                lane.add(item);
            }
        }
        return lane;
    }

    void on(Event event) {
        if (event instanceof Event.JobStarted) {
            job(event.job()).isRunning = true;
        } else if (event instanceof Event.JobStopped) {
            check(job(event.job()).isRunning, "a stopped job stopped");
            job(event.job()).isRunning = false;
        } else if (event instanceof Event.ServicePaused) {
            isPaused = true;
        } else if (event instanceof Event.ServiceResumed) {
            isPaused = false;
        } else if (event instanceof Event.BreakerChanged changed) {
            Breaker breaker = breaker(changed.breaker());
            check(!breaker.state.equals(changed.state()), "a breaker changed to what it was");
            breaker.state = changed.state();
            breaker.probes.clear();
        } else if (event instanceof Event.ExecutionQueued queued) {
            queued(queued);
        } else if (event instanceof Event.ExecutionBegan began) {
            began(began);
        } else if (event instanceof Event.AttemptFailed failed) {
            failed(failed);
        } else if (event instanceof Event.ExecutionEnded ended) {
            ended(ended);
        }
    }

    private Breaker breaker(String name) {
        return breakers.computeIfAbsent(name, absent -> new Breaker());
    }

    /** A client was told that this may be done from now on. */
    void changed(String name, JobSettings settings, JobView view) {
        Job job = job(name);
        job.concurrency = view.concurrency();
        if (settings.changesRate() && !Objects.equals(job.rate, view.policies().rateLimit())) {
            job.rate = view.policies().rateLimit();
            job.promise = new RatePromise(); // another limit, which begins full
        }
    }

    /** Tells whether this attempt is the one in flight. */
    boolean isInFlight(Attempt attempt) {
        Item item = items.get(attempt.execution());
        return item != null && item.state == ExecutionState.RUNNING && item.attempt == attempt.number();
    }

    private Item item(ExecutionId id, String job, Priority priority) {
        return items.computeIfAbsent(id, absent -> new Item(id, job, priority));
    }

    private void queued(Event.ExecutionQueued event) {
        Item item = item(event.execution(), event.job(), event.priority());
        if (!item.isKnown) {
            accepted(item, event.at());
        }
        check(item.state != event.state() || !item.isKnown, item.id + " was " + item.state + " twice");
        check(item.state == ExecutionState.FAILED || !item.state.isTerminal(), item.id + " came back from its end");
        if (item.state == ExecutionState.FAILED) {
            check(history(ExecutionState.FAILED).remove(item), item.id + " was retried after it was forgotten");
            item.expires = Instant.MAX;
            item.notBefore = Instant.MIN;
            item.failures = 0;
        }
        if (item.isUnreached && item.state == ExecutionState.RUNNING) {
            takeBack(item, event.at());
        }
        if (item.state == ExecutionState.QUEUED) {
            taken(item);
            Submission submission = submissions.apply(item.id);
            boolean mayStepAside = job(item.job).definition.throttle().key() != null
                    || submission == null
                    || FORGOTTEN.equals(submission);
            check(mayStepAside, item.id + " stepped aside, has no key, and no tick made it");
            item.isAside = true;
        } else if (item.state == ExecutionState.WAITING && item.isAside) {
            item.isAside = false;
        } else if (item.state != ExecutionState.RUNNING) {
            item.place = nextPlace++; // one that is put back, or stood aside, keeps its place
        }
        item.isKnown = true;
        move(item, event.state());
    }

    /** A worker says what came of an attempt: with that it is not with it any more. */
    void reported(Attempt attempt, Instant at) {
        Item item = items.get(attempt.execution());
        if (item != null && isInFlight(attempt) && item.reported == null) {
            item.reported = Duration.between(EngineHarness.EPOCH, at);
        }
    }

    /** An attempt came back that nobody got: it was none, and its permits are there again. */
    void reachedNobody(Attempt attempt) {
        Item item = items.get(attempt.execution());
        if (item != null && isInFlight(attempt)) {
            item.isUnreached = !item.isByFallback;
        }
    }

    private void takeBack(Item item, Instant at) {
        Job job = job(item.job);
        item.isUnreached = false;
        item.attempt--;
        Duration now = Duration.between(EngineHarness.EPOCH, at);
        Objects.requireNonNull(item.promise).givenBack(item.start, now);
        RatePromise ofKey = job.promiseByKey.get(item.key);
        if (ofKey != null) {
            ofKey.givenBack(item.start, now);
        }
    }

    private void accepted(Item item, Instant at) {
        Submission submission = submissions.apply(item.id);
        if (FORGOTTEN.equals(submission)) {
            item.expires = null;
            item.notBefore = at;
            return;
        }
        Duration expires = submission == null ? null : submission.expires();
        expires = expires == null ? job(item.job).definition.expires() : expires;
        item.expires = expires == null ? Instant.MAX : at.plus(expires);
        item.notBefore = submission == null ? at : at.plus(submission.delay());
    }

    /** An execution is taken from its queue, which is its turn. */
    private void taken(Item item) {
        check(
                lane(item.job, item.priority).get(0) == item,
                item.id + " was taken before one that was queued before it");
        checkPriority(job(item.job), item);
    }

    private void began(Event.ExecutionBegan event) {
        Job job = job(event.job());
        Item item = Objects.requireNonNull(items.get(event.execution()), "an unknown execution began");
        check(job.isRunning, item.id + " began in a stopped job");
        check(!isPaused, item.id + " began while everything was paused");
        check(item.state == ExecutionState.QUEUED, item.id + " began and was " + item.state);
        check(event.attempt() == item.attempt + 1, item.id + " skipped an attempt");
        check(!event.at().isBefore(item.notBefore), item.id + " began at " + event.at() + ", before " + item.notBefore);
        check(item.expires == null || event.at().isBefore(item.expires), item.id + " began and had expired");
        taken(item);
        item.attempt++;
        move(item, ExecutionState.RUNNING);
        check(
                in(item.job, ExecutionState.RUNNING).size() <= job.concurrency,
                "more in flight than the concurrency of " + item.job);
        item.start = Duration.between(EngineHarness.EPOCH, event.at());
        item.reported = null;
        job.promise.taken(item.start);
        item.promise = job.promise;
        if (job.rate != null) {
            job.promise.broken(job.rate).ifPresent(how -> check(false, item.job + " breaks " + how));
        }
    }

    /** An attempt is handed to a worker; it began just before. */
    void performed(Effect.Perform perform, String key) {
        Job job = job(perform.attempt().job());
        Item item = Objects.requireNonNull(items.get(perform.attempt().execution()));
        item.isByFallback = perform.byFallback();
        item.key = key;
        RateConfig rate = job.definition.throttle().rateByKey();
        if (rate != null) {
            RatePromise promise = job.promiseByKey.computeIfAbsent(key, absent -> new RatePromise());
            promise.taken(item.start);
            promise.broken(rate).ifPresent(how -> check(false, "key " + key + " breaks " + how));
        }
        check(job.definition.hasFallback() || !perform.byFallback(), "there is no fallback");
        JobDefinition.BreakerUse use = job.definition.breaker();
        if (use == null || perform.byFallback()) {
            return;
        }
        Breaker breaker = breaker(use.name());
        check(!breaker.state.equals("open"), perform.attempt() + " went through an open breaker");
        if (breaker.state.equals("half-open")) {
            breaker.probes.removeIf(probe -> probe.equals(perform.attempt()) || !isInFlight(probe));
            breaker.probes.add(perform.attempt());
            check(breaker.probes.size() <= use.config().probes(), "too many probes");
        }
    }

    private void failed(Event.AttemptFailed event) {
        Item item = Objects.requireNonNull(items.get(event.execution()));
        check(item.state == ExecutionState.RUNNING && item.attempt == event.attempt(), "another attempt failed");
        item.failures++;
        item.notBefore = event.next();
        check(!event.next().isBefore(event.at()), "the next attempt is in the past");
        JobDefinition definition = job(item.job).definition;
        check(
                item.failures < definition.retry().attempts() + (definition.hasFallback() ? 1 : 0),
                item.id + " has no attempts left");
    }

    private void checkPriority(Job job, Item item) {
        List<Item> queued = in(item.job, ExecutionState.QUEUED);
        Priority urgent = queued.stream()
                .map(other -> other.priority)
                .max(Comparator.naturalOrder())
                .orElseThrow();
        boolean passesOver = queued.stream().anyMatch(other -> other.priority != urgent);
        Item oldest = queued.get(0);
        boolean oldestIsNext = passesOver && job.passes >= WaitingRoom.PASSES;
        check(
                oldestIsNext ? item == oldest : item.priority == urgent,
                item.id + " began out of turn: " + item.priority + " while " + urgent + " is queued");
        job.passes = passesOver && item.priority == urgent ? job.passes + 1 : 0;
    }

    private void ended(Event.ExecutionEnded event) {
        Item item = item(event.execution(), event.job(), event.priority());
        check(!item.state.isTerminal(), item.id + " ended twice");
        if (item.isUnreached) {
            takeBack(item, event.at());
        }
        checkTook(item, event);
        switch (event.state()) {
            case SUCCEEDED -> check(item.state == ExecutionState.RUNNING, item.id + " was done without running");
            case FAILED -> {
                if (item.state == ExecutionState.QUEUED) {
                    taken(item);
                    check(item.expires == null || !event.at().isBefore(item.expires), item.id + " has not expired");
                }
                check(item.state != ExecutionState.WAITING, item.id + " failed and was waiting");
            }
            case DROPPED -> dropped(item);
            default -> check(item.isKnown, "an unknown execution was cancelled");
        }
        item.isKnown = true;
        move(item, event.state());
        remember(item);
    }

    /** What a run took is the time that it was with its worker, however long others waited for its result after that. */
    private static void checkTook(Item item, Event.ExecutionEnded event) {
        if (event.took() != null) {
            Duration end = item.reported == null ? Duration.between(EngineHarness.EPOCH, event.at()) : item.reported;
            check(
                    event.took().compareTo(end.minus(item.start)) <= 0,
                    item.id + " took " + event.took() + " and was with its worker from " + item.start + " to " + end);
        }
    }

    private void dropped(Item item) {
        FullMode mode = job(item.job).definition.queue().whenFull();
        if (item.isKnown) {
            check(item.state == ExecutionState.QUEUED, item.id + " was dropped and not queued");
            List<Item> lane = lane(item.job, item.priority);
            Item victim = mode == FullMode.DROP_OLDEST ? lane.get(0) : lane.get(lane.size() - 1);
            check(mode == FullMode.DROP_OLDEST || mode == FullMode.DROP_NEWEST, mode + " evicted");
            check(victim == item, item.id + " was evicted out of turn");
        } else {
            check(mode != FullMode.WAIT && mode != FullMode.REJECT, mode + " dropped");
        }
    }

    private List<Item> history(ExecutionState state) {
        return history.computeIfAbsent(state, absent -> new ArrayList<>());
    }

    private void remember(Item item) {
        List<Item> shelf = history(item.state);
        shelf.add(item);
        List<Item> ofJob =
                shelf.stream().filter(other -> other.job.equals(item.job)).toList();
        if (ofJob.size() > historyConfig.of(item.state).maxPerJob()) {
            shelf.remove(ofJob.get(0));
        } else if (shelf.size() > historyConfig.of(item.state).maxTotal()) {
            shelf.remove(0);
        }
    }

    /** Returns how an execution stood at last. */
    ExecutionState state(ExecutionId id) {
        return Objects.requireNonNull(items.get(id), "an unknown execution").state;
    }

    /** Returns how many executions have not ended. */
    long live() {
        return items.values().stream().filter(item -> !item.state.isTerminal()).count();
    }

    List<ExecutionId> ids() {
        return List.copyOf(items.keySet());
    }

    /** Compares with the core, from outside and from inside. */
    void compare(JobEngine engine, Parts parts, EngineHarness harness) {
        Set<ExecutionId> remembered = new HashSet<>();
        int alarms = parts.waiters.count();
        Set<SharedBreaker> shared = new HashSet<>();
        int atWorkers = 0;
        for (JobState state : engine.states()) {
            compare(state, harness.job(state.name()));
            atWorkers += state.atWorkers();
            checkGoesOn(state, parts);
            checkKeys(state, parts);
            alarms += expectedAlarms(state);
            if (state.breaker != null && shared.add(state.breaker)) {
                alarms += state.breaker.alarms();
            }
            for (ExecutionState end : ExecutionState.values()) {
                if (end.isTerminal()) {
                    List<ExecutionId> kept = ids(state.ended(end).all());
                    List<ExecutionId> expected = new ArrayList<>();
                    for (Item item : history(end)) {
                        if (item.job.equals(state.name())) {
                            expected.add(item.id);
                        }
                    }
                    check(kept.equals(expected), end + " are remembered wrongly");
                    remembered.addAll(kept);
                }
            }
        }
        for (String job : jobs.keySet()) {
            for (ExecutionState live : LIVE) {
                in(job, live).forEach(item -> remembered.add(item.id));
            }
        }
        check(maxInFlight == 0 || atWorkers <= maxInFlight, atWorkers + " with workers over all jobs");
        check(parts.executions.size() == remembered.size(), "the index holds " + parts.executions.size());
        parts.executions.all().forEach(execution -> check(remembered.contains(execution.id), "the index leaks"));
        check(parts.unit.alarms.size() == alarms, parts.unit.alarms.size() + " alarms are set, not " + alarms);
    }

    private static Duration now(Parts parts) {
        return Duration.between(EngineHarness.EPOCH, parts.unit.now().wall());
    }

    /** What may begin has begun. */
    private void checkGoesOn(JobState job, Parts parts) {
        Job known = job(job.name());
        JobDefinition.BreakerUse use = job.definition.breaker();
        boolean mayBegin = job.canBegin()
                && !isPaused
                && !job.worker.isHolding()
                && !parts.unit.isShuttingDown()
                && !parts.gates.global.isFull()
                && (known.rate == null || known.promise.allows(known.rate, now(parts)))
                && (use == null
                        || use.whileOpen() == JobDefinition.WhileOpen.FALLBACK
                        || Objects.requireNonNull(job.breaker).mayAcquire());
        check(!mayBegin || job.queue.size() == 0, job.name() + " could begin and does not");
    }

    /** No more of a key than may be, and none aside whose key is free. */
    private void checkKeys(JobState job, Parts parts) {
        int limit = job.definition.throttle().concurrencyByKey();
        Map<String, Integer> atWorkers = new HashMap<>();
        Set<String> queued = new HashSet<>();
        check(
                job.running.all().stream().filter(execution -> execution.isTick).count() <= 1,
                job.name() + " has runs of its timer beside each other");
        for (Execution execution : job.running.all()) {
            if (execution.handover == null) {
                atWorkers.merge(key(execution), 1, Integer::sum);
            }
        }
        for (Priority priority : Priority.values()) {
            job.queue
                    .list(priority, null, Long.MIN_VALUE, Integer.MAX_VALUE)
                    .forEach(execution -> queued.add(key(execution)));
        }
        check(
                limit == 0 || atWorkers.values().stream().allMatch(count -> count <= limit),
                job.name() + " has in flight by key " + atWorkers);
        for (Execution execution : job.delayed.all()) {
            if (job.ticks.isAside(execution)) {
                check(
                        job.ticks.open() > job.ticks.aside() || parts.unit.isShuttingDown(),
                        execution.id + " waits for the tick before it, and there is none");
            } else if (execution.isAside) {
                String key = key(execution);
                boolean hasNoPlace = limit > 0 && atWorkers.getOrDefault(key, 0) == limit;
                check(
                        hasNoPlace || queued.contains(key) || !hasPermit(job, key, parts),
                        execution.id + " stands aside and its key is free");
            }
        }
    }

    private boolean hasPermit(JobState job, String key, Parts parts) {
        RateConfig rate = job.definition.throttle().rateByKey();
        RatePromise promise = job(job.name()).promiseByKey.get(key);
        return rate == null || promise == null || promise.allows(rate, now(parts));
    }

    private static String key(Execution execution) {
        return CoreWorld.key(execution.payload());
    }

    private static int expectedAlarms(JobState job) {
        KeyLimiter keyLimiter = job.keyLimiter;
        return job.ticks.alarms()
                + job.worker.alarms()
                + job.gates.alarms()
                + (keyLimiter == null ? 0 : keyLimiter.alarms() - keyLimiter.aside())
                + job.delayed.size()
                - job.ticks.aside()
                + job.atWorkers()
                + job.admission.alarms();
    }

    private static List<ExecutionId> ids(List<Execution> executions) {
        return executions.stream().map(execution -> execution.id).toList();
    }

    private static List<ExecutionId> idsOf(List<Item> list) {
        return list.stream().map(item -> item.id).toList();
    }

    private void compare(JobState state, JobView view) {
        String name = state.name();
        Job job = job(name);
        JobDefinition definition = job.definition;
        check(view.isRunning() == job.isRunning, name + " is running or not");
        check(view.inFlight() == in(name, ExecutionState.RUNNING).size(), name + " in flight");
        check(view.queue().delayed() == in(name, ExecutionState.WAITING).size(), name + " delayed");
        for (Priority priority : Priority.values()) {
            List<ExecutionId> queued = ids(state.queue.list(priority, null, Long.MIN_VALUE, Integer.MAX_VALUE));
            check(queued.equals(idsOf(lane(name, priority))), name + " queued " + priority + " in another order");
            check(Objects.equals(view.queue().queued().get(priority), queued.size()), name + " counts its queue");
            checkWaiting(state, priority);
        }
        int held = state.queue.size() + state.delayed.size() + state.running.size();
        check(held <= definition.queue().capacity() + definition.maxConcurrency(), name + " holds " + held);
        checkCounters(name, view.counters());
        checkHandovers(state);
        int ticks = openTicks(state.running.all()) + openTicks(state.delayed.all());
        int keys = 0;
        for (Priority priority : Priority.values()) {
            ticks += openTicks(state.queue.list(priority, null, Long.MIN_VALUE, Integer.MAX_VALUE));
            for (Arrival arrival : state.admission.line(priority).all()) {
                keys += arrival.use == null ? 0 : 1;
            }
        }
        check(state.ticks.open() == ticks, name + " counts open ticks wrongly");
        check(state.keys.undecided() == keys, name + " keeps keys of what was refused");
    }

    private static int openTicks(List<Execution> executions) {
        int open = 0;
        for (Execution execution : executions) {
            open += execution.isOpenTick ? 1 : 0;
        }
        return open;
    }

    private static void checkWaiting(JobState state, Priority priority) {
        int bound = state.definition.queue().capacityOf(priority);
        long inFlight =
                state.running.all().stream().filter(e -> e.priority == priority).count();
        long delayed =
                state.delayed.all().stream().filter(e -> e.priority == priority).count();
        int ran = Math.min(1, bound) * state.definition.maxConcurrency();
        check(state.queue.size(priority) + delayed <= bound + inFlight + ran, "a lane overflows");
        if (state.admission.line(priority).size() > 0) {
            check(!state.queue.hasRoom(priority), "producers wait in spite of room");
            check(state.definition.queue().whenFull() == FullMode.WAIT, "producers wait, and may not");
            check(!state.isClosed(), "producers wait for a closed job");
        }
        if (state.admission.askers(priority).size() > 0) {
            check(state.queue.room(priority) <= state.admission.told(), "nobody is told of room");
            check(!state.isClosed(), "producers ask for a closed job");
        }
        check(state.admission.waitingClients() <= state.definition.queue().maxWaiting(), "the line is too long");
    }

    private static void checkHandovers(JobState state) {
        long handingOver = state.running.all().stream()
                .filter(execution -> execution.handover != null)
                .count();
        check(state.handovers.open() == handingOver, "handing over is counted wrongly");
        int open = state.running.all().stream()
                .mapToInt(execution -> execution.handover == null
                        ? 0
                        : execution.handover.open().size())
                .sum();
        int blocked = state.admission.blockedBy().values().stream()
                .mapToInt(count -> count)
                .sum();
        check(blocked == open, "blocked by " + state.admission.blockedBy() + ", open " + open);
    }

    private void checkCounters(String name, Map<String, Long> counters) {
        long accepted = 0;
        for (ExecutionState state : ExecutionState.values()) {
            long count = in(name, state).size();
            accepted += count;
            if (state.isTerminal()) {
                checkCounter(counters, state.wireName(), count);
            }
        }
        checkCounter(counters, "accepted", accepted);
    }

    private static void checkCounter(Map<String, Long> counters, String name, long expected) {
        @Nullable Long shown = counters.get(name);
        check(shown != null && shown == expected, name + " is " + shown + ", recounted " + expected);
    }
}
