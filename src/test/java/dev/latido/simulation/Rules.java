package dev.latido.simulation;

import dev.latido.core.JobDefinition;
import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.JobStatus;
import dev.latido.protocol.PauseView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What has to hold, said from outside: by what clients were answered, workers were called with, observers were told and the disk
 * has. Nothing here knows how the service comes to what it does. Each rule has a name.
 */
final class Rules {

    /** How long something may take that is done as soon as its time has come: loops pause, and many pauses add up. */
    private static final Duration MAX_LATE = Duration.ofSeconds(2);

    /** How long everything has to work until all that waited for that is answered. */
    private static final Duration CALM = Duration.ofSeconds(25);

    private final VirtualTime time;
    private final Disk disk;
    private final List<String> trace;
    private final Map<String, JobDefinition> jobs = new HashMap<>();
    private final Map<String, Integer> mostAtOnce = new HashMap<>();
    private final Map<String, Integer> bounds = new HashMap<>();

    /** How often what happened, to show that it does. */
    final Map<String, Integer> counts = new TreeMap<>();

    int ways;
    private @Nullable Broken broken;
    private long commands;

    // What the world outside knows, over all lives
    private final Map<ExecutionId, Accepted> accepted = new LinkedHashMap<>();
    private final Map<ExecutionId, ExecutionState> told = new HashMap<>();
    private final Set<ExecutionId> succeededAtWorker = new HashSet<>();
    private final Map<ExecutionId, Integer> attempts = new HashMap<>();
    private final Set<ExecutionId> unreached = new HashSet<>();
    private final Set<ExecutionId> retried = new HashSet<>();
    private final Map<String, ExecutionId> byKey = new HashMap<>();
    private final Map<String, Long> lastControl = new HashMap<>();
    private final Set<String> retriedJobs = new HashSet<>();
    private long lastPause;

    // In this life of the process
    private final List<WorkerCall> open = new ArrayList<>();
    private final Map<Long, Received> unanswered = new LinkedHashMap<>();

    /** Executions that were acknowledged and need not be stored before an orderly end. */
    private final List<ExecutionId> calm = new ArrayList<>();

    private final List<Pause> pauses = new ArrayList<>();
    private final Map<ExecutionId, Integer> throttled = new HashMap<>();
    private final Map<ExecutionId, Instant> notBefore = new HashMap<>();
    private final Map<String, ExecutionId> lastInLine = new HashMap<>();

    /** A worker wants to be left alone, on the monotonic clock. */
    private static final class Pause {
        private final String job;
        private final long fromNanos;
        private final long untilNanos;
        private int calls;

        Pause(String job, long fromNanos, long untilNanos) {
            this.job = job;
            this.fromNanos = fromNanos;
            this.untilNanos = untilNanos;
        }
    }

    /** An execution that was acknowledged. */
    record Accepted(String job, @Nullable String payload) {}

    /** A command that the owner got, and until when it may wait for something, on the monotonic clock. */
    private record Received(Command command, long untilNanos) {}

    /** A worker is at work. */
    static final class WorkerCall {
        private final Attempt attempt;
        private final long nanos;
        private boolean isOver;
        private boolean isCancelled;

        WorkerCall(Attempt attempt, long nanos) {
            this.attempt = attempt;
            this.nanos = nanos;
        }
    }

    Rules(VirtualTime time, Disk disk, List<String> trace) {
        this.time = time;
        this.disk = disk;
        this.trace = trace;
    }

    void check(boolean holds, String rule, String what) {
        if (!holds) {
            broken = broken == null ? new Broken(rule, what) : broken;
            throw broken;
        }
    }

    /** Throws what was found broken, whoever caught it then: the service takes its observers and callers for others' faults. */
    void throwIfBroken() {
        if (broken != null) {
            throw broken;
        }
    }

    private void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    void note(String what) {
        trace.add(String.format(Locale.ROOT, "%10.3f s  %s", time.nanos() / 1e9, what));
    }

    /** A process begins, with these jobs. */
    void begins(List<JobDefinition> definitions) {
        jobs.clear();
        definitions.forEach(job -> {
            jobs.put(job.name(), job);
            mostAtOnce.merge(job.name(), job.concurrency(), Math::max);
        });
        open.clear();
        unanswered.clear();
        calm.clear();
        pauses.clear();
        throttled.clear();
        notBefore.clear();
        lastInLine.clear();
        bounds.keySet().removeIf(way -> way.startsWith("inside"));
    }

    private boolean isFull(String job) {
        JobDefinition known = jobs.get(job);
        return known != null && known.durability() == Durability.FULL;
    }

    // Clients

    /** Returns a number that grows. */
    long received(Command command) {
        long number = ++commands;
        Instant until = waitsUntil(command);
        Moment now = time.now();
        Instant tomorrow = now.wall().plus(Duration.ofDays(1));
        long untilNanos = now.nanosAt(until.isBefore(tomorrow) ? until : tomorrow);
        unanswered.put(number, new Received(command, Math.max(now.nanos(), untilNanos)));
        if (command instanceof Command.Start
                || command instanceof Command.Stop
                || command instanceof Command.Complete) {
            lastControl.put(String.valueOf(((Command.OfJob) command).job()), number);
        } else if (command instanceof Command.PauseAll || command instanceof Command.ResumeAll) {
            lastPause = number;
        } else if (command instanceof Command.Retry retry) {
            retried.add(retry.id());
        } else if (command instanceof Command.RetryFailed many) {
            retriedJobs.add(String.valueOf(many.job()));
        } else if (command instanceof Command.ChangeJob change) {
            Integer wanted = change.settings().concurrency();
            mostAtOnce.merge(String.valueOf(change.job()), wanted == null ? 0 : wanted, Math::max);
        }
        return number;
    }

    /** The owner answers: from now on what it says is a promise. */
    void answers(Command command, long number, Reply reply) {
        Received received = unanswered.remove(number);
        check(received != null, "one answer each", command + ": " + reply);
        if (received != null && isToldThatNothingHappened(command, reply)) {
            long late = time.nanos() - received.untilNanos;
            check(late < MAX_LATE.toNanos(), "who waits is answered at its time", command + " by " + late + " ns");
        }
        count("answer " + (reply instanceof Refusal refusal ? refusal.type() : "ok"));
        if (command instanceof Command.Submit submit && reply instanceof Submitted submitted) {
            check(submitted.answers().size() == submit.items().size(), "an answer for each item", reply.toString());
            for (int i = 0; i < submit.items().size(); i++) {
                if (submitted.answers().get(i) instanceof Refusal refusal) {
                    count("refused " + refusal.type());
                } else if (submitted.answers().get(i) instanceof ExecutionView view) {
                    accepted(submit.items().get(i), view, submit.items().size() == 1);
                }
            }
        } else if (command instanceof Command.Cancel && reply instanceof ExecutionView view && isFull(view.job())) {
            StoredState state = disk.state(view.id());
            check(
                    (state != null && (state.isCancelled() || state.state().isTerminal()))
                            || isRetried(view.id(), view.job()),
                    "a cancellation that was acknowledged is stored",
                    view + ", stored is " + state);
        } else if (command instanceof Command.Start start && reply instanceof JobStatus status) {
            controlled(start.job(), number, true, status);
        } else if (command instanceof Command.Stop stop && reply instanceof JobStatus status) {
            controlled(stop.job(), number, false, status);
        } else if (reply instanceof PauseView view && number == lastPause) {
            check(
                    (disk.service().pausedMillis() != 0) == (view.pausedAt() != null),
                    "a pause that was acknowledged is stored",
                    reply + ", stored is " + disk.service());
        }
    }

    private static Instant waitsUntil(Command command) {
        return command instanceof Command.AwaitExecution await ? await.until() : command.deadline();
    }

    /** Tells so of an answer whose only reason is that the time of who waited is over. */
    private static boolean isToldThatNothingHappened(Command command, Reply reply) {
        if (command instanceof Command.AwaitExecution) {
            return reply instanceof ExecutionView view && !view.state().isTerminal();
        } else if (command instanceof Command.Submit) {
            return reply instanceof Submitted submitted
                    && submitted.answers().stream()
                            .allMatch(each -> each instanceof Refusal refusal
                                    && refusal.type().equals("queue-full"));
        }
        return command instanceof Command.AwaitRoom && reply instanceof Refusal;
    }

    private void controlled(@Nullable String job, long number, boolean isRunning, JobStatus status) {
        if (number == lastControl.getOrDefault(String.valueOf(job), 0L)
                && !status.message().contains("not stored yet")) {
            StoredJob stored = disk.job(String.valueOf(job));
            check(
                    (stored != null && stored.isRunning()) == isRunning,
                    "a start or stop that was acknowledged is stored",
                    job + ": " + status + ", stored is " + stored);
        }
    }

    private void accepted(Submission item, ExecutionView view, boolean isAlone) {
        if (view.job().equals("calm")) {
            calm.add(view.id());
        }
        if (!isFull(view.job())) {
            return;
        }
        count("acknowledged");
        check(!disk.find(view.id()).isEmpty(), "what was acknowledged is stored", view.toString());
        boolean isNew = accepted.put(view.id(), new Accepted(view.job(), item.payload())) == null;
        check(Objects.equals(view.payload(), item.payload()), "an answer is that to its item", view + " for " + item);
        if (item.key() != null) {
            ExecutionId before = byKey.put(view.job() + " " + item.key(), view.id());
            boolean isFree = before == null || told.get(before) == ExecutionState.DROPPED || disk.isDropped(before);
            check(isFree || before.equals(view.id()), "one execution for each key", before + " and " + view.id());
        }
        if (isNew && isAlone && item.payload() != null && item.payload().startsWith("\"line")) {
            inLine(item.payload(), view);
        }
    }

    /** Work of one client in one process that has to stay in order: its payloads are numbered in the order in which they were sent. */
    private void inLine(String payload, ExecutionView view) {
        String line = view.job() + " " + view.priority();
        ExecutionId before = lastInLine.get(line);
        if (before != null) {
            boolean isLater = view.id().value() > before.value();
            boolean wasSentLater = number(payload)
                    > number(Objects.requireNonNull(Objects.requireNonNull(accepted.get(before)).payload));
            check(isLater == wasSentLater, "nobody in a line is overtaken", before + " and " + view.id());
        }
        lastInLine.put(line, view.id());
        count("in line");
    }

    private static int number(String payload) {
        return Integer.parseInt(payload.replaceAll("\\D", ""));
    }

    /** A client has its answer. */
    void answered(String what, long begunNanos, Duration timeout, boolean isClientSafe) {
        Duration took = Duration.ofNanos(time.nanos() - begunNanos);
        // The owner may answer half a second after the deadline; loops may pause.
        check(
                took.compareTo(timeout.plusSeconds(1)) < 0,
                "every call is answered in time",
                what + " after " + took + " of " + timeout);
        if (isClientSafe) {
            count("answered in time");
        }
    }

    void bound(String way, int most) {
        bounds.put(way, most);
    }

    void inFlight(String way, int open) {
        int most = bounds.getOrDefault(way, Integer.MAX_VALUE);
        check(open <= most, "no more in flight than the limit", way + " has " + open + " of " + most);
        check(open >= 0, "one answer each", way + " has " + open);
        if (open == most) {
            count("in-flight limit reached");
        }
    }

    /** Everything has worked for {@link #CALM} and more. */
    void settled() {
        count("settled");
        unanswered
                .values()
                .forEach(each -> check(
                        time.nanos() - each.untilNanos < CALM.toNanos(),
                        "what the owner got it answers",
                        each.toString()));
        open.removeIf(each -> each.isOver);
        open.forEach(each -> {
            JobDefinition job = jobs.get(each.attempt.job());
            check(
                    job == null
                            || time.nanos() - each.nanos
                                    < job.timeout().plus(MAX_LATE).toNanos(),
                    "an attempt ends at its time-out",
                    each.attempt.toString());
        });
    }

    /** The process has ended as it was told to, and says that everything is stored. */
    void endedInOrder() {
        count("ended in order");
        calm.forEach(id -> check(!disk.find(id).isEmpty(), "an orderly end loses nothing", id.toString()));
    }

    // Workers

    WorkerCall called(Attempt attempt, @Nullable String payload) {
        count("call of a worker");
        note("worker of " + attempt.job() + " gets " + attempt.execution() + " attempt " + attempt.number());
        WorkerCall call = new WorkerCall(attempt, time.nanos());
        open.add(call);
        open.removeIf(each -> each.isOver);
        long now = open.stream()
                .filter(each -> each.attempt.job().equals(attempt.job()))
                .count();
        int most = mostAtOnce.getOrDefault(attempt.job(), 0);
        check(now <= most, "no more at once than the concurrency", attempt.job() + " has " + now + " of " + most);
        count(now == most ? "concurrency reached" : "concurrency not reached");
        ExecutionState end = told.get(attempt.execution());
        check(
                end == null || isRetried(attempt.execution(), attempt.job()),
                "no attempt after its end was told",
                attempt + " was " + end);
        pauses.removeIf(pause -> time.nanos() - pause.untilNanos >= 0);
        for (Pause pause : pauses) { // what was decided before it may come late, when the store was slow
            if (pause.job.equals(attempt.job()) && time.nanos() - pause.fromNanos > 0) {
                pause.calls++;
                check(
                        pause.calls < mostAtOnce.getOrDefault(attempt.job(), 0),
                        "a worker is left alone for as long as it wants",
                        attempt.toString());
            }
        }
        Integer refused = throttled.remove(attempt.execution());
        check(
                refused == null || refused == attempt.number(),
                "what a worker refuses untried costs no attempt",
                attempt + " after " + refused);
        Instant due = notBefore.get(attempt.execution());
        check(
                due == null || !time.now().wall().isBefore(due),
                "no attempt before it is due by the wall clock",
                attempt + " before " + due);
        if (isFull(attempt.job())) {
            Integer before = attempts.put(attempt.execution(), attempt.number());
            boolean isAnew = unreached.remove(attempt.execution()) && Objects.equals(before, attempt.number());
            check(
                    before == null || attempt.number() > before || isAnew,
                    "attempts are numbered upwards",
                    attempt + " after " + before);
            StoredState state = disk.state(attempt.execution());
            check(
                    !disk.find(attempt.execution()).isEmpty() && state != null && state.attempt() >= attempt.number(),
                    "an attempt is stored before it begins",
                    attempt + ", stored is " + state);
            Accepted known = accepted.get(attempt.execution());
            check(
                    known == null || Objects.equals(known.payload, payload),
                    "workers get what was handed in",
                    attempt + ": " + payload);
        }
        return call;
    }

    void ended(WorkerCall call, boolean succeeded) {
        call.isOver = true;
        count(succeeded ? "work done" : "work failed");
        if (succeeded) {
            succeededAtWorker.add(call.attempt.execution());
        }
    }

    /** A worker wants to be left alone; the owner hears of it a little later, and only of an attempt that is not over for it. */
    void overloaded(WorkerCall call, Duration pause, boolean isAttempt) {
        JobDefinition job = jobs.get(call.attempt.job());
        Duration left = job == null ? Duration.ZERO : job.timeout().minusNanos(time.nanos() - call.nanos);
        if (!isAttempt) {
            unreached.add(call.attempt.execution());
        }
        if (call.isCancelled || left.compareTo(MAX_LATE) < 0) {
            return;
        }
        count(isAttempt ? "call overloaded" : "call throttled");
        note("worker of " + call.attempt.job() + " wants no work for " + pause);
        if (!isAttempt) {
            throttled.put(call.attempt.execution(), call.attempt.number());
        }
        pauses.add(new Pause(call.attempt.job(), time.nanos() + MAX_LATE.toNanos(), time.nanos() + pause.toNanos()));
    }

    void unreached(WorkerCall call) {
        unreached.add(call.attempt.execution());
    }

    void cancelled(WorkerCall call) {
        if (!call.isOver) {
            call.isOver = true;
            call.isCancelled = true;
            count("call cancelled");
        }
    }

    private boolean isRetried(ExecutionId id, String job) {
        return retried.contains(id) || retriedJobs.contains(job);
    }

    // Observers

    void told(Event event) {
        count("event " + event.type());
        if (event instanceof Event.ExecutionEnded ended) {
            note(ended.job() + ": " + ended.execution() + " is told to be " + ended.state());
            check(
                    ended.state() != ExecutionState.SUCCEEDED || succeededAtWorker.contains(ended.execution()),
                    "what is told to be done was done",
                    ended.toString());
            if (isFull(ended.job())) {
                told.put(ended.execution(), ended.state());
            }
            if (isFull(ended.job()) && !isRetried(ended.execution(), ended.job())) {
                StoredState state = disk.state(ended.execution());
                check(
                        state != null && state.state() == ended.state(),
                        "an end that is told is stored",
                        ended + ", stored is " + state);
            }
        } else if (event instanceof Event.AttemptFailed failed) {
            notBefore.put(failed.execution(), failed.next());
        } else if (event instanceof Event.ExecutionQueued queued) {
            Instant due = queued.state() == ExecutionState.QUEUED ? notBefore.remove(queued.execution()) : null;
            check(
                    due == null || !queued.at().isBefore(due),
                    "nothing is queued before it is due by the wall clock",
                    queued + " before " + due);
            if (isRetried(queued.execution(), queued.job())) {
                told.remove(queued.execution());
            }
        }
    }

    // Lives

    Map<ExecutionId, Accepted> acknowledged() {
        return accepted;
    }

    @Nullable ExecutionState told(ExecutionId id) {
        return told.get(id);
    }

    /**
     * Compares an execution of which the world knows with what a new process says of it.
     *
     * @param end how it was told to have ended before the process was asked; null when it was not
     */
    void compare(ExecutionId id, Accepted known, @Nullable ExecutionState end, Reply reply) {
        check(reply instanceof ExecutionView, "nothing that was acknowledged is lost", id + ": " + reply);
        ExecutionView view = (ExecutionView) reply;
        check(Objects.equals(view.payload(), known.payload), "a payload stays as it is", id + ": " + view.payload());
        check(
                end == null || end == view.state() || isRetried(id, known.job),
                "an end that was told stays",
                id + " was told to be " + end + ", is " + view.state());
        check(
                view.state() != ExecutionState.SUCCEEDED || succeededAtWorker.contains(id),
                "what is told to be done was done",
                view.toString());
    }
}
