package dev.latido.queue;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How the lease of a message ends. */
public sealed interface Settlement {

    /**
     * It is done, or nobody wants it done any more: the broker forgets the message.
     *
     * @param outcome what the broker is to tell who asks for the key; null for nothing
     */
    record Ack(@Nullable Outcome outcome) implements Settlement {}

    /**
     * It was not done and is not tried again by itself: a dead letter.
     *
     * @param reason why, in a word
     * @param error the same for people; cut where the broker has no room for all of it
     * @param outcome what the broker is to tell who asks for the key; null for nothing
     */
    record Dead(String reason, String error, @Nullable Outcome outcome) implements Settlement {}

    /**
     * It is to be delivered again, to whomever, after a pause.
     *
     * @param pause how long, by the broker's clock
     * @param attempts how often it was tried until now
     * @param error why it was not done; null when there is nothing to say
     */
    record Later(Duration pause, int attempts, @Nullable String error) implements Settlement {}

    /** It was not begun, and goes back to where it came from: whoever asks next gets it. */
    record Release() implements Settlement {}
}
