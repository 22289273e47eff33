package dev.latido.core;

import dev.latido.job.Durability;
import dev.latido.memory.MemoryBudget;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What all executions hold in memory: counted against the budget, from being accepted to being forgotten. When half of that
 * is taken, long texts that the store has leave the memory, in this order: of history, the oldest first; of dead letters; of
 * what waits, the latest first, for that is farthest from its turn. They are read again when somebody needs them.
 */
final class Holdings {

    /** So many bytes of a text stay in memory in any case: to read them again would cost more than they take. */
    static final int SHORT_BYTES = 1_024;

    /** About what an execution takes without its texts, with its places in maps and lists. */
    static final int EXECUTION_BYTES = 384;

    /** From this share of all on, in hundredths, long texts leave. */
    private static final int TEXTS_LEAVE = 50;

    /** From this share on, held by executions alone, history gives way, for its texts are not what takes so much. */
    private static final int HISTORY_GIVES_WAY = 60;

    /** From this share on dead letters do too, which are lost with that. */
    private static final int DEAD_LETTERS_GIVE_WAY = 75;

    /** From this share on work is refused that nobody asked for memory for before. */
    private static final int OVERDRAWN = 150;

    /** How many texts that cannot leave yet are looked at in vain at once. */
    private static final int MAX_LOOKED_AT = 1_000;

    /** Executions that hold long texts and whose turn to let go of them is the same. */
    static final class Shelf {
        private final TreeSet<Execution> executions =
                new TreeSet<>(Comparator.comparingLong(execution -> execution.id.value()));
    }

    private final MemoryBudget budget;
    private final Shelf history = new Shelf();
    private final Shelf deadLetters = new Shelf();
    private final Shelf waiting = new Shelf();
    private long held;

    /** How much of that is of executions whose texts can leave, now or soon. */
    private long shelved;

    Holdings(MemoryBudget budget) {
        this.budget = budget;
    }

    MemoryBudget budget() {
        return budget;
    }

    /** Counts what {@code execution} holds now. */
    void changed(Execution execution) {
        count(execution, EXECUTION_BYTES + execution.textBytes());
        Shelf shelf = shelfOf(execution);
        if (shelf != execution.shelf) {
            putOn(shelf, execution);
        }
    }

    /**
     * Counts an execution that was stored before the process began. Where there is little room, its short texts stay in the
     * store too.
     *
     * @param isNeeded whether its texts are needed at once
     */
    void restored(Execution execution, boolean isNeeded) {
        if (budget.isAbove(TEXTS_LEAVE) && !isNeeded) {
            execution.letGo(0);
        }
        changed(execution);
    }

    /** {@code execution} is not known any more. */
    void forget(Execution execution) {
        count(execution, 0);
        putOn(null, execution);
    }

    private void count(Execution execution, long bytes) {
        long more = bytes - execution.heldBytes;
        held += more;
        shelved += execution.shelf == null ? 0 : more;
        execution.heldBytes = bytes;
        budget.add(more);
    }

    private void putOn(@Nullable Shelf shelf, Execution execution) {
        if (execution.shelf != null) {
            execution.shelf.executions.remove(execution);
            shelved -= execution.heldBytes;
        }
        if (shelf != null) {
            shelf.executions.add(execution);
            shelved += execution.heldBytes;
        }
        execution.shelf = shelf;
    }

    private @Nullable Shelf shelfOf(Execution execution) {
        boolean isForStore = execution.isStored || execution.job.definition.durability() != Durability.NONE;
        if (!isForStore || !execution.holdsLongerThan(SHORT_BYTES)) {
            return null;
        }
        return switch (execution.state()) {
            case QUEUED, WAITING -> waiting;
            case RUNNING -> null; // its worker has it, or it is handed to the next job
            case FAILED -> deadLetters;
            case SUCCEEDED, CANCELLED, DROPPED, RETURNED -> history;
        };
    }

    /**
     * Lets long texts leave the memory until enough of it is free.
     *
     * @param stored all that changed in turns up to this is in the store
     */
    void relieve(long stored) {
        if (budget.isAbove(TEXTS_LEAVE)) {
            int vain = 0;
            for (Shelf shelf : List.of(history, deadLetters, waiting)) {
                Iterator<Execution> inTurn =
                        shelf == waiting ? shelf.executions.descendingIterator() : shelf.executions.iterator();
                while (budget.isAbove(TEXTS_LEAVE) && vain < MAX_LOOKED_AT && inTurn.hasNext()) {
                    Execution execution = inTurn.next();
                    if (execution.isStored && execution.changedIn <= stored) {
                        inTurn.remove();
                        shelved -= execution.heldBytes;
                        execution.shelf = null;
                        execution.letGo(SHORT_BYTES);
                        count(execution, EXECUTION_BYTES + execution.textBytes());
                    } else {
                        vain++;
                    }
                }
            }
        }
    }

    /** Tells whether history is to give way to what is still to be done. */
    boolean mustHistoryGiveWay() {
        return held - shelved > budget.max() / 100 * HISTORY_GIVES_WAY;
    }

    /** Tells whether dead letters are to give way too. */
    boolean mustDeadLettersGiveWay() {
        return held - shelved > budget.max() / 100 * DEAD_LETTERS_GIVE_WAY;
    }

    /** Tells whether so much is taken that nothing more may be taken in, not even what counts twice while it comes in. */
    boolean isOverdrawn() {
        return budget.isAbove(OVERDRAWN);
    }
}
