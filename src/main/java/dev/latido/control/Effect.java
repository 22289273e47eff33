package dev.latido.control;

import dev.latido.command.Reply;
import dev.latido.event.Event;
import dev.latido.job.Attempt;

/** What {@link JobControl} wants done. */
public sealed interface Effect {

    /** Give {@code caller} its reply. */
    record Answer(Caller caller, Reply reply) implements Effect {}

    /** Let {@code worker} perform {@code attempt} and feed back how it ended. */
    record Perform(Attempt attempt, String worker) implements Effect {}

    /** Tell the observers. */
    record Announce(Event event) implements Effect {}
}
