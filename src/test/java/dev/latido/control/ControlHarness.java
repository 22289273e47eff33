package dev.latido.control;

import dev.latido.command.Command;
import dev.latido.command.JobStatus;
import dev.latido.command.Reply;
import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.job.Moment;
import dev.latido.outcome.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Drives a {@link JobControl} on virtual time and keeps what it wanted done. */
final class ControlHarness {

    static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

    final JobControl control;
    final List<Event> events = new ArrayList<>();
    final List<Attempt> performing = new ArrayList<>();
    final List<Moment> begun = new ArrayList<>();
    Moment now = new Moment(EPOCH, Long.MAX_VALUE - 5_000_000_000L); // the monotonic origin is arbitrary

    ControlHarness(JobControl control) {
        this.control = control;
    }

    Reply send(Command command) {
        List<Reply> replies = new ArrayList<>();
        take(new Input.CommandReceived(command, replies::add));
        if (replies.size() != 1) {
            throw new AssertionError("a command gets one reply, got " + replies);
        }
        return replies.get(0);
    }

    JobStatus start(@Nullable String job) {
        return (JobStatus) send(new Command.Start(job, Command.NO_DEADLINE));
    }

    JobStatus stop(@Nullable String job) {
        return (JobStatus) send(new Command.Stop(job, Command.NO_DEADLINE));
    }

    JobStatus status(@Nullable String job) {
        return (JobStatus) send(new Command.GetStatus(job, Command.NO_DEADLINE));
    }

    /** Ends the oldest run in flight. */
    void end(Outcome outcome) {
        take(new Input.AttemptEnded(performing.remove(0), outcome));
    }

    /** Lets time pass, ringing the alarm exactly when the core wants it. */
    void pass(Duration amount) {
        long end = now.nanos() + amount.toNanos();
        while (control.nextDue().isPresent() && control.nextDue().getAsLong() - end <= 0) {
            moveTo(control.nextDue().getAsLong());
            take(new Input.AlarmRang());
        }
        moveTo(end);
    }

    /** Lets time pass during which nobody looks, as when the process is paused, and then rings the alarm once. */
    void pause(Duration amount) {
        moveTo(now.nanos() + amount.toNanos());
        take(new Input.AlarmRang());
    }

    private void moveTo(long nanos) {
        now = now.plus(Duration.ofNanos(nanos - now.nanos()));
    }

    void take(Input input) {
        for (Effect effect : control.decide(input, now)) {
            if (effect instanceof Effect.Answer answer) {
                answer.caller().answer(answer.reply());
            } else if (effect instanceof Effect.Perform perform) {
                performing.add(perform.attempt());
                begun.add(now);
            } else if (effect instanceof Effect.Announce announce) {
                events.add(announce.event());
            }
        }
    }

    <E extends Event> List<E> events(Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }
}
