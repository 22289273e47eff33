package dev.latido.control;

import dev.latido.command.Reply;

/** Who sent a command and waits for its reply. The core only carries it; {@link EffectRunner} answers. */
@FunctionalInterface
public interface Caller {

    /** Gives the reply, once. */
    void answer(Reply reply);
}
