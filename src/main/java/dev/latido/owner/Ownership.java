package dev.latido.owner;

import java.util.EnumSet;
import java.util.Set;

/**
 * How an {@link Owner} stands to the jobs.
 *
 * <pre>
 * standby ─▶ taking up ─▶ ready ─▶ draining ─▶ ended
 *    └───────────┴──────────┴──────────┴─────────┴────▶ fenced, cut off or faulted
 * </pre>
 *
 * From the last three there is no way back: the process ends.
 */
enum Ownership {
    /** It has not begun. */
    STANDBY,
    /** It reads what is stored; the core belongs to the thread that does. */
    TAKING_UP,
    /** It decides. */
    READY,
    /** It decides, and begins no new run. */
    DRAINING,
    /** No run is with a worker any more. It goes on to say how jobs stand. */
    ENDED,
    /** The jobs are another owner's. */
    FENCED,
    /** The store is broken: nothing that is not stored yet may be promised any more. */
    CUT_OFF,
    /** It failed, and nobody knows what the core would decide next. */
    FAULTED;

    private static final Set<Ownership> OVER = EnumSet.of(FENCED, CUT_OFF, FAULTED);
    private static final Set<Ownership> WITH_CORE = EnumSet.of(READY, DRAINING, ENDED);

    /** Tells whether the step from this state to {@code next} is legal. */
    boolean canBecome(Ownership next) {
        return switch (this) {
            case STANDBY -> next == TAKING_UP || next.isOver();
            case TAKING_UP -> next == READY || next.isOver();
            case READY -> next == DRAINING || next.isOver();
            case DRAINING -> next == ENDED || next.isOver();
            case ENDED -> next.isOver();
            case FENCED, CUT_OFF, FAULTED -> false;
        };
    }

    /** Tells whether the core may be asked. */
    boolean decides() {
        return WITH_CORE.contains(this);
    }

    /** Tells whether something may be stored that nobody waits for: once it has ended, the store is about to be closed. */
    boolean mayStore() {
        return this == READY || this == DRAINING;
    }

    /** Tells whether nothing is decided, begun or stored any more. */
    boolean isOver() {
        return OVER.contains(this);
    }
}
