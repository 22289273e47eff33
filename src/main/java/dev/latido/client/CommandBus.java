package dev.latido.client;

import dev.latido.protocol.Command;
import dev.latido.protocol.CommandBatch;
import dev.latido.protocol.Reply;
import io.vertx.core.Completable;
import java.time.Duration;
import java.util.function.Consumer;

/** The way of commands to the owner and of its replies back, with a bound on how long it waits for them. Belongs to one event loop. */
public interface CommandBus {

    /**
     * Sends {@code command}. {@code answered} gets the reply, later or at once, or a {@link io.vertx.core.eventbus.ReplyException}
     * with what went wrong: nobody takes commands, no reply came in time, or the reply is a refusal.
     */
    void request(Command command, Completable<Reply> answered);

    /** Sends commands that have ways back of their own. {@code failed} is told when they did not get there, or not in time. */
    void send(CommandBatch batch, Consumer<Throwable> failed);

    /** Makes ways that wait for a reply up to a time. */
    @FunctionalInterface
    interface Factory {

        /** Returns a way that waits up to {@code patience}. */
        CommandBus make(Duration patience);
    }
}
