package dev.latido.protocol;

import java.util.List;
import java.util.function.Consumer;

/**
 * Commands that travel in one message, because they were given in one turn of their client's event loop, each with its own
 * way back for its answer. Inside one process only.
 *
 * @param items the commands in their order; never empty
 */
public record CommandBatch(List<Item> items) {

    /**
     * A command in a bundle.
     *
     * @param answer takes its answer, once, from any thread
     */
    public record Item(Command command, Consumer<Reply> answer) {}
}
