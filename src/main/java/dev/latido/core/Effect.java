package dev.latido.core;

import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.protocol.FailureFilter;
import dev.latido.protocol.Reply;
import dev.latido.queue.Handle;
import dev.latido.queue.Message;
import dev.latido.queue.Settlement;
import dev.latido.queue.Tick;
import org.jspecify.annotations.Nullable;

/** What {@link JobEngine} wants done. */
public sealed interface Effect {

    /** Has {@code handler} perform this. */
    void accept(Handler handler);

    /** Performs each kind of effect. */
    interface Handler {
        void answer(Answer effect);

        void perform(Perform effect);

        void cancelAttempt(CancelAttempt effect);

        void lookForWorker(LookForWorker effect);

        void warn(Warn effect);

        void announce(Announce effect);

        void openQueues(OpenQueues effect);

        void publish(Publish effect);

        void publishResult(PublishResult effect);

        void askTime(AskTime effect);

        void askDepth(AskDepth effect);

        void handInTick(HandInTick effect);

        void dequeue(Dequeue effect);

        void settle(Settle effect);

        void findMessage(FindMessage effect);

        void listDeadLetters(ListDeadLetters effect);

        void replayDeadLetters(ReplayDeadLetters effect);
    }

    /** Give {@code caller} its reply. */
    record Answer(ReplyTo replyTo, Reply reply) implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.answer(this);
        }
    }

    /**
     * Let the job's worker perform {@code attempt} and feed back how it ended.
     *
     * @param payload JSON text; null for none, or when only the store has it
     * @param payloadBytes how long the payload is in UTF-8, wherever it is
     * @param message the key of the message at a broker that it came from; null for none
     * @param trace what it is part of, as a W3C {@code traceparent}; null for nothing that is known
     * @param byFallback whether it is the fallback worker's
     */
    record Perform(
            Attempt attempt,
            @Nullable String payload,
            int payloadBytes,
            @Nullable String message,
            @Nullable String trace,
            boolean byFallback)
            implements Effect {

        /** Longer payloads are handed out one after the other, as there is memory for them and for what workers make of them. */
        static final int HEAVY_BYTES = 16_384;

        /** Tells whether the payload is to be read from the store. */
        public boolean isAway() {
            return payload == null && payloadBytes > 0;
        }

        /** Tells whether it takes a while until the worker has it: {@link Input.AttemptHandedOut} follows then. */
        public boolean isHeavy() {
            return isAway() || payloadBytes > HEAVY_BYTES;
        }

        /** Returns the same with the payload that was read. */
        public Perform with(@Nullable String read) {
            return new Perform(attempt, read, payloadBytes, message, trace, byFallback);
        }

        @Override
        public void accept(Handler handler) {
            handler.perform(this);
        }
    }

    /**
     * Tell the worker of {@code attempt} that its work is no longer wanted.
     *
     * @param isTimeout whether that is because it took too long
     */
    record CancelAttempt(Attempt attempt, boolean isTimeout) implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.cancelAttempt(this);
        }
    }

    /** See whether the worker of {@code job} could be called now, and feed back what is missing. */
    record LookForWorker(String job) implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.lookForWorker(this);
        }
    }

    /** Tell the operator, in the log, of something that went wrong and is dealt with. */
    record Warn(String what, @Nullable Throwable cause) implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.warn(this);
        }
    }

    /** Tell the observers. */
    record Announce(Event event) implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.announce(this);
        }
    }

    /** Open the queues of all jobs that have one at a broker, which know this process as {@code process}. */
    record OpenQueues(String process) implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.openQueues(this);
        }
    }

    /** Hand {@code message} in at the queue of {@code job}, and feed back what became of it by {@code number}. */
    record Publish(String job, long number, Message message) implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.publish(this);
        }
    }

    /** Hand a result of {@code job} in at the queue that gets them, and feed back what became of it by {@code number}. */
    record PublishResult(String job, long number, Message message) implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.publishResult(this);
        }
    }

    /** Ask the broker that has the queue of {@code job} for its clock, and feed that back. */
    record AskTime(String job) implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.askTime(this);
        }
    }

    /** Ask the broker how much there is in the queue of {@code job}, and feed that back. */
    record AskDepth(String job) implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.askDepth(this);
        }
    }

    /** Submit a tick of {@code job}, and feed back what became of it. */
    record HandInTick(String job, Tick tick) implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.handInTick(this);
        }
    }

    /** Let so many more messages come to {@code job}, of so many bytes together, instead of what was said before. */
    record Dequeue(String job, int messages, long bytes) implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.dequeue(this);
        }
    }

    /** End the lease {@code handle} of a message of {@code job}, and feed back whether the broker confirmed it. */
    record Settle(String job, Handle handle, Settlement how) implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.settle(this);
        }
    }

    /** Ask the queue of {@code job} what became of a message, and feed that back. */
    record FindMessage(String job, String key, ReplyTo replyTo) implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.findMessage(this);
        }
    }

    /**
     * Ask the queue of {@code job} for dead letters, and feed them back.
     *
     * @param after the id of the one to begin behind; empty to begin with the first
     * @param limit how many at most
     */
    record ListDeadLetters(String job, String after, int limit, ReplyTo replyTo) implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.listDeadLetters(this);
        }
    }

    /**
     * Have dead letters of {@code job} delivered anew, and feed back how many.
     *
     * @param filter which ones
     * @param countOnly whether they are only to be counted
     * @param most how many at most
     */
    record ReplayDeadLetters(String job, FailureFilter filter, boolean countOnly, int most, ReplyTo replyTo)
            implements Effect {
        @Override
        public void accept(Handler handler) {
            handler.replayDeadLetters(this);
        }
    }
}
