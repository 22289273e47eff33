package dev.latido.job;

import java.util.Locale;
import java.util.Optional;

/** What can hold up an execution that could begin otherwise. The set is closed, so that programs may rely on it. */
public enum Gate {
    /** All slots of its job were taken. */
    SLOTS,
    /** All slots of the service were taken. */
    SERVICE_SLOTS,
    /** The rate limit of its job gave no permit. */
    RATE,
    /** The limits of its key. */
    KEY,
    /** The circuit breaker of its job let nothing through. */
    BREAKER,
    /** Its worker had asked to be left alone for a while. */
    WORKER_BUSY,
    /** No worker was there. */
    MISSING_WORKER,
    /** The queue of the next stage was full: of its job in front of it, or of its own result. */
    NEXT_STAGE_FULL,
    /** The run of the tick before it went on. */
    PREVIOUS_RUN,
    /** Something was tried alone, because it may have been what ended the process. */
    SUSPECT,
    /** The store took no writes. */
    STORE,
    /** Everything was paused. */
    PAUSED,
    /** Its job was stopped. */
    STOPPED;

    private final String wireName = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Returns the word as clients see it, in kebab case. */
    public String wireName() {
        return wireName;
    }

    /** Returns the gate of this word, compared exactly. */
    public static Optional<Gate> ofWireName(String word) {
        for (Gate gate : values()) {
            if (gate.wireName.equals(word)) {
                return Optional.of(gate);
            }
        }
        return Optional.empty();
    }
}
