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
import dev.latido.schedule.Interval;
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
    private final List<String> trace;
    final Disk disk = new Disk(this);
    private final PolicyRules policies;
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

    /** Executions that a timer made. */
    private final Set<ExecutionId> ofTicks = new HashSet<>();

    /** How many ticks there were since the timer is watched, those included that made no execution. */
    private long ticks;

    private @Nullable Watch watch;

    /** Since when a timer is watched, and what was last said to its job before. */
    private record Watch(String job, int life, long nanos, long lastControl) {}

    /** The last process that took work of which nothing is stored. */
    private int tookUnstored;

    /** How often which payload was handed in. */
    private final Map<String, Integer> handedIn = new HashMap<>();

    /** Payloads that were handed in once, without a key, and of which it was said that nothing was done. */
    private final Set<String> refused = new HashSet<>();

    /** The numbers of processes that know that another one owns the jobs, and of the last command that each had before. */
    private final Map<Integer, Long> fenced = new HashMap<>();

    /** The numbers of processes that were stopped for a while. */
    private final Set<Integer> paused = new HashSet<>();

    // In the life of a process
    private int life;

    /** The number of the last command before each job was defined. */
    private final Map<String, Long> definedAt = new HashMap<>();

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
    private record Received(int life, Command command, long untilNanos) {}

    /** A worker is at work. */
    static final class WorkerCall {
        private final int life;
        private final Attempt attempt;
        private final @Nullable String payload;
        private final long nanos;
        private boolean isOver;
        private boolean isCancelled;

        WorkerCall(int life, Attempt attempt, @Nullable String payload, long nanos) {
            this.life = life;
            this.attempt = attempt;
            this.payload = payload;
            this.nanos = nanos;
        }
    }

    Rules(VirtualTime time, List<String> trace) {
        this.time = time;
        this.trace = trace;
        this.policies = new PolicyRules(this, time);
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

    void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    void note(String what) {
        trace.add(String.format(Locale.ROOT, "%10.3f s  %s", time.nanos() / 1e9, what));
    }

    /** A process begins, the one of the number {@code now}, with these jobs. There may be another one still, which is the owner no more. */
    void begins(int now, List<JobDefinition> definitions) {
        life = now;
        jobs.clear();
        definitions.forEach(job -> {
            jobs.put(job.name(), job);
            mostAtOnce.merge(job.name(), job.concurrency(), Math::max);
        });
        policies.begins(definitions);
        ofTicks.addAll(disk.ticks()); // which are queued again when they are tried again
        definedAt.clear();
        definitions.forEach(job -> definedAt.put(job.name(), 0L));
        calm.clear();
        pauses.clear();
        throttled.clear();
        notBefore.clear();
        lastInLine.clear();
    }

    /** A process that is up has one job more. */
    void defines(int by, JobDefinition job) {
        note("process " + by + " has the job " + job.name() + " defined");
        if (by == life) {
            count("job defined late");
            jobs.put(job.name(), job);
            mostAtOnce.merge(job.name(), job.concurrency(), Math::max);
            definedAt.put(job.name(), commands);
        }
    }

    /** A process is gone, and what it had under way. */
    void gone(int process) {
        open.removeIf(each -> each.life == process);
        unanswered.values().removeIf(each -> each.life == process);
    }

    /** A process is stopped for a while: its clients are late. */
    void pauses(int process) {
        paused.add(process);
    }

    /** A process hears from the disk that another one owns the jobs now. */
    void fenced(int process) {
        check(process != life, "nobody but another owner takes the jobs away", "process " + process);
        if (fenced.putIfAbsent(process, commands) == null) {
            count("fenced");
            note("process " + process + " hears that it is fenced");
        }
    }

    /** A process that is fenced says that it ends. */
    void endsFenced(int process) {
        check(fenced.containsKey(process), "only a fenced owner ends as one", "process " + process);
        open.forEach(each -> check(
                each.life != process || each.isOver, "a fenced owner has its workers end", each.attempt.toString()));
        count("ended fenced");
    }

    private boolean isFull(String job) {
        JobDefinition known = jobs.get(job);
        return known != null && known.durability() == Durability.FULL;
    }

    // Clients

    /** Returns a number that grows. */
    long received(int by, Command command) {
        long number = ++commands;
        Instant until = waitsUntil(command);
        Moment now = time.now();
        Instant tomorrow = now.wall().plus(Duration.ofDays(1));
        long untilNanos = now.nanosAt(until.isBefore(tomorrow) ? until : tomorrow);
        unanswered.put(number, new Received(by, command, Math.max(now.nanos(), untilNanos)));
        if (by == life) {
            control(command, number);
        }
        if (command instanceof Command.Retry retry) {
            retried.add(retry.id());
        } else if (command instanceof Command.RetryFailed many) {
            retriedJobs.add(String.valueOf(many.job()));
        } else if (command instanceof Command.ChangeJob change) {
            Integer wanted = change.settings().concurrency();
            mostAtOnce.merge(String.valueOf(change.job()), wanted == null ? 0 : wanted, Math::max);
        } else if (command instanceof Command.Submit submit) {
            submit.items().forEach(item -> {
                if (handedIn.merge(String.valueOf(item.payload()), 1, Integer::sum) > 1) {
                    refused.remove(item.payload());
                }
            });
        }
        return number;
    }

    /** What an owner is told that is one no more changes nothing; it may say that it is so already, as far as it knows. */
    private void control(Command command, long number) {
        if (command instanceof Command.Start
                || command instanceof Command.Stop
                || command instanceof Command.Complete) {
            lastControl.put(String.valueOf(((Command.OfJob) command).job()), number);
        } else if (command instanceof Command.PauseAll || command instanceof Command.ResumeAll) {
            lastPause = number;
        }
    }

    /** The owner answers: from now on what it says is a promise. */
    void answers(int by, Command command, long number, Reply reply) {
        Received received = unanswered.remove(number);
        check(received != null, "one answer each", command + ": " + reply);
        check(
                reply instanceof Refusal || number <= fenced.getOrDefault(by, Long.MAX_VALUE),
                "a fenced owner answers nobody with success",
                command + ": " + reply);
        if (command instanceof Command.OfJob ofJob && reply instanceof Refusal refusal && by == life) {
            boolean isThere = number > definedAt.getOrDefault(String.valueOf(ofJob.job()), Long.MAX_VALUE);
            check(!isThere || !refusal.type().equals("unknown-job"), "a job is there once it is defined", reply + "");
        }
        if (received != null && by == life && isToldThatNothingHappened(command, reply)) {
            long late = time.nanos() - received.untilNanos;
            check(late < MAX_LATE.toNanos(), "who waits is answered at its time", command + " by " + late + " ns");
        }
        count("answer " + (reply instanceof Refusal refusal ? refusal.type() : "ok"));
        if (command instanceof Command.Submit submit && reply instanceof Submitted submitted) {
            check(submitted.answers().size() == submit.items().size(), "an answer for each item", reply.toString());
            for (int i = 0; i < submit.items().size(); i++) {
                if (submitted.answers().get(i) instanceof Refusal refusal) {
                    count("refused " + refusal.type());
                    refused(submit.items().get(i), refusal);
                } else if (submitted.answers().get(i) instanceof ExecutionView view) {
                    accepted(by, submit.items().get(i), view, submit.items().size() == 1);
                }
            }
        } else if (command instanceof Command.Submit submit && reply instanceof Refusal refusal) {
            submit.items().forEach(item -> refused(item, refusal));
        } else if (command instanceof Command.Cancel && reply instanceof ExecutionView view && isFull(view.job())) {
            StoredState state = disk.state(view.id());
            check(
                    (state != null && (state.isCancelled() || state.state().isTerminal()))
                            || isRetried(view.id(), view.job()),
                    "a cancellation that was acknowledged is stored",
                    view + ", stored is " + state);
        } else if (command instanceof Command.Start start && reply instanceof JobStatus status) {
            controlled(by, start.job(), number, true, status);
        } else if (command instanceof Command.Stop stop && reply instanceof JobStatus status) {
            controlled(by, stop.job(), number, false, status);
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

    private void controlled(int by, @Nullable String job, long number, boolean isRunning, JobStatus status) {
        if (number == lastControl.getOrDefault(String.valueOf(job), 0L)
                && !status.message().contains("not stored yet")
                && (by == life || !status.message().contains("already"))) { // another configuration may start it
            StoredJob stored = disk.job(String.valueOf(job));
            check(
                    (stored != null && stored.isRunning()) == isRunning,
                    "a start or stop that was acknowledged is stored",
                    job + ": " + status + ", stored is " + stored);
        }
    }

    /** Whoever is refused may do with its work what it wants, unless nobody knows what became of it. */
    private void refused(Submission item, Refusal refusal) {
        boolean isOnce = handedIn.getOrDefault(String.valueOf(item.payload()), 0) == 1;
        if (isOnce && item.key() == null && !refusal.type().equals(Refusal.OWNER_SILENT)) {
            refused.add(String.valueOf(item.payload()));
        }
    }

    private void accepted(int by, Submission item, ExecutionView view, boolean isAlone) {
        if (view.job().equals("none")) {
            tookUnstored = Math.max(tookUnstored, by);
        }
        if (view.job().equals("calm") && by == life) {
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
        if (isNew
                && isAlone
                && by == life
                && item.payload() != null
                && item.payload().startsWith("\"line")) {
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
    void answered(String what, long begunNanos, Duration timeout, boolean isClientSafe, int client) {
        Duration took = Duration.ofNanos(time.nanos() - begunNanos);
        // The owner may answer half a second after the deadline; loops may pause.
        check(
                took.compareTo(timeout.plusSeconds(1)) < 0 || (isClientSafe && paused.contains(client)),
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
                        each.life != life || time.nanos() - each.untilNanos < CALM.toNanos(),
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

    WorkerCall called(int by, Attempt attempt, @Nullable String payload) {
        count("call of a worker");
        note("worker of " + attempt.job() + " gets " + attempt.execution() + " attempt " + attempt.number()
                + (by == life ? "" : " of process " + by));
        WorkerCall call = new WorkerCall(by, attempt, payload, time.nanos());
        open.add(call);
        open.removeIf(each -> each.isOver);
        check(!fenced.containsKey(by), "a fenced owner begins no attempt", attempt.toString());
        check(payload == null || !refused.contains(payload), "what was refused is not done", attempt + ": " + payload);
        isStored(attempt);
        if (by != life) { // it does not know yet that what it does may be done by another
            count("call by a former owner");
            return call;
        }
        long now = open.stream()
                .filter(each -> each.life == life && each.attempt.job().equals(attempt.job()))
                .count();
        int most = mostAtOnce.getOrDefault(attempt.job(), 0);
        check(now <= most, "no more at once than the concurrency", attempt.job() + " has " + now + " of " + most);
        List<@Nullable String> payloads = new ArrayList<>();
        open.stream()
                .filter(each -> each.life == life && each.attempt.job().equals(attempt.job()))
                .forEach(each -> payloads.add(each.payload));
        policies.called(attempt, payload, payloads);
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
            Accepted known = accepted.get(attempt.execution());
            check(
                    known == null || Objects.equals(known.payload, payload),
                    "workers get what was handed in",
                    attempt + ": " + payload);
        }
        return call;
    }

    private void isStored(Attempt attempt) {
        if (isFull(attempt.job())) {
            StoredState state = disk.state(attempt.execution());
            check(
                    !disk.find(attempt.execution()).isEmpty() && state != null && state.attempt() >= attempt.number(),
                    "an attempt is stored before it begins",
                    attempt + ", stored is " + state);
        }
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
        if (call.life != life) {
            return;
        }
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
        if (call.life == life) {
            unreached.add(call.attempt.execution());
            policies.unreached(call.attempt);
        }
    }

    void jumped(Duration ahead) {
        note("the wall clock jumps by " + ahead);
        policies.jumped();
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

    void told(int by, Event event) {
        count("event " + event.type());
        if (by == life) {
            boolean isTickMade = isTickMade(event);
            policies.told(event, isTickMade);
            ticked(event, isTickMade);
        }
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
        } else if (by != life) {
            return;
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

    // Timers

    private boolean isTicking(String job) {
        StoredJob stored = disk.job(job);
        return stored != null && stored.isRunning() && disk.service().pausedMillis() == 0;
    }

    /** Tells whether a tick came to something: an execution, or none because of those before it. */
    private boolean isTickMade(Event event) {
        return event instanceof Event.TickCoalesced
                || (event instanceof Event.ExecutionQueued queued
                        && disk.isTick(queued.execution())
                        && ofTicks.add(queued.execution()));
    }

    private void ticked(Event event, boolean isTickMade) {
        if (watch != null && watch.job.equals(event.job())) {
            ticks += isTickMade ? 1 : event instanceof Event.TicksMissed missed ? missed.count() : 0;
        }
    }

    /** From now on counts what the timer of a job shows, if it goes. */
    void watchTicks(String job) {
        watch = isTicking(job) ? new Watch(job, life, time.nanos(), lastControl.getOrDefault(job, 0L)) : null;
        ticks = 0;
    }

    /** Compares what the timer showed since {@link #watchTicks} with what its interval says, if nobody stopped it meanwhile. */
    void compareTicks(String job) {
        Watch since = watch;
        JobDefinition known = jobs.get(job);
        if (since != null
                && since.life == life
                && since.lastControl == lastControl.getOrDefault(job, 0L)
                && isTicking(job)
                && known != null
                && known.trigger().schedule() instanceof Interval interval) {
            count("ticks compared");
            long every = interval.every().toNanos();
            long passed = time.nanos() - since.nanos;
            check( // one more or less, and at either end what is late
                    Math.abs(ticks * every - passed) <= every + MAX_LATE.toNanos(),
                    "a timer has as many ticks as its interval says",
                    ticks + " in " + Duration.ofNanos(passed) + ", every " + interval.every());
        }
    }

    // Lives

    /**
     * Compares the account of memory of a process in which nothing is under way with that of the next one, which counts anew
     * what it finds.
     */
    void compareMemory(long before, long now) {
        if (tookUnstored < life - 1) {
            count("memory compared");
            check(before == now, "what is held in memory is what is counted", before + " bytes, anew " + now);
        }
    }

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
