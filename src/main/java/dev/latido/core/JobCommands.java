package dev.latido.core;

import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.protocol.Command;
import dev.latido.protocol.Counted;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.StopMode;
import dev.latido.protocol.Submitted;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is done for commands that concern one job: one method each. Made for each command, once nothing stands against it. */
final class JobCommands implements Command.JobHandler {

    /** How many executions a command for many changes at most, so that it does not hold up the others; repeat it for more. */
    static final int MAX_CHANGES = 5_000;

    private final JobState job;
    private final Parts parts;
    private final UnitOfWork unit;
    private final ReplyTo replyTo;

    JobCommands(JobState job, Parts parts, ReplyTo replyTo) {
        this.job = job;
        this.parts = parts;
        this.unit = parts.unit;
        this.replyTo = replyTo;
    }

    private String sentence(String what) {
        return "Job '" + job.name() + "' " + what + ".";
    }

    @Override
    public Reply start(Command.Start command) {
        unit.requireDurable(); // who repeats a command is told the same, and that has to be stored too
        if (job.isRunning() && !job.isClosed()) {
            return JobViews.status(job, sentence("is already running"));
        }
        boolean wasRunning = job.isRunning();
        parts.lifecycle.start(job);
        return JobViews.status(job, sentence(wasRunning ? "is open again and running" : "started"));
    }

    @Override
    public @Nullable Reply stop(Command.Stop stop) {
        boolean wasRunning = job.isRunning();
        parts.lifecycle.stop(job);
        unit.requireDurable();
        if (stop.mode() == StopMode.NOW) {
            job.running.all().forEach(parts.attempts::cancel);
        }
        Refusal storeRefusal = unit.storeRefusal();
        if (storeRefusal != null) { // a stop goes on, and says what it is worth
            unit.answerAtOnce(
                    replyTo,
                    JobViews.status(
                            job,
                            sentence(wasRunning ? "stopped" : "is already stopped")
                                    + " This is not stored yet, and a restart would not know of it. "
                                    + storeRefusal.detail()));
            return null;
        }
        if (stop.mode() == StopMode.DRAIN && job.running.size() > 0) {
            return parts.waiters.awaitDrained(job, stop.waitUntil(), replyTo);
        }
        String what = wasRunning ? "stopped" : "is already stopped";
        String rest = job.running.size() == 0
                ? ""
                : "; " + JobViews.stillInFlight(job) + (stop.mode() == StopMode.NOW ? " and told to end" : "");
        return JobViews.status(job, sentence(what + rest));
    }

    @Override
    public Reply getStatus(Command.GetStatus command) {
        return JobViews.status(
                job,
                sentence((job.isRunning() ? "is running: " : "is ")
                        + parts.why.of(job).text()));
    }

    @Override
    public Reply complete(Command.Complete command) {
        unit.requireDurable();
        boolean wasClosed = job.isClosed();
        parts.lifecycle.close(job);
        int left = job.queue.size() + job.delayed.size() + job.running.size();
        String what = wasClosed ? "is already completed" : "is completed and accepts no submissions";
        String rest =
                left == 0 ? "" : "; " + left + " left" + (job.isRunning() ? " to work off" : " until it is started");
        return JobViews.status(job, sentence(what + rest));
    }

    @Override
    public Reply getJob(Command.GetJob command) {
        return JobQueries.view(job, parts);
    }

    @Override
    public Reply getTicks(Command.GetTicks command) {
        return JobQueries.ticks(job, command.count(), unit.now());
    }

    @Override
    public @Nullable Reply submit(Command.Submit submit) {
        Reply[] answers = new Reply[submit.items().size()];
        int[] open = {answers.length};
        long[] promised = {0}; // the newest turn of which the answers tell
        if (open[0] == 0) {
            unit.answer(replyTo, new Submitted(List.of()));
        }
        for (int i = 0; i < answers.length; i++) {
            int place = i;
            Arrival.Producer producer = (arrival, reply) -> {
                answers[place] = reply;
                open[0]--;
                if (arrival.isRepeated) {
                    promised[0] = Math.max(promised[0], arrival.toldOf);
                } else if (reply instanceof ExecutionView) {
                    promised[0] = Math.max(promised[0], unit.changed());
                }
                if (open[0] > 0) {
                    return;
                }
                Submitted submitted = new Submitted(List.of(answers));
                if (promised[0] == 0) { // who was refused at its time is told at its time
                    unit.answerAtOnce(replyTo, submitted);
                    return;
                }
                if (!unit.isStored(promised[0])) {
                    unit.requireDurable(job);
                }
                unit.answer(replyTo, submitted);
            };
            parts.admission.submit(
                    Arrival.ofClient(job, submit.items().get(i), submit.mayWait(), producer, submit.trace()),
                    submit.deadline());
            parts.dispatcher.runToFixpoint(); // so that many items at once are treated like as many one by one
        }
        return null;
    }

    @Override
    public @Nullable Reply getMessage(Command.GetMessage command) {
        SharedQueue queue = job.definition.shared();
        if (queue == null) {
            return Refusal.unknownMessage(job.name(), command.key());
        }
        if (!job.leases.isUp()) {
            return MessageViews.withoutBroker(job, queue, command.key(), unit.process());
        }
        unit.addAtOnce(new Effect.FindMessage(job.name(), command.key(), replyTo));
        return null;
    }

    @Override
    public @Nullable Reply listDeadLetters(Command.ListDeadLetters command) {
        Refusal refusal = withoutBroker();
        if (refusal == null) {
            String after = command.cursor() == null ? "" : command.cursor();
            unit.addAtOnce(new Effect.ListDeadLetters(job.name(), after, command.limit(), replyTo));
        }
        return refusal;
    }

    /** Returns why nothing can be asked of the job's broker; null when it can. */
    private @Nullable Refusal withoutBroker() {
        SharedQueue queue = job.definition.shared();
        if (queue == null) {
            return Refusal.notPossibleHere("The queue of job '" + job.name()
                    + "' is at no broker; its dead letters are its executions that failed.");
        }
        String down = job.leases.down();
        return down == null ? null : Refusal.queueUnavailable(job.name(), queue.id(), down, Publications.SOON);
    }

    @Override
    public @Nullable Reply awaitRoom(Command.AwaitRoom command) {
        parts.admission.awaitRoom(job, command.priority(), command.deadline(), replyTo);
        return null;
    }

    @Override
    public Reply listExecutions(Command.ListExecutions command) {
        return JobQueries.executions(job, command, parts.executions);
    }

    @Override
    public Reply listHistory(Command.ListHistory command) {
        return JobQueries.history(job, command);
    }

    @Override
    public Reply purge(Command.Purge command) {
        int matched = job.delayed.size() + job.queue.size();
        if (command.countOnly()) {
            return new Counted(matched, 0);
        }
        List<Execution> waiting = new ArrayList<>(job.delayed.list(null, Long.MIN_VALUE, MAX_CHANGES));
        for (Priority priority : Priority.values()) {
            waiting.addAll(job.queue.list(priority, null, Long.MIN_VALUE, MAX_CHANGES - waiting.size()));
        }
        waiting.forEach(parts.withdrawals::cancel);
        return new Counted(matched, waiting.size());
    }

    @Override
    public @Nullable Reply retryFailed(Command.RetryFailed command) {
        if (job.definition.shared() != null) {
            Refusal refusal = withoutBroker();
            if (refusal == null) {
                unit.addAtOnce(new Effect.ReplayDeadLetters(
                        job.name(), command.filter(), command.countOnly(), MAX_CHANGES, replyTo));
            }
            return refusal;
        }
        if (job.isClosed() && !command.countOnly()) {
            return Refusal.closed(job.name());
        }
        int matched = 0;
        int changed = 0;
        for (Execution execution : job.ended(ExecutionState.FAILED).all()) {
            boolean isGone = execution.isForgotten; // others that failed since, such as what expired, took its place
            if (isGone || !command.filter().matches(execution.error, Instant.ofEpochMilli(execution.endedMillis))) {
                continue;
            }
            matched++;
            if (!command.countOnly()
                    && changed < MAX_CHANGES
                    && job.queue.hasRoom(execution.priority, execution.payloadBytes)) {
                parts.executions.retry(execution);
                parts.dispatcher.runToFixpoint();
                changed++;
            }
        }
        return new Counted(matched, changed);
    }

    @Override
    public Reply changeJob(Command.ChangeJob command) {
        JobSettings settings = command.settings();
        Integer concurrency = settings.concurrency();
        if (concurrency != null && (concurrency < 1 || concurrency > job.definition.maxConcurrency())) {
            return Refusal.invalid(
                    "'concurrency' must be 1 to " + job.definition.maxConcurrency() + ", was " + concurrency + ".");
        }
        parts.lifecycle.change(job, settings);
        return JobQueries.view(job, parts);
    }
}
