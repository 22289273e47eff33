package dev.latido.queue;

import dev.latido.room.FullMode;
import java.time.Duration;
import java.util.Set;

/**
 * What a kind of broker promises. Told to people, checked against what the configuration asks for, and proved promise by
 * promise by the conformance suite.
 *
 * @param durable when what was submitted is on disk
 * @param lease how long a message stays with who took it
 * @param atDeath when what a process had goes to others after it died
 * @param ownAfterRestart whether a process that comes back under its name gets what it had at once
 * @param fencedSettlement whether the broker refuses a settlement by who lost the lease
 * @param keptOverOutage whether an outage of the broker alone has nothing delivered twice that is longer than a lease
 * @param countsDeliveries whether it tells how often a message was delivered
 * @param countsReleases whether it counts those deliveries, too, after which the message was given back
 * @param order in which order messages of a lane come
 * @param lanes how many lanes, that is priorities, there may be
 * @param maxDelay how long a message can be delayed at most
 * @param dedup for how long a key that was submitted is known at most; zero when never
 * @param mayExpire whether the broker may throw away what nobody took in time
 * @param deadLetters where dead letters go
 * @param later how a message is moved on to be tried later
 * @param maxPayloadBytes how many bytes a payload has at most
 * @param bound how exact the bound of a queue is
 * @param fullModes what a full queue can do
 * @param exactDepth whether it tells exactly how much there is
 */
public record Capabilities(
        Durable durable,
        Lease lease,
        AtDeath atDeath,
        boolean ownAfterRestart,
        boolean fencedSettlement,
        boolean keptOverOutage,
        boolean countsDeliveries,
        boolean countsReleases,
        Order order,
        int lanes,
        Duration maxDelay,
        Duration dedup,
        boolean mayExpire,
        DeadLetters deadLetters,
        Later later,
        int maxPayloadBytes,
        Bound bound,
        Set<FullMode> fullModes,
        boolean exactDepth) {

    public Capabilities {
        fullModes = Set.copyOf(fullModes);
    }

    /** When what was submitted is on disk. */
    public enum Durable {
        /** Before the answer, always. */
        ALWAYS,
        /** Before the answer, if the server is set so, which is looked at when it is opened. */
        AS_CONFIGURED
    }

    /** How long a message stays with who took it. */
    public enum Lease {
        /** For a time that is renewed as often as it takes. */
        RENEWED,
        /** As long as its connection lasts. */
        UNTIL_DISCONNECT
    }

    /** When what a process had goes to others after it died. */
    public enum AtDeath {
        AT_ONCE,
        AT_LEASE_END
    }

    /** In which order messages of a lane come. */
    public enum Order {
        /** As they were submitted; those that come again are later. */
        FIFO,
        /** Nearly so. */
        NEARLY,
        /** Any. */
        NONE
    }

    /** Where dead letters go. */
    public enum DeadLetters {
        /** To a place of the broker's own, in one step. */
        NATIVE,
        /** To another queue, in one step with the settlement. */
        QUEUE_ATOMIC,
        /** To another queue, before the settlement: a crash in between leaves both. */
        QUEUE
    }

    /** How a message is moved on to be tried later. */
    public enum Later {
        /** In one step. */
        ATOMIC,
        /** As a new message, before the settlement: a crash in between leaves both. */
        RESEND
    }

    /** How exact the bound of a queue is. */
    public enum Bound {
        /** Never one more, by those who submit through Latido. */
        EXACT,
        /** A few more at times. */
        ABOUT,
        /** By bytes, not by number. */
        BYTES,
        /** There is none. */
        NONE
    }
}
