package dev.latido.client;

import dev.latido.loop.EventLoop;
import dev.latido.protocol.Command;
import dev.latido.protocol.CommandBatch;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Wire;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends commands to the owner in this process: all of one turn of the event loop in one message, and takes the answers of
 * one turn of the owner together. A message costs more than what is in it. Belongs to the event loop that it is made for.
 */
final class CommandBatcher {

    private final EventLoop loop;
    private final CommandBus bus;
    private final Duration patience;
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
        private EventLoop.@Nullable Timer timer;
    }

    private record Answer(Pending pending, Reply reply) {}

    /**
     * Makes a batcher.
     *
     * @param patience after how long an answer is not waited for any more
     * @param timeout how long callers wait
     */
    CommandBatcher(EventLoop loop, CommandBus bus, Duration patience, Duration timeout) {
        this.loop = loop;
        this.bus = bus;
        this.patience = patience;
        this.timeout = timeout;
    }

    /** Sends {@code command} at the end of this turn; {@code answered} gets the answer, later and once. */
    void send(Command command, Consumer<Reply> answered) {
        Sent part = outgoing;
        if (part == null) {
            part = new Sent();
            outgoing = part;
            Sent whole = part;
            loop.execute(() -> send(whole));
        }
        Pending pending = new Pending(part, answered);
        part.items.add(new CommandBatch.Item(command, reply -> take(new Answer(pending, reply))));
        part.pending.add(pending);
        part.unanswered++;
    }

    private void send(Sent sent) {
        outgoing = null;
        sent.timer = loop.schedule(patience, () -> answerAll(sent, Refusal.ownerSilent(timeout)));
        bus.send(new CommandBatch(sent.items), failure -> answerAll(sent, Wire.decodeFailure(failure, timeout)));
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
        loop.execute(this::answerTaken);
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
        if (pending.part.unanswered == 0 && pending.part.timer != null) {
            pending.part.timer.cancel();
        }
        pending.answered.accept(reply);
    }
}
