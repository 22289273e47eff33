package dev.latido.queue;

import java.util.List;

/**
 * Some of the dead letters of a queue.
 *
 * @param letters these, the oldest first
 * @param total how many there are
 * @param forgotten how many there were that had to give way, as there were too many or they were too old
 */
public record DeadLetters(List<DeadLetter> letters, long total, long forgotten) {

    public DeadLetters {
        letters = List.copyOf(letters);
    }
}
