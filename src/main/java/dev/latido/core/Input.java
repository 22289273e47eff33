package dev.latido.core;

import dev.latido.job.Attempt;
import dev.latido.job.Moment;
import dev.latido.job.Outcome;
import dev.latido.protocol.Command;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.queue.Delivery;
import dev.latido.queue.Depth;
import dev.latido.queue.Handle;
import dev.latido.queue.QueueException;
import dev.latido.queue.Receipt;
import dev.latido.queue.Tick;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Everything that can happen to {@link JobEngine}. */
public sealed interface Input {

    /** Has {@code handler} take this. */
    void accept(Handler handler);

    /** Takes each kind of input. */
    interface Handler {
        void commandReceived(CommandReceived input);

        void alarmRang(AlarmRang input);

        void attemptHandedOut(AttemptHandedOut input);

        void attemptEnded(AttemptEnded input);

        void workerLookedFor(WorkerLookedFor input);

        void attemptProgressed(AttemptProgressed input);

        void storeLost(StoreLost input);

        void storeBack(StoreBack input);

        void serviceBegan(ServiceBegan input);

        void jobDefined(JobDefined input);

        void endBegan(EndBegan input);

        void shutdownBegan(ShutdownBegan input);

        void graceEnded(GraceEnded input);

        void queueUp(QueueUp input);

        void queueDown(QueueDown input);

        void messagesArrived(MessagesArrived input);

        void messageRefused(MessageRefused input);

        void leaseLost(LeaseLost input);

        void messagePublished(MessagePublished input);

        void resultPublished(ResultPublished input);

        void timeTold(TimeTold input);

        void depthTold(DepthTold input);

        void tickHandedIn(TickHandedIn input);

        void messageSettled(MessageSettled input);

        void messageFound(MessageFound input);

        void deadLettersAnswered(DeadLettersAnswered input);
    }

    /**
     * A command arrived and its caller waits.
     *
     * @param received when that was, if it had to wait before it is decided; null for now. Its deadline is meant as seen
     *     from then: the wall clock may have been set since
     */
    record CommandReceived(
            Command command, ReplyTo replyTo, @Nullable Moment received) implements Input {

        /** A command that is decided when it arrives. */
        public CommandReceived(Command command, ReplyTo replyTo) {
            this(command, replyTo, null);
        }

        /** Returns this command as one that arrived at {@code moment} and is decided later. */
        public CommandReceived receivedAt(Moment moment) {
            return new CommandReceived(command, replyTo, moment);
        }

        @Override
        public void accept(Handler handler) {
            handler.commandReceived(this);
        }
    }

    /** The time that {@link JobEngine#nextDue} named has come. Harmless when it comes early or twice. */
    record AlarmRang() implements Input {
        @Override
        public void accept(Handler handler) {
            handler.alarmRang(this);
        }
    }

    /** A worker got its attempt, whose payload is so large that this took a while. */
    record AttemptHandedOut(Attempt attempt) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.attemptHandedOut(this);
        }
    }

    /** An attempt ended. */
    record AttemptEnded(Attempt attempt, Outcome outcome) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.attemptEnded(this);
        }
    }

    /**
     * Somebody looked for the worker of {@code job}.
     *
     * @param missing what is missing; null when it could be called
     */
    record WorkerLookedFor(String job, @Nullable String missing) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.workerLookedFor(this);
        }
    }

    /** A worker said how far its attempt is, from 0 to 1. */
    record AttemptProgressed(Attempt attempt, double fraction, String note) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.attemptProgressed(this);
        }
    }

    /** Nothing can be stored until {@link StoreBack}; what needs to be is refused with {@code refusal}. */
    record StoreLost(Refusal refusal) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.storeLost(this);
        }
    }

    /** The store works again. */
    record StoreBack() implements Input {
        @Override
        public void accept(Handler handler) {
            handler.storeBack(this);
        }
    }

    /** The service begins: jobs go on as they were; those that are new and have {@code autoStart} start. */
    record ServiceBegan() implements Input {
        @Override
        public void accept(Handler handler) {
            handler.serviceBegan(this);
        }
    }

    /** A job was defined, which was not there when the core was made. */
    record JobDefined(JobDefinition job) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.jobDefined(this);
        }
    }

    /** The process was told to end. It goes on until {@link ShutdownBegan}, but from now on it may be killed any moment. */
    record EndBegan() implements Input {
        @Override
        public void accept(Handler handler) {
            handler.endBegan(this);
        }
    }

    /** The service is shutting down: nothing new begins, and nothing is accepted. */
    record ShutdownBegan() implements Input {
        @Override
        public void accept(Handler handler) {
            handler.shutdownBegan(this);
        }
    }

    /** The time is over that executions in flight have to end once the service shuts down. */
    record GraceEnded() implements Input {
        @Override
        public void accept(Handler handler) {
            handler.graceEnded(this);
        }
    }

    /** The queue of {@code job} can be used, and keeps what was asked of it. */
    record QueueUp(String job) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.queueUp(this);
        }
    }

    /** The queue of {@code job} cannot be used, and why, for people. */
    record QueueDown(String job, String why) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.queueDown(this);
        }
    }

    /** Messages of {@code job} were leased to this process. */
    record MessagesArrived(String job, List<Delivery> deliveries) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.messagesArrived(this);
        }
    }

    /** A message of {@code job} became a dead letter because it cannot be work. */
    record MessageRefused(String job, String key, String why) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.messageRefused(this);
        }
    }

    /** The lease of a message of {@code job} is over, or another's. */
    record LeaseLost(String job, Handle handle, String why) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.leaseLost(this);
        }
    }

    /**
     * What became of {@link Effect.Publish}.
     *
     * @param receipt the broker has it; null when it does not, or nobody knows
     * @param failure why; null when it has it
     */
    record MessagePublished(
            String job,
            long number,
            @Nullable Receipt receipt,
            @Nullable QueueException failure) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.messagePublished(this);
        }
    }

    /**
     * What became of {@link Effect.PublishResult}.
     *
     * @param receipt the broker has it; null when it does not, or nobody knows
     * @param failure why; null when it has it
     */
    record ResultPublished(
            String job,
            long number,
            @Nullable Receipt receipt,
            @Nullable QueueException failure) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.resultPublished(this);
        }
    }

    /**
     * What became of {@link Effect.AskTime}.
     *
     * @param millis what the broker's clock showed, since the epoch; null when it did not tell
     */
    record TimeTold(String job, @Nullable Long millis) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.timeTold(this);
        }
    }

    /**
     * What became of {@link Effect.AskDepth}.
     *
     * @param depth how much there is; null when the broker did not tell
     */
    record DepthTold(String job, @Nullable Depth depth) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.depthTold(this);
        }
    }

    /**
     * What became of {@link Effect.HandInTick}.
     *
     * @param key that of the tick
     * @param fate null when nobody knows
     * @param failure why; null when it is known
     */
    record TickHandedIn(
            String job,
            String key,
            Tick.@Nullable Fate fate,
            @Nullable QueueException failure) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.tickHandedIn(this);
        }
    }

    /**
     * What became of {@link Effect.Settle}.
     *
     * @param failure what went wrong; null when the broker confirmed it
     */
    record MessageSettled(String job, Handle handle, QueueException.@Nullable Kind failure) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.messageSettled(this);
        }
    }

    /**
     * What became of {@link Effect.FindMessage}.
     *
     * @param outcome how the message ended; null when the broker does not know, or not any more
     * @param failure why it could not be asked; null when it was
     */
    record MessageFound(
            String job,
            String key,
            ReplyTo replyTo,
            dev.latido.queue.@Nullable Outcome outcome,
            @Nullable QueueException failure)
            implements Input {
        @Override
        public void accept(Handler handler) {
            handler.messageFound(this);
        }
    }

    /**
     * What became of {@link Effect.ListDeadLetters} or {@link Effect.ReplayDeadLetters}.
     *
     * @param reply what was asked for; null when the broker did not answer
     * @param failure why; null when it did
     */
    record DeadLettersAnswered(
            String job,
            ReplyTo replyTo,
            @Nullable Reply reply,
            @Nullable QueueException failure) implements Input {
        @Override
        public void accept(Handler handler) {
            handler.deadLettersAnswered(this);
        }
    }
}
