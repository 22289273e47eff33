package dev.latido.protocol;

import java.util.Locale;

/** What a job does or, when it does not work, why not, in a word: the set is closed, so that programs may rely on it. */
public enum Reason {
    /** The queue is empty, and nothing is with a worker. */
    IDLE,
    /** Work is with workers, and nothing holds up the rest. */
    WORKING,
    /** Nothing is due: all that there is waits for its time. */
    DELAYED,
    /** All slots of the job are taken, and more is queued. */
    SLOTS,
    /** All slots of the service are taken. */
    SERVICE_SLOTS,
    /** The rate limit gives no permit yet. */
    RATE,
    /** What there is, is limited by its keys. */
    KEY,
    /** The circuit breaker lets nothing through. */
    BREAKER,
    /** The worker asked to be left alone for a while. */
    WORKER_BUSY,
    /** No worker is there. */
    MISSING_WORKER,
    /** The queue of the next stage is full. */
    NEXT_STAGE_FULL,
    /** Something is tried alone, because it may be what ended the process. */
    SUSPECT,
    /** The broker that has its queue cannot be used. */
    QUEUE,
    /** The store takes no writes. */
    STORE,
    /** Everything is paused. */
    PAUSED,
    /** The job is stopped. */
    STOPPED,
    /** The service is stopping. */
    STOPPING,
    /** Set aside, because a fault in working for it ended the process. */
    SET_ASIDE,
    /** The configuration does not name the job any more. */
    UNDEFINED,
    /** It cannot be looked at. */
    UNKNOWN;

    private final String wireName = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Returns the word as clients see it, in kebab case. */
    public String wireName() {
        return wireName;
    }

    /** Returns the reason of that word; {@link #UNKNOWN} for one of another version. */
    public static Reason ofWireName(String word) {
        for (Reason each : values()) {
            if (each.wireName.equals(word)) {
                return each;
            }
        }
        return UNKNOWN;
    }
}
