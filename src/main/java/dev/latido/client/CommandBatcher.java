package dev.latido.client;

import dev.latido.protocol.Command;
import dev.latido.protocol.CommandBatch;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Wire;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageProducer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends commands to the owner in this process: all of one turn of the event loop in one message, and takes the answers of
 * one turn of the owner together. A message costs more than what is in it. Belongs to the event loop that it is made for.
 */
final class CommandBatcher {

    private static final Logger LOG = LoggerFactory.getLogger(CommandBatcher.class);

    private final Vertx vertx;
    private final Context context;
    private final MessageProducer<Object> producer;
    private final long abandonMillis;
    private final Duration timeout;

    /** Goes at the end of this turn; null most of the time. */
    private @Nullable Sent outgoing;

    // Guarded by itself: answers that are not taken yet
    private final List<Answer> answers = new ArrayList<>();

    /** A command that has no answer yet. */
    private static final class Pending {
        private final Sent part;
        private final Consumer<Reply> answered;
        private boolean isAnswered;

        Pending(Sent part, Consumer<Reply> answered) {
            this.part = part;
            this.answered = answered;
        }
    }

    private static final class Sent {
        private final List<CommandBatch.Item> items = new ArrayList<>(4);
        private final List<Pending> pending = new ArrayList<>(4);
        private int unanswered;
        private long timer;
    }

    private record Answer(Pending pending, Reply reply) {}

    /**
     * Makes a sender.
     *
     * @param context the event loop
     * @param address where the owner takes bundles
     * @param delivery says after how long an answer is not waited for any more
     * @param timeout how long callers wait
     */
    CommandBatcher(Vertx vertx, Context context, String address, DeliveryOptions delivery, Duration timeout) {
        this.vertx = vertx;
        this.context = context;
        this.producer = vertx.eventBus().sender(address, delivery);
        this.abandonMillis = delivery.getSendTimeout();
        this.timeout = timeout;
    }

    /** Sends {@code command} at the end of this turn; {@code answered} gets the answer, later and once. */
    void send(Command command, Consumer<Reply> answered) {
        Sent part = outgoing;
        if (part == null) {
            part = new Sent();
            outgoing = part;
            Sent whole = part;
            context.runOnContext(ignored -> send(whole));
        }
        Pending pending = new Pending(part, answered);
        part.items.add(new CommandBatch.Item(command, reply -> take(new Answer(pending, reply))));
        part.pending.add(pending);
        part.unanswered++;
    }

    private void send(Sent sent) {
        outgoing = null;
        sent.timer = vertx.setTimer(abandonMillis, ignored -> answerAll(sent, Refusal.ownerSilent(timeout)));
        producer.write(new CommandBatch(sent.items))
                .onFailure(failure -> answerAll(sent, Wire.decodeFailure(failure, timeout)));
    }

    private void answerAll(Sent sent, Reply reply) {
        sent.pending.forEach(pending -> answer(pending, reply));
    }

    /** Takes an answer, on the owner's thread. */
    private void take(Answer answer) {
        synchronized (answers) {
            answers.add(answer);
            if (answers.size() > 1) {
                return; // these are about to be taken
            }
        }
        try {
            context.runOnContext(ignored -> answerTaken());
        } catch (RejectedExecutionException ended) {
            LOG.debug("nobody is left to be answered", ended);
        }
    }

    private void answerTaken() {
        List<Answer> taken;
        synchronized (answers) {
            taken = List.copyOf(answers);
            answers.clear();
        }
        for (Answer answer : taken) {
            answer(answer.pending, answer.reply);
        }
    }

    private void answer(Pending pending, Reply reply) {
        if (pending.isAnswered) {
            return; // it was given up before
        }
        pending.isAnswered = true;
        pending.part.unanswered--;
        if (pending.part.unanswered == 0) {
            vertx.cancelTimer(pending.part.timer);
        }
        pending.answered.accept(reply);
    }
}
