package dev.latido.core;

import dev.latido.job.ExecutionState;
import dev.latido.job.Moment;
import dev.latido.room.LinkedFifo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** What has ended, over all jobs, bounded by {@link HistoryConfig}. Each job has a list for each terminal state. */
final class History {

    /** How many executions that are too old one call of {@link #prune} forgets at most. */
    static final int MAX_PER_PRUNE = 1_000;

    private static final Duration FOR_EVER = Duration.ofDays(100 * 365);

    /** All lists of one state. */
    private static final class Shelf {
        final HistoryConfig.Bounds bounds;
        final long maxAgeNanos;
        int size;

        /** The lists that hold something, by the order of their oldest. */
        final TreeMap<Long, LinkedFifo<Execution>> lists = new TreeMap<>();

        Shelf(HistoryConfig.Bounds bounds) {
            this.bounds = bounds;
            this.maxAgeNanos = (bounds.maxAge().compareTo(FOR_EVER) < 0 ? bounds.maxAge() : FOR_EVER).toNanos();
        }
    }

    private final HistoryConfig config;
    private final Consumer<Execution> forgotten;
    private final Map<ExecutionState, Shelf> shelves = new EnumMap<>(ExecutionState.class);

    /**
     * Makes an empty history.
     *
     * @param forgotten is told of each execution that gave way
     */
    History(HistoryConfig config, Consumer<Execution> forgotten) {
        this.config = config;
        this.forgotten = forgotten;
    }

    /**
     * Takes in an execution that has ended.
     *
     * @param order greater than that of all before, over all jobs
     */
    void add(Execution execution, long order) {
        LinkedFifo<Execution> list = execution.job.ended(execution.state());
        Shelf shelf = shelf(execution.state());
        if (list.size() == 0) {
            shelf.lists.put(order, list);
        }
        list.add(execution, order);
        shelf.size++;
        if (list.size() > shelf.bounds.maxPerJob()) {
            forgetFirst(shelf, list);
        } else if (shelf.size > shelf.bounds.maxTotal()) {
            forgetFirst(shelf, shelf.lists.firstEntry().getValue());
        }
    }

    /** Gives an execution back to life. */
    void remove(Execution execution) {
        remove(shelf(execution.state()), execution.job.ended(execution.state()), execution);
    }

    /** Forgets what is too old; true when there is more of it than one call may forget. */
    boolean prune(Moment now) {
        int left = MAX_PER_PRUNE;
        for (Shelf shelf : List.copyOf(shelves.values())) {
            while (!shelf.lists.isEmpty()) {
                LinkedFifo<Execution> list = shelf.lists.firstEntry().getValue();
                Execution oldest = list.first();
                if (oldest == null || now.nanos() - oldest.sinceNanos < shelf.maxAgeNanos) {
                    break;
                }
                if (left == 0) {
                    return true;
                }
                left--;
                forgetFirst(shelf, list);
            }
        }
        return false;
    }

    /**
     * Forgets the oldest of all that has ended; of dead letters only where there is nothing else, and they may go.
     *
     * @return false when there is nothing that may go
     */
    boolean forgetOldest(boolean deadLettersToo) {
        Shelf oldest = null;
        for (Map.Entry<ExecutionState, Shelf> each : shelves.entrySet()) {
            Shelf shelf = each.getValue();
            if (each.getKey() != ExecutionState.FAILED
                    && !shelf.lists.isEmpty()
                    && (oldest == null || shelf.lists.firstKey() < oldest.lists.firstKey())) {
                oldest = shelf;
            }
        }
        if (oldest == null && deadLettersToo && deadLetters() > 0) {
            oldest = shelf(ExecutionState.FAILED);
        }
        if (oldest == null) {
            return false;
        }
        forgetFirst(oldest, oldest.lists.firstEntry().getValue());
        return true;
    }

    private void forgetFirst(Shelf shelf, LinkedFifo<Execution> list) {
        Execution oldest = list.first();
        if (oldest != null) {
            remove(shelf, list, oldest);
            forgotten.accept(oldest);
        }
    }

    private static void remove(Shelf shelf, LinkedFifo<Execution> list, Execution execution) {
        boolean wasFirst = list.first() == execution;
        if (!list.remove(execution)) {
            return;
        }
        shelf.size--;
        if (wasFirst) {
            shelf.lists.remove(execution.order());
            Execution first = list.first();
            if (first != null) {
                shelf.lists.put(first.order(), list);
            }
        }
    }

    private Shelf shelf(ExecutionState state) {
        return shelves.computeIfAbsent(state, absent -> new Shelf(config.of(state)));
    }

    /** Returns how many dead letters are kept, over all jobs. */
    int deadLetters() {
        return shelf(ExecutionState.FAILED).size;
    }

    /** Returns the jobs' lists of one state in the order of their oldest, for tests. */
    List<LinkedFifo<Execution>> lists(ExecutionState state) {
        return new ArrayList<>(shelf(state).lists.values());
    }
}
