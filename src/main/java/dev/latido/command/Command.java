package dev.latido.command;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A message to the owner: always request-reply, always with a deadline after which it is not executed. */
public sealed interface Command {

    /** What {@link #deadline()} is when a sender on the bus names none. */
    Instant NO_DEADLINE = Instant.MAX;

    /** The job that is meant; null for the default job. */
    @Nullable String job();

    /** From this instant on nobody waits for the answer any more, and the owner leaves the command undone. */
    Instant deadline();

    /** What kind of command this is. */
    CommandType type();

    /** Starts the job; starting a started one changes nothing. */
    record Start(@Nullable String job, Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.START;
        }
    }

    /** Stops the job: no new run begins; stopping a stopped one changes nothing. */
    record Stop(@Nullable String job, Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.STOP;
        }
    }

    /** Reads the job's status and changes nothing. */
    record GetStatus(@Nullable String job, Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.GET_STATUS;
        }
    }

    /** Makes the command of type {@code type}. */
    static Command of(CommandType type, @Nullable String job, Instant deadline) {
        return switch (type) {
            case START -> new Start(job, deadline);
            case STOP -> new Stop(job, deadline);
            case GET_STATUS -> new GetStatus(job, deadline);
        };
    }
}
