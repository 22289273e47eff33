package dev.latido.owner;

import dev.latido.core.Effect;
import dev.latido.core.Input;
import dev.latido.job.Attempt;
import dev.latido.job.Outcome;
import dev.latido.loop.EventLoop;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.Refusal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands out attempts with large payloads, in the order in which they were decided, as there is memory for them and for what
 * workers make of them; one at a time there always is. What left the memory is read from the store first. Belongs to the
 * owner's event loop.
 */
final class Handouts {

    /** A payload is there as text, as the body of a request, and on its way through the network. */
    private static final int COPIES = 3;

    /** How soon it is looked again whether there is room, if nothing happens before. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    /** Why an attempt ends that nobody got. */
    private static final String NOT_STORED = "its payload is not in the store any more";

    private final EventLoop owner;
    private final MemoryBudget memory;
    private final TextReading texts;
    private final Consumer<Effect.Perform> worker;
    private final Consumer<Input> feedBack;
    private final ArrayDeque<Effect.Perform> waiting = new ArrayDeque<>();
    private final Map<Attempt, Long> charged = new HashMap<>();

    /** What is being read for; null while nothing is. */
    private Effect.@Nullable Perform reading;

    /** True when that is not wanted any more. */
    private boolean isCancelled;

    private boolean looksAgain;

    /**
     * Makes the hand-out.
     *
     * @param worker takes attempts that are complete
     * @param feedBack takes inputs for the core
     */
    Handouts(
            EventLoop owner,
            MemoryBudget memory,
            TextReading texts,
            Consumer<Effect.Perform> worker,
            Consumer<Input> feedBack) {
        this.owner = owner;
        this.memory = memory;
        this.texts = texts;
        this.worker = worker;
        this.feedBack = feedBack;
    }

    /** Hands {@code perform} out when its turn comes. */
    void add(Effect.Perform perform) {
        waiting.add(perform);
        next();
    }

    /** Takes an attempt back that nobody has got yet; false when somebody has. */
    boolean cancel(Attempt attempt) {
        if (reading != null && reading.attempt().equals(attempt)) {
            isCancelled = true;
        } else if (waiting.isEmpty()
                || !waiting.removeIf(perform -> perform.attempt().equals(attempt))) {
            return false;
        }
        feedBack.accept(new Input.AttemptEnded(attempt, new Outcome.Failure("told to end before its worker got it")));
        return true;
    }

    /** The worker is done with {@code attempt}. */
    void ended(Attempt attempt) {
        if (giveBack(attempt)) {
            next();
        }
    }

    private boolean giveBack(Attempt attempt) {
        Long bytes = charged.isEmpty() ? null : charged.remove(attempt);
        memory.add(bytes == null ? 0 : -bytes);
        return bytes != null;
    }

    private void next() {
        while (reading == null && !waiting.isEmpty()) {
            Effect.Perform first = waiting.element();
            long bytes = COPIES * MemoryBudget.bytesOf(first.payloadBytes(), false);
            if (charged.isEmpty()) {
                memory.add(bytes); // else nothing would ever get on
            } else if (!memory.tryTake(bytes)) {
                lookAgain();
                return;
            }
            charged.put(first.attempt(), bytes);
            waiting.remove();
            if (first.isAway()) {
                read(first);
            } else {
                handOut(first);
            }
        }
    }

    private void read(Effect.Perform perform) {
        reading = perform;
        isCancelled = false;
        texts.read(perform.attempt().execution(), (read, refusal) -> {
            reading = null;
            if (isCancelled) {
                ended(perform.attempt());
            } else if (refusal != null && refusal.type().equals(Refusal.DAMAGED)) {
                feedBack.accept(
                        new Input.AttemptEnded(perform.attempt(), new Outcome.Failure(refusal.detail(), true, null)));
                ended(perform.attempt());
            } else if (refusal != null) { // not now
                giveBack(perform.attempt());
                waiting.addFirst(perform);
                lookAgain();
            } else if (read == null || read.payload() == null) {
                feedBack.accept(new Input.AttemptEnded(perform.attempt(), new Outcome.Failure(NOT_STORED, true, null)));
                ended(perform.attempt());
            } else {
                handOut(perform.with(read.payload()));
                next();
            }
        });
    }

    private void handOut(Effect.Perform perform) {
        feedBack.accept(new Input.AttemptHandedOut(perform.attempt()));
        worker.accept(perform);
    }

    private void lookAgain() {
        if (!looksAgain) {
            looksAgain = true;
            owner.schedule(LOOK_AGAIN, () -> {
                looksAgain = false;
                next();
            });
        }
    }
}
