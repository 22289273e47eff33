package dev.latido.control;

import dev.latido.command.JobView;
import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.queue.FullMode;
import dev.latido.queue.JobQueue;
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

        Job(JobDefinition definition) {
            this.definition = definition;
        }
    }

    private static final List<ExecutionState> LIVE =
            List.of(ExecutionState.WAITING, ExecutionState.QUEUED, ExecutionState.RUNNING);

    private final Map<String, Job> jobs = new LinkedHashMap<>();
    private final Map<ExecutionId, Item> items = new LinkedHashMap<>();
    private final Map<String, Map<ExecutionState, List<Item>>> grouped = new HashMap<>();
    private final Map<ExecutionState, List<Item>> history = new EnumMap<>(ExecutionState.class);
    private final HistoryConfig historyConfig;
    private long nextPlace;

    HistoryModel(List<JobDefinition> definitions, HistoryConfig historyConfig) {
        definitions.forEach(definition -> jobs.put(definition.name(), new Job(definition)));
        this.historyConfig = historyConfig;
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
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
        } else if (event instanceof Event.ExecutionQueued queued) {
            queued(queued);
        } else if (event instanceof Event.ExecutionBegan began) {
            began(began);
        } else if (event instanceof Event.ExecutionEnded ended) {
            ended(ended);
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
        check(item.state != ExecutionState.QUEUED, item.id + " was queued twice");
        check(item.state == ExecutionState.FAILED || !item.state.isTerminal(), item.id + " came back from its end");
        if (item.state == ExecutionState.FAILED) {
            check(history(ExecutionState.FAILED).remove(item), item.id + " was retried after it was forgotten");
        }
        if (item.state != ExecutionState.RUNNING) {
            item.place = nextPlace++; // one that is put back keeps its place
        }
        item.isKnown = true;
        move(item, event.state());
    }

    private void began(Event.ExecutionBegan event) {
        Job job = job(event.job());
        Item item = Objects.requireNonNull(items.get(event.execution()), "an unknown execution began");
        check(job.isRunning, item.id + " began in a stopped job");
        check(item.state == ExecutionState.QUEUED, item.id + " began and was " + item.state);
        check(event.attempt() == item.attempt + 1, item.id + " skipped an attempt");
        check(lane(item.job, item.priority).get(0) == item, item.id + " began before one that was queued before it");
        checkPriority(job, item);
        item.attempt++;
        move(item, ExecutionState.RUNNING);
        check(
                in(item.job, ExecutionState.RUNNING).size() <= job.definition.concurrency(),
                "more in flight than the concurrency of " + item.job);
    }

    private void checkPriority(Job job, Item item) {
        List<Item> queued = in(item.job, ExecutionState.QUEUED);
        Priority urgent = queued.stream()
                .map(other -> other.priority)
                .max(Comparator.naturalOrder())
                .orElseThrow();
        boolean passesOver = queued.stream().anyMatch(other -> other.priority != urgent);
        Item oldest = queued.get(0);
        boolean oldestIsNext = passesOver && job.passes >= JobQueue.PASSES;
        check(
                oldestIsNext ? item == oldest : item.priority == urgent,
                item.id + " began out of turn: " + item.priority + " while " + urgent + " is queued");
        job.passes = passesOver && item.priority == urgent ? job.passes + 1 : 0;
    }

    private void ended(Event.ExecutionEnded event) {
        Item item = item(event.execution(), event.job(), event.priority());
        check(!item.state.isTerminal(), item.id + " ended twice");
        switch (event.state()) {
            case SUCCEEDED, FAILED -> check(item.state == ExecutionState.RUNNING, item.id + " ended without running");
            case DROPPED -> dropped(item);
            default -> check(item.isKnown, "an unknown execution was cancelled");
        }
        item.isKnown = true;
        move(item, event.state());
        remember(item);
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
        if (ofJob.size() > historyConfig.maxPerJob()) {
            shelf.remove(ofJob.get(0));
        } else if (shelf.size() > historyConfig.maxTotal()) {
            shelf.remove(0);
        }
    }

    /** Returns how many executions have not ended. */
    long live() {
        return items.values().stream().filter(item -> !item.state.isTerminal()).count();
    }

    List<ExecutionId> ids() {
        return List.copyOf(items.keySet());
    }

    /** Compares with the core, from outside and from inside. */
    void compare(JobControl control, Flow flow, ControlHarness harness) {
        Set<ExecutionId> remembered = new HashSet<>();
        int alarms = flow.waiters.count();
        for (JobState state : control.states()) {
            compare(state, harness.job(state.name()));
            boolean mayBegin = state.canBegin() && !flow.turn.isShuttingDown();
            check(!mayBegin || state.queue.size() == 0, state.name() + " could begin and does not");
            alarms += expectedAlarms(state);
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
        check(flow.ledger.size() == remembered.size(), "the index holds " + flow.ledger.size());
        flow.ledger.all().forEach(execution -> check(remembered.contains(execution.id), "the index leaks"));
        check(flow.turn.alarms.size() == alarms, flow.turn.alarms.size() + " alarms are set, not " + alarms);
    }

    private static int expectedAlarms(JobState job) {
        return (job.tickAlarm == null ? 0 : 1)
                + (job.workerAlarm == null ? 0 : 1)
                + job.delayed.size()
                + job.running.size()
                - job.handingOver
                + job.waitingClients;
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
        check(held <= definition.queue().capacity() + definition.concurrency(), name + " holds " + held);
        checkCounters(name, view.counters());
        checkHandovers(state);
        int ticks = openTicks(state.running.all());
        int keys = 0;
        for (Priority priority : Priority.values()) {
            ticks += openTicks(state.queue.list(priority, null, Long.MIN_VALUE, Integer.MAX_VALUE));
            for (Arrival arrival : state.arrivals(priority).all()) {
                keys += arrival.use == null ? 0 : 1;
            }
        }
        check(state.openTicks == ticks, name + " counts open ticks wrongly");
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
        check(state.queue.size(priority) + delayed <= bound + inFlight + Math.min(1, bound) * 3L, "a lane overflows");
        if (state.arrivals(priority).size() > 0) {
            check(!state.queue.hasRoom(priority), "producers wait in spite of room");
            check(state.definition.queue().whenFull() == FullMode.WAIT, "producers wait, and may not");
            check(!state.isClosed, "producers wait for a closed job");
        }
        check(state.waitingClients <= state.definition.queue().maxWaiting(), "the line is too long");
    }

    private static void checkHandovers(JobState state) {
        long handingOver = state.running.all().stream()
                .filter(execution -> execution.handovers != null)
                .count();
        check(state.handingOver == handingOver, "handing over is counted wrongly");
        int open = state.running.all().stream()
                .mapToInt(execution -> execution.handovers == null ? 0 : execution.handovers.size())
                .sum();
        int blocked = state.blockedBy.values().stream().mapToInt(count -> count).sum();
        check(blocked == open, "blocked by " + state.blockedBy + ", open " + open);
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
