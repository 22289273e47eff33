package dev.latido.job;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happened to an execution so far, as far as it is kept. Of one that was never tried nothing is: all of these are the same
 * {@link #NONE}, so that what is queued takes no memory for it.
 *
 * @param failures the attempts that failed, the oldest first
 * @param holds what held it up before it began, the {@link #MAX_HOLDS} longest, in the order in which they began
 * @param notes what its workers said of their progress, the {@link #MAX_NOTES} latest, the oldest first
 * @param successors who took its result
 * @param isByFallback whether its latest attempt is that of the fallback worker
 */
public record Course(
        List<FailedAttempt> failures,
        List<Hold> holds,
        List<ProgressNote> notes,
        List<Successor> successors,
        boolean isByFallback) {

    /** How many holds are kept. */
    public static final int MAX_HOLDS = 8;

    /** How many notes are kept. */
    public static final int MAX_NOTES = 20;

    /** That of an execution of which there is nothing to say. */
    public static final Course NONE = new Course(List.of(), List.of(), List.of(), List.of(), false);

    /** About what one takes in memory without its texts, and what each entry of it does. */
    private static final int COURSE_BYTES = 48;

    private static final int ENTRY_BYTES = 48;

    /** Returns that of an execution of which only these failures are known. */
    public static Course of(List<FailedAttempt> failures) {
        return failures.isEmpty() ? NONE : new Course(List.copyOf(failures), List.of(), List.of(), List.of(), false);
    }

    /** Returns this with one more failure. */
    public Course with(FailedAttempt failure) {
        return new Course(and(failures, failure), holds, notes, successors, isByFallback);
    }

    /** Returns this with one more hold, which began last; the shortest gives way where there are too many. */
    public Course with(Hold hold) {
        List<Hold> all = and(holds, hold);
        if (all.size() > MAX_HOLDS) {
            Hold shortest =
                    all.stream().min(Comparator.comparingLong(Hold::millis)).orElseThrow();
            List<Hold> rest = new ArrayList<>(all);
            rest.remove(shortest);
            all = List.copyOf(rest);
        }
        return new Course(failures, all, notes, successors, isByFallback);
    }

    /** Returns this with one more note; one that says the same as the latest takes its place. */
    public Course with(ProgressNote note) {
        int size = notes.size();
        boolean isRepeated = size > 0 && notes.get(size - 1).text().equals(note.text());
        List<ProgressNote> before = isRepeated ? notes.subList(0, size - 1) : notes;
        int tooMany = Math.max(0, before.size() + 1 - MAX_NOTES);
        return new Course(failures, holds, and(before.subList(tooMany, before.size()), note), successors, isByFallback);
    }

    /** Returns this with one more successor. */
    public Course with(Successor successor) {
        return new Course(failures, holds, notes, and(successors, successor), isByFallback);
    }

    /** Returns this with an attempt of its worker, or of the fallback, as the latest. */
    public Course with(boolean byFallback) {
        return byFallback == isByFallback ? this : new Course(failures, holds, notes, successors, byFallback);
    }

    private static <T> List<T> and(List<T> before, T last) {
        if (before.isEmpty()) {
            return List.of(last);
        }
        List<T> all = new ArrayList<>(before.size() + 1);
        all.addAll(before);
        all.add(last);
        return List.copyOf(all);
    }

    /** Returns the latest failure; null when there is none. */
    public @Nullable FailedAttempt lastFailure() {
        return failures.isEmpty() ? null : failures.get(failures.size() - 1);
    }

    /** Tells whether there is nothing to say. */
    public boolean isEmpty() {
        return failures.isEmpty() && holds.isEmpty() && notes.isEmpty() && successors.isEmpty() && !isByFallback;
    }

    /** Returns about how many bytes of memory this takes besides its texts. */
    public long entryBytes() {
        int entries = holds.size() + notes.size() + successors.size();
        return isEmpty() ? 0 : COURSE_BYTES + (long) entries * ENTRY_BYTES;
    }
}
