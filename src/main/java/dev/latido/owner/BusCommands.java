package dev.latido.owner;

import dev.latido.core.Input;
import dev.latido.core.JobEngine;
import dev.latido.core.ReplyTo;
import dev.latido.event.Repeats;
import dev.latido.job.TimeSource;
import dev.latido.memory.MemoryBudget;
import dev.latido.process.ProcessEnd;
import dev.latido.protocol.Command;
import dev.latido.protocol.CommandBatch;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.CommandType;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submitted;
import dev.latido.protocol.Wire;
import dev.latido.trace.SubmissionSpan;
import dev.latido.trace.Tracing;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes messages from the bus and gives the owner commands: reads them, asks for their memory, has them traced and observed. */
final class BusCommands {

    private static final Logger LOG = LoggerFactory.getLogger(JobVerticle.class); // the name that operators know

    private final JobEngine engine;
    private final Owner owner;
    private final JobVerticle.Observer observer;
    private final TimeSource time;
    private final Repeats repeats;

    /**
     * Makes a receiver.
     *
     * @param later runs something once, after a time, on the owner's thread
     */
    BusCommands(
            JobEngine engine,
            Owner owner,
            JobVerticle.Observer observer,
            TimeSource time,
            BiConsumer<Duration, Runnable> later) {
        this.engine = engine;
        this.owner = owner;
        this.observer = observer;
        this.time = time;
        this.repeats = new Repeats(
                later,
                count -> LOG.info(
                        "{} more changes by applications on the event bus in {} s", count, Repeats.QUIET.toSeconds()));
    }

    /** Takes a message with one command or several. */
    void receive(String address, Message<Object> message) {
        if (message.body() instanceof CommandBatch bundle) {
            List<Input.CommandReceived> together =
                    new ArrayList<>(bundle.items().size());
            for (CommandBatch.Item item : bundle.items()) {
                together.add(received(item.command(), item.answer()::accept, false));
            }
            owner.receive(together);
        } else {
            onCommand(address, message);
        }
    }

    private void onCommand(String address, Message<Object> message) {
        long begun = time.nanos();
        Command command;
        try {
            command = Wire.decodeCommand(address, message.body());
        } catch (CommandException malformed) {
            Wire.answer(message, malformed.refusal());
            return;
        } catch (RuntimeException | StackOverflowError fault) { // nothing has changed yet
            LOG.error("a fault while reading a command", fault);
            Wire.answer(message, Refusal.fault());
            return;
        }
        boolean fromBus = !(message.body() instanceof Command);
        ReplyTo replyTo = reply -> {
            if (fromBus && isChange(command.type()) && !(reply instanceof Refusal)) {
                changed(command);
            }
            if (fromBus) { // before the answer, so that who has it finds it counted
                unharmed(() -> observer.busCommands()
                        .answered(command.type(), CommandObserver.result(reply), time.nanos() - begun));
            }
            Wire.answer(message, reply);
        };
        if (fromBus && command instanceof Command.Submit submit) {
            takeCharged(submit, replyTo);
        } else {
            owner.receive(received(command, replyTo, fromBus));
        }
    }

    private static boolean isChange(CommandType type) {
        return !type.isRead() && type.channel() == CommandType.Channel.CONTROL;
    }

    /** Has the log say what was changed; over HTTP that is said where it came in, which knows from where. */
    private void changed(Command command) {
        String what = command.type().wireName()
                + (command instanceof Command.OfJob ofJob ? " of " + engine.nameOf(ofJob.job()) : "");
        repeats.happened(
                what,
                () -> LOG.info("{}, by an application on the event bus", what),
                count -> LOG.info(
                        "{}, by applications on the event bus: {} more times in {} s",
                        what,
                        count,
                        Repeats.QUIET.toSeconds()));
    }

    /** Takes work from an application on the bus, for which nobody has asked for memory before, if there is room until it is answered. */
    private void takeCharged(Command.Submit submit, ReplyTo replyTo) {
        MemoryBudget memory = engine.memory();
        long bytes = submit.items().stream()
                .mapToLong(item -> item.payload() == null
                        ? 0
                        : MemoryBudget.bytesOf(item.payload().length(), true))
                .sum();
        if (!memory.tryTake(bytes)) {
            memory.refuse();
            replyTo.answer(Refusal.memoryFull(memory.max()));
            return;
        }
        ReplyTo paying = reply -> {
            memory.add(-bytes);
            replyTo.answer(reply);
        };
        owner.receive(received(submit, paying, true));
    }

    /** Makes an input of a command; with a span where submissions are traced, which those to no job are not. */
    private Input.CommandReceived received(Command command, ReplyTo replyTo, boolean fromBus) {
        Tracing tracing = observer.tracing();
        if (tracing == null
                || !(command instanceof Command.Submit submit)
                || !engine.isDefined(engine.nameOf(submit.job()))) {
            return new Input.CommandReceived(command, replyTo);
        }
        SubmissionSpan span;
        try {
            span = tracing.submitted(
                    engine.nameOf(submit.job()), submit.items().size(), fromBus ? tracing.current() : submit.trace());
        } catch (RuntimeException fault) {
            LOG.error("a submission is not traced", fault);
            return new Input.CommandReceived(command, replyTo);
        }
        return new Input.CommandReceived(submit.partOf(span.trace()), reply -> {
            List<Reply> answers = reply instanceof Submitted submitted ? submitted.answers() : List.of(reply);
            List<Refusal> refusals = answers.stream()
                    .filter(Refusal.class::isInstance)
                    .map(Refusal.class::cast)
                    .toList();
            unharmed(() -> span.answered(
                    answers.size() - refusals.size(),
                    answers.size() == 1 && answers.get(0) instanceof ExecutionView accepted
                            ? accepted.id().toString()
                            : null,
                    refusals.isEmpty() ? null : refusals.get(0).type()));
            replyTo.answer(reply);
        });
    }

    /** Tells somebody who only watches: whatever goes wrong there, the answer is given. */
    private static void unharmed(Runnable watching) {
        try {
            watching.run();
        } catch (RuntimeException | Error fault) {
            ProcessEnd.endIfOutOfMemory(fault);
            LOG.error("an observer failed on an answer; the owner goes on", fault);
        }
    }
}
