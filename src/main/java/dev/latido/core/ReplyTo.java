package dev.latido.core;

import dev.latido.protocol.Reply;

/** Who sent a command and waits for its reply. The core only carries it; {@code EffectRunner} answers. */
@FunctionalInterface
public interface ReplyTo {

    /** Gives the reply, once. */
    void answer(Reply reply);
}
