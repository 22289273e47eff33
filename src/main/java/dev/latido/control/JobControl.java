package dev.latido.control;

import dev.latido.command.Command;
import dev.latido.command.JobStatus;
import dev.latido.command.Refusal;
import dev.latido.command.Reply;
import dev.latido.control.Effect.Announce;
import dev.latido.control.Effect.Answer;
import dev.latido.control.Effect.Perform;
import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionIds;
import dev.latido.job.JobDefinition;
import dev.latido.job.Moment;
import dev.latido.outcome.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Decides. The owner's core: a state machine from input and time to effects, without a clock, I/O or Vert.x. It holds
 * all job state and is not thread-safe; one {@link JobVerticle} owns it.
 *
 * <p>Ticks: a started job is due at once and then every interval after its start, whatever its runs take. A tick that
 * comes while the previous run is going is coalesced. A tick whose successor is already due was missed (the process
 * stood still) and is skipped, so that a pause is not followed by a burst.
 */
public final class JobControl {

    private final String defaultJob;
    private final ExecutionIds ids = new ExecutionIds();
    private final Map<String, JobState> jobs = new LinkedHashMap<>();

    /** Running jobs by when they are due. Monotonic times are compared by their difference: they may wrap around. */
    private final PriorityQueue<JobState> schedule =
            new PriorityQueue<>((a, b) -> Long.signum(a.nextDueNanos - b.nextDueNanos));

    private boolean shuttingDown;

    /**
     * Makes the core with all jobs stopped.
     *
     * @param defaultJob the job that a command without a name means; one of {@code definitions}
     */
    public JobControl(String defaultJob, Collection<JobDefinition> definitions) {
        this.defaultJob = defaultJob;
        definitions.forEach(definition -> jobs.put(definition.name(), new JobState(definition)));
        if (!jobs.containsKey(defaultJob)) {
            throw new IllegalArgumentException("the default job '" + defaultJob + "' is not defined");
        }
    }

    /** Takes one input at the moment {@code now} and returns what is to be done, in order. */
    public List<Effect> decide(Input input, Moment now) {
        List<Effect> effects = new ArrayList<>(4);
        if (input instanceof Input.CommandReceived received) {
            Reply reply = execute(received.command(), now, effects);
            effects.add(new Answer(received.caller(), reply));
        } else if (input instanceof Input.AlarmRang) {
            runDueTicks(now, effects);
        } else if (input instanceof Input.AttemptEnded ended) {
            end(ended.attempt(), ended.outcome(), now, effects);
        } else if (input instanceof Input.ServiceBegan) {
            jobs.values().stream().filter(job -> job.definition.autoStart()).forEach(job -> start(job, now, effects));
        } else if (input instanceof Input.ShutdownBegan) {
            shuttingDown = true;
            schedule.clear();
        }
        return effects;
    }

    /** Returns when, on the monotonic clock, the core next wants {@link Input.AlarmRang}. */
    public OptionalLong nextDue() {
        JobState first = schedule.peek();
        return first == null ? OptionalLong.empty() : OptionalLong.of(first.nextDueNanos);
    }

    /** Returns how many runs are in flight, over all jobs. */
    public int inFlight() {
        return jobs.values().stream().mapToInt(JobState::inFlightCount).sum();
    }

    private Reply execute(Command command, Moment now, List<Effect> effects) {
        if (!now.wall().isBefore(command.deadline())) {
            return Refusal.deadlinePassed();
        }
        String name = command.job() == null ? defaultJob : command.job();
        JobState job = jobs.get(name);
        if (job == null) {
            return Refusal.unknownJob(name);
        }
        return switch (command.type()) {
            case GET_STATUS -> job.status(job.standing());
            case START -> shuttingDown ? Refusal.stopping() : start(job, now, effects);
            case STOP -> shuttingDown ? Refusal.stopping() : stop(job, now, effects);
        };
    }

    private JobStatus start(JobState job, Moment now, List<Effect> effects) {
        if (job.running) {
            return job.status("Job '" + job.definition.name() + "' is already running.");
        }
        job.start(now);
        schedule.add(job);
        effects.add(new Announce(new Event.JobStarted(job.definition.name(), now.wall())));
        runDueTicks(now, effects);
        return job.status("Job '" + job.definition.name() + "' started.");
    }

    private JobStatus stop(JobState job, Moment now, List<Effect> effects) {
        String name = job.definition.name();
        if (!job.running) {
            return job.status("Job '" + name + "' is already stopped.");
        }
        job.stop(now);
        schedule.remove(job);
        effects.add(new Announce(new Event.JobStopped(name, now.wall(), job.inFlightCount())));
        return job.status(
                "Job '" + name + "' stopped" + (job.inFlight == null ? "." : "; one run is still in flight."));
    }

    private void runDueTicks(Moment now, List<Effect> effects) {
        for (JobState job = schedule.peek(); isDue(job, now); job = schedule.peek()) {
            schedule.remove();
            tick(job, now, effects);
            schedule.add(job);
        }
    }

    private static boolean isDue(@Nullable JobState job, Moment now) {
        return job != null && job.nextDueNanos - now.nanos() <= 0;
    }

    private void tick(JobState job, Moment now, List<Effect> effects) {
        String name = job.definition.name();
        long interval = job.definition.every().toNanos();
        long missed = (now.nanos() - job.nextDueNanos) / interval;
        if (missed > 0) {
            effects.add(new Announce(new Event.TicksMissed(name, now.wall(), missed)));
        }
        long due = job.nextDueNanos + missed * interval;
        job.nextDueNanos = due + interval;
        if (job.inFlight == null) {
            begin(job, due, now, effects);
        } else {
            effects.add(new Announce(new Event.TickCoalesced(name, now.wall())));
        }
    }

    private void begin(JobState job, long dueNanos, Moment now, List<Effect> effects) {
        String name = job.definition.name();
        ExecutionId execution = ids.next(now);
        Attempt attempt = new Attempt(execution, name, 1);
        job.inFlight = attempt;
        job.inFlightSinceNanos = now.nanos();
        job.executionCount++;
        job.lastExecutionTime = now.wall();
        Duration lag = Duration.ofNanos(now.nanos() - dueNanos);
        effects.add(new Announce(new Event.RunBegan(name, now.wall(), execution, lag)));
        effects.add(new Perform(attempt, job.definition.worker()));
    }

    private void end(Attempt attempt, Outcome outcome, Moment now, List<Effect> effects) {
        JobState job = jobs.get(attempt.job());
        if (job == null || !attempt.equals(job.inFlight)) {
            return; // a late answer of an attempt that ended before
        }
        job.inFlight = null;
        Duration took = Duration.ofNanos(now.nanos() - job.inFlightSinceNanos);
        effects.add(new Announce(new Event.RunEnded(attempt.job(), now.wall(), attempt.execution(), outcome, took)));
    }
}
